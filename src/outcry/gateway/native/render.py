"""From events and views to the JSON that clients get."""

from collections.abc import Callable

import msgspec

from outcry.domain.decimals import format_units
from outcry.domain.events import CommandRejected
from outcry.domain.market import Market
from outcry.domain.order import Kind, OrderFlag, Side, TimeInForce
from outcry.domain.rejects import Reject
from outcry.gateway.errors import CODE_OF_REJECT, ApiError
from outcry.gateway.special.known import Special, Specials
from outcry.gateway.special.told import Told, type_of
from outcry.ledger.rows import REASON_NAMES, STATE_NAMES, Fill, OrderView
from outcry.marketdata.registry import Registry
from outcry.marketdata.text import Scale, time_text

SIDE_NAMES = {int(side): side.name.lower() for side in Side}
TIME_NAMES = {int(t): t.name.lower() for t in TimeInForce}
CACHED_TEXTS = 16_384
_LIMIT, _BUDGET = int(Kind.LIMIT), int(Kind.BUDGET)
_MARKET = int(Kind.MARKET)
_TYPED = {int(kind): f'"type":"{"limit" if kind is Kind.LIMIT else "market"}"' for kind in Kind}
_POST_ONLY = int(OrderFlag.POST_ONLY)


class MarketText:
    """How one market's numbers are written, remembering what it wrote."""

    __slots__ = ("_bases", "_heads", "_prices", "_quantities", "_quotes", "_scale", "market")

    def __init__(self, market: Market, scale: Scale) -> None:
        self.market = market
        self._scale = scale
        self._prices: dict[int, str] = {}
        self._quantities: dict[int, str] = {}
        self._quotes: dict[int, str] = {}
        self._bases: dict[int, str] = {}
        self._heads: dict[tuple[int, int, int, int], str] = {}

    def price(self, ticks: int) -> str:
        """Return a price."""
        return self._prices.get(ticks) or _remember(self._prices, ticks, self._scale.price)

    def quantity(self, lots: int) -> str:
        """Return a quantity."""
        return self._quantities.get(lots) or _remember(self._quantities, lots, self._scale.quantity)

    def quote(self, units: int) -> str:
        """Return quote units."""
        return self._quotes.get(units) or _remember(self._quotes, units, self._scale.quote)

    def fee(self, asset: int, units: int) -> str:
        """Return a fee in the quote or in the base asset."""
        if asset == self.market.quote:
            return self._quotes.get(units) or _remember(self._quotes, units, self._scale.quote)
        return self._bases.get(units) or _remember(self._bases, units, self._scale.base)

    def time(self, time_ns: int) -> str:
        """Return a time that seldom comes again."""
        return time_text(time_ns)

    def head(self, side: int, kind: int, time_in_force: int, post_only: int) -> str:
        """Return the part of an order that is the same for very many."""
        key = (side, kind, time_in_force, post_only)
        head = self._heads.get(key)
        if head is None:
            head = self._heads[key] = (
                f'"market":"{self.market.symbol}","side":"{SIDE_NAMES[side]}",'
                f"{_TYPED[kind]},"
                f'"time_in_force":"{TIME_NAMES[time_in_force]}",'
                f'"post_only":{"true" if post_only else "false"},'
            )
        return head


def _remember(texts: dict[int, str], number: int, write: Callable[[int], str]) -> str:
    if len(texts) >= CACHED_TEXTS:
        texts.clear()
    text = texts[number] = write(number)
    return text


