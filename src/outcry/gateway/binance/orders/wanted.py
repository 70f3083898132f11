"""From the parameters of a new order to what the engine is told, type by type."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.order import Kind, OrderFlag, SelfTrade, TimeInForce, Trigger
from outcry.gateway.binance.symbols import Form
from outcry.gateway.binance.wire.errors import (
    BAD_SIDE,
    BAD_TIME_IN_FORCE,
    BAD_TYPE,
    BinanceError,
    invalid,
    missing,
    unwanted,
)
from outcry.gateway.binance.wire.parameters import Parameters

SIDES = {"BUY": 0, "SELL": 1}
_TIMES = {
    "GTC": int(TimeInForce.GTC),
    "IOC": int(TimeInForce.IOC),
    "FOK": int(TimeInForce.FOK),
}
_MODES = {mode.name: int(mode) for mode in SelfTrade}
_STOP, _TAKE, _TRAIL = int(Trigger.STOP), int(Trigger.TAKE), int(Trigger.TRAIL)
_LIMIT, _MARKET, _BUDGET = int(Kind.LIMIT), int(Kind.MARKET), int(Kind.BUDGET)
_GTC, _IOC = int(TimeInForce.GTC), int(TimeInForce.IOC)
_POST_ONLY = int(OrderFlag.POST_ONLY)
RESPONSES = ("ACK", "RESULT", "FULL")
TRAIL_MAX_BIPS = 2_000


@dataclass(frozen=True, slots=True)
class Type:
    """What a type of order has: a limit price, a trigger, a time in force."""

    limit: bool
    trigger: int = 0
    timed: bool = False
    flags: int = 0


TYPES = {
    "LIMIT": Type(limit=True, timed=True),
    "LIMIT_MAKER": Type(limit=True, flags=_POST_ONLY),
    "MARKET": Type(limit=False),
    "STOP_LOSS": Type(limit=False, trigger=_STOP),
    "STOP_LOSS_LIMIT": Type(limit=True, trigger=_STOP, timed=True),
    "TAKE_PROFIT": Type(limit=False, trigger=_TAKE),
    "TAKE_PROFIT_LIMIT": Type(limit=True, trigger=_TAKE, timed=True),
}


@dataclass(frozen=True, slots=True)
class Names:
    """What the parameters of one order are called: a member of a list has a prefix on each."""

    type: str = "type"
    side: str = "side"
    quantity: str = "quantity"
    price: str = "price"
    stop: str = "stopPrice"
    trail: str = "trailingDelta"
    iceberg: str = "icebergQty"
    time: str = "timeInForce"
    client_id: str = "newClientOrderId"


PLAIN = Names()


def mode_of(params: Parameters) -> int:
    """Return what happens when the order meets one of its own account."""
    text = params.get("selfTradePreventionMode") or "EXPIRE_TAKER"
    mode = _MODES.get(text)
    if mode is None:
        raise invalid("selfTradePreventionMode")
    return mode


def response_of(params: Parameters, name: str) -> str:
    """Return how much the answer says: FULL for LIMIT and MARKET unless asked, else ACK."""
    text = params.get("newOrderRespType", "")
    if not text:
        return "FULL" if name in {"LIMIT", "MARKET"} else "ACK"
    if text not in RESPONSES:
        raise invalid("newOrderRespType")
    return text


def side_of(text: str) -> int:
    """Return a side.

    Raises:
        BinanceError: -1117.
    """
    side = SIDES.get(text)
    if side is None:
        raise BAD_SIDE()
    return side


def type_of(text: str) -> Type:
    """Return a type of order.

    Raises:
        BinanceError: -1116.
    """
    kind = TYPES.get(text)
    if kind is None:
        raise BAD_TYPE()
    return kind


class Wanted(NamedTuple):
    """What an order says of itself, by the names that the engine's commands have for it."""

    side: int
    kind: int
    time_in_force: int
    self_trade: int
    flags: int
    price_ticks: int
    lots: int
    budget_units: int
    display_lots: int
    trigger: int
    trigger_ticks: int
    trail_ppm: int

    @property
    def is_special(self) -> bool:
        """Whether it has terms."""
        return bool(self.display_lots or self.trigger)

    def member(self) -> c.Member:
        """Return it as a member of a list."""
        return c.Member(**self._asdict())


