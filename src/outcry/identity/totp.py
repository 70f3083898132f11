"""The second factor: codes of six digits that change every thirty seconds (RFC 6238, RFC 4226).

SHA-1, six digits and thirty seconds are what every authenticator app can do; some ignore anything
else they are told. A code counts once: the caller keeps the step that `matching_step` returned, and
gives it back the next time.
"""

import hmac
import re
import secrets
from base64 import b32decode, b32encode
from hashlib import sha256
from typing import Literal
from urllib.parse import quote, urlencode

STEP_NS, DIGITS = 30 * 1_000_000_000, 6
WINDOW_STEPS = 1
"""How many steps a clock may be off, either way."""
SECRET_BYTES = 20
"""What RFC 4226 section 4 recommends."""
RECOVERY_CODES, RECOVERY_LETTERS, GROUP_LETTERS = 10, 16, 4
NEVER_USED = -1

_SECRET = re.compile(r"(?:[A-Z2-7]{8})*(?:[A-Z2-7]{2}|[A-Z2-7]{4,5}|[A-Z2-7]{7})?", re.ASCII)
_CODE = re.compile(rf"[0-9]{{{DIGITS}}}", re.ASCII)
# Crockford's: what looks alike is one letter.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_RECOVERY = re.compile(rf"[{_ALPHABET}]{{{RECOVERY_LETTERS}}}", re.ASCII)
_ALIKE = str.maketrans({"o": "0", "i": "1", "l": "1", "-": "", " ": ""})
_RECOVERY_GIVEN_MAX = 64

Algorithm = Literal["sha1", "sha256", "sha512"]


def new_secret() -> str:
    """Return a new secret in base32, as authenticator apps take it. From the system's chance."""
    return b32encode(secrets.token_bytes(SECRET_BYTES)).decode().rstrip("=")


def secret_bytes(secret: str) -> bytes:
    """Return the bytes of a secret.

    Raises:
        ValueError: it is not base32 without padding.
    """
    if not secret or _SECRET.fullmatch(secret) is None:
        raise ValueError("a secret is base32: A to Z and 2 to 7")
    return b32decode(secret + "=" * (-len(secret) % 8))


def hotp(key: bytes, counter: int, digits: int = DIGITS, algorithm: Algorithm = "sha1") -> str:
    """Return the code of a counter. RFC 4226 section 5.3."""
    mac = hmac.digest(key, counter.to_bytes(8, "big"), algorithm)
    offset = mac[-1] & 0xF
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**digits).rjust(digits, "0")


def step_at(now_ns: int) -> int:
    """Return the step that a time is in."""
    return now_ns // STEP_NS


def matching_step(secret: str, code: str, now_ns: int, used_step: int = NEVER_USED) -> int | None:
    """Return the step that a code belongs to; None if it is wrong, too old, or was used.

    A step up to `used_step` does not count again (RFC 6238 section 5.2): where the code is right
    the caller stores what is returned, before anything else happens.
    """
    if _CODE.fullmatch(code) is None:
        return None
    key, now = secret_bytes(secret), step_at(now_ns)
    found = None
    # All are compared, whichever fits: how long it takes says nothing.
    for step in range(max(0, now - WINDOW_STEPS), now + WINDOW_STEPS + 1):
        if hmac.compare_digest(hotp(key, step), code) and step > used_step:
            found = step
    return found


def otpauth_uri(secret: str, person: str, issuer: str = "Outcry") -> str:
    """Return what an authenticator app reads from a QR code."""
    label = f"{quote(issuer, safe='')}:{quote(person, safe='')}"
    parameters = {
        "secret": secret,
        "issuer": issuer,
        "algorithm": "SHA1",
        "digits": DIGITS,
        "period": STEP_NS // 1_000_000_000,
    }
    return f"otpauth://totp/{label}?{urlencode(parameters, quote_via=quote)}"


def new_recovery_codes() -> list[str]:
    """Return codes for whoever has lost their phone; each works once and is shown only now."""
    return [_recovery_code() for _ in range(RECOVERY_CODES)]


def recovery_digest(code: str) -> bytes | None:
    """Return what is stored of a recovery code; None if it cannot be one.

    Eighty random bits: guessing them is hopeless, so a fast hash is enough.
    """
    if len(code) > _RECOVERY_GIVEN_MAX or not code.isascii():
        return None
    letters = code.lower().translate(_ALIKE)
    return sha256(letters.encode()).digest() if _RECOVERY.fullmatch(letters) else None


def _recovery_code() -> str:
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(RECOVERY_LETTERS))
    groups = range(0, RECOVERY_LETTERS, GROUP_LETTERS)
    return "-".join(letters[at : at + GROUP_LETTERS] for at in groups)