class Renderer:
    """Writes orders as JSON. The text is put together by hand because it is the busiest answer."""

    def __init__(self, registry: Registry, told: Told | None = None) -> None:
        """Write by a registry; without `told` no order has terms."""
        self._registry = registry
        self._told = told or Told(Specials())
        self._terms_of = self._told.specials.known.get
        self._texts: dict[int, tuple[Scale, MarketText]] = {}
        self._times: dict[int, str] = {}

    def text(self, market: int) -> MarketText:
        """Return how a market's numbers are written, as its rules are now."""
        scale = self._registry.scale(market)
        known = self._texts.get(market)
        if known is None or known[0] is not scale:
            known = (scale, MarketText(self._registry.market(market), scale))
            self._texts[market] = known
        return known[1]

    def amount(self, asset: int, units: int) -> str:
        """Return units of an asset."""
        return format_units(units, self._registry.asset(asset).unit_decimals)

    def time(self, time_ns: int) -> str:
        """Return a time; a batch has only one, so it comes again."""
        return self._times.get(time_ns) or _remember(self._times, time_ns, time_text)

    def order(self, view: OrderView) -> str:
        """Return an order as JSON text."""
        terms = self._terms_of(view.order_id)
        if terms is None and view.first_sequence < self._told.specials.complete_from:
            terms = self._told.of(view)
        return self.plain(view) if terms is None else self._with_terms(view, terms)

    def _with_terms(self, view: OrderView, terms: Special) -> str:
        """Return an order with terms: a plain one of another type, with more fields at its end."""
        price_ticks = self._told.price_ticks(view, terms)
        kind = view.kind
        if kind == _LIMIT and not price_ticks:
            kind = _MARKET  # A peg without a limit has no price either.
        plain = self.plain(view._replace(price_ticks=price_ticks, kind=kind))
        typed = plain.replace(_TYPED[kind], f'"type":"{type_of(view, terms)}"', 1)
        fields = self._told.fields(view, terms, self.text(view.market))
        return f"{typed[:-1]}{fields}}}"

    def plain(self, view: OrderView) -> str:
        """Return an order without terms as JSON text."""
        # fmt: off
        (
            _, created_ns, _, market, order_id, side, kind, time_in_force, _, flags, price_ticks,
            lots, budget_units, key, fee_asset, open_lots, filled_lots, _, fee_units, state,
            done_reason, updated_ns, sequence, _,
        ) = view
        # fmt: on
        text = self.text(market)
        quantity = text.quantity
        created = self.time(created_ns)
        updated = created if updated_ns == created_ns else self.time(updated_ns)
        return (
            f'{{"order_id":{order_id},"client_order_id":{_quoted(key)},'
            f"{text.head(side, kind, time_in_force, flags & _POST_ONLY)}"
            f'"price":{_quoted(text.price(price_ticks)) if kind == _LIMIT else "null"},'
            f'"quantity":{_quoted(quantity(lots)) if kind != _BUDGET else "null"},'
            f'"budget":{_quoted(text.quote(budget_units)) if kind == _BUDGET else "null"},'
            f'"filled_quantity":"{quantity(filled_lots)}",'
            f'"remaining_quantity":"{quantity(open_lots)}",'
            f'"average_price":{self._average(view, text) if filled_lots else "null"},'
            f'"quote_filled":"{text.quote(view.quote_filled_units)}",'
            f'"fee":"{text.fee(fee_asset, fee_units)}",'
            f'"fee_asset":"{self._registry.asset(fee_asset).symbol}",'
            f'"status":"{STATE_NAMES[state]}",'
            f'"reason":{_quoted(REASON_NAMES[done_reason]) if done_reason else "null"},'
            f'"created_at":"{created}","updated_at":"{updated}","sequence":{sequence},'
            f'"fills":[{self._fills(view, text) if filled_lots else ""}]}}'
        )

    def _average(self, view: OrderView, text: MarketText) -> str:
        """Return the average price, rounded half up to two decimals more than the tick has."""
        market = text.market
        divisor = market.tick_value_units * view.filled_lots
        ticks, rest = divmod(view.quote_filled_units, divisor)
        if not rest:
            return _quoted(text.price(ticks))
        halves = (view.quote_filled_units * market.tick_mantissa * 200) // divisor
        units = (halves + 1) // 2
        if units % 100 == 0:
            return _quoted(format_units(units // 100, market.tick_decimals))
        return _quoted(format_units(units, market.tick_decimals + 2))

    def _fills(self, view: OrderView, text: MarketText) -> str:
        """Return its side of its trades, as JSON texts with commas between."""
        order_id, fee_asset = view.order_id, view.fee_asset
        made = []
        for trade in view.trades:
            maker = trade.maker_order_id == order_id
            fee_units = trade.maker_fee_units if maker else trade.taker_fee_units
            made.append(
                f'{{"trade_id":{trade.trade_id},"price":"{text.price(trade.price_ticks)}",'
                f'"quantity":"{text.quantity(trade.lots)}",'
                f'"fee":"{text.fee(fee_asset, fee_units)}",'
                f'"liquidity":"{"maker" if maker else "taker"}",'
                f'"time":"{self.time(trade.time_ns)}"}}'
            )
        return ",".join(made)

    def fill(self, fill: Fill) -> str:
        """Return one fill of an account as JSON text."""
        text = self.text(fill.market)
        return (
            f'{{"trade_id":{fill.trade_id},"order_id":{fill.order_id},'
            f'"market":"{text.market.symbol}",'
            f'"side":"{SIDE_NAMES[fill.side]}","price":"{text.price(fill.price_ticks)}",'
            f'"quantity":"{text.quantity(fill.lots)}",'
            f'"fee":"{text.fee(fill.fee_asset, fill.fee_units)}",'
            f'"fee_asset":"{self._registry.asset(fill.fee_asset).symbol}",'
            f'"liquidity":"{"maker" if fill.is_maker else "taker"}",'
            f'"time":"{self.time(fill.time_ns)}"}}'
        )

    def balances(self, rows: list[tuple[int, int, int]]) -> str:
        """Return (asset, available, held) rows as the JSON text of a list."""
        return ",".join(
            f'{{"asset":"{self._registry.asset(asset).symbol}",'
            f'"available":"{self.amount(asset, available)}","held":"{self.amount(asset, held)}",'
            f'"total":"{self.amount(asset, available + held)}"}}'
            for asset, available, held in rows
        )

    # Refusals of the engine

    def refusal(
        self, event: CommandRejected, side: int | None = None, key: str | None = None
    ) -> ApiError:
        """Return what a refusal of the engine means to a client, with the numbers in decimals.

        `side` is of the order that was to be paid for, `key` the client order id.
        """
        reject = Reject(event.reason)
        field, given, valid = None, None, None
        message = _SHAPES if reject is Reject.SHAPE else ""
        if reject in _EXPLAINED and event.market:
            field, given, valid, message = self._explained(reject, event, side)
        return ApiError(
            CODE_OF_REJECT[reject],
            message,
            field=field,
            given=given,
            valid=valid,
            client_order_id=key,
            sequence=event.sequence,
        )

    def _explained(
        self, reject: Reject, event: CommandRejected, side: int | None
    ) -> tuple[str | None, str | None, list[str] | None, str]:
        """Return (field, given, valid, message) of a refusal that has numbers."""
        text = self.text(event.market)
        if reject in _OF_QUANTITY:
            given, bound = text.quantity(event.given), text.quantity(event.bound)
            message = f"quantity must be {_OF_QUANTITY[reject]} {bound}"
            return "quantity", given, [bound], message
        if reject in _OF_NOTIONAL:
            given, bound = text.quote(event.given), text.quote(event.bound)
            message = f"price x quantity must be {_OF_NOTIONAL[reject]} {bound}"
            return "quantity", given, None, message
        if reject == Reject.POST_ONLY:
            given, bound = text.price(event.given), text.price(event.bound)
            message = f"a post-only order at {given} would trade with the best price, {bound}"
            return "price", given, None, message
        if reject == Reject.FUNDS:
            return self._short(event, side)
        message = f"you have {event.given} open orders, {event.bound} are allowed"
        return None, str(event.given), None, message

    def _short(
        self, event: CommandRejected, side: int | None
    ) -> tuple[str | None, str | None, list[str] | None, str]:
        if side is None:
            return None, None, None, ""
        market = self._registry.market(event.market)
        asset = market.base if side else market.quote
        needed, has = self.amount(asset, event.given), self.amount(asset, event.bound)
        symbol = self._registry.asset(asset).symbol
        return "quantity", needed, None, f"{needed} {symbol} is needed, {has} is available"


_SHAPES = (
    "these values do not go together: post_only is for orders that may rest (gtc, gtd, day), a"
    " market order is gtc or ioc, expires_at lies ahead, and self_trade_prevention none goes where"
    " the market allows it"
)
_OF_QUANTITY = {
    Reject.MIN_SIZE: "at least",
    Reject.MAX_SIZE: "at most",
    Reject.MARKET_MAX_SIZE: "at most",
    Reject.BELOW_FILLED: "at least",
}
_OF_NOTIONAL = {
    Reject.MIN_NOTIONAL: "at least",
    Reject.MAX_NOTIONAL: "at most",
    Reject.ORDER_NOTIONAL: "at most",
    Reject.DAILY_NOTIONAL: "in one day at most",
}
_EXPLAINED = {
    *_OF_QUANTITY,
    *_OF_NOTIONAL,
    Reject.POST_ONLY,
    Reject.FUNDS,
    Reject.OPEN_ORDERS,
    Reject.OPEN_ORDERS_TOTAL,
}


def _quoted(text: str) -> str:
    """Return text of which no character needs escaping as a JSON string."""
    return f'"{text}"' if text else "null"


def error_json(error: ApiError, request_id: str | None = None) -> str:
    """Return a refusal as JSON text."""
    return msgspec.json.encode(error.answer(request_id)).decode()
