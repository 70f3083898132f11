"""A store that does not answer: its callers are told at once, and trading goes on."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from outcry.adapters.circuit import CircuitSettings
from tests.support.gateway import TATA_INR, House, Person

pytestmark = pytest.mark.asyncio(loop_scope="module")
FAILURES = CircuitSettings().failures_max


@pytest.fixture
def broken(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Let the ledger's disk fail; return what was asked of it."""
    asked: list[str] = []

    def fail(statement: str, _: Any) -> list[tuple[Any, ...]]:
        asked.append(statement)
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(house.venue.views.store, "query", fail)
    yield asked
    house.venue.breakers.ledger._circuit.succeeded()


async def test_callers_are_told_that_the_ledger_does_not_answer(
    house: House, ann: Person, broken: list[str]
) -> None:
    answers = [await ann.call("GET", "/api/v1/fills") for _ in range(FAILURES + 5)]
    assert {(answer.status, answer.code) for answer in answers} == {(503, "UNAVAILABLE")}
    assert {answer.headers["Retry-After"] for answer in answers} == {"1"}
    assert len(broken) == FAILURES


async def test_everybody_can_see_that_it_is_open_and_that_it_is_closed_again(
    house: House, ann: Person, broken: list[str]
) -> None:
    before = house.venue.breakers.ledger.counts
    for _ in range(FAILURES + 2):
        await ann.call("GET", "/api/v1/fills")
    assert broken
    for path in ("/health", "/api/v1/status"):
        circuits = (await house.get(path))["circuits"]
        assert circuits == {"ledger": "open", "identity": "closed", "proofs": "closed"}
    page = await house.get("/metrics")
    assert "outcry_circuit_ledger_state 2.0" in page
    assert f"outcry_circuit_ledger_opened_total {before[0] + 1}.0" in page
    assert f"outcry_circuit_ledger_refused_total {before[1] + 2}.0" in page
    house.venue.breakers.ledger._circuit.succeeded()
    assert (await house.get("/health"))["circuits"]["ledger"] == "closed"


async def test_orders_are_placed_and_cancelled_while_the_ledger_does_not_answer(
    house: House, ann: Person, broken: list[str]
) -> None:
    for _ in range(FAILURES):
        await ann.call("GET", "/api/v1/fills")
    assert broken
    order = await ann.place("buy", "100", "1")
    gone = await ann.call("DELETE", "/api/v1/order/", {"order_id": order["order_id"]})
    assert gone.status == 200
    book = await house.get("/api/v1/depth", market=TATA_INR)
    assert book["market"] == TATA_INR


async def test_people_who_cannot_be_looked_up_are_told_to_come_again(
    house: House, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = house.venue.services.identity
    frail = identity._store._store  # type: ignore[attr-defined]  # the real one, behind its guard

    def fail() -> Any:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patch:
        patch.setattr(frail, "work", fail)
        who = {"email": ann.email, "password": "correct horse battery"}
        answers = [await house.call("POST", "/login", who) for _ in range(FAILURES + 1)]
    assert {(answer.status, answer.code) for answer in answers} == {(503, "UNAVAILABLE")}
    # A token that was given out before needs no store.
    assert (await ann.call("GET", "/api/v1/balances")).status == 200
    house.venue.breakers.identity._circuit.succeeded()
    assert (await house.call("POST", "/login", who)).status == 200
