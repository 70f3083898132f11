"""Answers orders and batches that came by the express lane, as the calls of `native` would."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from outcry.domain.events import OrderAccepted
from outcry.gateway.errors import ApiError, told
from outcry.gateway.express.head import BATCH, Head
from outcry.gateway.http import Wrapper, refused_error
from outcry.gateway.json_input import convert, decode_object
from outcry.gateway.native.orders import Batch, OrderCalls
from outcry.gateway.native.parse import SIDES
from outcry.gateway.native.schemas import BatchIn, PlainOrder
from outcry.gateway.special.outcomes import was_replayed
from outcry.ports import Outcomes, Refused

_log = structlog.get_logger("gateway")


class OrderDesk:
    """See `lanes.Desk`."""

    def __init__(self, calls: OrderCalls, wrapper: Wrapper) -> None:
        self.calls = calls
        self.wrapper = wrapper
        self.entry = calls.door.services.entry
        self.gate = calls.door.services.gate
        self.tasks: set[asyncio.Task[None]] = set()

    def serve(self, head: Head, body: bytes, client: str, answer: Callable[[bytes], None]) -> None:
        """See `lanes.Desk`."""
        request = _BatchRequest if head.asks == BATCH else _OrderRequest
        asked = request(self, answer)
        asked.settle(asked.begin, head, body, client)

    def refusal(self, code: str, message: str) -> bytes:
        """See `lanes.Desk`."""
        return self.wrapper.whole_error(ApiError(code, message), self.wrapper.next_id(), last=True)


class _Request(ABC):
    """One request on its way."""

    __slots__ = ("account", "answer", "desk", "key", "request_id")

    def __init__(self, desk: OrderDesk, answer: Callable[[bytes], None]) -> None:
        self.desk = desk
        self.answer = answer
        self.request_id = desk.wrapper.next_id()
        self.account = 0
        self.key: str | None = None

    def begin(self, head: Head, body: bytes, client: str) -> None:
        """Read what is asked and send it into the flow."""
        self.desk.gate.request(client)
        self.account = self.desk.calls.door.account_of(head.token)
        self.ask(decode_object(body))

    @abstractmethod
    def ask(self, value: dict[str, Any]) -> None:
        """Send what a body asks into the flow."""

    @abstractmethod
    def finish(self, outcomes: Outcomes) -> None:
        """Answer with what came of it."""

    def submit(self, records: bytes, count: int, *, reserve: bool) -> None:
        try:
            self.desk.entry.submit(records, count, self._done, reserve=reserve)
        except Refused as refused:
            raise self._of_key(refused_error(refused)) from None

    def _done(self, outcomes: Outcomes | None) -> None:
        if outcomes is None:
            self._fail(self._of_key(ApiError("UNKNOWN_OUTCOME")))
        else:
            self.settle(self.finish, outcomes)

    def _of_key(self, error: ApiError) -> ApiError:
        error.body.client_order_id = self.key
        return error

    def settle(self, work: Callable[..., None], *given: object) -> None:
        """Do a part of the work; whatever goes wrong is the answer."""
        try:
            work(*given)
        except Exception as error:
            self._fail(self._told(error))

    def _told(self, error: Exception) -> ApiError:
        refusal = told(error)
        if refusal is None:
            _log.exception("internal error", request_id=self.request_id)
            return ApiError("INTERNAL")
        return refusal

    def say(self, status: int, text: str) -> None:
        self.answer(self.desk.wrapper.whole(status, text, self.request_id))

    def _fail(self, error: ApiError) -> None:
        self.answer(self.desk.wrapper.whole_error(error, self.request_id))

    def later(self, status: int, text: Awaitable[str]) -> None:
        """Answer with what only the history knows."""

        async def wait() -> None:
            try:
                found = await text
            except Exception as error:
                self._fail(self._told(error))
            else:
                self.say(status, found)

        task = asyncio.get_running_loop().create_task(wait())
        self.desk.tasks.add(task)
        task.add_done_callback(self.desk.tasks.discard)


class _OrderRequest(_Request):
    """POST /api/v1/order/."""

    __slots__ = ("order",)
    order: PlainOrder

    def ask(self, value: dict[str, Any]) -> None:
        self.order = self.desk.calls.order_of(self.account, value)
        record = self.desk.calls.door.parser.place(self.account, self.order)
        self.key = self.order.client_order_id
        self.desk.gate.orders(self.account, 1, 1)
        self.submit(record, 1, reserve=False)

    def finish(self, outcomes: Outcomes) -> None:
        events, side = outcomes[0], SIDES[self.order.side]
        placed = type(events[0]) is OrderAccepted or not was_replayed(events)
        status = 201 if placed else 200
        text = self.desk.calls.outcome_now(events, side, self.key)
        if text is not None:
            self.say(status, text)
        else:
            self.later(status, self.desk.calls.outcome(self.account, events, side, self.key))


class _BatchRequest(_Request):
    """POST /api/v1/orders/."""

    __slots__ = ("batch",)
    batch: Batch

    def ask(self, value: dict[str, Any]) -> None:
        asked: BatchIn = convert(value, BatchIn)
        self.batch = batch = self.desk.calls.prepare(self.account, asked.orders)
        if batch.placed:
            self.desk.gate.orders(self.account, batch.placed, 1)
        else:
            self.desk.gate.caller(self.account, cancels=True)
        if batch.records:
            records = b"".join(batch.records)
            self.submit(records, len(batch.records), reserve=batch.only_cancels)
        else:
            self.say(200, batch.text())

    def finish(self, outcomes: Outcomes) -> None:
        if self.desk.calls.finish_now(self.batch, outcomes):
            self.say(200, self.batch.text())
        else:
            self.later(200, self.desk.calls.finish(self.account, self.batch, outcomes))
