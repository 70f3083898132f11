"""Every door an order can come through, so that one table of bad input can be shown to all."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from tests.support.gateway import Answer, Person
from tests.support.stream import Stream

Fields = dict[str, Any]
Refused = tuple[int | None, dict[str, Any]]
"""The HTTP status, None where there is none, and the refusal."""

_SHORT_NAMES = {"side": "order_type", "type": "order_kind"}


class Caller(NamedTuple):
    """Who knocks: over HTTP, and over a WebSocket that is authorised."""

    person: Person
    stream: Stream


def _refused(answer: Answer) -> Refused:
    assert answer.code, answer
    assert answer.error["request_id"] == answer.headers["X-Request-Id"]
    return answer.status, answer.error


def _of_batch(body: Any) -> Refused:
    (result,) = body["results"]
    assert "error" in result, result
    return None, result["error"]


# Placing


async def place(caller: Caller, order: Fields) -> Refused:
    return _refused(await caller.person.call("POST", "/api/v1/order/", order))


async def place_short(caller: Caller, order: Fields) -> Refused:
    short = {"order_kind": "Limit"} | {_SHORT_NAMES.get(k, k): v for k, v in order.items()}
    status, error = _refused(await caller.person.call("POST", "/order", short))
    named = {short_name: name for name, short_name in _SHORT_NAMES.items()}
    if "field" in error:
        error["field"] = named.get(error["field"], error["field"])
    return status, error


async def batch_member(caller: Caller, order: Fields) -> Refused:
    answer = await caller.person.call("POST", "/api/v1/orders/", {"orders": [order]})
    assert answer.status == 200, answer
    return _of_batch(answer.body)


async def stream_place(caller: Caller, order: Fields) -> Refused:
    return None, await caller.stream.refusal(op="order.place", args=order)


async def stream_batch(caller: Caller, order: Fields) -> Refused:
    return _of_batch(await caller.stream.ask(op="order.batch", args={"orders": [order]}))


# Replacing


async def replace(caller: Caller, change: Fields) -> Refused:
    return _refused(await caller.person.call("PATCH", "/api/v1/order/", change))


async def replace_cancel_first(caller: Caller, change: Fields) -> Refused:
    change = {"cancel_first": True, **change}
    return _refused(await caller.person.call("PATCH", "/api/v1/order/", change))


async def stream_replace(caller: Caller, change: Fields) -> Refused:
    return None, await caller.stream.refusal(op="order.replace", args=change)


# Cancelling


async def cancel(caller: Caller, named: Fields) -> Refused:
    return _refused(await caller.person.call("DELETE", "/api/v1/order/", named))


async def cancel_by_query(caller: Caller, named: Fields) -> Refused:
    return _refused(await caller.person.call("DELETE", "/api/v1/order/", **named))


async def stream_cancel(caller: Caller, named: Fields) -> Refused:
    return None, await caller.stream.refusal(op="order.cancel", args=named)


Door = Callable[[Caller, Fields], Awaitable[Refused]]
FULL: dict[str, Door] = {
    "place": place,
    "batch": batch_member,
    "ws-place": stream_place,
    "ws-batch": stream_batch,
}
SHORT: dict[str, Door] = {"short": place_short}
REPLACE: dict[str, Door] = {
    "replace": replace,
    "cancel-first": replace_cancel_first,
    "ws-replace": stream_replace,
}
REPLACE_IN_PLACE: dict[str, Door] = {"replace": replace, "ws-replace": stream_replace}
CANCEL: dict[str, Door] = {"cancel": cancel, "ws-cancel": stream_cancel}
CANCEL_QUERY: dict[str, Door] = {"cancel-query": cancel_by_query}


async def _placed(caller: Caller, order: Fields) -> Fields:
    found: Fields = (await caller.person.call("POST", "/api/v1/order/", order)).body
    return found


async def _batched(caller: Caller, order: Fields) -> Fields:
    answer = await caller.person.call("POST", "/api/v1/orders/", {"orders": [order]})
    found: Fields = answer.body["results"][0]
    return found


async def _streamed(caller: Caller, order: Fields) -> Fields:
    found: Fields = await caller.stream.ask(op="order.place", args=order)
    return found


async def _stream_batched(caller: Caller, order: Fields) -> Fields:
    found: Fields = await caller.stream.ask(op="order.batch", args={"orders": [order]})
    first: Fields = found["results"][0]
    return first


ANSWERS: dict[str, Callable[[Caller, Fields], Awaitable[Fields]]] = {
    "place": _placed,
    "batch": _batched,
    "ws-place": _streamed,
    "ws-batch": _stream_batched,
}
"""The same doors as `FULL`, for orders that are taken."""
