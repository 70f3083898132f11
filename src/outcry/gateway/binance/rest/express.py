"""New orders that came by the express lane, answered as the call of REST would."""

from collections.abc import Callable
from functools import partial

from outcry.gateway.binance.orders.calls import OrderCalls
from outcry.gateway.binance.rest.service import Asked, Reply, Rest
from outcry.gateway.binance.routes import Route
from outcry.gateway.binance.wire.errors import of_api
from outcry.gateway.errors import ApiError
from outcry.gateway.express.head import BINANCE_ORDER, Head
from outcry.gateway.express.lanes import Desk
from outcry.gateway.http import Wrapper, refused_error
from outcry.ports import Outcomes, Refused

Answer = Callable[[bytes], None]


class BinanceDesk:
    """See `lanes.Desk`. Whatever is no order in Binance's form is for the desk behind it."""

    def __init__(self, rest: Rest, route: Route, wrapper: Wrapper, behind: Desk) -> None:
        self._rest = rest
        self._route = route
        self._wrapper = wrapper
        self._behind = behind
        self._calls = OrderCalls(rest.door)
        self._entry = rest.door.services.entry

    def serve(self, head: Head, body: bytes, client: str, answer: Answer) -> None:
        """See `lanes.Desk`."""
        if head.asks != BINANCE_ORDER:
            self._behind.serve(head, body, client, answer)
            return
        asked = Asked(head.query, body, head.token, client)
        account = 0
        try:
            call = self._rest.let_in(self._route, asked)
            account = call.account
            record, respond = self._calls.wanted(call)
            done = partial(self._done, asked, account, respond, answer)
            self._submit(record, done)
        except Exception as error:
            self._say(answer, self._rest.refused(error, self._route, asked, account))

    def _submit(self, record: bytes, done: Callable[[Outcomes | None], None]) -> None:
        try:
            self._entry.submit(record, 1, done)
        except Refused as refused:
            raise of_api(refused_error(refused)) from None

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
