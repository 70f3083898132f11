"""Every refusal a client can get: one table from reason to status, code, number and text.

Codes and numbers never change meaning. 10xx the request itself, 11xx who you are, 12xx a value,
13xx something that is not there or not in that state, 14xx funds and limits, 15xx the venue.
`docs/errors.md` is generated from this table.
"""

from typing import NamedTuple

import msgspec

from outcry.domain.rejects import Reject
from outcry.ports import Unavailable

GIVEN_LENGTH_MAX = 64


class Kind(NamedTuple):
    """One row of the table. `text` is said when nothing more precise is known."""

    status: int
    code: str
    number: int
    text: str
    retry_after_s: int = 0


_ROWS = (
    Kind(400, "BAD_JSON", 1001, "the body is not one JSON object with each key once"),
    Kind(413, "TOO_LARGE", 1002, "a body or a frame has at most 65,536 bytes"),
    Kind(415, "UNSUPPORTED_MEDIA_TYPE", 1003, "send application/json, plain or gzip-encoded"),
    Kind(404, "NOT_FOUND", 1004, "there is no such path"),
    Kind(405, "METHOD_NOT_ALLOWED", 1005, "this path does not take this method"),
    Kind(400, "BAD_REQUEST", 1006, "this is not a request the venue understands"),
    Kind(401, "UNAUTHORIZED", 1101, "send Authorization: Bearer with a token that is still valid"),
    Kind(401, "WRONG_CREDENTIALS", 1102, "e-mail or password is wrong"),
    Kind(403, "FORBIDDEN", 1103, "you may not do this"),
    Kind(409, "EMAIL_TAKEN", 1104, "somebody has registered with this e-mail"),
    Kind(422, "WEAK_PASSWORD", 1105, "a password has 12 to 1,024 characters"),
    Kind(422, "BAD_EMAIL", 1106, "this is not an e-mail address"),
    Kind(401, "BAD_SIGNATURE", 1107, "the key is unknown, or the signature is not this request's"),
    Kind(401, "BAD_TIMESTAMP", 1108, "the request is outside its window of time"),
    Kind(401, "REPLAYED", 1109, "this signed request was taken before"),
    Kind(403, "KEY_ADDRESS", 1110, "this key may not be used from this address"),
    Kind(403, "SCOPE", 1111, "this takes another scope, or a session"),
    Kind(403, "SECOND_FACTOR", 1112, "send a code of your second factor"),
    Kind(403, "WRONG_CODE", 1113, "the code is wrong, or was used before"),
    Kind(429, "LOCKED_OUT", 1114, "too many attempts have failed; try again later", 900),
    Kind(422, "BAD_TYPE", 1201, "a value has the wrong type"),
    Kind(422, "BAD_DECIMAL", 1202, "a decimal number above 0, as a string like 100.05"),
    Kind(422, "BAD_TICK", 1203, "the price is not a multiple of the market's tick"),
    Kind(422, "BAD_LOT", 1204, "the quantity is not a multiple of the market's lot"),
    Kind(422, "MIN_QTY", 1205, "the quantity is below the market's minimum"),
    Kind(422, "MAX_QTY", 1206, "the quantity is above the market's maximum"),
    Kind(422, "MARKET_MAX_QTY", 1207, "the quantity is above the maximum of a market order"),
    Kind(422, "MIN_NOTIONAL", 1208, "price x quantity is below the market's minimum"),
    Kind(422, "MAX_NOTIONAL", 1209, "price x quantity is above the market's maximum"),
    Kind(422, "NOTIONAL_OVERFLOW", 1210, "price x quantity with its fee is too large"),
    Kind(422, "BAD_ID", 1211, "a client order id has 1 to 36 characters of A-Z a-z 0-9 _ -"),
    Kind(422, "UNKNOWN_FIELD", 1212, "there is no such field"),
    Kind(422, "MISSING_FIELD", 1213, "a field is missing"),
    Kind(422, "BAD_VALUE", 1214, "a value is none of those that are possible"),
    Kind(422, "CONTRADICTION", 1215, "these values do not go together"),
    Kind(422, "BAD_CURSOR", 1216, "the cursor is not one that this list gave out"),
    Kind(422, "BAD_TIME", 1217, "a time is RFC 3339 or milliseconds since 1970"),
    Kind(422, "PRICE_BAND", 1218, "the price is outside the market's band"),
    Kind(422, "WOULD_TRIGGER", 1219, "the trigger has already been reached"),
    Kind(404, "UNKNOWN_MARKET", 1301, "there is no such market"),
    Kind(404, "UNKNOWN_ORDER", 1302, "you have no such open order"),
    Kind(404, "UNKNOWN_ASSET", 1303, "there is no such asset"),
    Kind(404, "UNKNOWN_ACCOUNT", 1304, "there is no such account"),
    Kind(404, "UNKNOWN_WITHDRAWAL", 1305, "there is no such withdrawal"),
    Kind(404, "UNKNOWN_CHANNEL", 1306, "there is no such channel"),
    Kind(409, "HALTED", 1311, "the market is halted: orders can only be cancelled or reduced"),
    Kind(409, "CANCEL_ONLY", 1312, "in this market orders can only be cancelled or reduced"),
    Kind(409, "MARKET_CLOSED", 1313, "the market is closed"),
    Kind(409, "CALL_PHASE", 1314, "this cannot be placed during an auction"),
    Kind(409, "ID_REUSED", 1315, "this client order id was used for something else"),
    Kind(409, "BELOW_FILLED", 1316, "the new quantity is below what has already been filled"),
    Kind(409, "TRANSITION", 1317, "this cannot be changed in the present state"),
    Kind(409, "EXISTS", 1318, "this exists already"),
    Kind(404, "UNKNOWN_TRADE", 1319, "there is no such trade"),
    Kind(404, "NOT_PUBLISHED", 1320, "this has not been published yet"),
    Kind(403, "ACCOUNT_FROZEN", 1321, "the account is frozen"),
    Kind(403, "REDUCE_ONLY", 1322, "the account may only sell, cancel and withdraw"),
    Kind(404, "UNKNOWN_SESSION", 1323, "you have no such session"),
    Kind(404, "UNKNOWN_KEY", 1324, "you have no such API key"),
    Kind(404, "UNKNOWN_REQUEST", 1325, "there is no such open request"),
    Kind(404, "UNKNOWN_PERSON", 1326, "nobody is registered with this e-mail"),
    Kind(409, "NO_FACTOR", 1327, "you have no second factor"),
    Kind(409, "TOO_MANY", 1328, "you have as many as there may be"),
    Kind(404, "UNKNOWN_WALLET", 1329, "you have no such wallet"),
    Kind(409, "WALLET_TAKEN", 1330, "this wallet cannot be linked, or not be taken away"),
    Kind(404, "UNKNOWN_LIST", 1331, "you have no such list of orders"),
    Kind(404, "UNKNOWN_BENEFICIARY", 1332, "you have no such address"),
    Kind(404, "UNKNOWN_BOT", 1333, "this venue runs no such bot"),
    Kind(409, "WITHDRAWALS_HELD", 1334, "credentials were changed: nothing leaves for a day"),
    Kind(422, "INSUFFICIENT_FUNDS", 1401, "not enough is available"),
    Kind(422, "BUDGET_BELOW_LOT", 1402, "the budget does not buy one lot"),
    Kind(422, "POST_ONLY", 1403, "a post-only order would have traded"),
    Kind(422, "OPEN_ORDERS", 1404, "too many open orders in this market"),
    Kind(422, "OPEN_ORDERS_TOTAL", 1405, "too many open orders"),
    Kind(422, "STOP_ORDERS", 1406, "too many waiting stop orders"),
    Kind(422, "ORDER_NOTIONAL", 1407, "price x quantity is above your limit for one order"),
    Kind(422, "DAILY_NOTIONAL", 1408, "this would exceed your traded value of one day"),
    Kind(422, "POSITION", 1409, "this would exceed the position limit"),
    Kind(422, "OVERFLOW", 1410, "the amount is too large"),
    Kind(422, "FEES", 1411, "these rates cannot be"),
    Kind(429, "RATE", 1412, "too many requests", 1),
    Kind(418, "SHUT_OUT", 1413, "you went on after 429; you are shut out for a while", 120),
    Kind(429, "SOCKETS", 1414, "too many connections speak for this account", 60),
    Kind(503, "BUSY", 1501, "the venue is busy; nothing was done, send it again", 1),
    Kind(503, "DRAINING", 1502, "the venue is stopping; nothing was done", 5),
    Kind(503, "VENUE_HALTED", 1503, "the venue is halted; nothing was done", 30),
    Kind(503, "VENUE_READ_ONLY", 1504, "the venue is read-only; nothing was done", 30),
    Kind(503, "VENUE_CANCEL_ONLY", 1505, "orders can only be cancelled or reduced", 30),
    Kind(504, "UNKNOWN_OUTCOME", 1506, "whether it was done is not known; ask by client order id"),
    Kind(501, "NOT_INSTALLED", 1507, "this venue runs without what this needs"),
    Kind(503, "UNAVAILABLE", 1508, "a part of the venue does not answer; ask again", 1),
    Kind(500, "INTERNAL", 1599, "the venue made a mistake; it was logged under this request id"),
)
KINDS = {row.code: row for row in _ROWS}

