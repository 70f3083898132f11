"""Orders as Binance tells them: one place for their words, used by answers and by user events."""

from outcry.domain.order import DoneReason, Kind, OrderFlag, SelfTrade, Side, TimeInForce, Trigger
from outcry.engine.core import Core
from outcry.gateway.binance.orders.ids import ClientIds
from outcry.gateway.binance.symbols import Form, Symbols
from outcry.gateway.special.known import PLAIN, Special, Specials
from outcry.ledger.rows import OrderState, OrderView

SIDES = {int(side): side.name for side in Side}
MODES = {int(mode): mode.name for mode in SelfTrade}
TIMES = {int(t): t.name for t in TimeInForce} | {int(TimeInForce.DAY): "GTD"}
STATES = {
    int(OrderState.OPEN): "NEW",
    int(OrderState.PARTIALLY_FILLED): "PARTIALLY_FILLED",
    int(OrderState.FILLED): "FILLED",
    int(OrderState.CANCELLED): "CANCELED",
    int(OrderState.EXPIRED): "EXPIRED",
    int(OrderState.REJECTED): "REJECTED",
}
IN_MATCH = {int(DoneReason.SELF_TRADE), int(DoneReason.PREVENTED)}
_LIMIT, _BUDGET = int(Kind.LIMIT), int(Kind.BUDGET)
_POST_ONLY = int(OrderFlag.POST_ONLY)
_WAITING, _PENDING = int(OrderFlag.WAITING), int(OrderFlag.PENDING)
_OPEN = int(OrderState.OPEN)
ZERO = "0.00000000"


def ms(time_ns: int) -> int:
    """Return milliseconds since 1970."""
    return time_ns // 1_000_000


def type_of(view: OrderView, special: Special) -> str:
    """Return what Binance calls this kind of order."""
    limit = view.kind == _LIMIT
    if special.trigger:
        takes = special.trigger == Trigger.TAKE or (
            special.trigger == Trigger.TRAIL and special.trigger_ticks
        )
        return ("TAKE_PROFIT" if takes else "STOP_LOSS") + ("_LIMIT" if limit else "")
    if not limit:
        return "MARKET"
    return "LIMIT_MAKER" if view.flags & _POST_ONLY else "LIMIT"


def time_in_force_of(view: OrderView) -> str:
    """Return how long an order lives; Binance calls every market order good till cancelled."""
    return TIMES[view.time_in_force] if view.kind == _LIMIT else "GTC"


