"""New orders that came by the express lane, answered as the call of REST would."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from outcry.gateway.binance.door import BinanceDoor
from outcry.gateway.binance.orders.calls import OrderCalls
from outcry.gateway.binance.orders.wanted import RESPONSES
from outcry.gateway.binance.rest.service import Asked, Reply, Rest
from outcry.gateway.binance.routes import Route
from outcry.gateway.binance.wire.errors import of_api
from outcry.gateway.errors import ApiError
from outcry.gateway.express.head import BINANCE_ORDER, Head
from outcry.gateway.express.lanes import Desk
from outcry.gateway.http import Wrapper, refused_error
from outcry.ports import Outcomes, Refused

if TYPE_CHECKING:
    from outcry.gateway.binance.rest.usual import Taken, UsualOrders

Answer = Callable[[bytes], None]


def usual_orders(door: BinanceDoor, route: Route, wrapper: Wrapper) -> "UsualOrders | None":
    """Return what takes usual orders in; None where nothing was compiled."""
    try:
        from outcry.gateway.binance.rest.usual import UsualOrders
    except ImportError:
        return None
    return UsualOrders(door, route, wrapper)


class BinanceDesk:
    """See `lanes.Desk`. Whatever is no order in Binance's form is for the desk behind it."""

    def __init__(self, rest: Rest, route: Route, wrapper: Wrapper, behind: Desk) -> None:
        self._rest = rest
        self._route = route
        self._wrapper = wrapper
        self._behind = behind
        self._calls = OrderCalls(rest.door)
        self._entry = rest.door.services.entry
        self.usual = usual_orders(rest.door, route, wrapper)

    def serve(self, head: Head, body: bytes, client: str, answer: Answer) -> None:
        """See `lanes.Desk`."""
        if head.asks != BINANCE_ORDER:
            self._behind.serve(head, body, client, answer)
            return
        if self.usual is None or not self._usually(self.usual, head, body, client, answer):
            self._serve(Asked(head.query, body, head.token, client), answer)

    def _serve(self, asked: Asked, answer: Answer) -> None:
        account = 0
        try:
            call = self._rest.let_in(self._route, asked)
            account = call.account
            record, respond = self._calls.wanted(call)
            self._submit(record, partial(self._done, asked, account, respond, answer))
        except Exception as error:
            self._say(answer, self._rest.refused(error, self._route, asked, account))

    def _submit(self, record: bytes, done: Callable[[Outcomes | None], None]) -> None:
        try:
            self._entry.submit(record, 1, done)
        except Refused as refused:
            raise of_api(refused_error(refused)) from None

    # The usual order

    def _usually(
        self, usual: "UsualOrders", head: Head, body: bytes, client: str, answer: Answer
    ) -> bool:
        """Serve an order if it is usual; False if it is not, and nothing was done."""
        account = 0
        try:
            taken = usual.take(head.query, body, head.token, client)
            if taken is None:
                return False
            account = taken[0]
            self._submit(taken[1], partial(self._usually_done, usual, taken, client, answer))
        except Exception as error:
            self._usually_refused(error, account, client, answer)
        return True

    def _usually_done(
        self,
        usual: "UsualOrders",
        taken: "Taken",
        client: str,
        answer: Answer,
        outcomes: Outcomes | None,
    ) -> None:
        try:
            whole = usual.told(taken, client, outcomes[0]) if outcomes is not None else None
        except Exception as error:
            self._usually_refused(error, taken[0], client, answer)
            return
        if whole is not None:
            answer(whole)
        else:
            asked = Asked(b"", b"", "", client)
            self._done(asked, taken[0], RESPONSES[taken[-1]], answer, outcomes)

    def _usually_refused(self, error: Exception, account: int, client: str, answer: Answer) -> None:
        asked = Asked(b"", b"", "", client)  # Its address alone counts from here on.
        self._say(answer, self._rest.refused(error, self._route, asked, account))

    # Every order

    def _done(
        self, asked: Asked, account: int, respond: str, answer: Answer, outcomes: Outcomes | None
    ) -> None:
        try:
            if outcomes is None:
                raise of_api(ApiError("UNKNOWN_OUTCOME"))
            text = self._calls.placed(outcomes[0], respond)
        except Exception as error:
            self._say(answer, self._rest.refused(error, self._route, asked, account))
        else:
            headers = self._rest.headers(self._route, asked, account)
            self._say(answer, Reply(200, text, headers))

    def _say(self, answer: Answer, reply: Reply) -> None:
        request_id = self._wrapper.next_id()
        answer(self._wrapper.whole(reply.status, reply.text, request_id, reply.headers))

    def refusal(self, code: str, message: str) -> bytes:
        """See `lanes.Desk`."""
        return self._behind.refusal(code, message)
