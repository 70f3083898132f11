"""One place of a stopped venue's folder is spoiled, and the venue is started again in this process.

`Outcome` says what became of it. A venue may refuse to start, make the ledger anew from its log, or
refuse to answer from a row that is not what was written; it may be that nothing changes. What no
start reads is left to the audit. It must never serve another state than the one that was.
"""

import shutil
from collections.abc import Iterator
from contextlib import AsyncExitStack, closing, contextmanager
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from outcry.adapters.clock import SystemClock
from outcry.adapters.data_dir import DataDir, open_data_dir
from outcry.adapters.following import DONE, Following
from outcry.adapters.sqlite_identity import IdentityUnusable
from outcry.adapters.sqlite_ledger import LedgerUnusable
from outcry.adapters.sqlite_reader import LedgerReader
from outcry.audit.compare import scan
from outcry.bootstrap import assembly
from outcry.bootstrap.assembly import assemble
from outcry.bootstrap.venue import Venue
from outcry.cli.care.audit import audited
from outcry.config import LedgerSettings, Settings
from outcry.engine.core import choose
from outcry.follower.loop import Silence
from outcry.ledger.reads import days, history, statement, transfers
from outcry.ledger.reads.history import ALL
from outcry.ledger.reads.statement import StatementFilter
from outcry.ledger.tables import TABLES
from outcry.marketdata.candle import KEPT_SPANS
from outcry.ports import LedgerDamaged, LedgerStore, LogDamaged, ProofsUnusable
from tests.support.ledger_folder import EVERYBODY

MANY = 1_000_000


class Outcome(Enum):
    """What became of a spoiled folder."""

    SAME = "nothing changed"
    REFUSED = "the venue did not start, and said why"
    REMADE = "the ledger was made anew"
    MET = "a read met it and answered nothing"
    ALARM = "the follower met it and wrote nothing"
    AUDIT = "the audit names it"
    WRONG = "another state was served"


@dataclass
class Served:
    """Everything a venue knows after a start."""

    digest: bytes
    live: Any
    public: Any


def served(venue: Venue) -> Served:
    """Return what a venue that has just started serves from memory."""
    data = venue.services.market_data
    public = []
    for market in venue.services.registry.markets():
        view = data.view(market.market)
        view.candles.settle()
        candles = {span: list(view.candles.series[span].candles) for span in KEPT_SPANS}
        public.append((view.tape.last(MANY), candles, data.depth(market.market, MANY)))
    live = [venue.services.orders.open_of(account) for account in EVERYBODY]
    return Served(venue.engine.digest(), live, public)


def answers(store: LedgerStore) -> Iterator[Any]:
    """Yield what each account is told from the ledger."""
    for account in EVERYBODY:
        yield history.orders(store, account, ALL, MANY).items
        yield history.fills(store, account, ALL, MANY).items
        yield transfers.transfers(store, account, StatementFilter(), MANY).items
        yield statement.statement(store, account, StatementFilter(), MANY).items
        yield days.account_days(store, account, ALL, MANY).items


@dataclass
class Whole:
    """A folder before anything was spoiled, and all that is known of it."""

    folder: Path
    served: Served
    answers: list[Any]
    rows: dict[str, list[Any]]


async def whole(folder: Path, aside: Path) -> Whole:
    """Look at a folder, on a copy."""
    places = DataDir(copy_of(folder, aside), lock=-1)
    async with AsyncExitStack() as stack:
        found = served(start(places, stack))
    follow(places)
    with closing(LedgerReader(places.ledger)) as ledger:
        told = list(answers(ledger))
    rows = raw_rows(places.ledger)
    shutil.rmtree(aside)
    return Whole(folder, found, told, rows)


def copy_of(folder: Path, to: Path) -> Path:
    """Return a copy, without the file that the first reader makes anew."""
    shutil.copytree(folder, to, ignore=shutil.ignore_patterns("*-shm"))
    return to


def start(places: DataDir, stack: AsyncExitStack) -> Venue:
    """Start a venue as far as it reads its files; nobody writes the ledger yet."""
    settings = Settings(data=str(places.path), ledger=LedgerSettings(run="off"))
    data = open_data_dir(places.path)
    stack.callback(data.close)
    return assemble(settings, data, SystemClock(), stack, lambda _: None)


def follow(places: DataDir) -> int:
    """Bring the ledger to the end of the log."""
    return Following(places, choose()).run(Silence(), lambda _: None)


# Spoiling


def flip(path: Path, random: Random) -> str:
    """Turn one bit over."""
    data = bytearray(path.read_bytes())
    bit = random.randrange(len(data) * 8)
    data[bit // 8] ^= 1 << bit % 8
    path.write_bytes(data)
    return f"bit {bit} of {path.name}"


def cut(path: Path, random: Random) -> str:
    """Cut the end off."""
    size = random.randrange(path.stat().st_size)
    with path.open("r+b") as file:
        file.truncate(size)
    return f"{path.name} cut to {size}"


def files(folder: Path) -> list[Path]:
    """Return everything that can be spoiled, the lock aside."""
    found = sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size)
    return [path for path in found if path.name != "lock"]


REFUSALS = (LogDamaged, IdentityUnusable, ProofsUnusable)


async def outcome(whole: Whole, folder: Path) -> tuple[Outcome, str]:
    """Start what is left of a venue and say what became of it, and by what words."""
    places = DataDir(folder, lock=-1)
    async with AsyncExitStack() as stack:
        try:
            venue = start(places, stack)
        except REFUSALS as error:
            return Outcome.REFUSED, str(error)
        now = served(venue)
        different = [name for name, part in vars(now).items() if part != vars(whole.served)[name]]
        if different:
            return Outcome.WRONG, f"from memory: {', '.join(different)}"
    remade = places.ledger.with_name("ledger.sqlite.damaged").exists()
    return Outcome.REMADE if remade else Outcome.SAME, ""


def outcome_of_history(whole: Whole, places: DataDir) -> tuple[Outcome, str]:
    """Look at what a started venue's ledger tells, and at what it would tell if asked otherwise."""
    try:
        if follow(places) != DONE:
            return Outcome.ALARM, ""
        with closing(LedgerReader(places.ledger)) as ledger:
            told = list(answers(ledger))
            sound = not ledger.faults()
    except (LedgerDamaged, LedgerUnusable) as error:
        return Outcome.MET, str(error)
    if told == whole.answers and sound and raw_rows(places.ledger) == whole.rows:
        return Outcome.SAME, ""
    report = audited(places, choose(), lambda *_: None)
    return (Outcome.WRONG, "") if report.proven else (Outcome.AUDIT, str(report.findings[0]))


def raw_rows(path: Path) -> dict[str, list[Any]]:
    """Return every row of a ledger, whatever its checksum says."""
    with closing(LedgerReader(path, guarded=False)) as ledger:
        return {name: list(scan(ledger, table)) for name, table in TABLES.items()}


@contextmanager
def cheap_passwords() -> Iterator[None]:
    """Let hashing a password cost next to nothing: a start does it once."""
    before = assembly.IdentitySettings
    cheap = partial(before, argon2_time_cost=1, argon2_memory_kib=8)
    vars(assembly)["IdentitySettings"] = cheap
    try:
        yield
    finally:
        vars(assembly)["IdentitySettings"] = before
