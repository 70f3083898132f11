"""From an order with terms to what the engine is told, type by type.

What goes with what is checked here, so that a refusal can say what would. The engine's own word is
`docs/core.md`, section 7.
"""

from typing import Any, NamedTuple

from typing_extensions import override

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.order import Kind, OrderFlag, Peg, Side, TimeInForce, Trigger
from outcry.gateway.errors import ApiError
from outcry.gateway.native.parse import (
    SELF_TRADES,
    SIDES,
    Number,
    Parser,
    Rules,
    check_id,
    choice,
    limit_shape,
    missing,
    none_of,
    parse_time,
    together,
)
from outcry.gateway.native.schemas import PlainOrder
from outcry.gateway.special.schemas import SLICES_MAX, NewOrder, whole

_LIMIT, _MARKET, _BUDGET = int(Kind.LIMIT), int(Kind.MARKET), int(Kind.BUDGET)
_GTC, _IOC, _FOK = int(TimeInForce.GTC), int(TimeInForce.IOC), int(TimeInForce.FOK)
_GTD, _DAY = int(TimeInForce.GTD), int(TimeInForce.DAY)
_RESTING = frozenset({_GTC, _GTD, _DAY})
_LIVES = {life.name.lower(): int(life) for life in TimeInForce}
_PEGS = {peg.name.lower(): int(peg) for peg in Peg if peg}
_PERCENT_DECIMALS, _WHOLE_PPM = 4, 1_000_000
"""A ten-thousandth of a percent is one part per million."""
_OFFSET_LIMIT_TICKS = 1 << 32
_INTERVAL_MAX_MS = 10**12
_NS_PER_MS = 1_000_000


class Type(NamedTuple):
    """What an order of a type has beyond what all have, and how long it may live."""

    lives: frozenset[int]
    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    trigger: int = 0
    limit: bool = True


_ANY = frozenset({*_RESTING, _IOC, _FOK})
_SHOWS = ("display_quantity",)
_STOP = ("stop_price",)
TYPES = {
    "limit": Type(_ANY, may=("display_quantity", "slide")),
    "market": Type(frozenset({_GTC, _IOC, _FOK}), may=("protection_price",), limit=False),
    "stop_limit": Type(_ANY, _STOP, _SHOWS, Trigger.STOP),
    "stop_market": Type(_ANY - {_FOK}, _STOP, (), Trigger.STOP, limit=False),
    "take_profit_limit": Type(_ANY, _STOP, _SHOWS, Trigger.TAKE),
    "take_profit_market": Type(_ANY - {_FOK}, _STOP, (), Trigger.TAKE, limit=False),
    "trailing_stop": Type(_ANY, ("trailing_percent",), (*_STOP, *_SHOWS), Trigger.TRAIL),
    "pegged": Type(_RESTING, ("peg",), ("peg_offset",)),
    "twap": Type(frozenset({_GTC}), ("slices", "slice_interval_ms")),
}
_TERMS = (
    "stop_price", "trailing_percent", "protection_price", "display_quantity", "slide", "peg",
    "peg_offset", "slices", "slice_interval_ms",
)  # fmt: skip
_TIME_NAMES = {int(life): life.name.lower() for life in TimeInForce}


class _Numbers(NamedTuple):
    """How the numbers of terms are read in a market."""

    rules: Rules
    stop: Number
    protection: Number
    display: Number
    offset: Number


_TRAIL = Number("trailing_percent", "BAD_DECIMAL", _PERCENT_DECIMALS, 1)


