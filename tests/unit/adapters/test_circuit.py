"""Circuit breakers: when they open, whom they try, when they close, and what counts as failing."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from outcry.adapters.circuit import Circuit, CircuitSettings, State
from outcry.adapters.guarded import Breaker, GuardedIdentity, GuardedLedger
from outcry.adapters.memory import ManualClock
from outcry.ports import Checkpoint, IdentityStore, IdentityWork, LedgerStore, Unavailable

SECOND_NS = 1_000_000_000
SETTINGS = CircuitSettings(
    failures_max=3, open_ns=SECOND_NS, open_max_ns=4 * SECOND_NS, trial_ns=10 * SECOND_NS
)


@pytest.fixture
def circuit() -> Circuit:
    return Circuit("store", SETTINGS)


def opened(circuit: Circuit, now_ns: int = 0) -> Circuit:
    for _ in range(SETTINGS.failures_max):
        assert circuit.admit(now_ns) == 0
        circuit.failed(now_ns)
    return circuit


def test_failures_one_after_the_other_open_it(circuit: Circuit) -> None:
    for _ in range(2):
        circuit.failed(0)
    assert (circuit.state, circuit.admit(0)) == (State.CLOSED, 0)
    circuit.failed(0)
    assert (circuit.state, circuit.admit(0)) == (State.OPEN, SECOND_NS)


def test_success_between_failures_keeps_it_closed(circuit: Circuit) -> None:
    for _ in range(10):
        circuit.failed(0)
        circuit.failed(0)
        circuit.succeeded()
    assert circuit.state is State.CLOSED


def test_one_call_tries_when_the_time_has_come(circuit: Circuit) -> None:
    opened(circuit)
    assert circuit.admit(SECOND_NS - 1) == 1
    assert circuit.admit(SECOND_NS) == 0
    assert circuit.state is State.HALF_OPEN
    assert circuit.admit(SECOND_NS) > 0
    circuit.succeeded()
    assert (circuit.state, circuit.admit(SECOND_NS)) == (State.CLOSED, 0)


def test_trial_that_fails_leaves_it_open_for_longer_each_time(circuit: Circuit) -> None:
    opened(circuit)
    now_ns, waits = 0, []
    for _ in range(5):
        waits.append(circuit.admit(now_ns) // SECOND_NS)
        now_ns += waits[-1] * SECOND_NS
        assert circuit.admit(now_ns) == 0
        circuit.failed(now_ns)
    assert waits == [1, 2, 4, 4, 4]
    now_ns += 4 * SECOND_NS
    assert circuit.admit(now_ns) == 0
    circuit.succeeded()
    opened(circuit, now_ns)
    assert circuit.admit(now_ns) == SECOND_NS


def test_trial_that_never_ends_is_not_waited_for(circuit: Circuit) -> None:
    opened(circuit)
    assert circuit.admit(SECOND_NS) == 0
    assert circuit.admit(SECOND_NS + 9 * SECOND_NS) == SECOND_NS
    assert circuit.admit(SECOND_NS + 10 * SECOND_NS) == 0


def test_calls_that_were_under_way_do_not_open_it_again(circuit: Circuit) -> None:
    opened(circuit)
    circuit.failed(SECOND_NS // 2)
    assert circuit.admit(SECOND_NS // 2) == SECOND_NS // 2
    assert circuit.opened == 1


@given(st.lists(st.sampled_from(["ask", "fail", "succeed", "wait"]), max_size=60))
def test_whatever_happens_somebody_may_try_again_in_time(steps: list[str]) -> None:
    circuit, now_ns = Circuit("store", SETTINGS), 0
    for step in steps:
        if step == "ask":
            wait_ns = circuit.admit(now_ns)
            assert 0 <= wait_ns <= SETTINGS.trial_ns
        elif step == "fail":
            circuit.failed(now_ns)
        elif step == "succeed":
            circuit.succeeded()
            assert circuit.state is State.CLOSED
        else:
            now_ns += SECOND_NS
    assert circuit.admit(now_ns + SETTINGS.trial_ns) == 0


class Frail(LedgerStore):
    """A store that answers, or raises what it is told to."""

    def __init__(self) -> None:
        self.error: BaseException | None = None
        self.asked = 0

    @override
    def checkpoint(self) -> Checkpoint:
        self.query("", ())
        return Checkpoint()

    @override
    def query(self, statement: str, parameters: Any) -> list[tuple[Any, ...]]:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return [(1,)]

    @override
    def close(self) -> None:
        """Nothing is held."""


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def frail() -> Frail:
    return Frail()


@pytest.fixture
def breaker(clock: ManualClock) -> Breaker:
    return Breaker("ledger", clock, SETTINGS)


@pytest.mark.parametrize(
    "error",
    [
        sqlite3.OperationalError("disk I/O error"),
        sqlite3.DatabaseError("file is not a database"),
        sqlite3.InternalError("unexpected"),
        OSError(5, "Input/output error"),
        TimeoutError(),
    ],
)
def test_store_that_does_not_answer_is_left_alone_and_asked_again(
    frail: Frail, breaker: Breaker, clock: ManualClock, error: Exception
) -> None:
    store = GuardedLedger(frail, breaker)
    frail.error = error
    for _ in range(3):
        with pytest.raises(Unavailable, match="ledger does not answer"):
            store.query("", ())
    assert breaker.state is State.OPEN
    with pytest.raises(Unavailable) as caught:
        store.checkpoint()
    assert (caught.value.retry_after_s, frail.asked) == (1, 3)
    frail.error = None
    clock.advance(SECOND_NS)
    assert store.query("", ()) == [(1,)]
    assert breaker.state is State.CLOSED
    assert breaker.counts == (1, 1)


@pytest.mark.parametrize(
    "error",
    [
        sqlite3.IntegrityError("UNIQUE constraint failed"),
        sqlite3.ProgrammingError("closed"),
        ValueError("no"),
        KeyboardInterrupt(),
    ],
)
def test_answer_that_was_not_hoped_for_is_an_answer(
    frail: Frail, breaker: Breaker, error: BaseException
) -> None:
    store = GuardedLedger(frail, breaker)
    frail.error = error
    for _ in range(10):
        with pytest.raises(type(error)):
            store.query("", ())
    assert (breaker.state, frail.asked) == (State.CLOSED, 10)


class FrailPeople(IdentityStore):
    """A store of people whose works end as they are told to."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error

    @override
    @contextmanager
    def work(self) -> Iterator[IdentityWork]:
        yield self  # type: ignore[misc]  # nothing is asked of it
        if self.error is not None:
            raise self.error

    @override
    def close(self) -> None:
        """Nothing is held."""


def test_work_that_cannot_be_kept_counts_and_one_that_was_given_up_does_not(
    breaker: Breaker,
) -> None:
    people = FrailPeople(sqlite3.OperationalError("database or disk is full"))
    store = GuardedIdentity(people, breaker)
    for _ in range(3):
        with pytest.raises(Unavailable), store.work():
            pass
    assert breaker.state is State.OPEN
    closed = Breaker("identity", ManualClock(), SETTINGS)
    for _ in range(10):
        with pytest.raises(LookupError), GuardedIdentity(FrailPeople(None), closed).work():
            raise LookupError
    assert closed.state is State.CLOSED


def test_of_many_threads_one_tries(frail: Frail, breaker: Breaker, clock: ManualClock) -> None:
    store = GuardedLedger(frail, breaker)
    frail.error = OSError()
    for _ in range(3):
        with pytest.raises(Unavailable):
            store.query("", ())
    clock.advance(SECOND_NS)

    def ask(_: int) -> bool:
        with pytest.raises(Unavailable):
            store.query("", ())
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(40)))
    assert frail.asked == 4
