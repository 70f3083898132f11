"""The frame around every call."""

import gc
import weakref

from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from outcry.gateway.errors import ApiError
from outcry.gateway.http import Wrapper


class Body(bytearray):
    """What a call has read."""


async def test_a_refusal_keeps_nothing_alive_that_its_call_had() -> None:
    had: list[weakref.ref[Body]] = []

    async def call(_: web.Request) -> str:
        body = Body(1_000)
        had.append(weakref.ref(body))
        raise ApiError("TOO_LARGE")

    gc.disable()
    try:
        answer = await Wrapper(development=False)(call)(make_mocked_request("GET", "/"))
        assert answer.status == 413
        assert had[0]() is None
    finally:
        gc.enable()
