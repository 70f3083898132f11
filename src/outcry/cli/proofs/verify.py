"""`outcry verify`: says whether a proof holds, one that was saved or what a venue tells now."""

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from outcry.adapters.signing import check_signature
from outcry.cli.output import DAMAGE, USAGE, fail
from outcry.cli.proofs.remote import Remote, keys_of
from outcry.client import Client, Unreachable
from outcry.ledger.proofs.note import BadNote, read_key
from outcry.ledger.verify.check import DoesNotVerify, Trust, check_proof, check_published
from outcry.ledger.verify.documents import LiabilityProof, NotAProof, Proof, read_proof, read_sets

PROOF_BYTES_MAX = 16 << 20
"""No proof is anywhere near as long."""


def verify(  # noqa: PLR0913, PLR0917  # one argument an option
    proof: Annotated[
        Path | None, typer.Argument(dir_okay=False, help="A saved proof: an answer of the API.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(metavar="NAME+ID+KEY", help="The venue's key, any of them.")
    ] = None,
    published: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help="What the venue says it owes, for a proof of balances."),
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="Ask a running venue, and verify all it says in public.")
    ] = None,
    since: Annotated[
        Path | None,
        typer.Option(
            dir_okay=False,
            help="With --url: heads to remember. What is in the file has to be the beginning of"
            " what the venue shows now; the file is then brought up to date.",
        ),
    ] = None,
    market: Annotated[str | None, typer.Option(help="With --url: a trade's market.")] = None,
    trade_id: Annotated[int | None, typer.Option(help="With --url: a trade.")] = None,
    entries: Annotated[
        bool, typer.Option("--entries", help="With --url: fetch every trade, and count again.")
    ] = False,
) -> None:
    """Verify a proof. Exit code 0: it holds. 1: it does not. 2: it was not asked properly."""
    if (market is None) != (trade_id is None):
        fail("a trade is named by --market and --trade-id")
    trade = None if market is None or trade_id is None else (market, trade_id)
    if proof is None and url is None:
        fail("name a file with a proof, or a venue with --url")
    if url is None and (since or trade or entries):
        fail("--since, --market and --entries ask a venue: name it with --url")
    try:
        trust = Trust(check_signature, None if key is None else read_key(key))
        said: list[str] = []
        if url is not None:
            said, trust = _of_venue(url, trust, since, trade, entries)
        if proof is not None:
            said += _of_file(proof, trust, published)
    except (DoesNotVerify, NotAProof, BadNote) as error:
        _refuse(str(error))
    except (Unreachable, OSError) as error:
        fail(str(error), DAMAGE if isinstance(error, Unreachable) else USAGE)
    typer.echo("\n".join([*said, "verifies"]))


def _of_venue(
    url: str, trust: Trust, since: Path | None, trade: tuple[str, int] | None, entries: bool
) -> tuple[list[str], Trust]:
    """Return what a venue shows, and whom to trust from here on."""
    with _client(url) as client:
        trust = keys_of(client, trust)
        remote = Remote(client, trust)
        said = remote.everything(since)
        if trade is not None:
            said += remote.trade(*trade)
        if entries:
            said += remote.entries()
    return said, trust


def _of_file(path: Path, trust: Trust, published: Path | None) -> list[str]:
    found: Proof = read_proof(_read(path))
    said = check_proof(found, trust)
    if published is not None:
        if not isinstance(found, LiabilityProof):
            fail("--published goes with a proof of balances")
        said += check_published(found, read_sets(_read(published)), trust)
    return said


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        text = file.read(PROOF_BYTES_MAX + 1)
    if len(text) > PROOF_BYTES_MAX:
        raise NotAProof(f"{path} is longer than any proof")
    return text


def _client(url: str) -> Client:
    try:
        return Client(url)
    except ValueError as error:
        fail(str(error))


def _refuse(why: str) -> NoReturn:
    line = " ".join(why.split())
    typer.echo(f"does not verify: {line}")
    raise typer.Exit(DAMAGE)
