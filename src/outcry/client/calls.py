"""Every call of the native API: its path, what goes in and out, whether it may be sent again.

Both clients speak through these, so a route is described once. Parameters that are None are left
out. Paths, parameters and answers are held against the API document by a test.
"""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum
from typing import Any, Generic, Required, TypedDict, TypeVar
from urllib.parse import quote

from outcry.client import answers as a

T = TypeVar("T")
Json = Any
"""What a JSON text decodes to."""
Amount = str | int | Decimal
"""What an amount may be given as. A float is refused, because it is seldom what it shows."""
Moment = str | int
"""A time to ask for: RFC 3339, or milliseconds since 1970."""
AMOUNTS = ("price", "quantity", "budget")


class NewOrder(TypedDict, total=False):
    """An order. `quantity` or, for a market order, `budget` in the quote asset."""

    market: Required[str]
    side: Required[str]
    type: str
    price: Amount | None
    quantity: Amount | None
    budget: Amount | None
    time_in_force: str | None
    post_only: bool
    self_trade_prevention: str
    client_order_id: str | None
    user_id: int | str | None


class Change(TypedDict, total=False):
    """A new price, a new total quantity, or both, of an order named by one of its ids."""

    order_id: int | None
    client_order_id: str | None
    market: str | None
    price: Amount | None
    quantity: Amount | None
    cancel_first: bool


class Span(TypedDict, total=False):
    """From when to when."""

    start_time: Moment | None
    end_time: Moment | None


class Page(Span, total=False):
    """A page of what happened in a market, or in all of them. `cursor` is the last page's next."""

    market: str | None
    limit: int | None
    cursor: str | None


class AssetPage(Span, total=False):
    """A page of what happened to an asset, or to all of them."""

    asset: str | None
    limit: int | None
    cursor: str | None


class StatementPage(AssetPage, total=False):
    """A page of a statement; `purpose` is available, held or in_flight."""

    purpose: str | None


class OpenPage(TypedDict, total=False):
    """A page of open orders."""

    market: str | None
    side: str | None
    limit: int | None
    cursor: str | None


class KlinePage(Span, total=False):
    """Which candles."""

    limit: int | None


class MarketRules(TypedDict, total=False):
    """The rules of a market to define."""

    tick: Required[str]
    lot: Required[str]
    base: str
    quote: str
    fee_asset: str
    maker_ppm: int
    taker_ppm: int
    min_quantity: str
    max_quantity: str
    market_max_quantity: str
    min_notional: str
    max_notional: str
    order_notional_limit: str
    daily_notional_limit: str
    open_orders_limit: int
    allow_self_trade: bool


class Again(Enum):
    """Whether a call may be sent a second time."""

    READ = "it changes nothing"
    SAME = "the venue does it once, however often it is asked"
    NEVER = "a second time might do it a second time"


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One call. `gives` is the struct that it answers; of a file, bytes."""

    name: str
    """As in the API document."""
    method: str
    path: str
    gives: type[T]
    query: Mapping[str, str]
    body: Json = None
    again: Again = Again.NEVER
    key: str | None = None
    """The client order id, where one makes the call safe to repeat."""
    in_doubt: bool = False
    """Whether the venue may have acted on the same call already, sent another way."""


def amount_text(amount: Amount) -> str:
    """Return an amount as the venue reads it: plain decimal text without an exponent.

    Raises:
        TypeError: it is a float, or no number at all.
        ValueError: it is not finite.
    """
    if isinstance(amount, str):
        return amount
    if isinstance(amount, bool) or not isinstance(amount, int | Decimal):
        raise TypeError(f"an amount is text, int or Decimal, not {type(amount).__name__}")
    if isinstance(amount, Decimal) and not amount.is_finite():
        raise ValueError(f"{amount} is no amount")
    return format(amount, "f") if isinstance(amount, Decimal) else str(amount)


def new_order_id() -> str:
    """Return a client order id that nobody has used."""
    return secrets.token_hex(12)


def _read(name: str, path: str, gives: type[T], query: Mapping[str, object]) -> Call[T]:
    texts = {field: str(value) for field, value in query.items() if value is not None}
    return Call(name, "GET", path, gives, texts, None, Again.READ)


def _send(name: str, method: str, path: str, gives: type[T], body: Json) -> Call[T]:
    return Call(name, method, path, gives, {}, body)


def _given(**fields: Json) -> dict[str, Json]:
    return {name: value for name, value in fields.items() if value is not None}


# People


def register(email: str, password: str) -> Call[a.Session]:
    """Register somebody."""
    who = {"email": email, "password": password}
    return _send("register", "POST", "/register", a.Session, who)


def login(email: str, password: str, code: str | None = None) -> Call[a.Session]:
    """Log somebody in."""
    who = _given(email=email, password=password, code=code)
    return replace(_send("login", "POST", "/login", a.Session, who), again=Again.SAME)


def refresh(refresh_token: str) -> Call[a.Session]:
    """Trade a refresh token in. A token that is sent twice may look stolen: never repeated."""
    body = {"refresh_token": refresh_token}
    return _send("refresh", "POST", "/refresh", a.Session, body)


# Orders


def order_body(order: Mapping[str, object]) -> dict[str, Json]:
    """Return an order's fields as they are sent: amounts as text, what is None left out."""
    body = _given(**order)
    for name in AMOUNTS:
        if name in body:
            body[name] = amount_text(body[name])
    return body