def record_of(params: Parameters, form: Form, account: int, key: str) -> bytes:
    """Return the record of a new order: the short one where it has no terms."""
    wanted = wanted_of(params, form)
    if wanted.is_special:
        header: dict[str, Any] = {"account": account, "market": form.number, "key": key}
        return codec.encode_command(c.PlaceSpecial(**header, **wanted._asdict()))
    return codec.place_order(account, form.number, key, *wanted[:_PLAIN_FIELDS])


_PLAIN_FIELDS = 8
"""How many fields a plain order has: those before its terms."""


def wanted_of(params: Parameters, form: Form, names: Names = PLAIN) -> Wanted:
    """Return what an order says of itself.

    Raises:
        BinanceError: what is wrong with it.
    """
    side = side_of(params.need(names.side))
    kind = type_of(params.need(names.type))
    trigger, trigger_ticks, trail_ppm = _trigger(params, form, names, kind)
    lots, budget = _size(params, form, names, kind)
    price = 0
    if kind.limit:
        price = form.price_number.units(params.need(names.price), names.price)
    elif params.get(names.price):
        raise unwanted(names.price)
    return Wanted(
        side,
        _LIMIT if kind.limit else _BUDGET if budget else _MARKET,
        _time_in_force(params, names, kind),
        mode_of(params),
        kind.flags,
        price,
        lots,
        budget,
        _shown(params, form, names, kind),
        trigger,
        trigger_ticks,
        trail_ppm,
    )


def _size(params: Parameters, form: Form, names: Names, kind: Type) -> tuple[int, int]:
    """Return (lots, budget units)."""
    quantity, budget = params.get(names.quantity, ""), params.get("quoteOrderQty", "")
    if budget:
        if kind.limit or kind.trigger or names is not PLAIN:
            raise unwanted("quoteOrderQty")
        if quantity:
            raise unwanted(names.quantity)
        return 0, form.budget.units(budget)
    return form.quantity_number.units(params.need(names.quantity), names.quantity), 0


def _time_in_force(params: Parameters, names: Names, kind: Type) -> int:
    text = params.get(names.time, "")
    if not kind.timed:
        if text and not (names.time == "timeInForce" and kind.flags and text == "GTC"):
            raise unwanted(names.time)
        return _GTC if kind.limit or kind.trigger else _IOC
    if not text:
        raise missing(names.time)
    found = _TIMES.get(text)
    if found is None:
        raise BAD_TIME_IN_FORCE()
    return found


def _trigger(params: Parameters, form: Form, names: Names, kind: Type) -> tuple[int, int, int]:
    """Return (trigger, price in ticks, distance in ppm)."""
    stop, trail = params.get(names.stop, ""), params.get(names.trail, "")
    if not kind.trigger:
        if stop or trail:
            raise unwanted(names.stop if stop else names.trail)
        return 0, 0, 0
    if not stop and not trail:
        raise BinanceError(-1102, f"A mandatory parameter was not sent: '{names.stop}'.")
    ticks = form.price_number.units(stop, names.stop) if stop else 0
    if not trail:
        return kind.trigger, ticks, 0
    bips = params.integer(names.trail)
    if not 0 < bips <= TRAIL_MAX_BIPS:
        raise BinanceError(-1013, "Filter failure: TRAILING_DELTA")
    return _TRAIL, ticks, bips * 100


def _shown(params: Parameters, form: Form, names: Names, kind: Type) -> int:
    """Return how many lots an iceberg shows, 0 where it is none."""
    text = params.get(names.iceberg, "")
    if not text or not text.strip("0."):
        return 0
    if not kind.limit:
        raise unwanted(names.iceberg)
    if kind.timed and params.get(names.time) != "GTC":
        raise BinanceError(-1013, "Order type not supported for icebergQty with this timeInForce.")
    return form.quantity_number.units(text, names.iceberg)
