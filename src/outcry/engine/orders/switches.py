"""Dead man's switches, and orders tied to a session: both cancel when their owner is gone."""

from collections.abc import Iterable, Sequence

from outcry.domain.commands import CloseSession, EndOrder, RenewSwitch, ResetSessions
from outcry.domain.events import SessionEnded, SwitchFired, SwitchSet
from outcry.domain.order import DoneReason, Scope
from outcry.domain.rejects import Reject
from outcry.engine.core import Core
from outcry.engine.hand import Hand
from outcry.engine.orders.expiry import NEVER_NS
from outcry.engine.orders.terms import special

TIMEOUT_LIMIT_NS = 1 << 62
Refusal = tuple[int, int, int]
"""reason, given, bound: what `Core.answer` takes."""
_SHAPE: Refusal = (Reject.SHAPE, 0, 0)


class Switches:
    """The armed switches by (account, scope, API key), and when each fires."""

    def __init__(self, core: Core, armed: Iterable[Sequence[int]]) -> None:
        """Take over from the core, and of the notes (account, scope, API key, deadline)."""
        self._core = core
        self._deadlines = {(account, scope, key): ns for account, scope, key, ns in armed}

    def notes(self) -> list[list[int]]:
        """Return the armed switches, as the constructor takes them."""
        return [[*switch, ns] for switch, ns in sorted(self._deadlines.items())]

    def next(self) -> tuple[int, int]:
        """Return when the next switch fires, and whose; never if none is armed."""
        if not self._deadlines:
            return NEVER_NS, 0
        return min((ns, *switch) for switch, ns in self._deadlines.items())[:2]

    def run(self, hand: Hand) -> None:
        """Fire the next switch: cancel what is in its scope, by id."""
        _, account, scope, key = min((ns, *switch) for switch, ns in self._deadlines.items())
        del self._deadlines[account, scope, key]
        hand.say(SwitchFired, account, 0, scope, key)
        for order_id in self._in_scope(account, scope, key):
            hand.do(EndOrder(order_id=order_id, reason=DoneReason.CANCELLED))

    def _in_scope(self, account: int, scope: int, key: int) -> list[int]:
        if scope == Scope.ALL:
            return self._core.market_orders(0)
        owned = [order[0] for order in self._core.open_orders(account)]
        if scope == Scope.ACCOUNT:
            return owned
        orders = (special(self._core, order_id) for order_id in owned)
        return [order.order_id for order in orders if order and order.terms.api_key == key]

    def renew(self, hand: Hand, command: RenewSwitch) -> Refusal:
        """Arm, renew or disarm a switch."""
        account, scope, key = command.account, command.scope, command.api_key
        fits = (
            0 <= command.timeout_ns < TIMEOUT_LIMIT_NS
            and scope <= Scope.ALL
            and (scope == Scope.API_KEY) == bool(key)
            and (scope == Scope.ALL) == (account == 0)
        )
        if not fits:
            return _SHAPE
        deadline_ns = hand.now_ns + command.timeout_ns if command.timeout_ns else 0
        self._deadlines.pop((account, scope, key), None)
        if deadline_ns:
            self._deadlines[account, scope, key] = deadline_ns
        hand.say(SwitchSet, account, 0, scope, key, deadline_ns)
        return 0, 0, 0

    def end_sessions(self, hand: Hand, command: CloseSession | ResetSessions) -> Refusal:
        """Cancel the orders of one session, or of all; of the header's account if it names one."""
        session = command.session if isinstance(command, CloseSession) else 0
        if isinstance(command, CloseSession) and not session:
            return _SHAPE
        hand.say(SessionEnded, command.account, 0, session)
        for order_id in self._core.special_orders():
            order = special(self._core, order_id)
            tied = order.terms.session if order else 0
            if order and tied and session in {0, tied} and command.account in {0, order.account}:
                hand.do(EndOrder(order_id=order_id, reason=DoneReason.CANCELLED))
        return 0, 0, 0
