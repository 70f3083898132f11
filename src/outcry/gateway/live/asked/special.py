"""Operations beside placing and cancelling one order: lists, changes, switches."""

from typing import TYPE_CHECKING

from outcry.gateway.errors import ApiError
from outcry.gateway.json_input import convert
from outcry.gateway.live.asked.message import Message
from outcry.gateway.live.socket import Slot
from outcry.gateway.native.schemas import CancelAllIn
from outcry.gateway.special.changes import ChangeCalls
from outcry.gateway.special.lists import ListCalls
from outcry.gateway.special.schemas import CancelReplaceIn, ListIn, NamedList, SwitchIn
from outcry.gateway.special.switches import SwitchCalls
from outcry.ports import Outcomes

if TYPE_CHECKING:
    from outcry.gateway.live.session import Session


def place_list(session: "Session", slot: Slot, number: str, message: Message) -> None:
    """Place a list."""
    account = session.caller()
    wanted: ListIn = convert(message.args or {}, ListIn)
    tie = session.tie(account) if wanted.cancel_on_disconnect or session.ties_all else None
    calls = ListCalls(session.calls)
    record = calls.record(account, wanted, tie)

    def finish(outcomes: Outcomes) -> str:
        return calls.placed(account, outcomes[0], wanted)

    orders = len(wanted.orders)
    waiting = (slot, number, 1, None, wanted.client_order_id, finish, orders, 0)
    session.queue([record], waiting, cancels=False)


def cancel_list(session: "Session", slot: Slot, number: str, message: Message) -> None:
    """Cancel what is open of a list."""
    account = session.caller()
    named: NamedList = convert(message.args or {}, NamedList)
    if not 0 < named.list_id < 1 << 63:
        raise ApiError("UNKNOWN_LIST", field="list_id", given=named.list_id)
    calls = ListCalls(session.calls)
    records = calls.cancel_records(account, named.list_id)

    def finish(outcomes: Outcomes) -> str:
        return calls.cancelled(account, named.list_id, outcomes)

    session.queue(records, (slot, number, len(records), None, None, finish, 0, 0), cancels=True)


def cancel_all(session: "Session", slot: Slot, number: str, message: Message) -> None:
    """Cancel all orders, those of a market, or of a side."""
    account = session.caller()
    named: CancelAllIn = convert(message.args or {}, CancelAllIn)
    record = session.calls.cancel_all_record(account, named)

    def finish(outcomes: Outcomes) -> str:
        return session.calls.all_cancelled(outcomes[0])

    session.queue([record], (slot, number, 1, None, None, finish, 0, 0), cancels=True)


def cancel_replace(session: "Session", slot: Slot, number: str, message: Message) -> None:
    """Cancel an order and place another."""
    account = session.caller()
    calls = ChangeCalls(session.calls)
    asked: CancelReplaceIn = convert(message.args or {}, CancelReplaceIn)
    session.check_untied("order.cancel_replace")
    wanted = calls.wanted(account, asked)

    def finish(outcomes: Outcomes) -> None:
        session.later(slot, number, calls.told(account, outcomes[0], wanted))

    waiting = (slot, number, 1, wanted.side, wanted.key, finish, 1, 0)
    session.queue([wanted.record], waiting, cancels=False)


def renew_switch(session: "Session", slot: Slot, number: str, message: Message) -> None:
    """Arm, renew or disarm the dead man's switch."""
    account = session.caller()
    calls = SwitchCalls(session.calls.door)
    record = calls.record(account, convert(message.args or {}, SwitchIn))

    def finish(outcomes: Outcomes) -> str:
        return calls.told(outcomes[0])

    session.queue([record], (slot, number, 1, None, None, finish, 0, 0), cancels=True)