CODE_OF_REJECT = {
    Reject.VENUE_HALTED: "VENUE_HALTED",
    Reject.VENUE_READ_ONLY: "VENUE_READ_ONLY",
    Reject.VENUE_CANCEL_ONLY: "VENUE_CANCEL_ONLY",
    Reject.ID_REUSED: "ID_REUSED",
    Reject.UNKNOWN_ACCOUNT: "UNKNOWN_ACCOUNT",
    Reject.ACCOUNT_FROZEN: "ACCOUNT_FROZEN",
    Reject.REDUCE_ONLY: "REDUCE_ONLY",
    Reject.UNKNOWN_MARKET: "UNKNOWN_MARKET",
    Reject.MARKET_HALTED: "HALTED",
    Reject.MARKET_CANCEL_ONLY: "CANCEL_ONLY",
    Reject.MARKET_CLOSED: "MARKET_CLOSED",
    Reject.CALL_PHASE: "CALL_PHASE",
    Reject.SHAPE: "CONTRADICTION",
    Reject.UNKNOWN_ORDER: "UNKNOWN_ORDER",
    Reject.TICK: "BAD_TICK",
    Reject.LOT: "BAD_LOT",
    Reject.MIN_SIZE: "MIN_QTY",
    Reject.MAX_SIZE: "MAX_QTY",
    Reject.MARKET_MAX_SIZE: "MARKET_MAX_QTY",
    Reject.MIN_NOTIONAL: "MIN_NOTIONAL",
    Reject.MAX_NOTIONAL: "MAX_NOTIONAL",
    Reject.NOTIONAL_OVERFLOW: "NOTIONAL_OVERFLOW",
    Reject.WOULD_TRIGGER: "WOULD_TRIGGER",
    Reject.BAND: "PRICE_BAND",
    Reject.RATE: "RATE",
    Reject.OPEN_ORDERS: "OPEN_ORDERS",
    Reject.OPEN_ORDERS_TOTAL: "OPEN_ORDERS_TOTAL",
    Reject.STOP_ORDERS: "STOP_ORDERS",
    Reject.ORDER_NOTIONAL: "ORDER_NOTIONAL",
    Reject.DAILY_NOTIONAL: "DAILY_NOTIONAL",
    Reject.POSITION: "POSITION",
    Reject.POST_ONLY: "POST_ONLY",
    Reject.FUNDS: "INSUFFICIENT_FUNDS",
    Reject.BUDGET_BELOW_LOT: "BUDGET_BELOW_LOT",
    Reject.BELOW_FILLED: "BELOW_FILLED",
    Reject.OVERFLOW: "OVERFLOW",
    Reject.FEES: "FEES",
    Reject.TRANSITION: "TRANSITION",
    Reject.EXISTS: "EXISTS",
    Reject.UNKNOWN_WITHDRAWAL: "UNKNOWN_WITHDRAWAL",
    Reject.UNKNOWN_ASSET: "UNKNOWN_ASSET",
}


