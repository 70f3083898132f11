"""What can go wrong, as classes: one for each family of the venue's codes, and for silence.

A refusal is always an `ApiError`; its `code` is stable (`docs/errors.md`), and the first two digits
of its `number` are its family. Catch a family to treat alike what is alike, or look at `code`.
"""

import msgspec


class Refusal(msgspec.Struct):
    """What the venue says of a refusal. `valid` are values near to what was given."""

    code: str = ""
    message: str = ""
    number: int = 0
    field: str | None = None
    given: str | None = None
    valid: list[str] | None = None
    client_order_id: str | None = None
    sequence: int | None = None
    request_id: str | None = None


class ClientError(Exception):
    """Anything this client raises about the venue."""


class ApiError(ClientError):
    """The venue refused a call. `code` is the stable name of the reason, "" where it gave none."""

    def __init__(self, status: int, code: str, message: str, told: Refusal | None = None) -> None:
        super().__init__(f"{status} {code}: {message}" if code else f"{status}: {message}")
        self.status = status
        self.code = code
        self.refusal = told or Refusal(code, message)
        self.retry_after_s = 0.0
        """How long the venue asks to wait; 0 where it does not say."""


class BadRequest(ApiError):
    """10xx: the request itself; a mistake of the program that sent it."""


class NotAllowed(ApiError):
    """11xx: who you are, and what you may not do."""


class BadValue(ApiError):
    """12xx: a value of the request breaks a rule."""


class NotPossible(ApiError):
    """13xx: something is not there, or not in a state for this."""


class LimitReached(ApiError):
    """14xx: funds and limits."""


class RateLimited(LimitReached):
    """Too many requests; nothing was done."""


class VenueTrouble(ApiError):
    """15xx: the venue is busy, halted or stopping; nothing was done unless it says so."""


class UnknownOutcome(VenueTrouble):
    """Whether it was done is not known. An order sent again with the same id cannot double."""


class Unreachable(ClientError):
    """Nobody answers at the address, or not as a venue does.

    `maybe_done` says whether the venue may have acted on the call.
    """

    def __init__(self, message: str, *, maybe_done: bool = True) -> None:
        super().__init__(message)
        self.maybe_done = maybe_done


class BadAnswer(ClientError):
    """The venue answered, but not as this client understands it. What it did, it did."""


class NotFollowed(ClientError):
    """A stream has ended, or has more news waiting than may wait."""


_HUNDRED = 100
_FAMILIES: dict[int, type[ApiError]] = {
    10: BadRequest, 11: NotAllowed, 12: BadValue, 13: NotPossible, 14: LimitReached,
    15: VenueTrouble,
}  # fmt: skip
_OF_STATUS: dict[int, type[ApiError]] = {
    401: NotAllowed, 403: NotAllowed, 404: NotPossible, 409: NotPossible, 418: RateLimited,
    422: BadValue, 429: RateLimited, 504: UnknownOutcome,
}  # fmt: skip
_OF_CODE: dict[str, type[ApiError]] = {"RATE": RateLimited, "UNKNOWN_OUTCOME": UnknownOutcome}


class _Body(msgspec.Struct):
    error: Refusal


_decode = msgspec.json.Decoder(_Body).decode


def refusal_of(status: int, body: bytes) -> ApiError:
    """Return the error that an answer with a status of 400 or above is.

    What is not the venue's own word (a proxy's page) gets the class of its status.
    """
    try:
        return error_of(status, _decode(body).error)
    except (msgspec.DecodeError, UnicodeError):
        kind = _OF_STATUS.get(status, VenueTrouble if status >= 5 * _HUNDRED else BadRequest)
        return kind(status, "", body[:200].decode("utf-8", "replace"))


def error_of(status: int, told: Refusal) -> ApiError:
    """Return the error of a refusal: by its code, else by its family."""
    kind = _OF_CODE.get(told.code) or _FAMILIES.get(told.number // _HUNDRED)
    kind = kind or _OF_STATUS.get(status, ApiError)
    return kind(status, told.code, told.message, told)
