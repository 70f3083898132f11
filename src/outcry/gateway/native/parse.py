"""From what a client wrote to a command record, or to the refusal that says what would be valid."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import get_args

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.decimals import BadDecimal, TooPrecise, format_units, parse_units
from outcry.domain.market import Market
from outcry.domain.order import Kind, OrderFlag, SelfTrade, Side, TimeInForce
from outcry.domain.units import UNITS_LIMIT
from outcry.gateway.errors import ApiError
from outcry.gateway.native.schemas import CancelIn, OrderType, PlainOrder, ReplaceIn
from outcry.marketdata.registry import Registry
from outcry.ports import NEVER_NS

CACHED_NUMBERS = 16_384
_ID = re.compile(r"[A-Za-z0-9_-]{1,36}", re.ASCII)
_MILLISECONDS = re.compile(r"[0-9]{1,15}", re.ASCII)


def _usual_cases(names: dict[str, int]) -> dict[str, int]:
    """Add the spellings that are found at once; see `choice` for the others."""
    return (
        names | {n.upper(): v for n, v in names.items()} | {n.title(): v for n, v in names.items()}
    )


SIDES = _usual_cases({side.name.lower(): int(side) for side in Side})
KINDS = _usual_cases({"limit": int(Kind.LIMIT), "market": int(Kind.MARKET)})
OF_TERMS = -1
"""In the tables of names: only orders with terms are of this kind, or live so long."""
_ALL_KINDS = dict.fromkeys(get_args(OrderType), OF_TERMS) | KINDS
TIMES = _usual_cases(
    {"gtc": int(TimeInForce.GTC), "ioc": int(TimeInForce.IOC), "fok": int(TimeInForce.FOK)}
    | {"gtd": OF_TERMS, "day": OF_TERMS}
)
SELF_TRADES = _usual_cases({mode.name.lower(): int(mode) for mode in SelfTrade})
_POST_ONLY = int(OrderFlag.POST_ONLY)
_LIMIT, _MARKET, _BUDGET = int(Kind.LIMIT), int(Kind.MARKET), int(Kind.BUDGET)
_GTC, _IOC = int(TimeInForce.GTC), int(TimeInForce.IOC)


class Number:
    """One kind of number of a market: its unit, and how a client's text becomes units.

    `step` is how many of the 10^-decimals make one unit. Texts that were good are remembered,
    because prices and sizes come again and again.
    """

    __slots__ = ("_code", "_field", "_known", "decimals", "step")

    def __init__(self, field: str, code: str, decimals: int, step: int) -> None:
        self._field = field
        self._code = code
        self.decimals = decimals
        self.step = step
        self._known: dict[str, int] = {}

    def units(self, text: str) -> int:
        """Return the whole number of units that `text` is, never 0.

        Raises:
            ApiError: `BAD_DECIMAL`, `NOTIONAL_OVERFLOW`, or `BAD_TICK` / `BAD_LOT` with the nearest
                valid numbers.
        """
        return self._known.get(text) or self._parse(text)

    def _parse(self, text: str) -> int:
        try:
            value, exact = parse_units(text, self.decimals), True
        except TooPrecise as error:
            value, exact = error.lower, False
        except BadDecimal:
            raise ApiError("BAD_DECIMAL", self._grammar(), field=self._field, given=text) from None
        units, rest = divmod(value, self.step)
        if rest or not exact:
            raise self._between(text, units)
        if not units:
            raise ApiError("BAD_DECIMAL", self._grammar(), field=self._field, given=text)
        if units >= UNITS_LIMIT:
            why = f"{self._field} is too large"
            raise ApiError("NOTIONAL_OVERFLOW", why, field=self._field, given=text)
        if len(self._known) >= CACHED_NUMBERS:
            self._known.clear()
        self._known[text] = units
        return units

    def _grammar(self) -> str:
        return (
            f"{self._field} must be a decimal number above 0 as a string, with at most 20 digits"
            f" before and 18 after the point, like {self.text(1)}"
        )

    def text(self, units: int) -> str:
        """Return units as canonical decimal text."""
        return format_units(units * self.step, self.decimals)

    def _between(self, text: str, units: int) -> ApiError:
        valid = [self.text(n) for n in (units, units + 1) if n > 0]
        message = f"{self._field} must be a multiple of {self.text(1)}"
        return ApiError(self._code, message, field=self._field, given=text, valid=valid)


class Rules:
    """A market and its three kinds of number."""

    __slots__ = ("budget", "market", "price", "quantity")

    def __init__(self, market: Market, base_decimals: int, quote_decimals: int) -> None:
        self.market = market
        self.price = Number("price", "BAD_TICK", market.tick_decimals, market.tick_mantissa)
        self.quantity = Number("quantity", "BAD_LOT", base_decimals, market.lot_units)
        self.budget = Number("budget", "BAD_DECIMAL", quote_decimals, 1)


class Parser(ABC):
    """Turns what clients send into records, with the markets as they are now."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._rules: dict[str, Rules] = {}

    def rules(self, symbol: str) -> Rules:
        """Return a market's rules.

        Raises:
            ApiError: `UNKNOWN_MARKET`.
        """
        market = self._registry.market_by_symbol(symbol)
        rules = self._rules.get(symbol)
        if market is None:
            raise ApiError("UNKNOWN_MARKET", field="market", given=symbol)
        if rules is None or rules.market is not market:
            assets = (self._registry.asset(a) for a in (market.base, market.quote))
            rules = Rules(market, *(asset.unit_decimals for asset in assets))
            self._rules[symbol] = rules
        return rules

    def market_id(self, symbol: str | None) -> int:
        """Return a market's id; 0 for none named."""
        return self.rules(symbol).market.market if symbol is not None else 0

    @abstractmethod
    def place_special(self, account: int, order: PlainOrder, session: int | None = None) -> bytes:
        """Return the record of a new order that may have terms; see `special.wanted`."""

    def place(self, account: int, order: PlainOrder) -> bytes:
        """Return the record of a new order.

        Raises:
            ApiError: what is wrong with it, and what would be right.
        """
        if order.special:
            return self.place_special(account, order)
        rules = self.rules(order.market)
        side = SIDES.get(order.side)
        kind = KINDS.get(order.type)
        self_trade = SELF_TRADES.get(order.self_trade_prevention)
        if side is None or kind is None or self_trade is None:
            side, kind, self_trade = _unusual_choices(order)
            if kind == OF_TERMS:
                return self.place_special(account, order)
        key = order.client_order_id
        if key is not None and _ID.fullmatch(key) is None:
            raise ApiError("BAD_ID", field="client_order_id", given=key)
        flags = _POST_ONLY if order.post_only else 0
        if kind == _MARKET:
            kind, lots, budget = self.market_size(rules, order)
            price, in_force = 0, _IOC
        else:
            if order.price is None or order.quantity is None or order.budget is not None:
                raise limit_shape(order)
            price, lots, budget = (
                rules.price.units(order.price),
                rules.quantity.units(order.quantity),
                0,
            )
            in_force = _GTC
        if order.time_in_force is not None:
            in_force = _time_in_force(order, order.time_in_force)
            if in_force == OF_TERMS:
                return self.place_special(account, order)
        return codec.place_order(
            account, rules.market.market, key or "", side, kind, in_force, self_trade, flags,
            price, lots, budget,
        )  # fmt: skip

    def market_size(self, rules: Rules, order: PlainOrder) -> tuple[int, int, int]:
        """Return (kind, lots, budget units) of a market order.

        Raises:
            ApiError: it has no size, or a price.
        """
        if order.price is not None:
            raise together("price", "a market order has no price")
        if order.post_only:
            raise together("post_only", "a market order cannot be post-only")
        if (order.quantity is None) == (order.budget is None):
            raise together("quantity", "a market order has a quantity or a budget")
        if order.budget is not None:
            return _BUDGET, 0, rules.budget.units(order.budget)
        assert order.quantity is not None
        return _MARKET, rules.quantity.units(order.quantity), 0

    def cancel(self, account: int, order: CancelIn) -> bytes:
        """Return the record that cancels an order named by id or client order id."""
        order_id, target = name_order(account, order.order_id, order.client_order_id)
        market = self.market_id(order.market)
        return codec.encode_command(
            c.CancelOrder(account=account, market=market, order_id=order_id, target=target)
        )

    def replace(self, account: int, wanted: ReplaceIn, symbol: str, now: tuple[int, int]) -> bytes:
        """Return the record of an atomic replace; `now` is (price_ticks, lots) of the order."""
        rules = self.rules(symbol)
        order_id, target = name_order(account, wanted.order_id, wanted.client_order_id)
        price, lots = self.replaced(rules, wanted, now)
        return codec.encode_command(
            c.ReplaceOrder(
                account=account,
                market=rules.market.market,
                order_id=order_id,
                target=target,
                price_ticks=price,
                lots=lots,
            )
        )

    def replaced(self, rules: Rules, wanted: ReplaceIn, now: tuple[int, int]) -> tuple[int, int]:
        """Return the new (price_ticks, lots): what is not given stays."""
        price = now[0] if wanted.price is None else rules.price.units(wanted.price)
        lots = now[1] if wanted.quantity is None else rules.quantity.units(wanted.quantity)
        return price, lots


