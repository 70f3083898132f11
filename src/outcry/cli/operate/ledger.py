"""`outcry ledger`: writes the ledger of a data folder, beside its venue or without it.

`outcry up` starts it with `--follow` and speaks to it through its standard input: one line a batch,
the last sequence and the digest of the events. It imports little, so that it starts soon.
"""

import gc
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from outcry.adapters.data_dir import DataDir
from outcry.adapters.following import BEHIND, DONE, MOVED, Following
from outcry.adapters.memory_use import give_back_large_blocks, resident_bytes
from outcry.adapters.note_pipe import NotePipe
from outcry.adapters.sqlite_ledger import LedgerUnusable
from outcry.engine.core import choose
from outcry.follower.follower import FollowerSettings
from outcry.follower.loop import Silence

COLLECT_AFTER = 5_000_000
"""Objects made between two looks of the garbage collector: rows make many, and no cycles."""


def ledger(
    data: Annotated[Path, typer.Option(exists=True, file_okay=False, help="The data folder.")],
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on until standard input ends.")
    ] = False,
    core: Annotated[str, typer.Option(help="Which core to use: reference or compiled.")] = "",
    events: Annotated[int, typer.Option(min=1, help="Events in a transaction.")] = 60_000,
    stand_back_after_s: Annotated[
        float, typer.Option(min=0, help="With --follow: when others may come first, in seconds.")
    ] = 0.0,
) -> None:
    """Bring the ledger to the end of the log; JSON lines say how far it is."""
    if follow:  # Whoever ends the venue means the venue: this ends after it, when it has caught up.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if os.getpgrp() != os.getpid():  # A group with its writer, for the venue to end at once.
            os.setpgrp()
    give_back_large_blocks()
    settings = FollowerSettings(events)
    after_s = stand_back_after_s if follow else None
    following = Following(
        DataDir(data, lock=-1), choose(core), settings, aside=True, stand_back_after_s=after_s
    )
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
    inbox = NotePipe() if follow else Silence()
    try:
        code = following.run(inbox, _tell)
    except LedgerUnusable as error:
        _say(str(error))
        raise typer.Exit(DONE + 1) from None
    if code == MOVED:
        _say("somebody else writes this ledger")
    elif code == BEHIND:
        _say("it stood back and fell behind; the next one keeps its place")
    raise typer.Exit(code)


def _tell(message: dict[str, Any]) -> None:
    """Print a message, with what this process has cost so far."""
    costs = _usage(message)
    try:
        sys.stdout.buffer.write(msgspec.json.encode(message | costs) + b"\n")
        sys.stdout.buffer.flush()
    except BrokenPipeError:  # The venue is gone; the rows are still wanted.
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, sys.stdout.fileno())
        os.close(devnull)


def _usage(message: dict[str, Any]) -> dict[str, Any]:
    """Return what this process and its writer have cost so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu_s = used.ru_utime + used.ru_stime + message.pop("writer_cpu_s", 0.0)
    rss_bytes = resident_bytes() + message.pop("writer_rss", 0)
    return {"pid": os.getpid(), "cpu_s": round(cpu_s, 6), "rss": rss_bytes}


def _say(words: str) -> None:
    sys.stderr.write(f"outcry: {words}\n")