def keyed(order: Mapping[str, object]) -> dict[str, Json]:
    """Return an order's fields with a client order id: the given one, or a new one."""
    body = order_body(order)
    body.setdefault("client_order_id", new_order_id())
    return body


def place(order: Mapping[str, object]) -> Call[a.Order]:
    """Place an order. With its id it is safe to repeat: the venue answers with the original."""
    body = keyed(order)
    call = _send("place", "POST", "/api/v1/order/", a.Order, body)
    return replace(call, again=Again.SAME, key=body["client_order_id"])


def place_short(
    order_type: str, order_kind: str, market: str, quantity: Amount, price: Amount | None
) -> Call[a.Order]:
    """Place an order in the short form. It has no id, so it is never repeated."""
    body = _given(
        order_type=order_type,
        order_kind=order_kind,
        market=market,
        quantity=amount_text(quantity),
        price=None if price is None else amount_text(price),
    )
    return _send("place_short", "POST", "/order", a.Order, body)


def batch(members: Iterable[Mapping[str, object]]) -> Call[a.Batch]:
    """Place and cancel several, each order with an id.

    With a cancel among them a second time could answer otherwise: it is never repeated.
    """
    orders = [dict(member) if "cancel" in member else keyed(member) for member in members]
    call = _send("batch", "POST", "/api/v1/orders/", a.Batch, {"orders": orders})
    safe = all("cancel" not in order for order in orders)
    return replace(call, again=Again.SAME if safe else Again.NEVER)


def change_order(change: Mapping[str, object]) -> Call[a.Order]:
    """Replace an order. Never repeated: it might lose its place in the queue twice."""
    return _send("replace", "PATCH", "/api/v1/order/", a.Order, order_body(change))


def cancel(
    order_id: int | str | None, *, client_order_id: str | None, market: str | None
) -> Call[a.Order]:
    """Cancel an order. Safe to repeat: an order that was cancelled is looked up."""
    query = {"order_id": order_id, "client_order_id": client_order_id, "market": market}
    call = _read("cancel", "/api/v1/order/", a.Order, query)
    return replace(call, method="DELETE", again=Again.SAME)


def cancel_all(market: str | None, side: str | None) -> Call[a.Cancelled]:
    """Cancel all. Never repeated: it would cancel what was placed meanwhile."""
    call = _read("cancel_all", "/api/v1/order/open", a.Cancelled, {"market": market, "side": side})
    return replace(call, method="DELETE", again=Again.NEVER)


def cancel_after(timeout_ms: int) -> Call[a.CancelAfter]:
    """Cancel all orders unless this comes again in time. Only the newest one counts."""
    body = {"timeout_ms": timeout_ms}
    call = _send("cancel_after", "POST", "/api/v1/order/cancel-after", a.CancelAfter, body)
    return replace(call, again=Again.SAME)


def order(order_id: int | str) -> Call[a.Order]:
    """One order."""
    return _read("order", f"/api/v1/order/{quote(str(order_id), safe='')}", a.Order, {})


def open_orders(query: Mapping[str, object]) -> Call[a.Orders]:
    """Open orders, oldest first."""
    return _read("open_orders", "/api/v1/order/open", a.Orders, query)


def orders(query: Mapping[str, object]) -> Call[a.Orders]:
    """Orders, newest first."""
    return _read("orders", "/api/v1/orders", a.Orders, query)


def fills(query: Mapping[str, object]) -> Call[a.Fills]:
    """Fills, newest first."""
    return _read("fills", "/api/v1/fills", a.Fills, query)


# An account's money


