"""Sign-In with Ethereum (EIP-4361): the message, read to the letter.

The parser takes what the ABNF of the standard gives and nothing besides; a refusal says which line
it is about and what could stand there. `check` then holds a message against what was asked for.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from outcry.identity.wallet.address import BadAddress, read_address
from outcry.identity.wallet.grammar import (
    is_authority,
    is_pchars,
    is_scheme,
    is_uri,
    time_ns,
)
from outcry.identity.wallet.personal import personal_digest
from outcry.identity.wallet.signature import BadSignature, recover

MESSAGE_CHARACTERS_MAX = 8_192
WANTS = " wants you to sign in with your Ethereum account:"
_STATEMENT = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;= ]+")
_CHAIN_ID = re.compile(r"[0-9]{1,78}")
_NONCE = re.compile(r"[A-Za-z0-9]{8,}")
_TIME = "a time as 2030-01-31T23:59:59Z (RFC 3339)"


class BadSignIn(ValueError):
    """The text is no sign-in message."""

    def __init__(self, line: int, problem: str, valid: str) -> None:
        super().__init__(f"line {line}: {problem}; valid is {valid}")
        self.line = line
        """Counted from 1."""
        self.problem = problem
        self.valid = valid
        """What could stand there."""


class SignInRefused(ValueError):
    """The message is sound, and is not what was asked for."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in message. What is not in it is None."""

    domain: str
    address: str
    uri: str
    chain_id: int
    nonce: str
    issued_at: str
    scheme: str | None = None
    statement: str | None = None
    expiration_time: str | None = None
    not_before: str | None = None
    request_id: str | None = None
    resources: tuple[str, ...] | None = None

    def text(self) -> str:
        """Return the message as wallets show and sign it."""
        lines = [
            f"{self.scheme}://{self.domain}{WANTS}" if self.scheme else f"{self.domain}{WANTS}",
            self.address,
            "",
            *([] if self.statement is None else [self.statement]),
            "",
            f"URI: {self.uri}",
            "Version: 1",
            f"Chain ID: {self.chain_id}",
            f"Nonce: {self.nonce}",
            f"Issued At: {self.issued_at}",
        ]
        optional = {
            "Expiration Time": self.expiration_time,
            "Not Before": self.not_before,
            "Request ID": self.request_id,
        }
        lines += [f"{name}: {value}" for name, value in optional.items() if value is not None]
        if self.resources is not None:
            lines += ["Resources:", *(f"- {resource}" for resource in self.resources)]
        return "\n".join(lines)


