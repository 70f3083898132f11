"""Calls of the identity room, each in a thread; what it refuses is told as any refusal is."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import msgspec

from outcry.gateway.errors import ApiError
from outcry.identity import errors as e

T = TypeVar("T")
_CODES: dict[type[e.IdentityError], tuple[str, str | None]] = {
    e.BadEmail: ("BAD_EMAIL", "email"),
    e.WeakPassword: ("WEAK_PASSWORD", "password"),
    e.EmailTaken: ("EMAIL_TAKEN", "email"),
    e.BadRefreshToken: ("WRONG_CREDENTIALS", "refresh_token"),
    e.WrongCredentials: ("WRONG_CREDENTIALS", None),
    e.LockedOut: ("LOCKED_OUT", None),
    e.FactorNeeded: ("SECOND_FACTOR", "code"),
    e.WrongCode: ("WRONG_CODE", "code"),
    e.NoFactor: ("NO_FACTOR", None),
    e.FactorThere: ("EXISTS", None),
    e.UnknownSession: ("UNKNOWN_SESSION", None),
    e.UnknownKey: ("UNKNOWN_KEY", None),
    e.UnknownRequest: ("UNKNOWN_REQUEST", None),
    e.BadKey: ("BAD_VALUE", None),
    e.BadLabel: ("BAD_VALUE", "label"),
    e.TooMany: ("TOO_MANY", None),
    e.BadWallet: ("BAD_VALUE", None),
    e.WalletRefused: ("WRONG_CREDENTIALS", None),
    e.WalletTaken: ("WALLET_TAKEN", None),
    e.UnknownWallet: ("UNKNOWN_WALLET", None),
    e.NotAllowed: ("FORBIDDEN", None),
    e.UnknownWithdrawal: ("UNKNOWN_WITHDRAWAL", None),
    e.UnknownBeneficiary: ("UNKNOWN_BENEFICIARY", None),
    e.LabelTaken: ("EXISTS", "label"),
    e.IdReused: ("ID_REUSED", "client_withdrawal_id"),
    e.ReferenceTaken: ("EXISTS", "reference"),
    e.NotNow: ("TRANSITION", None),
    e.BadDestination: ("BAD_VALUE", None),
}


def refusal(error: e.IdentityError) -> ApiError:
    """Return what a refusal means to a client."""
    code, field = _CODES[type(error)]
    found = ApiError(code, str(error), field=getattr(error, "field", "") or field)
    if isinstance(error, e.LockedOut):
        found.retry_after_s = error.retry_after_s
    return found


async def in_thread(act: Callable[[], T]) -> T:
    """Return what an act returns that reads or writes the store of people.

    Raises:
        ApiError: it was refused.
    """
    try:
        return await asyncio.to_thread(act)
    except e.IdentityError as error:
        raise refusal(error) from None


class HashingLine:
    """Lets a few passwords be hashed at once, in threads, and a few more wait.

    A hash costs a tenth of a second of a core and 64 MB on purpose; whoever sends many logins must
    not get all of both.
    """

    def __init__(self, at_once: int, waiting_max: int) -> None:
        self._permits = asyncio.Semaphore(at_once)
        self._inside_max = at_once + waiting_max
        self._inside = 0

    async def run(self, act: Callable[[], T]) -> T:
        """Return what `act` returns once it is its turn.

        Raises:
            ApiError: `BUSY` if too many wait, or it was refused.
        """
        if self._inside >= self._inside_max:
            raise ApiError("BUSY", "too many people register or log in; try again in a moment")
        self._inside += 1
        try:
            async with self._permits:
                return await in_thread(act)
        finally:
            self._inside -= 1


def text_of(answer: msgspec.Struct) -> str:
    """Return an answer as JSON."""
    return msgspec.json.encode(answer).decode()