class OrderParser(Parser):
    """Turns every kind of order into a record."""

    def __init__(self, *given: Any) -> None:  # noqa: ANN401 - as `Parser` takes it
        super().__init__(*given)
        self._numbers: dict[str, _Numbers] = {}

    @override
    def place_special(self, account: int, order: PlainOrder, session: int | None = None) -> bytes:
        """Return the record of a new order that may have terms.

        `session` is that of the WebSocket it came by; None: it came by none.

        Raises:
            ApiError: what is wrong with it, and what would be right.
        """
        wanted = whole(order)
        check_id(wanted.client_order_id)
        rules = self.rules(wanted.market)
        fields = self.fields(rules, wanted, session)
        key = wanted.client_order_id or ""
        order.side = order.side.lower()
        header: dict[str, Any] = {"account": account, "market": rules.market.market, "key": key}
        slides = fields["flags"] & OrderFlag.SLIDE
        if slides or fields["time_in_force"] > _FOK or any(map(fields.get, _ONLY_SPECIAL)):
            return codec.encode_command(c.PlaceSpecial(**header, **fields))
        plain = {name: value for name, value in fields.items() if name not in _ONLY_SPECIAL}
        return codec.encode_command(c.PlaceOrder(**header, **plain))

    def fields(self, rules: Rules, order: NewOrder, session: int | None) -> dict[str, Any]:
        """Return what an order says, by the names that commands have for it.

        Raises:
            ApiError: what is wrong with it, and what would be right.
        """
        name, kind = _type_of(order)
        side = _choice("side", order.side, SIDES)
        life, expires_ns = _life(order, name, kind)
        numbers = self._numbers_of(rules)
        fields: dict[str, Any] = {
            "side": side,
            "time_in_force": life,
            "self_trade": _choice(
                "self_trade_prevention", order.self_trade_prevention, SELF_TRADES
            ),
            "expires_ns": expires_ns,
            "session": _session(order, session),
            **self._sizes(rules, numbers, order, name, side),
            **_trigger(numbers, order, kind),
            **_peg(numbers, order),
            **_slices(order),
        }
        fields["display_lots"] = _display(numbers, order, fields["lots"], life)
        fields["flags"] = _flags(order, name, life)
        return fields

    def _numbers_of(self, rules: Rules) -> _Numbers:
        found = self._numbers.get(rules.market.symbol)
        if found is None or found.rules is not rules:
            price, lot = rules.price, rules.quantity
            steps = (
                ("stop_price", "BAD_TICK", price),
                ("protection_price", "BAD_TICK", price),
                ("display_quantity", "BAD_LOT", lot),
                ("peg_offset", "BAD_TICK", price),
            )
            made = (Number(field, code, of.decimals, of.step) for field, code, of in steps)
            found = self._numbers[rules.market.symbol] = _Numbers(rules, *made)
        return found

    def _sizes(
        self, rules: Rules, numbers: _Numbers, order: NewOrder, name: str, side: int
    ) -> dict[str, int]:
        """Return kind, price, lots and budget."""
        if name == "market":
            if order.protection_price is None:
                kind, lots, budget = self.market_size(rules, order)
                return {"kind": kind, "price_ticks": 0, "lots": lots, "budget_units": budget}
            return _protected(rules, numbers, order)
        if order.budget is not None:
            raise together("budget", "a budget is for market orders")
        if order.quantity is None:
            raise missing("quantity")
        lots = rules.quantity.units(order.quantity)
        if not TYPES[name].limit:
            if order.price is not None:
                raise together("price", f"a {name} order has no price: it runs as a market order")
            return {"kind": _MARKET, "price_ticks": 0, "lots": lots, "budget_units": 0}
        if order.price is None:
            if name == "pegged" and side == Side.SELL:
                return {"kind": _LIMIT, "price_ticks": 0, "lots": lots, "budget_units": 0}
            raise limit_shape(order)
        price = rules.price.units(order.price)
        return {"kind": _LIMIT, "price_ticks": price, "lots": lots, "budget_units": 0}


_ONLY_SPECIAL = frozenset(c.PlaceSpecial.__dataclass_fields__) - set(
    c.PlaceOrder.__dataclass_fields__
)


def _protected(rules: Rules, numbers: _Numbers, order: NewOrder) -> dict[str, int]:
    """Return a market order that has a worst price: it is a limit order that does not rest."""
    if order.price is not None or order.post_only:
        field = "price" if order.price is not None else "post_only"
        raise together(field, f"a market order has no {field}; protection_price is its worst price")
    if order.quantity is None or order.budget is not None:
        raise together("protection_price", "it goes with a quantity, not with a budget")
    assert order.protection_price is not None
    price = numbers.protection.units(order.protection_price)
    lots = rules.quantity.units(order.quantity)
    return {"kind": _LIMIT, "price_ticks": price, "lots": lots, "budget_units": 0}


def _choice(field: str, given: str, table: dict[str, int]) -> int:
    found = choice(table, given)
    if found is None:
        raise none_of(field, given, table)
    return found


def _type_of(order: NewOrder) -> tuple[str, Type]:
    """Return the type of an order, whose terms are those of it.

    Raises:
        ApiError: `BAD_VALUE`, `MISSING_FIELD`, or `CONTRADICTION` for what it does not take.
    """
    name = order.type.lower() if order.type.isascii() else order.type
    kind = TYPES.get(name)
    if kind is None:
        raise none_of("type", order.type, TYPES)
    for field in kind.needs:
        if getattr(order, field) is None:
            why = f"a {name} order needs {' and '.join(kind.needs)}"
            raise ApiError("MISSING_FIELD", why, field=field)
    for field in _TERMS:
        if getattr(order, field) not in {None, False} and field not in {*kind.needs, *kind.may}:
            takers = [n for n, t in TYPES.items() if field in {*t.needs, *t.may}]
            why = f"a {name} order has no {field}; {', '.join(takers)} orders do"
            raise together(field, why)
    return name, kind


