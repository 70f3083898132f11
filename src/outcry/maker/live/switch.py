"""A dead man's switch that is renewed while a program lives."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from outcry.client import AsyncClient, ClientError

RENEWALS = 3
"""How often it is renewed in its own time: one that is lost does no harm."""
_log = structlog.get_logger("maker")


@asynccontextmanager
async def dead_mans_switch(client: AsyncClient, timeout_ms: int) -> AsyncIterator[None]:
    """Let the venue cancel all orders of the account `timeout_ms` after this program is gone.

    Whoever leaves in an orderly way disarms it, after having cancelled what is theirs.

    Raises:
        ApiError: the venue refuses it.
        Unreachable: nobody answers.
    """
    await client.dead_man_switch(timeout_ms)
    renewing = asyncio.create_task(_renew(client, timeout_ms), name="switch")
    try:
        yield
    finally:
        renewing.cancel()
        await asyncio.wait({renewing})
        try:
            await client.dead_man_switch(0)
        except ClientError as error:
            _log.warning("the switch was not disarmed: it will fire", why=str(error))


async def _renew(client: AsyncClient, timeout_ms: int) -> None:
    while True:
        await asyncio.sleep(timeout_ms / 1_000 / RENEWALS)
        try:
            await client.dead_man_switch(timeout_ms)
        except ClientError as error:
            _log.warning("the switch was not renewed", why=str(error))
