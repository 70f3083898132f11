"""The parameters of a query: which there may be, and what they say."""

from collections.abc import Collection

from aiohttp import web
from msgspec import UNSET

from outcry.domain.order import BOTH_SIDES
from outcry.gateway.errors import ApiError, showable
from outcry.gateway.json_input import NAME_LENGTH_MAX
from outcry.gateway.native.parse import SIDES, choice
from outcry.gateway.native.schemas import CancelAllIn, CancelIn
from outcry.ledger.reads import history as queries

PAGE_DEFAULT, PAGE_MAX = 100, 1_000


def check_known(request: web.Request, names: Collection[str]) -> None:
    """Refuse a query that has a parameter the call does not know, or one twice.

    Raises:
        ApiError: `UNKNOWN_FIELD`, `BAD_REQUEST`.
    """
    if not request.query_string:
        return
    for parameter in request.query:
        if parameter not in names:
            name = showable(parameter[:NAME_LENGTH_MAX])
            raise ApiError("UNKNOWN_FIELD", f"there is no parameter {name!r} here", field=name)
    if len(request.query) != len(set(request.query)):
        raise ApiError("BAD_REQUEST", "a parameter comes twice")


def market_of(request: web.Request) -> str | None:
    """Return the market that a query names, as `market` or `symbol`."""
    query = request.query
    if "market" in query and "symbol" in query:
        raise ApiError("CONTRADICTION", "market and symbol are the same parameter", field="symbol")
    found: str | None = query.get("market", query.get("symbol"))
    return found


def side_of(side: str | None) -> int:
    """Return the side that is named; both for none.

    Raises:
        ApiError: `BAD_VALUE`.
    """
    if side is None:
        return BOTH_SIDES
    found = choice(SIDES, side)
    if found is None:
        raise ApiError("BAD_VALUE", "side must be buy or sell", field="side", given=side)
    return found


def page_limit(request: web.Request, default: int = PAGE_DEFAULT, most: int = PAGE_MAX) -> int:
    """Return the `limit` of a query."""
    text = request.query.get("limit")
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 9 or not 1 <= int(text) <= most:
        raise ApiError("BAD_VALUE", f"limit must be 1 to {most}", field="limit", given=text)
    return int(text)


def cursor_of(text: str | None, kind: str = "p") -> int:
    """Return the id that a cursor of what is open names, of orders unless told; 0 without one."""
    if text is None:
        return 0
    try:
        return queries.decode_cursor(kind, 1, text)[0]
    except queries.BadCursor:
        raise ApiError("BAD_CURSOR", field="cursor", given=text) from None


def cancel_of_query(request: web.Request) -> CancelIn:
    """Return which order a query wants cancelled."""
    text = request.query.get("order_id")
    if text is not None and (not text.isascii() or not text.isdigit() or len(text) > 18):
        raise ApiError("UNKNOWN_ORDER", field="order_id", given=text)
    return CancelIn(
        order_id=int(text) if text is not None else None,
        client_order_id=request.query.get("client_order_id"),
        market=market_of(request),
    )


def cancel_all_of_query(request: web.Request) -> CancelAllIn:
    """Return which orders a query wants cancelled."""
    market, side = market_of(request), request.query.get("side")
    return CancelAllIn(
        market=UNSET if market is None else market, side=UNSET if side is None else side
    )
