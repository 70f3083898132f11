"""How bots are run from the command line: until a signal, and with words for what went wrong."""

import asyncio
import signal
from collections.abc import Awaitable, Callable

from outcry.adapters.telemetry import configure
from outcry.cli.output import DAMAGE, event_loop, fail
from outcry.client import ClientError
from outcry.client.wire.connection import address_of
from outcry.maker.reference import BadReference

Body = Callable[[asyncio.Event], Awaitable[None]]


def until_signal(body: Body) -> None:
    """Run `body` until it ends; SIGTERM and SIGINT set the event that it was given."""

    async def whole() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        await body(stop)

    configure()
    try:
        event_loop()(whole())
    except (ClientError, BadReference, OSError) as error:
        fail(str(error), DAMAGE)


def checked(url: str) -> str:
    """Return an address that is one, or end."""
    try:
        return address_of(url).url
    except ValueError as error:
        fail(str(error))
