"""Stores behind a circuit breaker each: while one does not answer, nobody waits for it."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from threading import Lock
from typing import Any

import structlog
from typing_extensions import override

from outcry.adapters.circuit import Circuit, CircuitSettings, State
from outcry.ports import (
    Checkpoint,
    Clock,
    IdentityStore,
    IdentityWork,
    LedgerRows,
    LedgerStore,
    ProofStore,
    Unavailable,
)

SECOND_NS = 1_000_000_000
_OURS = (
    sqlite3.IntegrityError,
    sqlite3.ProgrammingError,
    sqlite3.DataError,
    sqlite3.NotSupportedError,
)
"""What SQLite says of a statement, not of itself."""
_log = structlog.get_logger("circuit")


class Breaker:
    """A circuit for calls from any thread."""

    def __init__(self, name: str, clock: Clock, settings: CircuitSettings | None = None) -> None:
        self._circuit = Circuit(name, settings or CircuitSettings())
        self._clock = clock
        self._lock = Lock()

    @property
    def name(self) -> str:
        """What is behind it."""
        return self._circuit.name

    @property
    def state(self) -> State:
        """How it is."""
        return self._circuit.state

    @property
    def counts(self) -> tuple[int, int]:
        """Return how often it has opened, and how many calls it has refused."""
        return self._circuit.opened, self._circuit.refused

    @contextmanager
    def call(self) -> Iterator[None]:
        """Let one call pass, and note how it ends.

        Raises:
            Unavailable: it may not pass, or was not answered.
        """
        with self._lock:
            wait_ns = self._circuit.admit(self._clock.now_ns())
        if wait_ns:
            raise Unavailable(self.name, _seconds(wait_ns))
        try:
            yield
        except Exception as error:
            if not _is_trouble(error):
                self._succeed()  # An answer, though not the one that was hoped for.
                raise
            self._fail(error)
            raise Unavailable(self.name, 1) from error
        except BaseException:
            self._succeed()
            raise
        self._succeed()

    def _succeed(self) -> None:
        with self._lock:
            if self._circuit.state is not State.CLOSED:
                _log.info("it answers again", what=self.name)
            self._circuit.succeeded()

    def _fail(self, error: Exception) -> None:
        with self._lock:
            before = self._circuit.state
            self._circuit.failed(self._clock.now_ns())
            opened = self._circuit.state is State.OPEN and before is not State.OPEN
        log = _log.error if opened else _log.warning
        log("it does not answer", what=self.name, error=repr(error), opened=opened)


class Breakers:
    """The breakers of a venue, one for each store that answers its callers."""

    def __init__(self, clock: Clock) -> None:
        self.ledger = Breaker("ledger", clock)
        self.identity = Breaker("identity", clock)
        self.proofs = Breaker("proofs", clock)

    @property
    def states(self) -> dict[str, str]:
        """How each is, by its name."""
        return {breaker.name: breaker.state.name.lower() for breaker in self._all}

    @property
    def gauges(self) -> dict[str, float]:
        """What `/metrics` shows of them."""
        found: dict[str, float] = {}
        for breaker in self._all:
            name = f"outcry_circuit_{breaker.name}"
            opened, refused = breaker.counts
            found |= {f"{name}_state": breaker.state, f"{name}_opened_total": opened}
            found[f"{name}_refused_total"] = refused
        return found

    @property
    def _all(self) -> tuple[Breaker, ...]:
        return self.ledger, self.identity, self.proofs


def _seconds(wait_ns: int) -> int:
    return -(-wait_ns // SECOND_NS)


def _is_trouble(error: Exception) -> bool:
    """Return whether an error says that a store does not answer."""
    return isinstance(error, OSError | sqlite3.Error) and not isinstance(error, _OURS)


class GuardedLedger(LedgerStore):
    """A ledger store behind a breaker."""

    def __init__(self, store: LedgerStore, breaker: Breaker) -> None:
        self._store = store
        self._call: Callable[[], AbstractContextManager[None]] = breaker.call

    @override
    def checkpoint(self) -> Checkpoint:
        with self._call():
            return self._store.checkpoint()

    @override
    def write(self, rows: LedgerRows) -> None:
        with self._call():
            self._store.write(rows)

    @override
    def query(self, statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        with self._call():
            return self._store.query(statement, parameters)

    @override
    def still(self) -> AbstractContextManager[None]:
        return self._store.still()

    @override
    def close(self) -> None:
        self._store.close()


class GuardedIdentity(IdentityStore):
    """A store of people behind a breaker."""

    def __init__(self, store: IdentityStore, breaker: Breaker) -> None:
        self._store = store
        self._call: Callable[[], AbstractContextManager[None]] = breaker.call

    @override
    @contextmanager
    def work(self) -> Iterator[IdentityWork]:
        with self._call(), self._store.work() as work:
            yield work

    @override
    def close(self) -> None:
        self._store.close()


class GuardedProofs(ProofStore):
    """What was published, behind a breaker."""

    def __init__(self, store: ProofStore, breaker: Breaker) -> None:
        self._store = store
        self._call: Callable[[], AbstractContextManager[None]] = breaker.call
        self.log_id = store.log_id
        self.public_key = store.public_key

    @override
    def add(self, rows: dict[str, list[tuple[Any, ...]]]) -> None:
        with self._call():
            self._store.add(rows)

    @override
    def query(self, statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        with self._call():
            return self._store.query(statement, parameters)

    @override
    def close(self) -> None:
        self._store.close()