def _life(order: NewOrder, name: str, kind: Type) -> tuple[int, int]:
    """Return the time in force, and when a `gtd` order ends."""
    default = "gtc" if order.expires_at is None else "gtd"
    if name == "market" and order.expires_at is None:
        default = "ioc"
    given = order.time_in_force or default
    life = _choice("time_in_force", given, _LIVES)
    if life not in kind.lives:
        valid = sorted(_TIME_NAMES[each] for each in kind.lives)
        why = f"a {name} order is {' or '.join(valid)}"
        raise ApiError("CONTRADICTION", why, field="time_in_force", given=given, valid=valid)
    if (life == _GTD) != (order.expires_at is not None):
        raise together("expires_at", "a gtd order, and no other, has expires_at")
    if order.protection_price is not None and life == _GTC:
        return _IOC, 0  # A market order never rests.
    if order.expires_at is None:
        return life, 0
    return life, parse_time(str(order.expires_at), "expires_at")


def _session(order: NewOrder, session: int | None) -> int:
    if order.cancel_on_disconnect and session is None:
        why = "only orders that come over a WebSocket can be tied to it"
        raise together("cancel_on_disconnect", why)
    return session or 0


def _trigger(numbers: _Numbers, order: NewOrder, kind: Type) -> dict[str, int]:
    found = {"trigger": int(kind.trigger), "trigger_ticks": 0, "trail_ppm": 0}
    if order.stop_price is not None:
        found["trigger_ticks"] = numbers.stop.units(order.stop_price)
    if order.trailing_percent is not None:
        ppm = found["trail_ppm"] = _TRAIL.units(order.trailing_percent)
        if ppm >= _WHOLE_PPM:
            why = "trailing_percent must be below 100"
            given = order.trailing_percent
            raise ApiError("BAD_VALUE", why, field="trailing_percent", given=given)
    return found


def _peg(numbers: _Numbers, order: NewOrder) -> dict[str, int]:
    if order.peg is None:
        return {"peg": 0, "peg_offset_ticks": 0}
    peg, text = _choice("peg", order.peg, _PEGS), order.peg_offset
    if text is None:
        return {"peg": peg, "peg_offset_ticks": 0}
    below = text.startswith("-")
    ticks = numbers.offset.units(text[1:] if below else text)
    if ticks >= _OFFSET_LIMIT_TICKS:
        most = numbers.offset.text(_OFFSET_LIMIT_TICKS - 1)
        why = f"peg_offset must be between -{most} and {most}"
        raise ApiError("BAD_VALUE", why, field="peg_offset", given=text)
    return {"peg": peg, "peg_offset_ticks": -ticks if below else ticks}


def _slices(order: NewOrder) -> dict[str, int]:
    if order.slices is None or order.slice_interval_ms is None:
        return {"slices": 0, "interval_ns": 0}
    bounds = (("slices", order.slices, SLICES_MAX),
              ("slice_interval_ms", order.slice_interval_ms, _INTERVAL_MAX_MS))  # fmt: skip
    for field, given, most in bounds:
        if not 1 <= given <= most:
            raise ApiError("BAD_VALUE", f"{field} must be 1 to {most}", field=field, given=given)
    return {"slices": order.slices, "interval_ns": order.slice_interval_ms * _NS_PER_MS}


def _display(numbers: _Numbers, order: NewOrder, lots: int, life: int) -> int:
    if order.display_quantity is None:
        return 0
    shown, given = numbers.display.units(order.display_quantity), order.display_quantity
    if life not in _RESTING:
        raise together("display_quantity", "it goes with orders that may rest: gtc, gtd, day")
    if shown > lots:
        why = f"display_quantity must be at most the quantity, {order.quantity}"
        valid = [str(order.quantity)]
        raise ApiError("BAD_VALUE", why, field="display_quantity", given=given, valid=valid)
    return shown


def _flags(order: NewOrder, name: str, life: int) -> int:
    if order.slide and not order.post_only:
        raise together("slide", "only a post_only order can slide")
    if not order.post_only:
        return 0
    if not TYPES[name].limit or name in {"pegged", "twap"}:
        takers = [n for n, t in TYPES.items() if t.limit and n not in {"pegged", "twap"}]
        raise together("post_only", f"a {name} order has no post_only; {', '.join(takers)} do")
    if life not in _RESTING:
        raise together("post_only", "it goes with orders that may rest: gtc, gtd, day")
    return int(OrderFlag.POST_ONLY | (OrderFlag.SLIDE if order.slide else 0))
