"""Works that have to go on for as long as the venue does."""

import asyncio
from collections.abc import Callable, Coroutine

import structlog

AGAIN_S = 1.0
"""Before a work that has failed begins again."""
_log = structlog.get_logger("process")


async def lasting(work: Callable[[], Coroutine[None, None, None]], name: str) -> None:
    """Do a work until it ends or is cancelled; where it fails, say so and begin it again.

    A task that fails tells whoever asks for its result, and nobody asks one that never ends: the
    guard or the feed would be gone, and nothing would say so.
    """
    while True:
        try:
            await work()
        except Exception:
            _log.exception("a work failed and begins again", work=name)
            await asyncio.sleep(AGAIN_S)
        else:
            return