class _Lines:
    """The lines of a message, read one after the other."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._at = 0

    @property
    def ended(self) -> bool:
        return self._at == len(self._lines)

    def next(self, valid: str) -> str:
        """Return the next line."""
        self._at += 1
        if self._at > len(self._lines):
            raise self.wrong("it is missing", valid)
        return self._lines[self._at - 1]

    def wrong(self, problem: str, valid: str) -> BadSignIn:
        """Return a refusal of the line that was read last."""
        return BadSignIn(self._at, problem, valid)

    def empty(self, what: str) -> None:
        """Read a line that has to be empty."""
        if self.next(f"an empty line {what}"):
            raise self.wrong("it is not empty", f"an empty line {what}")

    def field(self, name: str, valid: str) -> str:
        """Read a line that has to be there."""
        line = self.next(f"'{name}: ' and {valid}")
        if not line.startswith(f"{name}: "):
            raise self.wrong(f"it does not begin with '{name}: '", f"'{name}: ' and {valid}")
        return line[len(name) + 2 :]

    def optional(self, name: str) -> str | None:
        """Read a line if it is the one of this name."""
        if self.ended or not self._lines[self._at].startswith(f"{name}: "):
            return None
        return self.field(name, "")


def parse(text: str) -> SignIn:
    """Read a sign-in message.

    Raises:
        BadSignIn: it is not to the letter.
    """
    if len(text) > MESSAGE_CHARACTERS_MAX:
        raise BadSignIn(1, "it is too long", f"at most {MESSAGE_CHARACTERS_MAX} characters in all")
    lines = _Lines(text)
    scheme, domain = _domain(lines)
    address = _address(lines)
    lines.empty("after the address")
    statement = _statement(lines)
    uri = _checked(lines, "URI", "a URI (RFC 3986)", is_uri)
    _checked(lines, "Version", "1", "1".__eq__)
    chain_id = _checked(lines, "Chain ID", "a number (EIP-155)", _CHAIN_ID.fullmatch)
    nonce = _checked(lines, "Nonce", "8 or more letters and digits", _NONCE.fullmatch)
    issued_at = _time(lines, "Issued At", lines.field("Issued At", _TIME))
    expiration_time = _time(lines, "Expiration Time", lines.optional("Expiration Time"))
    not_before = _time(lines, "Not Before", lines.optional("Not Before"))
    request_id = lines.optional("Request ID")
    if request_id is not None and not is_pchars(request_id):
        raise lines.wrong("the request id has other characters", "what a path of a URI may have")
    resources = _resources(lines)
    assert issued_at is not None
    return SignIn(
        domain, address, uri, int(chain_id), nonce, issued_at, scheme, statement,
        expiration_time, not_before, request_id, resources,
    )  # fmt: skip


def _domain(lines: _Lines) -> tuple[str | None, str]:
    valid = f"a domain and '{WANTS}'"
    line = lines.next(valid)
    if not line.endswith(WANTS):
        raise lines.wrong("it does not say who wants what", valid)
    before, separator, after = line[: -len(WANTS)].partition("://")
    scheme, domain = (before, after) if separator else (None, before)
    if scheme is not None and not is_scheme(scheme):
        raise lines.wrong("the scheme before :// is none", "a scheme such as https, or none")
    if not is_authority(domain):
        raise lines.wrong("the domain is none", "a host, with its port (RFC 3986 authority)")
    return scheme, domain


def _address(lines: _Lines) -> str:
    valid = "an address with its checksum (EIP-55)"
    line = lines.next(valid)
    try:
        read_address(line)
    except BadAddress as error:
        raise lines.wrong(str(error), valid) from None
    return line


def _statement(lines: _Lines) -> str | None:
    line = lines.next("a statement, or an empty line")
    if not line:
        return None
    if not _STATEMENT.fullmatch(line):
        valid = "letters, digits, blanks and -._~:/?#[]@!$&'()*+,;="
        raise lines.wrong("the statement has other characters", valid)
    lines.empty("after the statement")
    return line


def _checked(lines: _Lines, name: str, valid: str, fits: Callable[[str], object]) -> str:
    value = lines.field(name, valid)
    if not fits(value):
        raise lines.wrong(f"the {name} is none", valid)
    return value


def _time(lines: _Lines, name: str, value: str | None) -> str | None:
    if value is not None and time_ns(value) is None:
        raise lines.wrong(f"the {name} is none", _TIME)
    return value


def _resources(lines: _Lines) -> tuple[str, ...] | None:
    """Read what may end the message."""
    if lines.ended:
        return None
    valid = "the end, or one of Expiration Time, Not Before, Request ID, Resources, in this order"
    if lines.next(valid) != "Resources:":
        raise lines.wrong("nothing like this can stand here", valid)
    resources = []
    while not lines.ended:
        line = lines.next("")
        if not line.startswith("- ") or not is_uri(line[2:]):
            raise lines.wrong("it is not a resource", "'- ' and a URI (RFC 3986), or the end")
        resources.append(line[2:])
    return tuple(resources)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a sign-in message has to say. What is None is not looked at."""

    domain: str
    nonce: str
    schemes: Collection[str] | None = None
    uris: Collection[str] | None = None
    chain_ids: Collection[int] | None = None
    issued_within_ns: tuple[int, int] | None = None
    """How long before and after now it may say that it was issued."""


def check(message: SignIn, asked: Asked, now_ns: int) -> None:
    """Hold a message against what was asked for.

    Raises:
        SignInRefused: it is for somebody else, for another time, or for another chain.
    """
    if message.domain != asked.domain:
        raise SignInRefused("domain", f"the domain is not {asked.domain}")
    if message.nonce != asked.nonce:
        raise SignInRefused("nonce", "the nonce is not the one that was given out")
    scheme, schemes = message.scheme, asked.schemes
    if scheme is not None and schemes is not None and scheme not in schemes:
        raise SignInRefused("scheme", f"the scheme is not {' or '.join(schemes)}")
    if asked.uris is not None and message.uri not in asked.uris:
        raise SignInRefused("uri", f"the URI is not {' or '.join(asked.uris)}")
    if asked.chain_ids is not None and message.chain_id not in asked.chain_ids:
        valid = " or ".join(map(str, asked.chain_ids))
        raise SignInRefused("chain_id", f"the chain is not {valid}")
    _check_times(message, asked.issued_within_ns, now_ns)


def _check_times(message: SignIn, within_ns: tuple[int, int] | None, now_ns: int) -> None:
    issued_ns = _ns(message.issued_at)
    if within_ns is not None and not -within_ns[0] <= issued_ns - now_ns <= within_ns[1]:
        raise SignInRefused("issued_at", "the message was not issued just now")
    if message.expiration_time is not None and now_ns >= _ns(message.expiration_time):
        raise SignInRefused("expiration_time", "the message has expired")
    if message.not_before is not None and now_ns < _ns(message.not_before):
        raise SignInRefused("not_before", "the message is not valid yet")


def _ns(text: str) -> int:
    found = time_ns(text)
    if found is None:
        raise ValueError(f"{text!r} is not a time")
    return found


def check_signature(message: SignIn, text: str, signature: bytes) -> None:
    """Make sure that the address of a message signed its text.

    Raises:
        BadSignature: it did not.
    """
    if recover(personal_digest(text.encode()), signature) != message.address:
        raise BadSignature("somebody else signed this")