def check_id(key: str | None) -> None:
    """Refuse what cannot be a client order id.

    Raises:
        ApiError: `BAD_ID`.
    """
    if key is not None and _ID.fullmatch(key) is None:
        raise ApiError("BAD_ID", field="client_order_id", given=key)


def name_order(account: int, order_id: int | None, key: str | None) -> tuple[int, bytes]:
    """Return (order_id, key hash), exactly one of which names the order.

    Raises:
        ApiError: both or neither is given, or the client order id cannot be one.
    """
    if (order_id is None) == (key is None):
        raise together("order_id", "give order_id or client_order_id")
    check_id(key)
    if key is not None:
        return 0, codec.key_hash(account, key)
    assert order_id is not None
    if not 0 < order_id < 1 << 63:
        raise ApiError("UNKNOWN_ORDER", field="order_id", given=order_id)
    return order_id, bytes(16)


def _time_in_force(order: PlainOrder, name: str) -> int:
    found = choice(TIMES, name)
    if found is None:
        raise bad_choice(order)
    return found


def choice(table: dict[str, int], name: str) -> int | None:
    """Return what a name in any case of ASCII means; None if it is none of the possible ones."""
    found = table.get(name)
    # Beyond ASCII are letters that only look like ours, and some become ours in lower case.
    return table.get(name.lower()) if found is None and name.isascii() else found


