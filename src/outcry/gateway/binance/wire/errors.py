"""Refusals in Binance's form: code, text and status as clients map them to their exceptions.

The codes and texts are those of Binance's public error table; clients compare some texts letter by
letter.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import msgspec

from outcry.domain.rejects import Reject
from outcry.gateway.errors import ApiError

PARAMETER_LENGTH_MAX = 64
"""How much of an unknown parameter's name a refusal repeats."""
FUNDS = "Account has insufficient balance for requested action."
MARKET_CLOSED = "Market is closed."
_DISABLED = "This action is disabled on this account."


class BinanceError(Exception):
    """A refusal on its way to the client. `data` is what `cancelReplace` says besides."""

    def __init__(
        self, code: int, text: str, status: int = 400, *, data: str = "", retry_after_s: int = 0
    ) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.status = status
        self.data = data
        self.retry_after_s = retry_after_s

    @property
    def body(self) -> str:
        """The refusal as JSON text."""
        data = f',"data":{self.data}' if self.data else ""
        return f'{{"code":{self.code},"msg":{msgspec.json.encode(self.text).decode()}{data}}}'


class _Row(NamedTuple):
    code: int
    text: str
    status: int = 400
    retry_after_s: int = 0


def _filter(name: str) -> _Row:
    return _Row(-1013, f"Filter failure: {name}")


_CLOSED = _Row(-1013, MARKET_CLOSED)
_NOT_DONE = "The venue does not take this now; nothing was done."

_OF_REJECT = {
    Reject.VENUE_HALTED: _Row(-1008, _NOT_DONE, 503, 30),
    Reject.VENUE_READ_ONLY: _Row(-1008, _NOT_DONE, 503, 30),
    Reject.VENUE_CANCEL_ONLY: _CLOSED,
    Reject.ID_REUSED: _Row(-2010, "Duplicate order sent."),
    Reject.UNKNOWN_ACCOUNT: _Row(-2010, _DISABLED),
    Reject.ACCOUNT_FROZEN: _Row(-2010, _DISABLED),
    Reject.REDUCE_ONLY: _Row(-2010, _DISABLED),
    Reject.UNKNOWN_MARKET: _Row(-1121, "Invalid symbol."),
    Reject.MARKET_HALTED: _CLOSED,
    Reject.MARKET_CANCEL_ONLY: _CLOSED,
    Reject.MARKET_CLOSED: _CLOSED,
    Reject.CALL_PHASE: _CLOSED,
    Reject.SHAPE: _Row(-1013, "This combination of parameters is not possible in this market."),
    Reject.UNKNOWN_ORDER: _Row(-2011, "Unknown order sent."),
    Reject.TICK: _filter("PRICE_FILTER"),
    Reject.LOT: _filter("LOT_SIZE"),
    Reject.MIN_SIZE: _filter("LOT_SIZE"),
    Reject.MAX_SIZE: _filter("LOT_SIZE"),
    Reject.MARKET_MAX_SIZE: _filter("MARKET_LOT_SIZE"),
    Reject.MIN_NOTIONAL: _filter("NOTIONAL"),
    Reject.MAX_NOTIONAL: _filter("NOTIONAL"),
    Reject.NOTIONAL_OVERFLOW: _filter("NOTIONAL"),
    Reject.WOULD_TRIGGER: _Row(-2010, "Stop price would trigger immediately."),
    Reject.BAND: _filter("PERCENT_PRICE_BY_SIDE"),
    Reject.RATE: _Row(-1015, "Too many new orders.", 429, 1),
    Reject.OPEN_ORDERS: _filter("MAX_NUM_ORDERS"),
    Reject.OPEN_ORDERS_TOTAL: _filter("EXCHANGE_MAX_NUM_ORDERS"),
    Reject.STOP_ORDERS: _filter("MAX_NUM_ALGO_ORDERS"),
    Reject.ORDER_NOTIONAL: _filter("NOTIONAL"),
    Reject.DAILY_NOTIONAL: _Row(-2010, "This would exceed the account's traded value of one day."),
    Reject.POSITION: _filter("MAX_POSITION"),
    Reject.POST_ONLY: _Row(-2010, "Order would immediately match and take."),
    Reject.FUNDS: _Row(-2010, FUNDS),
    Reject.BUDGET_BELOW_LOT: _filter("LOT_SIZE"),
    Reject.BELOW_FILLED: _Row(-2038, "The requested quantity is not above what was executed."),
    Reject.OVERFLOW: _filter("NOTIONAL"),
    Reject.UNKNOWN_ASSET: _Row(-1121, "Invalid symbol."),
}
_REJECTED = _Row(-2010, "The venue refused this.")

