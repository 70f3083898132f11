"""The second factor: six digits of an authenticator, each good once.

Source: RFC 6238, section 5.2: a code that was taken is not taken again.
"""

from dataclasses import dataclass, field, replace

from outcry.identity import totp
from outcry.identity.errors import FactorThere, NoFactor, WrongCode
from outcry.identity.records.kept import FACTORS, RECOVERY_CODES, RecoveryCode, SecondFactor
from outcry.identity.sealing import Seal
from outcry.ports import Clock, IdentityUnusable, IdentityWork


@dataclass(frozen=True, slots=True)
class NewFactor:
    """What an authenticator is told, once."""

    secret: str = field(repr=False)
    """In base32."""
    uri: str = field(repr=False)
    """The same as a link, for a QR code."""


class SecondFactors:
    """People's second factors. Whoever calls holds the transaction, and counts what fails."""

    def __init__(self, clock: Clock, secret: bytes, *, required: bool) -> None:
        self.required = required
        """Whether what needs a second factor is refused to people without one."""
        self._clock = clock
        self._seal = Seal(secret, "second factor")

    def confirmed(self, work: IdentityWork, account: int) -> bool:
        """Return whether somebody has a second factor in force."""
        found = FACTORS.one(work, "account = ?", account)
        return found is not None and bool(found.confirmed_ns)

    def begin(self, work: IdentityWork, account: int, email: str) -> NewFactor:
        """Make a new secret, in force once a code of it was given. One that never was is gone.

        Raises:
            FactorThere: there is one in force.
        """
        if self.confirmed(work, account):
            raise FactorThere
        secret = totp.new_secret()
        sealed = self._seal.close(secret.encode(), str(account))
        never = totp.NEVER_USED
        FACTORS.put(work, SecondFactor(account, sealed, self._clock.now_ns(), 0, never))
        return NewFactor(secret, totp.otpauth_uri(secret, email))

    def confirm(self, work: IdentityWork, account: int, code: str) -> list[str]:
        """Put a new second factor in force; return codes for whoever loses it, told this once.

        Raises:
            NoFactor: none was begun. FactorThere: it is in force already.
            WrongCode: it is not this code's.
        """
        found = FACTORS.one(work, "account = ?", account)
        if found is None:
            raise NoFactor
        if found.confirmed_ns:
            raise FactorThere
        self._take(work, replace(found, confirmed_ns=self._clock.now_ns()), code)
        codes = totp.new_recovery_codes()
        for recovery_code in codes:
            digest = totp.recovery_digest(recovery_code)
            assert digest is not None
            RECOVERY_CODES.add(work, RecoveryCode(digest, account))
        return codes

    def take(self, work: IdentityWork, account: int, code: str) -> None:
        """Use a code up, of the authenticator or for whoever has lost it.

        Raises:
            NoFactor: there is none in force.
            WrongCode: wrong, used before, or of another time.
        """
        found = FACTORS.one(work, "account = ?", account)
        if found is None or not found.confirmed_ns:
            raise NoFactor
        digest = totp.recovery_digest(code)
        if digest is None:
            self._take(work, found, code)
            return
        used = "DELETE FROM recovery_code WHERE code_hash = ? AND account = ? RETURNING account"
        if not work.rows(used, digest, account):
            raise WrongCode

    def remove(self, work: IdentityWork, account: int) -> None:
        """Take it away, and its recovery codes."""
        work.rows("DELETE FROM recovery_code WHERE account = ?", account)
        work.rows("DELETE FROM second_factor WHERE account = ?", account)

    def _take(self, work: IdentityWork, found: SecondFactor, code: str) -> None:
        try:
            secret = self._seal.open(found.secret, str(found.account))
        except IdentityUnusable:
            raise WrongCode from None
        now_ns = self._clock.now_ns()
        step = totp.matching_step(secret.decode(), code, now_ns, found.last_step)
        if step is None:
            raise WrongCode
        FACTORS.put(work, replace(found, last_step=step))