def _unusual_choices(order: PlainOrder) -> tuple[int, int, int]:
    """Return (side, kind, self-trade mode); from here on the order names its side as usual."""
    side, kind = choice(SIDES, order.side), choice(_ALL_KINDS, order.type)
    self_trade = choice(SELF_TRADES, order.self_trade_prevention)
    if side is None or kind is None or self_trade is None:
        raise bad_choice(order)
    order.side = order.side.lower()
    return side, kind, self_trade


def bad_choice(order: PlainOrder) -> ApiError:
    """Return the refusal of the first name that is none of the possible ones."""
    choices = (
        ("side", order.side, SIDES),
        ("type", order.type, _ALL_KINDS),
        ("time_in_force", order.time_in_force, TIMES),
        ("self_trade_prevention", order.self_trade_prevention, SELF_TRADES),
    )
    for field, given, table in choices:
        if given is not None and choice(table, given) is None:
            return none_of(field, given, table)
    raise AssertionError("every name is known")


def none_of(field: str, given: str, table: Iterable[str]) -> ApiError:
    """Return the refusal of a name that is none of the possible ones."""
    valid = sorted({name.lower() for name in table})
    message = f"{field} must be one of {', '.join(valid)}"
    return ApiError("BAD_VALUE", message, field=field, given=given, valid=valid)


def limit_shape(order: PlainOrder) -> ApiError:
    """Return the refusal of a limit order without a price or a quantity, or with a budget."""
    if order.price is None:
        return missing("price")
    if order.budget is not None:
        return together("budget", "a budget is for market orders")
    return missing("quantity")


def missing(field: str) -> ApiError:
    """Return the refusal of what is missing."""
    return ApiError("MISSING_FIELD", f"the field {field!r} is missing", field=field)


def together(field: str, why: str) -> ApiError:
    """Return the refusal of values that do not go together."""
    return ApiError("CONTRADICTION", why, field=field)


def parse_time(text: str, field: str) -> int:
    """Return a time as nanoseconds since 1970: RFC 3339 or epoch milliseconds. Never is the last.

    Raises:
        ApiError: `BAD_TIME`.
    """
    if _MILLISECONDS.fullmatch(text):
        return min(int(text) * 1_000_000, NEVER_NS)
    try:
        # A plus in a query string arrives as a space.
        moment = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    except ValueError:
        raise ApiError("BAD_TIME", field=field, given=text) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    whole = since.days * 86_400 + since.seconds
    if whole < 0:
        raise ApiError("BAD_TIME", field=field, given=text)
    return min(whole * 1_000_000_000 + since.microseconds * 1_000, NEVER_NS)
