"""From events and views to the JSON that clients get."""

import msgspec

from outcry.domain.decimals import format_units
from outcry.domain.events import CommandRejected
from outcry.domain.order import Kind, OrderFlag, Side, TimeInForce
from outcry.domain.rejects import Reject
from outcry.gateway.errors import CODE_OF_REJECT, ApiError
from outcry.ledger.rows import Fill, OrderView
from outcry.marketdata.registry import Registry
from outcry.marketdata.text import Scale, time_text

SIDE_NAMES = {int(side): side.name.lower() for side in Side}
TIME_NAMES = {int(t): t.name.lower() for t in TimeInForce}
CACHED_TEXTS = 16_384
_LIMIT, _BUDGET = int(Kind.LIMIT), int(Kind.BUDGET)
_POST_ONLY = int(OrderFlag.POST_ONLY)


class MarketText:
    """How one market's numbers are written, remembering what it wrote."""

    __slots__ = ("_prices", "_quantities", "_scale", "market", "nothing", "nothing_quote")

    def __init__(self, symbol: str, scale: Scale) -> None:
        self.market = symbol
        self._scale = scale
        self._prices: dict[int, str] = {}
        self._quantities: dict[int, str] = {}
        self.nothing = scale.quantity(0)
        self.nothing_quote = scale.quote(0)

    def price(self, ticks: int) -> str:
        """Return a price."""
        text = self._prices.get(ticks)
        if text is None:
            text = self._scale.price(ticks)
            _remember(self._prices, ticks, text)
        return text

    def quantity(self, lots: int) -> str:
        """Return a quantity."""
        text = self._quantities.get(lots)
        if text is None:
            text = self._scale.quantity(lots)
            _remember(self._quantities, lots, text)
        return text

    def quote(self, units: int) -> str:
        """Return quote units."""
        return self._scale.quote(units)


def _remember(texts: dict[int, str], number: int, text: str) -> None:
    if len(texts) >= CACHED_TEXTS:
        texts.clear()
    texts[number] = text


class Renderer:
    """Writes orders as JSON. The text is put together by hand because it is the busiest answer."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._texts: dict[int, tuple[Scale, MarketText]] = {}
        self._time: tuple[int, str] = (0, time_text(0))

    def text(self, market: int) -> MarketText:
        """Return how a market's numbers are written, as its rules are now."""
        scale = self._registry.scale(market)
        known = self._texts.get(market)
        if known is None or known[0] is not scale:
            known = (scale, MarketText(self._registry.market(market).symbol, scale))
            self._texts[market] = known
        return known[1]

    def amount(self, asset: int, units: int) -> str:
        """Return units of an asset."""
        return format_units(units, self._registry.asset(asset).unit_decimals)

    def time(self, time_ns: int) -> str:
        """Return a time; the last one is remembered, because a batch has one."""
        if time_ns != self._time[0]:
            self._time = (time_ns, time_text(time_ns))
        return self._time[1]

    def order(self, view: OrderView) -> str:
        """Return an order as JSON text."""
        text = self.text(view.market)
        is_limit = view.kind == _LIMIT
        fee = text.nothing_quote
        fee_asset = self._registry.asset(view.fee_asset)
        if view.fee_units or fee_asset.asset != self._registry.market(view.market).quote:
            fee = self.amount(view.fee_asset, view.fee_units)
        filled = view.filled_lots
        key = f'"{view.key}"' if view.key else "null"
        created = self.time(view.created_ns)
        updated = created if view.updated_ns == view.created_ns else self.time(view.updated_ns)
        reason = view.reason
        budget = f'"{text.quote(view.budget_units)}"' if view.kind == _BUDGET else "null"
        quantity = f'"{text.quantity(view.lots)}"' if view.kind != _BUDGET else "null"
        price = f'"{text.price(view.price_ticks)}"' if is_limit else "null"
        return (
            f'{{"order_id":{view.order_id},"client_order_id":{key},"market":"{text.market}",'
            f'"side":"{SIDE_NAMES[view.side]}","type":"{"limit" if is_limit else "market"}",'
            f'"time_in_force":"{TIME_NAMES[view.time_in_force]}",'
            f'"post_only":{"true" if view.flags & _POST_ONLY else "false"},"price":{price},'
            f'"quantity":{quantity},"budget":{budget},'
            f'"filled_quantity":"{text.quantity(filled) if filled else text.nothing}",'
            f'"remaining_quantity":"{text.quantity(view.open_lots)}",'
            f'"average_price":{self._average(view, text) if filled else "null"},'
            f'"quote_filled":"'
            f'{text.quote(view.quote_filled_units) if filled else text.nothing_quote}",'
            f'"fee":"{fee}","fee_asset":"{fee_asset.symbol}","status":"{view.status}",'
            f'"reason":{"null" if reason is None else chr(34) + reason + chr(34)},'
            f'"created_at":"{created}","updated_at":"{updated}","sequence":{view.sequence},'
            f'"fills":[{",".join([self._fill(f, text) for f in view.fills]) if filled else ""}]}}'
        )

    def _average(self, view: OrderView, text: MarketText) -> str:
        """Return the average price, rounded half up to two decimals more than the tick has."""
        market = self._registry.market(view.market)
        ticks_100 = (view.quote_filled_units * 200) // (market.tick_value_units * view.filled_lots)
        units = (ticks_100 + 1) // 2 * market.tick_mantissa
        if units % 100 == 0:
            return f'"{format_units(units // 100, market.tick_decimals)}"'
        return f'"{format_units(units, market.tick_decimals + 2)}"'

    def _fill(self, fill: Fill, text: MarketText) -> str:
        return (
            f'{{"trade_id":{fill.trade_id},"price":"{text.price(fill.price_ticks)}",'
            f'"quantity":"{text.quantity(fill.lots)}",'
            f'"fee":"{self.amount(fill.fee_asset, fill.fee_units)}",'
            f'"liquidity":"{"maker" if fill.is_maker else "taker"}",'
            f'"time":"{self.time(fill.time_ns)}"}}'
        )

    def fill(self, fill: Fill) -> str:
        """Return one fill of an account as JSON text."""
        text = self.text(fill.market)
        return (
            f'{{"trade_id":{fill.trade_id},"order_id":{fill.order_id},"market":"{text.market}",'
            f'"side":"{SIDE_NAMES[fill.side]}","price":"{text.price(fill.price_ticks)}",'
            f'"quantity":"{text.quantity(fill.lots)}",'
            f'"fee":"{self.amount(fill.fee_asset, fill.fee_units)}",'
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
        field, given, valid, message = None, None, None, ""
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


def error_json(error: ApiError, request_id: str | None = None) -> str:
    """Return a refusal as JSON text."""
    return msgspec.json.encode(error.answer(request_id)).decode()
