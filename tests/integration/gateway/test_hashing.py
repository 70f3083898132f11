"""Passwords are hashed one after the other, so that logins never take the machine."""

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.support.gateway import PASSWORD, Answer, House, open_house

pytestmark = pytest.mark.asyncio(loop_scope="module")

WAITING_MAX = 3


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    limits = {"hashes_at_once": 1, "hashes_waiting_max": WAITING_MAX}
    async with open_house(tmp_path_factory.mktemp("venue"), gateway=limits) as house:
        yield house


class SlowLogins:
    """Lets no login end before it is told to, and counts how many run at the same time."""

    def __init__(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go = threading.Event()
        self.most = self._now = 0
        self._identity = house.venue.services.identity
        self._login = self._identity.login
        monkeypatch.setattr(self._identity, "login", self.login)

    def login(self, *given: Any) -> object:
        self._now += 1
        self.most = max(self.most, self._now)
        self.go.wait(10)
        try:
            return self._login(*given)
        finally:
            self._now -= 1


def logins(house: House, count: int) -> list[asyncio.Task[Answer]]:
    return [
        asyncio.create_task(
            # Of one name, ten would lock it.
            house.call("POST", "/login", {"email": f"n{number}@x.org", "password": PASSWORD})
        )
        for number in range(count)
    ]


async def test_more_logins_than_may_wait_are_told_to_come_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = SlowLogins(house, monkeypatch)
    tasks = logins(house, 10)
    refused, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED, timeout=10)
    while len(refused) < 10 - 1 - WAITING_MAX:
        more, _ = await asyncio.wait(
            set(tasks) - refused, return_when=asyncio.FIRST_COMPLETED, timeout=10
        )
        assert more
        refused |= more
    slow.go.set()
    answers = await asyncio.gather(*tasks)
    codes = sorted(answer.code for answer in answers)
    assert codes == ["BUSY"] * 6 + ["WRONG_CREDENTIALS"] * 4
    assert slow.most == 1
    assert {a.headers.get("Retry-After") for a in answers if a.status == 503} == {"1"}


async def test_trading_goes_on_while_passwords_are_hashed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await house.person()
    slow = SlowLogins(house, monkeypatch)
    tasks = logins(house, 4)
    order = await ann.place("buy", "10.00", "1")
    assert not any(task.done() for task in tasks)
    slow.go.set()
    answers = await asyncio.gather(*tasks)
    assert order["status"] == "open"
    assert {answer.status for answer in answers} == {401}


async def test_line_is_empty_again_afterwards(house: House) -> None:
    for _ in range(3):
        answers = await asyncio.gather(*logins(house, 1 + WAITING_MAX))
        assert {answer.status for answer in answers} == {401}