_OF_CODE = {
    "BUSY": _Row(
        -1008,
        "Server is currently overloaded with other requests. Please try again in a few minutes.",
        503,
        1,
    ),
    "DRAINING": _Row(-1016, "This service is no longer available.", 503, 5),
    "VENUE_HALTED": _Row(-1008, _NOT_DONE, 503, 30),
    "UNKNOWN_OUTCOME": _Row(
        -1007,
        "Timeout waiting for response from backend server. Send status unknown; execution status"
        " unknown.",
        504,
    ),
    "TOO_LARGE": _Row(-1130, "The request is too large.", 413),
    "RATE": _Row(-1003, "Too many requests.", 429, 1),
    "UNAUTHORIZED": _Row(-2015, "Invalid API-key, IP, or permissions for action.", 401),
    "FORBIDDEN": _Row(-2015, "Invalid API-key, IP, or permissions for action.", 401),
    "INTERNAL": _Row(-1000, "An unknown error occurred while processing the request.", 500),
}


def _of_row(row: _Row) -> BinanceError:
    return BinanceError(row.code, row.text, row.status, retry_after_s=row.retry_after_s)


def of_reject(reason: int) -> BinanceError:
    """Return what a refusal of the engine is called."""
    return _of_row(_OF_REJECT.get(Reject(reason), _REJECTED))


def of_api(error: ApiError) -> BinanceError:
    """Return what a refusal that all doors share is called."""
    code = error.body.code
    row = _OF_CODE.get(code) or _Row(-1000, error.body.message, error.kind.status)
    return _of_row(row)


def internal() -> BinanceError:
    """Return what a mistake of ours is called."""
    return _of_row(_OF_CODE["INTERNAL"])


def unavailable(retry_after_s: int) -> BinanceError:
    """Return the refusal of what needs something that does not answer just now."""
    text = "Internal error; unable to process your request. Please try again."
    return BinanceError(-1001, text, 503, retry_after_s=retry_after_s)


def missing(name: str) -> BinanceError:
    """Return the refusal of a parameter that has to be there."""
    return BinanceError(
        -1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."
    )


def unwanted(name: str) -> BinanceError:
    """Return the refusal of a parameter that does not belong there."""
    return BinanceError(-1106, f"Parameter '{name}' sent when not required.")


def illegal(name: str, legal: str) -> BinanceError:
    """Return the refusal of a value that cannot be read."""
    return BinanceError(
        -1100, f"Illegal characters found in parameter '{name}'; legal range is '{legal}'."
    )


def invalid(name: str) -> BinanceError:
    """Return the refusal of a value outside its range."""
    return BinanceError(-1130, f"Data sent for parameter '{name}' is not valid.")


Refusal = Callable[[], BinanceError]

BAD_SYMBOL: Refusal = partial(BinanceError, -1121, "Invalid symbol.")
BAD_INTERVAL: Refusal = partial(BinanceError, -1120, "Invalid interval.")
BAD_TIME_IN_FORCE: Refusal = partial(BinanceError, -1115, "Invalid timeInForce.")
BAD_TYPE: Refusal = partial(BinanceError, -1116, "Invalid orderType.")
BAD_SIDE: Refusal = partial(BinanceError, -1117, "Invalid side.")
BAD_KEY_FORMAT: Refusal = partial(BinanceError, -2014, "API-key format invalid.", 401)
BAD_KEY: Refusal = partial(
    BinanceError, -2015, "Invalid API-key, IP, or permissions for action.", 401
)
BAD_SIGNATURE: Refusal = partial(BinanceError, -1022, "Signature for this request is not valid.")
OUTSIDE_WINDOW: Refusal = partial(
    BinanceError, -1021, "Timestamp for this request is outside of the recvWindow."
)
AHEAD: Refusal = partial(
    BinanceError, -1021, "Timestamp for this request was 1000ms ahead of the server's time."
)
BAD_WINDOW: Refusal = partial(BinanceError, -1131, "recvWindow must be less than 60000.")
NO_SUCH_ORDER: Refusal = partial(BinanceError, -2013, "Order does not exist.")
UNKNOWN_ORDER: Refusal = partial(BinanceError, -2011, "Unknown order sent.")
NO_SUCH_LIST: Refusal = partial(BinanceError, -2018, "Order list does not exist.")
DUPLICATE: Refusal = partial(BinanceError, -2010, "Duplicate order sent.")
DUPLICATE_PARAMETER: Refusal = partial(
    BinanceError, -1101, "Duplicate values for a parameter detected."
)
NO_LISTEN_KEY: Refusal = partial(BinanceError, -1125, "This listenKey does not exist.")
