"""`outcry verify`, `outcry liabilities` and the script of users, against a venue that runs."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
from typer.testing import CliRunner, Result

from outcry.adapters.sqlite_ledger import SqliteLedger
from outcry.cli.app import app
from outcry.ledger.proofs import reads
from outcry.ledger.proofs.note import Head, NoteKey, read_head, sign_note, text_of
from tests.support.gateway import TATA_INR, House, Person
from tests.support.proving import FollowedLog

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROOFS = "/api/v1/proofs"
SCRIPT = Path(__file__).parents[3] / "docs" / "verify_balance.py"
Change = Callable[[Any], Any]


class Proven(NamedTuple):
    """A venue that proves what it does, somebody who traded in it, and their saved answers."""

    house: House
    ann: Person
    followed: FollowedLog
    saved: Path
    key: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def proven(house: House, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Proven]:
    followed = FollowedLog(Path(house.venue.settings.data), tmp_path_factory.mktemp("followed"))
    services = house.venue.services
    before = services.history_store, services.proofs
    services.history_store, services.proofs = followed.proving.store, followed.proving.proofs
    ann, bob = await house.person(), await house.person()
    for _ in range(6):
        await ann.place("sell", "10.00", "3")
        followed.catch_up()
        await bob.place("buy", "10.00", "3")
    followed.catch_up()
    followed.proving.publish(followed.engine)
    saved = tmp_path_factory.mktemp("saved")
    answers = {
        "inclusion": await house.get(f"{PROOFS}/trades/inclusion", market=TATA_INR, trade_id=3),
        "consistency": await house.get(f"{PROOFS}/trades/consistency", first=2),
        "head": await house.get(f"{PROOFS}/events/head"),
        "mine": await ann.get(f"{PROOFS}/liabilities/mine"),
        "published": await house.get(f"{PROOFS}/liabilities"),
    }
    for name, answer in answers.items():
        save(saved / f"{name}.json", answer)
    keys = await house.get(f"{PROOFS}/key")
    yield Proven(house, ann, followed, saved, keys["events"])
    services.history_store, services.proofs = before
    followed.proving.close()


def save(path: Path, document: Any) -> Path:
    path.write_text(json.dumps(document))
    return path


async def verify(*arguments: object) -> Result:
    """Run the command in a thread: the venue it asks lives in this loop."""
    words = ["verify", *(str(argument) for argument in arguments)]
    return await asyncio.to_thread(CliRunner().invoke, app, words)


def refusal(found: Result) -> str:
    """Return why something does not verify: one line, exit code 1, and no traceback."""
    lines = found.stdout.strip().splitlines()
    assert found.exit_code == 1, found.output
    assert "Traceback" not in found.output
    assert len(lines) == 1
    assert lines[0].startswith("does not verify: ")
    return lines[0].removeprefix("does not verify: ")


# Saved proofs


@pytest.mark.parametrize("name", ["inclusion", "consistency", "head", "mine"])
async def test_saved_proof_verifies_with_the_key(proven: Proven, name: str) -> None:
    found = await verify(proven.saved / f"{name}.json", "--key", proven.key)
    assert (found.exit_code, found.stdout.splitlines()[-1]) == (0, "verifies")
    assert "not checked" not in found.stdout


@pytest.mark.parametrize("name", ["inclusion", "consistency", "head", "mine"])
async def test_without_a_key_it_says_that_nobody_vouches(proven: Proven, name: str) -> None:
    found = await verify(proven.saved / f"{name}.json")
    assert found.exit_code == 0
    assert "Signatures were not checked: no key was given." in found.stdout


async def test_balance_is_held_against_what_is_public(proven: Proven, tmp_path: Path) -> None:
    mine, published = proven.saved / "mine.json", proven.saved / "published.json"
    found = await verify(mine, "--published", published)
    assert "The totals are those that are published." in found.stdout
    other = json.loads(published.read_text())
    other["sets"] = other["sets"][1:]
    found = await verify(mine, "--published", save(tmp_path / "p.json", other))
    assert "nothing is published of" in refusal(found)


def _set(*path: str | int, to: Any) -> Change:
    def change(document: Any) -> None:
        inside = document
        for step in path[:-1]:
            inside = inside[step]
        inside[path[-1]] = to

    return change


ZERO = "A" * 43 + "="


@pytest.mark.parametrize(
    ("name", "change", "why"),
    [
        ("inclusion", _set("index", to=1), "the leaf is not in a log"),
        ("inclusion", _set("index", to=-1), "the leaf is not in a log"),
        ("inclusion", _set("size", to=0), "the leaf is not in a log"),
        ("inclusion", _set("root", to=ZERO), "the leaf is not in a log"),
        ("inclusion", _set("proof", to=[]), "the leaf is not in a log"),
        ("inclusion", _set("proof", 0, to="x"), "a hash is not base64"),
        ("inclusion", _set("leaf_hash", to="é"), "a hash is not base64"),
        ("inclusion", _set("trade", "lots", to="4"), "the leaf is not that of this trade"),
        ("inclusion", _set("trade", "lots", to="-4"), "lots is not a whole number"),
        ("inclusion", _set("trade", "lots", to="9" * 19), "the facts are not those of a trade"),
        ("inclusion", _set("trade", "market", to=-1), "the facts are not those of a trade"),
        ("inclusion", _set("trade", to=None), "the facts of a trade belong to the log trades"),
        ("inclusion", _set("log", to="events"), "the note of events"),
        ("inclusion", _set("log", to="orders"), "Invalid enum value"),
        ("inclusion", _set("note", to=None), "no signed head of 6 leaves comes with it"),
        ("inclusion", _set("note", to="x"), "a note is a text"),
        ("inclusion", _set("record", to="AAAA"), "the leaf is not that of this record"),
        ("inclusion", _set("more", to=1), "unknown field"),
        ("inclusion", _set("index", to=1.5), "Expected `int`"),
        ("inclusion", _set("index", to=10**30), ""),
        ("inclusion", _set("kind", to="x"), "Invalid value"),
        ("consistency", _set("first", to=0), "does not begin with the shorter one"),
        ("consistency", _set("first", to=9), "does not begin with the shorter one"),
        ("consistency", _set("first_root", to=ZERO), "does not begin with the shorter one"),
        ("consistency", _set("proof", to=[]), "does not begin with the shorter one"),
        ("head", _set("size", to=1), "contradict each other"),
        ("head", _set("time_ns", to="1"), "contradict each other"),
        ("head", _set("time_ns", to="x"), "time_ns is not a whole number"),
        ("mine", _set("account", to=999), "is not in the total"),
        ("mine", _set("log_id", to="ab" * 16), "another log than the key"),
        ("mine", _set("shares", 0, "amount_units", to="1"), "is not in the total"),
        ("mine", _set("shares", 0, "amount_units", to="-1"), "is not a whole number"),
        ("mine", _set("shares", 0, "amount_units", to=str(1 << 62)), "not between 0 and 2^62"),
        ("mine", _set("shares", 0, "amount", to="1"), "contradict each other"),
        ("mine", _set("shares", 0, "salt", to="AAAA"), "have 32 bytes each"),
        ("mine", _set("shares", 0, "place", to=99), "do not go together"),
        ("mine", _set("shares", 0, "leaves", to=99), "contradict each other"),
        ("mine", _set("shares", 0, "path", 0, "side", to="above"), "Invalid enum value"),
        ("mine", _set("shares", 0, "total_units", to="5"), "contradict each other"),
        ("mine", _set("shares", 0, "decimals", to=99), "contradict each other"),
    ],
)
async def test_every_way_of_being_wrong_is_said(
    proven: Proven, tmp_path: Path, name: str, change: Change, why: str
) -> None:
    document = json.loads((proven.saved / f"{name}.json").read_text())
    change(document)
    found = await verify(save(tmp_path / "wrong.json", document), "--key", proven.key)
    assert why in refusal(found)


@pytest.mark.parametrize(
    "text",
    [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"kind":"head"}', b'{"a":1e999}'],
)
async def test_file_that_is_no_proof_does_not_verify(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "what.json"
    path.write_bytes(text)
    refusal(await verify(path))


@pytest.mark.parametrize("key", ["x", "name+00+AA==", "\udcff+1+A", "a/b+11111111+AAAA"])
async def test_text_that_is_no_key_does_not_verify(proven: Proven, key: str) -> None:
    refusal(await verify(proven.saved / "head.json", "--key", key))


async def test_key_of_another_venue_does_not_verify(proven: Proven) -> None:
    other = NoteKey("outcry/" + "ab" * 16 + "/events", bytes(32))
    assert "no signature" in refusal(await verify(proven.saved / "head.json", "--key", str(other)))


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--market", "TATA_INR"),
        ("--trade-id", "1"),
        ("--since", "x"),
        ("--entries",),
        ("/nowhere/at/all.json",),
        ("--url", "ftp://x"),
    ],
)
async def test_question_that_makes_no_sense_is_a_wrong_use(arguments: tuple[str, ...]) -> None:
    found = await verify(*arguments)
    assert found.exit_code == 2
    assert "Traceback" not in found.output


# A venue that runs


async def test_venue_verifies_as_a_whole(proven: Proven) -> None:
    url = proven.house.venue.url
    found = await verify(
        "--url", url, "--key", proven.key, "--market", TATA_INR, "--trade-id", 2, "--entries"
    )
    assert found.exit_code == 0, found.output
    said = found.stdout
    assert "The log trades had 6 leaves" in said
    assert "Its last 6 heads continue each other." in said
    assert "It is trade 2 of market 2: 3 lots" in said
    assert "All 6 trades make the root that was signed." in said
    assert " INR were owed to " in said
    assert said.endswith("verifies\n")


async def test_trade_that_never_was_does_not_verify(proven: Proven) -> None:
    url = proven.house.venue.url
    found = await verify("--url", url, "--market", TATA_INR, "--trade-id", 99)
    assert "UNKNOWN_TRADE" in refusal(found)


async def test_venue_with_another_key_does_not_verify(proven: Proven) -> None:
    other = NoteKey(proven.key.partition("+")[0], bytes(32))
    found = await verify("--url", proven.house.venue.url, "--key", other)
    assert "signs with another key" in refusal(found)


async def test_nobody_there_is_said(tmp_path: Path) -> None:
    found = await verify("--url", "http://127.0.0.1:9")
    assert found.exit_code == 1
    assert "does not answer" in found.stderr


async def test_heads_are_remembered_and_have_to_be_continued(
    proven: Proven, tmp_path: Path
) -> None:
    url, since = proven.house.venue.url, tmp_path / "heads.json"
    first = await verify("--url", url, "--since", since)
    assert first.exit_code == 0, first.output
    remembered = json.loads(since.read_text())
    await proven.ann.place("sell", "11.00", "1")
    proven.followed.catch_up()
    second = await verify("--url", url, "--since", since)
    assert second.exit_code == 0, second.output
    assert "leaves that were remembered" in second.stdout
    assert json.loads(since.read_text())["heads"]["events"] != remembered["heads"]["events"]


def forged(proven: Proven, log: str, size_by: int, root: bytes | None) -> str:
    """Return a note that the venue really signed, of a log that is not its log."""
    row = reads.last_head(proven.followed.proving.proofs, log)
    assert row is not None
    head = read_head(text_of(row.note))
    other = Head(head.origin, head.size + size_by, root or head.root, head.sequence, head.time_ns)
    key = proven.followed.proving.key
    return sign_note(other.text(), NoteKey(head.origin, key.public_key), key.sign)


@pytest.mark.parametrize(
    ("size_by", "root", "why"),
    [
        (5, None, "the log events has shrunk"),
        (0, bytes(32), "the log events has two roots at"),
        (-2, bytes(32), "is told with another root now"),
    ],
)
async def test_log_that_shrank_or_changed_is_refused(
    proven: Proven, tmp_path: Path, size_by: int, root: bytes | None, why: str
) -> None:
    """Whoever remembers a head that the venue signed can tell that it took something back."""
    url, since = proven.house.venue.url, tmp_path / "heads.json"
    assert (await verify("--url", url, "--since", since)).exit_code == 0
    remembered = json.loads(since.read_text())
    remembered["heads"]["events"] = forged(proven, "events", size_by, root)
    before = save(since, remembered).read_text()
    assert why in refusal(await verify("--url", url, "--since", since))
    assert since.read_text() == before


@pytest.mark.parametrize("text", ["", "[]", '{"key":"x","heads":{}}', '{"key":1}'])
async def test_file_without_heads_is_refused(proven: Proven, tmp_path: Path, text: str) -> None:
    since = tmp_path / "heads.json"
    since.write_text(text)
    refusal(await verify("--url", proven.house.venue.url, "--since", since))


# The script of users


def balance_script(mine: Path, published: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", SCRIPT, mine, str(published)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


async def test_script_is_at_most_60_lines_of_the_standard_library() -> None:
    lines = SCRIPT.read_text().splitlines()
    assert len(lines) <= 60
    imported = {
        line.split()[1].partition(".")[0] for line in lines if line[:5] in ("impor", "from ")
    }
    assert imported <= sys.stdlib_module_names


async def test_script_finds_the_balance_in_the_total(proven: Proven) -> None:
    mine = proven.saved / "mine.json"
    url = f"{proven.house.venue.url}{PROOFS}/liabilities"
    for published in (proven.saved / "published.json", url):
        found = await asyncio.to_thread(balance_script, mine, published)
        assert found.returncode == 0, found.stderr
        assert found.stdout.startswith("BTC: 1000000000 units, in ")
        assert len(found.stdout.splitlines()) == 4


@pytest.mark.parametrize(
    "change",
    [
        _set("account", to=999),
        _set("shares", 0, "amount_units", to="1"),
        _set("shares", 0, "path", 0, "sum_units", to="-1"),
        _set("shares", 0, "path", to=[]),
        _set("shares", to=7),
    ],
)
async def test_script_refuses_what_is_wrong(proven: Proven, tmp_path: Path, change: Change) -> None:
    document = json.loads((proven.saved / "mine.json").read_text())
    change(document)
    mine = save(tmp_path / "mine.json", document)
    found = await asyncio.to_thread(balance_script, mine, proven.saved / "published.json")
    assert found.returncode == 1
    assert found.stderr.startswith("not verified: ")
    assert "Traceback" not in found.stderr


# Publishing


async def test_liabilities_are_published_beside_a_running_venue(proven: Proven) -> None:
    """At the sequence the ledger has reached, once; the venue shows them at once."""
    followed, services = proven.followed, proven.house.venue.services
    data = Path(proven.house.venue.settings.data)
    original = services.proofs
    folder = followed.folder
    for name in ("log.sqlite", "snapshots"):
        (folder / name).symlink_to(data / name)
    await proven.ann.place("sell", "12.00", "1")
    followed.catch_up()

    def publish() -> Result:
        return CliRunner().invoke(app, ["liabilities", "--data", str(folder), "--json"])

    found = await asyncio.to_thread(publish)
    assert found.exit_code == 0, found.output
    report = json.loads(found.stdout)
    assert report["sequence"] == followed.engine.core.sequence
    shown = (await proven.house.get(f"{PROOFS}/liabilities"))["sets"]
    newest = {row["asset"]: row["total"] for row in shown if row["sequence"] == report["sequence"]}
    assert newest == {row["asset"]: row["total"] for row in report["assets"]}
    again = await asyncio.to_thread(publish)
    assert again.exit_code == 2
    assert "has not moved since" in again.stderr
    assert services.proofs is original


async def test_folder_without_a_ledger_has_nothing_to_publish(tmp_path: Path) -> None:
    found = CliRunner().invoke(app, ["liabilities", "--data", str(tmp_path)])
    assert found.exit_code == 2
    assert "holds no ledger" in found.stderr


async def test_ledger_that_disagrees_with_the_log_is_not_published(
    proven: Proven, tmp_path: Path
) -> None:
    data = Path(proven.house.venue.settings.data)
    for name in ("log.sqlite", "snapshots"):
        (tmp_path / name).symlink_to(data / name)
    other = SqliteLedger(tmp_path / "ledger.sqlite")
    other.close()
    words = ["liabilities", "--data", str(tmp_path)]
    found = await asyncio.to_thread(CliRunner().invoke, app, words)
    assert found.exit_code == 2
    assert "there is no asset" in found.stderr