class ErrorBody(msgspec.Struct, omit_defaults=True):
    """A refusal as clients see it."""

    code: str
    number: int
    message: str
    field: str | None = None
    given: str | None = None
    valid: list[str] | None = None
    client_order_id: str | None = None
    sequence: int | None = None
    request_id: str | None = None
    retry_after_s: int | None = None


class ErrorAnswer(msgspec.Struct):
    """The body of every answer with a status of 400 or above."""

    error: ErrorBody


class ApiError(Exception):
    """A refusal on its way to the client."""

    def __init__(  # noqa: PLR0913 - the fields of one answer
        self,
        code: str,
        message: str = "",
        *,
        field: str | None = None,
        given: object = None,
        valid: list[str] | None = None,
        client_order_id: str | None = None,
        sequence: int | None = None,
    ) -> None:
        self.kind = KINDS[code]
        super().__init__(message or self.kind.text)
        shown = None if given is None else showable(str(given)[:GIVEN_LENGTH_MAX])
        self.body = ErrorBody(
            code,
            self.kind.number,
            message or self.kind.text,
            field,
            shown,
            valid,
            client_order_id or None,
            sequence,
        )
        self.retry_after_s = self.kind.retry_after_s

    def answer(self, request_id: str | None) -> ErrorAnswer:
        """Return the body of the answer."""
        self.body.request_id = request_id
        return ErrorAnswer(self.body)


def told(error: Exception) -> ApiError | None:
    """Return what a client is told of an error; None where it is a mistake of ours."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, Unavailable):
        answer = ApiError("UNAVAILABLE", f"{error}; ask again")
        answer.retry_after_s = error.retry_after_s
        return answer
    return None


def showable(text: str) -> str:
    """Return text that can be encoded: bytes of a header that are no UTF-8 arrive as surrogates."""
    return text.encode("utf-8", "replace").decode()


def untie(error: BaseException | None) -> None:
    """Drop the traces of an error that has been answered, and is kept by what it belongs to.

    A trace holds frames, and those hold a connection with all that is its own: a circle that only
    the garbage collector would find, many requests later.
    """
    while error is not None:
        error.__traceback__, error.__context__, error = None, None, error.__context__


def errors_page() -> str:
    """Return `docs/errors.md`."""
    reasons: dict[str, list[str]] = {}
    for reject, code in CODE_OF_REJECT.items():
        reasons.setdefault(code, []).append(f"{reject.name.lower()} ({reject.value})")
    lines = [
        "# Errors",
        "",
        "Generated from `src/outcry/gateway/errors.py`. Codes and numbers never change meaning.",
        "",
        "| number | code | status | meaning | the engine's reason |",
        "|---|---|---|---|---|",
    ]
    for kind in _ROWS:
        engine = ", ".join(reasons.get(kind.code, []))
        lines.append(f"| {kind.number} | `{kind.code}` | {kind.status} | {kind.text} | {engine} |")
    return "\n".join(lines) + "\n"
