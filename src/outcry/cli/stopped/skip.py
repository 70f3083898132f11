"""`outcry skip`: take a command out of effect on which the engine fails, in two people's names."""

from pathlib import Path
from typing import Annotated

import typer

from outcry import codec
from outcry.cli.output import CoreName, choose_core, fail, show
from outcry.cli.past.point import time_text
from outcry.cli.stopped.folder import StoppedVenue, stopped_venue
from outcry.domain.commands import SkipCommand
from outcry.domain.skipping import skip_counts
from outcry.engine.core import CoreFactory
from outcry.ports import Log
from outcry.recovery import DoesNotApply, find_failure
from outcry.venue.words.speak import Words, command_words

_TWO_PEOPLE = "two different people have to order a skip: --by ONE --by ANOTHER"
_SKIP = codec.COMMAND_BY_NUMBER[codec.NUMBER_OF[SkipCommand]]


def skip(  # one argument an option
    sequence: Annotated[int, typer.Argument(min=1, help="The command that does not apply.")],
    data: Annotated[Path, typer.Option(exists=True, file_okay=False, help="The data folder.")],
    by: Annotated[list[str], typer.Option(help="Who orders it; twice.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept in the log.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do it; else it is only shown.")] = False,
    core: Annotated[CoreName | None, typer.Option(help="Which core to use.")] = None,
) -> None:
    """Skip a command that stops the venue at every start; the venue has to stand still.

    The log keeps it and says who skipped it and why; in its place a `Tick` counts, in every replay.
    Whoever sent it was never answered. What it would have done is not done.
    """
    factory = choose_core(core)
    command = _order(sequence, by, reason)
    with stopped_venue(data) as venue:
        failure = find_failure(venue.log, venue.snapshots, factory)
        if failure is None or failure.sequence != sequence:
            fail(_why_not(sequence, failure))
        _check_history(venue, factory, sequence)
        show(_facts(venue.log, sequence, failure), f"sequence {sequence}", as_json=False)
        if not yes:
            fail("nothing was done; add --yes to skip it")
        batch = venue.append(command)
        left = find_failure(venue.log, venue.snapshots, factory)
    typer.echo(f"{sequence} is out of effect, by sequence {batch.last_sequence} of the log")
    if left is not None:
        typer.echo(f"the next one that does not apply: {left}")


def _order(sequence: int, by: list[str], reason: str) -> SkipCommand:
    """Return the command; end the program where two different people do not give a reason."""
    names = [name.strip().lower() for name in by]
    if len(names) != 2 or names[0] == names[1]:
        fail(_TWO_PEOPLE)
    command = SkipCommand(
        skipped_sequence=sequence,
        first_admin=names[0],
        second_admin=names[1],
        reason=reason.strip(),
        sequence=sequence + 1,
        staff=True,
    )
    try:
        *_, first, second, why = _SKIP.whole.unpack_from(codec.encode_command(command))
    except codec.BadRecord as error:
        fail(str(error))
    if not skip_counts(sequence, sequence + 1, first, second, why):
        fail("names are of visible ASCII without spaces, and a reason has to be given in ASCII")
    return command


def _check_history(venue: StoppedVenue, factory: CoreFactory, sequence: int) -> None:
    """End the program where a skip would change what has happened, or would not help."""
    newest = max(venue.snapshots.sequences(), default=0)
    if newest >= sequence:
        fail(
            f"{sequence} was applied once: there is a snapshot of {newest}. The program that "
            "applied it still can; a skip would change what has happened"
        )
    left = find_failure(venue.log, venue.snapshots, factory, also_skipped=(sequence,))
    if left is not None and left.sequence == sequence:
        fail(f"a Tick in its place fails as well, so it is not the command that fails: {left}")


def _why_not(sequence: int, failure: DoesNotApply | None) -> str:
    if failure is None:
        return f"{sequence} applies, and so does every other command: there is nothing to skip"
    return f"{sequence} is not what stops the venue: {failure}"


def _facts(log: Log, sequence: int, failure: DoesNotApply) -> Words:
    """Return what is to be skipped, for people."""
    batch = next(iter(log.read(sequence - 1)))
    stamps = codec.STAMP.unpack_from
    record = next(
        record
        for record in codec.split(batch.payload)
        if stamps(record, codec.STAMP_OFFSET)[0] == sequence
    )
    facts: Words = {"time": time_text(batch.time_ns), "fails with": repr(failure.cause)}
    try:
        return facts | command_words(codec.decode_command(record))
    except codec.BadRecord:
        return facts | {"record": record.hex()}