class Reports:
    """Writes orders. The text is put together by hand because it is the busiest answer."""

    def __init__(self, symbols: Symbols, specials: Specials, ids: ClientIds, core: Core) -> None:
        self.symbols = symbols
        self.specials = specials
        self.ids = ids
        self._core = core

    def flags(self, view: OrderView, special: Special) -> int:
        """Return the flags of an open order as they are now; those of a plain one are all 0."""
        if special is PLAIN or not view.is_open:
            return 0
        found = self._core.order(view.order_id)
        return found[10] if found else 0

    def status(self, view: OrderView, special: Special) -> str:
        """Return the status of an order."""
        if view.state == _OPEN and self.flags(view, special) & _PENDING:
            return "PENDING_NEW"
        if view.done_reason in IN_MATCH:
            return "EXPIRED_IN_MATCH"
        return STATES[view.state]

    def is_working(self, view: OrderView, special: Special) -> bool:
        """Return whether an order is in the book, or was when it ended."""
        return not self.flags(view, special) & (_WAITING | _PENDING)

    def _amounts(self, view: OrderView, form: Form) -> str:
        lots = view.filled_lots if view.kind == _BUDGET else view.lots
        price = form.price(view.price_ticks) if view.kind == _LIMIT else ZERO
        budget = form.quote_text(view.budget_units) if view.kind == _BUDGET else ZERO
        return (
            f'"price":"{price}","origQty":"{form.quantity(lots)}",'
            f'"executedQty":"{form.quantity(view.filled_lots)}",'
            f'"origQuoteOrderQty":"{budget}",'
            f'"cummulativeQuoteQty":"{form.quote_text(view.quote_filled_units)}",'
        )

    def _terms(self, view: OrderView, special: Special) -> str:
        return (
            f'"timeInForce":"{time_in_force_of(view)}","type":"{type_of(view, special)}",'
            f'"side":"{SIDES[view.side]}",'
        )

    def _conditions(self, special: Special, form: Form) -> str:
        """Return what only special orders have."""
        text = ""
        if special.trigger_ticks:
            text += f'"stopPrice":"{form.price(special.trigger_ticks)}",'
        if special.trail_ppm:
            text += f'"trailingDelta":{special.trail_ppm // 100},'
        if special.display_lots:
            text += f'"icebergQty":"{form.quantity(special.display_lots)}",'
        return text

    def _head(self, view: OrderView, special: Special, form: Form) -> str:
        return (
            f'{{"symbol":"{form.symbol}","orderId":{view.order_id},"orderListId":{special.list_id},'
        )

    def ack(self, view: OrderView) -> str:
        """Return the shortest answer to a new order."""
        form, special = self.symbols.of(view.market), self.specials.of(view)
        return (
            f"{self._head(view, special, form)}"
            f'"clientOrderId":"{self.ids.of(view)}","transactTime":{ms(view.updated_ns)}}}'
        )

    def placed(self, view: OrderView, *, fills: bool) -> str:
        """Return the answer to a new order, with its fills or without."""
        form, special = self.symbols.of(view.market), self.specials.of(view)
        working = ms(view.created_ns) if self.is_working(view, special) else -1
        told = f',"fills":[{self._fills(view, form)}]' if fills else ""
        return (
            f"{self._head(view, special, form)}"
            f'"clientOrderId":"{self.ids.of(view)}","transactTime":{ms(view.updated_ns)},'
            f"{self._amounts(view, form)}"
            f'"status":"{self.status(view, special)}",{self._terms(view, special)}'
            f"{self._conditions(special, form)}"
            f'"workingTime":{working},"selfTradePreventionMode":"{MODES[view.self_trade]}"{told}}}'
        )

    def _fills(self, view: OrderView, form: Form) -> str:
        symbol = form.fee_symbol(view.fee_asset)
        made = []
        for trade in view.trades:
            fill = trade.fill(is_maker=trade.maker_order_id == view.order_id)
            made.append(
                f'{{"price":"{form.price(fill.price_ticks)}","qty":"{form.quantity(fill.lots)}",'
                f'"commission":"{form.fee(fill.fee_asset, fill.fee_units)}",'
                f'"commissionAsset":"{symbol}","tradeId":{fill.trade_id}}}'
            )
        return ",".join(made)

    def cancelled(self, view: OrderView, client_id: str) -> str:
        """Return the answer to a cancel, which `client_id` names."""
        form, special = self.symbols.of(view.market), self.specials.of(view)
        return (
            f"{self._head(view, special, form)}"
            f'"origClientOrderId":"{self.ids.of(view)}","clientOrderId":"{client_id}",'
            f'"transactTime":{ms(view.updated_ns)},{self._amounts(view, form)}'
            f'"status":"{self.status(view, special)}",{self._terms(view, special)}'
            f"{self._conditions(special, form)}"
            f'"selfTradePreventionMode":"{MODES[view.self_trade]}"}}'
        )

    def told(self, view: OrderView) -> str:
        """Return an order as a query tells it."""
        form, special = self.symbols.of(view.market), self.specials.of(view)
        working = self.is_working(view, special)
        stop = form.price(special.trigger_ticks) if special.trigger_ticks else ZERO
        shown = form.quantity(special.display_lots) if special.display_lots else ZERO
        trail = f'"trailingDelta":{special.trail_ppm // 100},' if special.trail_ppm else ""
        return (
            f"{self._head(view, special, form)}"
            f'"clientOrderId":"{self.ids.of(view)}",{self._amounts(view, form)}'
            f'"status":"{self.status(view, special)}",{self._terms(view, special)}'
            f'"stopPrice":"{stop}","icebergQty":"{shown}",{trail}'
            f'"time":{ms(view.created_ns)},"updateTime":{ms(view.updated_ns)},'
            f'"isWorking":{"true" if working else "false"},'
            f'"workingTime":{ms(view.created_ns) if working else -1},'
            f'"selfTradePreventionMode":"{MODES[view.self_trade]}"}}'
        )
