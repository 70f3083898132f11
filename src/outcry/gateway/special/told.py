"""What an answer says of an order's terms. Plain orders have nothing of it."""

from typing import TYPE_CHECKING

from outcry.domain.decimals import format_units
from outcry.domain.order import DoneReason, Kind, ListKind, OrderFlag, Peg, Trigger
from outcry.engine.core import Core
from outcry.gateway.special.known import PLAIN, Special, Specials
from outcry.ledger.rows import OrderView

if TYPE_CHECKING:
    from outcry.gateway.native.render import MarketText

_LIMIT = int(Kind.LIMIT)
_SLIDE = int(OrderFlag.SLIDE)
_QUEUED = int(OrderFlag.QUEUED)
_OUT_OF_BOOK = int(OrderFlag.WAITING | OrderFlag.PENDING)
_PRICE, _FLAGS = 4, 10
"""Where an order's price and flags stand in what the core tells of it."""
_LIMIT_TICKS = 14
"""Where the limit of a peg stands in its terms."""
_PERCENT_DECIMALS = 4
_NS_PER_MS = 1_000_000
_OF_TRIGGERED = frozenset(
    map(
        int,
        (
            DoneReason.FILLED, DoneReason.NO_LIQUIDITY, DoneReason.PROTECTED,
            DoneReason.FOK_KILLED, DoneReason.REST, DoneReason.SELF_TRADE, DoneReason.PREVENTED,
        ),
    )
)  # fmt: skip
"""How only an order that has run can end."""
LIST_NAMES = {int(kind): kind.name.lower() for kind in ListKind}
PEG_NAMES = {int(peg): peg.name.lower() for peg in Peg}


def type_of(view: OrderView, special: Special) -> str:
    """Return the type of an order."""
    limit = view.kind == _LIMIT
    match special.trigger:
        case Trigger.STOP:
            return "stop_limit" if limit else "stop_market"
        case Trigger.TAKE:
            return "take_profit_limit" if limit else "take_profit_market"
        case Trigger.TRAIL:
            return "trailing_stop"
        case _:
            pass
    if special.peg:
        return "pegged"
    if special.slices:
        return "twap"
    return "limit" if limit else "market"


class Told:
    """Knows the terms of orders, and writes them."""

    def __init__(self, specials: Specials, core: Core | None = None) -> None:
        """Read from `specials`, and of open orders from the core."""
        self.specials = specials
        self._core = core

    def of(self, view: OrderView) -> Special | None:
        """Return the terms of an order, None of a plain one."""
        special = self.specials.of(view)
        return None if special is PLAIN else special

    def price_ticks(self, view: OrderView, special: Special) -> int:
        """Return the limit of an order; the row of a peg that was replaced has another price."""
        if special.peg and self._core and (terms := self._core.terms(view.order_id)):
            return int(terms[_LIMIT_TICKS])
        return view.price_ticks

    def fields(self, view: OrderView, special: Special, text: "MarketText") -> str:
        """Return the fields of an order that only such have, each with a comma before it."""
        now = self._core.order(view.order_id) if self._core and view.is_open else None
        price_ticks, flags = (now[_PRICE], now[_FLAGS]) if now else (0, 0)
        fields = self._trigger(view, special, text, flags) if special.trigger else ""
        if special.display_lots:
            fields += f',"display_quantity":"{text.quantity(special.display_lots)}"'
        if view.flags & _SLIDE:
            fields += ',"slide":true'
        if special.expires_ns:
            fields += f',"expires_at":"{text.time(special.expires_ns)}"'
        if special.peg:
            waits = flags & _OUT_OF_BOOK or not now
            fields += _peg(special, text, 0 if waits else price_ticks)
        if special.slices:
            interval_ms = special.interval_ns // _NS_PER_MS
            fields += f',"slices":{special.slices},"slice_interval_ms":{interval_ms}'
        if special.session:
            fields += ',"cancel_on_disconnect":true'
        if special.members:
            kind = LIST_NAMES[special.members.kind]
            fields += f',"list_id":{special.members.list_id},"list_kind":"{kind}"'
        return fields + (',"waiting":true' if flags & _OUT_OF_BOOK else "")

    def _trigger(self, view: OrderView, special: Special, text: "MarketText", flags: int) -> str:
        fields = ""
        if special.trigger_ticks:
            fields += f',"stop_price":"{text.price(special.trigger_ticks)}"'
        if special.trail_ppm:
            percent = format_units(special.trail_ppm, _PERCENT_DECIMALS)
            fields += f',"trailing_percent":"{percent}"'
        if view.kind != _LIMIT:
            fields += f',"protection_price":"{text.price(view.price_ticks)}"'
        fired_ns = self.specials.triggered_ns.get(view.order_id)
        fields += f',"triggered":{_JSON[self._has_fired(view, flags)]}'
        return fields + (f',"triggered_at":"{text.time(fired_ns)}"' if fired_ns else "")

    def _has_fired(self, view: OrderView, flags: int) -> bool | None:
        """Return whether a trigger has fired; None where nobody knows any more."""
        if view.order_id in self.specials.triggered_ns:
            return True
        if view.is_open:
            return bool(flags & _QUEUED) or not flags & _OUT_OF_BOOK
        if view.filled_lots or view.done_reason in _OF_TRIGGERED:
            return True
        return False if view.first_sequence >= self.specials.complete_from else None


_JSON = {True: "true", False: "false", None: "null"}


def _peg(special: Special, text: "MarketText", price_ticks: int) -> str:
    """Return how a price follows the book's, and (not 0) where it is now."""
    fields = f',"peg":"{PEG_NAMES[special.peg]}"'
    if special.peg_offset_ticks:
        fields += f',"peg_offset":"{text.price(special.peg_offset_ticks)}"'
    return fields + (f',"pegged_price":"{text.price(price_ticks)}"' if price_ticks else "")
