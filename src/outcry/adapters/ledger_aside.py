"""The SQLite ledger, whose rows a process of its own writes while the next ones are made.

To make rows and to write them takes about as long, so two cores do nearly twice as much as one. The
writer ends when the process ends that it writes for, however that happens; a transaction that it
had begun is then whole, or not there.
"""

import multiprocessing
import resource
import signal
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import msgspec
from typing_extensions import override

from outcry.adapters.memory_use import resident_bytes
from outcry.adapters.scheduling import give_way
from outcry.adapters.sqlite_ledger import LedgerUnusable, Put, SqliteLedger, puts_of
from outcry.adapters.sqlite_ledger_view import SqliteLedgerView
from outcry.ports import (
    Checkpoint,
    LedgerAltered,
    LedgerDamaged,
    LedgerMoved,
    LedgerRows,
    LedgerStore,
)

_REFUSALS: dict[str, type[Exception]] = {
    error.__name__: error
    for error in (LedgerMoved, LedgerAltered, LedgerDamaged, LedgerUnusable, OverflowError)
}
_RAISED: tuple[type[Exception], ...] = (*_REFUSALS.values(), OSError, sqlite3.Error)
CACHE_KIB = 4_096
"""For reads of what is written, of which each is of other rows."""
_END = b""
"""The message after which nothing more comes."""
PIECE_BYTES = 64 << 10
"""Of a message, at once. A call of the system is over before anybody else can have the core, and to
write megabytes into a pipe takes milliseconds."""


class LedgerUnwritten(OSError):
    """The writer could not write, or is gone. What was not written is in the log."""


class _Begun(msgspec.Struct, frozen=True):
    """One transaction."""

    before: Checkpoint
    after: Checkpoint
    puts: list[Put]


class _Answer(msgspec.Struct, frozen=True):
    """How a transaction ended, and what the writer has cost so far."""

    refusal: str
    """The name of what was raised; empty where nothing was."""
    words: str
    cpu_s: float
    rss_bytes: int


_encode = msgspec.msgpack.Encoder().encode
_answer_of = msgspec.msgpack.Decoder(_Answer).decode
_begun_of = msgspec.msgpack.Decoder(_Begun).decode


class LedgerAside(LedgerStore):
    """One writing process, which this starts; reads are made here, from any thread."""

    def __init__(self, path: Path, reached: Callable[[str], None] = lambda _: None) -> None:
        """Start the writer and open the ledger; `reached` is told its named step, by the writer.

        A process that does this has one thread only: the writer begins as a copy of it.

        Raises:
            LedgerUnusable: the file is not a sound ledger of this format.
            LedgerUnwritten: the writer ended at once.
        """
        context = multiprocessing.get_context("fork")
        self._channel, theirs = context.Pipe()
        arguments = (theirs, self._channel, path, reached)
        self._process = context.Process(target=_serve, args=arguments, daemon=True)
        self._process.start()
        theirs.close()
        self._begun: Checkpoint | None = None
        try:
            self._hear()
            self._view = SqliteLedgerView(path, CACHE_KIB)
            self._position = self._view.checkpoint()
        except BaseException:
            self._end()
            raise

    @property
    def writer(self) -> int:
        """The id of the process that writes."""
        assert self._process.pid
        return self._process.pid

    @property
    def cost(self) -> tuple[float, int]:
        """The CPU seconds that the writer has used, and the bytes of memory it holds."""
        return self._answer.cpu_s, self._answer.rss_bytes

    @override
    def checkpoint(self) -> Checkpoint:
        return self._view.checkpoint()

    @override
    @contextmanager
    def still(self) -> Iterator[None]:
        with self._view.still():
            if self._begun is None:
                self._position = self._view.checkpoint()
            yield

    @override
    def begin(self, rows: LedgerRows) -> bool:
        before, after = self._begun or self._position, rows.checkpoint
        puts = puts_of(rows.rows, before.sequence)
        give_way()
        message = _encode(_Begun(before, after, puts))
        self.settle()
        with _while_it_lives():
            _send(self._channel, message)
        self._begun = after
        return False

    @override
    def settle(self) -> None:
        if self._begun is not None:
            begun, self._begun = self._begun, None
            self._hear()
            self._position = begun

    @override
    def write(self, rows: LedgerRows) -> None:
        self.begin(rows)
        self.settle()

    @override
    def query(self, statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        return self._view.query(statement, parameters)

    @override
    def close(self) -> None:
        self._view.close()
        self._end()

    def _hear(self) -> None:
        with _while_it_lives():
            self._answer = _answer_of(self._channel.recv_bytes())
        if self._answer.refusal:
            raise _REFUSALS.get(self._answer.refusal, LedgerUnwritten)(self._answer.words)

    def _end(self) -> None:
        """Let the writer end what it has begun, and wait for it."""
        with suppress(OSError):
            _send(self._channel, _END)
        self._channel.close()
        self._process.join()


@contextmanager
def _while_it_lives() -> Iterator[None]:
    try:
        yield
    except (EOFError, OSError) as error:
        raise LedgerUnwritten("the ledger's writer is gone") from error


def _serve(
    channel: Connection, theirs: Connection, path: Path, reached: Callable[[str], None]
) -> None:
    """Be the writer, until nothing more can come."""
    theirs.close()  # Else nobody would notice that the other end has gone.
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Who it writes for says when it ends.
    with suppress(EOFError, OSError):
        try:
            store = SqliteLedger(path, reached=reached)
        except LedgerUnusable as error:
            channel.send_bytes(_encode(_answer(error)))
            return
        with closing(store):
            channel.send_bytes(_encode(_answer(None)))
            while message := _received(channel):
                channel.send_bytes(_encode(_answer(_written(store, message))))


def _send(channel: Connection, message: bytes) -> None:
    """Send a message in pieces, after its length."""
    channel.send_bytes(len(message).to_bytes(8))
    for start in range(0, len(message), PIECE_BYTES):
        give_way()
        channel.send_bytes(message, start, min(PIECE_BYTES, len(message) - start))


def _received(channel: Connection) -> bytearray:
    """Return the next message.

    Raises:
        EOFError: nothing more can come.
    """
    size, message = int.from_bytes(channel.recv_bytes()), bytearray()
    while len(message) < size:
        give_way()
        message += channel.recv_bytes()
    return message


def _written(store: SqliteLedger, message: bytearray) -> Exception | None:
    """Write one transaction; return what was raised."""
    give_way()
    begun = _begun_of(message)
    give_way()
    try:
        store.put(begun.puts, begun.before, begun.after)
    except _RAISED as error:
        return error
    return None


def _answer(error: Exception | None) -> _Answer:
    used = resource.getrusage(resource.RUSAGE_SELF)
    refusal = type(error).__name__ if error is not None else ""
    words = str(error) if error is not None else ""
    return _Answer(refusal, words, used.ru_utime + used.ru_stime, resident_bytes())