def balances() -> Call[a.Balances]:
    """Balances."""
    return _read("balances", "/api/v1/balances", a.Balances, {})


def statement(query: Mapping[str, object]) -> Call[a.Statement]:
    """Every change of a balance, newest first."""
    return _read("statement", "/api/v1/statement", a.Statement, query)


def transfers(query: Mapping[str, object]) -> Call[a.Transfers]:
    """Deposits, withdrawals, transfers, adjustments."""
    return _read("transfers", "/api/v1/transfers", a.Transfers, query)


def volume(query: Mapping[str, object]) -> Call[a.Volume]:
    """Volume and fees by day and market."""
    return _read("volume", "/api/v1/volume", a.Volume, query)


def export(table: str, query: Mapping[str, object]) -> Call[bytes]:
    """One's own rows as a file."""
    return _read("export", f"/api/v1/export/{quote(table, safe='')}", bytes, query)


# Markets


def depth(market: str, limit: int) -> Call[a.Depth]:
    """The book."""
    return _read("depth", "/api/v1/depth", a.Depth, {"market": market, "limit": limit})


def trades(market: str, limit: int, before: int | None) -> Call[a.Trades]:
    """Public trades, newest first."""
    query = {"market": market, "limit": limit, "before": before}
    return _read("trades", "/api/v1/trades", a.Trades, query)


def klines(market: str, interval: str, query: Mapping[str, object]) -> Call[a.Klines]:
    """Candles, oldest first."""
    query = {**query, "market": market, "interval": interval}
    return _read("klines", "/api/v1/klines", a.Klines, query)


def tickers(market: str | None) -> Call[a.Tickers]:
    """24 hours at a glance."""
    return _read("tickers", "/api/v1/tickers", a.Tickers, {"market": market})


def markets(market: str | None) -> Call[a.Markets]:
    """Markets and their rules."""
    return _read("markets", "/api/v1/markets", a.Markets, {"market": market})


def assets() -> Call[a.Assets]:
    """Assets."""
    return _read("assets", "/api/v1/assets", a.Assets, {})


def statistics(query: Mapping[str, object]) -> Call[a.Statistics]:
    """Markets by day, newest first."""
    return _read("statistics", "/api/v1/statistics", a.Statistics, query)


# Development


def faucet(asset: str, amount: Amount) -> Call[a.Balances]:
    """Credit play money."""
    body = {"asset": asset, "amount": amount_text(amount)}
    return _send("faucet", "POST", "/api/v1/dev/faucet", a.Balances, body)


def new_asset(symbol: str, decimals: int, chain_decimals: int | None) -> Call[a.Asset]:
    """Define an asset; the same definition again changes nothing."""
    body = _given(symbol=symbol, decimals=decimals, chain_decimals=chain_decimals)
    call = _send("new_asset", "POST", "/api/v1/dev/assets", a.Asset, body)
    return replace(call, again=Again.SAME)


def new_market(symbol: str, rules: Mapping[str, object]) -> Call[a.NewMarket]:
    """Define a market; the same definition again changes nothing."""
    body = {"symbol": symbol, **_given(**rules)}
    for name, value in body.items():
        if isinstance(value, Decimal):
            body[name] = amount_text(value)
    call = _send("new_market", "POST", "/api/v1/dev/markets", a.NewMarket, body)
    return replace(call, again=Again.SAME)


def reset() -> Call[a.Reset]:
    """Cancel everything, take all balances back."""
    return Call("reset", "POST", "/api/v1/dev/reset", a.Reset, {})


# The venue


def health() -> Call[a.State]:
    """Whether it lives."""
    return _read("health", "/health", a.State, {})


def ready() -> Call[a.State]:
    """Whether orders can be placed."""
    return _read("ready", "/ready", a.State, {})


def status() -> Call[a.Status]:
    """Mode, durability, ledger."""
    return _read("status", "/api/v1/status", a.Status, {})


def metrics() -> Call[bytes]:
    """Prometheus metrics."""
    return _read("metrics", "/metrics", bytes, {})


def proof(what: str, query: Mapping[str, object]) -> Call[dict[str, Json]]:
    """A document of the proofs, as it came: `outcry verify` checks it, not this client."""
    name = _PROOFS.get(what) or what.replace("/", "_")
    return _read(name, f"/api/v1/proofs/{quote(what)}", dict[str, Json], query)


_PROOFS = {
    "key": "proof_keys",
    "trades/entries": "trade_entries",
    "liabilities/mine": "my_liabilities",
}
