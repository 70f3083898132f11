"""`outcry` that makes mistakes with whatever it is given, and says everything it can.

Every call fails with all that the client sent in the words of its error, the log takes the lowest
level, and an order of `HALTING` lots stops the flow in the same way. `CRASH` in the environment
makes the start fail with that text. There are no such switches in the product.
"""

import os
import threading
import warnings
from functools import partial
from typing import Any, NoReturn

from aiohttp import web

from outcry.adapters import telemetry
from outcry.bootstrap import views
from outcry.cli import main, up
from outcry.cli.demo import seeding
from outcry.domain.events import OrderAccepted
from outcry.gateway.http import Door, Wrapper
from outcry.gateway.live import private, session
from outcry.ports import EventBatch

HALTING = 777_777


class Loud(private.PrivateFeed):
    """Halts the venue with what a client wrote."""

    def consume(self, batch: EventBatch) -> None:
        for event in batch.events:
            if isinstance(event, OrderAccepted) and event.lots == HALTING:
                raise RuntimeError(os.environ["LAST_WORDS"])
        super().consume(batch)


async def body(_door: Door, request: web.Request) -> bytes:
    text = (await request.read()).decode("utf-8", "surrogateescape")
    raise RuntimeError(f"{text} {dict(request.headers)} {request.raw_headers}")


def account(_door: Door, request: web.Request) -> int:
    raise RuntimeError(f"{request.method} {request.raw_path} {request.rel_url.query_string}")


def message(value: dict[str, Any]) -> NoReturn:
    raise RuntimeError(f"{value} {value!r} {value['id']}")


def framed(wrapper: Wrapper, handler: Any, _parameters: Any = None) -> Any:
    """Put the call into its frame without a look at its parameters."""
    return plain(wrapper, handler)


def crash(*_: object) -> NoReturn:
    """Warn, let a thread fail, and fail."""
    text = os.environ["CRASH"]
    warnings.warn(text, stacklevel=1)
    failing = threading.Thread(target=fail, args=(text,))
    failing.start()
    failing.join()
    fail(text)


def fail(text: str) -> NoReturn:
    raise RuntimeError(text)


plain = Wrapper.__call__

if __name__ == "__main__":
    Wrapper.__call__ = framed  # type: ignore[method-assign]
    if "LAST_WORDS" in os.environ:
        views.PrivateFeed = Loud  # type: ignore[misc]
    else:
        Door.body, Door.account = body, account  # type: ignore[method-assign]
        session.message_of = message
    up.configure = partial(telemetry.configure, level="DEBUG")
    if "CRASH" in os.environ:
        seeding.write_file = crash
    main()
