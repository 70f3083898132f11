"""What has to go on goes on, and says when it did not."""

import asyncio

import pytest
from structlog.testing import capture_logs

from outcry.adapters import lasting as module
from outcry.adapters.lasting import lasting


async def test_work_that_fails_begins_again_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AGAIN_S", 0.0)
    begun = 0

    async def work() -> None:
        nonlocal begun
        begun += 1
        if begun < 3:
            raise ValueError("something nobody thought of")

    with capture_logs() as told:
        await asyncio.wait_for(lasting(work, "feed"), 5)
    assert begun == 3
    assert [(line["log_level"], line["work"]) for line in told] == [("error", "feed")] * 2


async def test_work_that_is_cancelled_ends() -> None:
    async def work() -> None:
        await asyncio.Event().wait()

    task = asyncio.create_task(lasting(work, "feed"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
