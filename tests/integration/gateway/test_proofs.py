"""What a venue proves over HTTP, and who is told what."""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
import pytest_asyncio

from outcry import codec
from outcry.domain.events import Trade
from outcry.ledger.proofs import reads
from outcry.ledger.proofs.merkle import leaf_hash, root_of
from outcry.ledger.proofs.note import read_key
from outcry.ledger.verify.check import DoesNotVerify, Trust, check_proof, leaf_of
from outcry.ledger.verify.documents import EntriesPage, NotAProof, read_proof
from tests.integration.gateway.test_openapi import validate
from tests.support.gateway import TATA_INR, House, Person
from tests.support.proving import FollowedLog

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROOFS = "/api/v1/proofs"
ROOT = Path(__file__).parents[3]
BALANCE_SCRIPT = ROOT / "docs" / "verify_balance.py"


class Proven(NamedTuple):
    """A venue whose ledger is followed, two people who traded in it, and what was seen early."""

    house: House
    ann: Person
    bob: Person
    followed: FollowedLog
    early: dict[str, Any]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def proven(house: House, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Proven]:
    folder = tmp_path_factory.mktemp("proven")
    followed = FollowedLog(Path(house.venue.settings.data), folder)
    services = house.venue.services
    before = services.history_store, services.proofs
    services.history_store, services.proofs = followed.proving.store, followed.proving.proofs
    early = {}
    for path in ("events/head", "trades/head", "events/inclusion?index=0", "liabilities/mine"):
        ann = await house.person()
        early[path] = await ann.call("GET", f"{PROOFS}/{path}")
    ann, bob = await house.person(), await house.person()
    for number in range(5):
        await ann.place("sell", f"10.{number}0", "3")
    followed.catch_up()
    for _ in range(4):
        await bob.place("buy", "10.40", "2")
    await ann.place("buy", "9.00", "1")
    followed.catch_up()
    followed.proving.publish(followed.engine)
    yield Proven(house, ann, bob, followed, early)
    services.history_store, services.proofs = before
    followed.proving.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def trust(proven: Proven) -> AsyncIterator[Trust]:
    keys = await proven.house.get(f"{PROOFS}/key")
    check = proven.followed.proving.trust._check
    yield Trust(check, read_key(keys["events"]))


def checked(document: Any, trust: Trust) -> list[str]:
    return check_proof(read_proof(json.dumps(document).encode()), trust)


# What there is


async def test_nothing_is_proven_before_something_was_published(proven: Proven) -> None:
    for path, answer in proven.early.items():
        assert (answer.status, answer.code) == (404, "NOT_PUBLISHED"), path


async def test_keys_are_one_key_under_three_names(proven: Proven) -> None:
    keys = await proven.house.get(f"{PROOFS}/key")
    read = [read_key(keys[name]) for name in ("events", "trades", "liabilities")]
    log_id = proven.followed.proving.proofs.log_id
    assert [key.name for key in read] == [
        f"outcry/{log_id}/{name}" for name in ("events", "trades", "liabilities")
    ]
    assert {key.public_key for key in read} == {b64decode(keys["public_key"])}


@pytest.mark.parametrize("log", ["events", "trades"])
async def test_heads_are_signed_and_newest_first(proven: Proven, trust: Trust, log: str) -> None:
    newest = await proven.house.get(f"{PROOFS}/{log}/head")
    page = await proven.house.get(f"{PROOFS}/{log}/heads")
    assert page["heads"][0] == newest
    assert page["next_cursor"] is None
    sizes = [head["size"] for head in page["heads"]]
    assert sizes == sorted(sizes, reverse=True)
    for head in page["heads"]:
        assert checked(head, trust)


async def test_heads_come_in_pages(proven: Proven) -> None:
    first = await proven.house.get(f"{PROOFS}/events/heads", limit=1)
    second = await proven.house.get(f"{PROOFS}/events/heads", limit=1, cursor=first["next_cursor"])
    whole = await proven.house.get(f"{PROOFS}/events/heads")
    assert first["heads"] + second["heads"] == whole["heads"][:2]


# Merkle logs


async def test_trade_is_in_the_log_under_its_name_and_its_number(
    proven: Proven, trust: Trust
) -> None:
    named = await proven.house.get(f"{PROOFS}/trades/inclusion", market=TATA_INR, trade_id=2)
    numbered = await proven.house.get(f"{PROOFS}/trades/inclusion", index=named["index"])
    assert named == numbered
    assert named["trade"]["trade_id"] == 2
    assert (named["shown"]["market"], named["shown"]["price"]) == (TATA_INR, "10.00")
    said = checked(named, trust)
    assert f"Leaf {named['index']} is in the log trades of {named['size']} leaves." in said


async def test_every_trade_is_an_entry_and_they_make_the_root(proven: Proven) -> None:
    head = await proven.house.get(f"{PROOFS}/trades/head")
    leaves: list[bytes] = []
    while True:
        answer = await proven.house.get(f"{PROOFS}/trades/entries", start=len(leaves), limit=2)
        entries = msgspec.convert(answer, EntriesPage).entries
        for entry in entries:
            leaf = leaf_of(entry.trade)
            assert (len(leaf), entry.index) == (45, len(leaves))
            assert b64decode(entry.leaf_hash) == leaf_hash(leaf)
            leaves.append(leaf)
        if not entries:
            break
    assert len(leaves) == head["size"] == 5
    assert b64encode(root_of(leaves)).decode() == head["root"]


@pytest.mark.parametrize("log", ["events", "trades"])
async def test_every_leaf_of_every_size_is_proven(proven: Proven, trust: Trust, log: str) -> None:
    heads = (await proven.house.get(f"{PROOFS}/{log}/heads"))["heads"]
    for head in heads:
        size = head["size"]
        for index in {0, 1, size // 2, size - 1} & set(range(size)):
            proof = await proven.house.get(f"{PROOFS}/{log}/inclusion", index=index, size=size)
            assert proof["root"] == head["root"]
            assert checked(proof, trust)


@pytest.mark.parametrize("log", ["events", "trades"])
async def test_log_only_grew(proven: Proven, trust: Trust, log: str) -> None:
    heads = (await proven.house.get(f"{PROOFS}/{log}/heads"))["heads"]
    newest, oldest = heads[0], heads[-1]
    proof = await proven.house.get(f"{PROOFS}/{log}/consistency", first=oldest["size"])
    assert (proof["second"], proof["second_root"]) == (newest["size"], newest["root"])
    assert proof["first_root"] == oldest["root"]
    assert checked(proof, trust)
    for first in range(1, newest["size"] + 1, 5):
        between = await proven.house.get(f"{PROOFS}/{log}/consistency", first=first)
        assert checked(between, trust)


async def test_size_without_a_head_is_proven_for_whoever_has_its_root(
    proven: Proven, trust: Trust
) -> None:
    proof = await proven.house.get(f"{PROOFS}/events/inclusion", index=3, size=5)
    assert proof["note"] is None
    assert "Signatures were not checked: no key was given." in checked(proof, Trust(trust._check))
    with pytest.raises(DoesNotVerify, match="no signed head of 5 leaves"):
        checked(proof, trust)


# Who is told what


async def test_record_of_an_event_is_shown_to_its_own_account_alone(
    proven: Proven, trust: Trust
) -> None:
    shown: dict[int, int] = {}
    size = (await proven.house.get(f"{PROOFS}/events/head"))["size"]
    for index in range(size):
        event = _event(proven, index)
        for person in (proven.ann, proven.bob, None):
            path = f"{PROOFS}/events/inclusion"
            if person is None:
                answer = await proven.house.get(path, index=index)
            else:
                answer = await person.get(path, index=index)
            own = person is not None and event.account == person.account
            allowed = own and not isinstance(event, Trade)
            assert (answer["record"] is not None) == allowed, (index, event)
            if allowed:
                assert person is not None
                shown[person.account] = shown.get(person.account, 0) + 1
                assert "Its record is the one that was shown." in checked(answer, trust)
                assert codec.decode_event(b64decode(answer["record"])) == event
    assert set(shown) == {proven.ann.account, proven.bob.account}


def _event(proven: Proven, index: int) -> Any:
    found = reads.event_at(proven.followed.proving.store, index)
    assert found is not None
    return found[1]


async def test_public_proofs_name_no_account(proven: Proven) -> None:
    paths = [
        "trades/entries", "trades/head", "events/head", "trades/inclusion?index=0",
        "events/inclusion?index=0", "events/consistency?first=1", "liabilities", "key",
    ]  # fmt: skip
    for path in paths:
        text = json.dumps(await proven.house.get(f"{PROOFS}/{path}"))
        assert not re.search(r"account|order|user|client|salt", text), path


async def test_bad_token_is_refused_and_not_passed_over(proven: Proven) -> None:
    headers = {"Authorization": "Bearer nonsense"}
    for path in ("events/inclusion?index=0", "liabilities/mine"):
        answer = await proven.house.call("GET", f"{PROOFS}/{path}", headers=headers)
        assert (answer.status, answer.code) == (401, "UNAUTHORIZED")
    answer = await proven.house.call("GET", f"{PROOFS}/liabilities/mine")
    assert (answer.status, answer.code) == (401, "UNAUTHORIZED")


# Liabilities


async def test_published_totals_are_signed_and_are_what_people_have(
    proven: Proven, trust: Trust
) -> None:
    page = await proven.house.get(f"{PROOFS}/liabilities")
    totals = {row["asset"]: row["total"] for row in page["sets"]}
    assert set(totals) == {"BTC", "USDT", "INR", "TATA"}
    for row in page["sets"]:
        assert checked(row, trust)
        _, held, fees, *_ = proven.followed.engine.core.totals(row["asset_id"])
        assert int(row["total_units"]) > held
        assert fees >= 0


async def test_own_balance_is_in_the_published_total(proven: Proven, trust: Trust) -> None:
    for person in (proven.ann, proven.bob):
        proof = await person.get(f"{PROOFS}/liabilities/mine")
        balances = await person.balances()
        rows = (await person.get("/api/v1/balances"))["balances"]
        assert {share["asset"]: share["amount"] for share in proof["shares"]} == {
            row["asset"]: row["total"] for row in rows
        }
        assert len(balances) == 4
        assert len(checked(proof, trust)) == 4


async def test_share_of_a_stranger_is_never_in_ones_own_proof(proven: Proven) -> None:
    anns = await proven.ann.get(f"{PROOFS}/liabilities/mine")
    bobs = await proven.bob.get(f"{PROOFS}/liabilities/mine")
    assert (anns["account"], bobs["account"]) == (proven.ann.account, proven.bob.account)
    salts = [{share["salt"] for share in proof["shares"]} for proof in (anns, bobs)]
    assert salts[0].isdisjoint(salts[1])


async def test_whoever_came_later_has_nothing_in_it(proven: Proven, trust: Trust) -> None:
    late = await proven.house.person()
    proof = await late.get(f"{PROOFS}/liabilities/mine")
    assert proof["shares"] == []
    assert checked(proof, trust) == ["The account had nothing when liabilities were published."]


# Not a bit may be changed


async def documents(proven: Proven) -> dict[str, Any]:
    get = proven.house.get
    return {
        "head": await get(f"{PROOFS}/trades/head"),
        "inclusion": await get(f"{PROOFS}/trades/inclusion", market=TATA_INR, trade_id=1),
        "record": await proven.bob.get(f"{PROOFS}/events/inclusion", index=_own_index(proven)),
        "consistency": await get(f"{PROOFS}/trades/consistency", first=await _older(proven)),
        "liability_set": (await get(f"{PROOFS}/liabilities"))["sets"][0],
        "liabilities": await proven.bob.get(f"{PROOFS}/liabilities/mine"),
    }


def _own_index(proven: Proven) -> int:
    size = reads.log_size(proven.followed.proving.store, "events")
    return next(
        index
        for index in reversed(range(size))
        if _event(proven, index).account == proven.bob.account
        and not isinstance(_event(proven, index), Trade)
    )


async def _older(proven: Proven) -> int:
    heads = (await proven.house.get(f"{PROOFS}/trades/heads"))["heads"]
    return int(heads[-1]["size"])


KINDS = ("head", "inclusion", "record", "consistency", "liability_set", "liabilities")


async def flipped(proven: Proven, trust: Trust, kind: str, bits: int) -> int:
    """Flip so many bits of each byte of a document; return how many texts were refused."""
    document = (await documents(proven))[kind]
    document.pop("shown", None)
    if kind == "liabilities":
        document["shares"] = document["shares"][:1]
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    assert check_proof(read_proof(text), trust)
    for place, value in enumerate(text):
        for bit in range(bits):
            other = value ^ (1 << (place * 3 + bit) % 8)
            changed = text[:place] + bytes([other]) + text[place + 1 :]
            with pytest.raises((NotAProof, DoesNotVerify)):
                check_proof(read_proof(changed), trust)
    return len(text) * bits


@pytest.mark.parametrize("kind", KINDS)
async def test_document_with_a_bit_flipped_never_verifies(
    proven: Proven, trust: Trust, kind: str
) -> None:
    """One bit of each byte."""
    assert await flipped(proven, trust, kind, 1) > 300


@pytest.mark.soak
@pytest.mark.parametrize("kind", KINDS)
async def test_document_with_any_bit_flipped_never_verifies(
    proven: Proven, trust: Trust, kind: str
) -> None:
    assert await flipped(proven, trust, kind, 8) > 2_400


# As described, and with bad questions


async def test_answers_are_as_described(proven: Proven) -> None:
    described = await proven.house.get("/openapi.json")
    questions: dict[str, dict[str, Any]] = {
        "events/inclusion": {"index": 0},
        "trades/inclusion": {"index": 0},
        "events/consistency": {"first": 1},
        "trades/consistency": {"first": 1},
    }
    seen = 0
    for path, item in described["paths"].items():
        if path.startswith(PROOFS):
            query = questions.get(path.removeprefix(f"{PROOFS}/"), {})
            answer = await proven.ann.get(path, **query)
            content = item["get"]["responses"]["200"]["content"]["application/json"]
            validate(described, content["schema"], answer)
            seen += 1
    assert seen == 12


@pytest.mark.parametrize(
    ("path", "code", "field"),
    [
        ("events/inclusion", "MISSING_FIELD", "index"),
        ("trades/inclusion", "MISSING_FIELD", "index"),
        ("trades/inclusion?market=TATA_INR", "MISSING_FIELD", "trade_id"),
        ("trades/inclusion?trade_id=1", "MISSING_FIELD", "market"),
        ("trades/inclusion?market=TATA_INR&trade_id=1&index=0", "CONTRADICTION", "index"),
        ("trades/inclusion?market=DOGE&trade_id=1", "UNKNOWN_MARKET", "market"),
        ("trades/inclusion?market=TATA_INR&trade_id=999", "UNKNOWN_TRADE", "trade_id"),
        ("trades/inclusion?market=TATA_INR&trade_id=0", "BAD_VALUE", "trade_id"),
        ("events/inclusion?index=-1", "BAD_VALUE", "index"),
        ("events/inclusion?index=x", "BAD_VALUE", "index"),
        ("events/inclusion?index=999999", "BAD_VALUE", "index"),
        ("events/inclusion?index=9999999999999999999", "BAD_VALUE", "index"),
        ("events/inclusion?index=5&size=5", "NOT_PUBLISHED", "index"),
        ("events/inclusion?index=0&size=0", "BAD_VALUE", "size"),
        ("events/inclusion?index=0&size=999999", "BAD_VALUE", "size"),
        ("events/inclusion?index=0&market=TATA_INR", "UNKNOWN_FIELD", "market"),
        ("events/consistency", "MISSING_FIELD", "first"),
        ("events/consistency?first=0", "BAD_VALUE", "first"),
        ("events/consistency?first=5&second=4", "BAD_VALUE", "first"),
        ("events/consistency?first=1&second=999999", "BAD_VALUE", "second"),
        ("events/heads?cursor=x", "BAD_CURSOR", "cursor"),
        ("events/heads?limit=0", "BAD_VALUE", "limit"),
        ("trades/entries?start=-1", "BAD_VALUE", "start"),
        ("trades/entries?start=1000000000000000000", "BAD_VALUE", "start"),
        ("trades/entries?limit=1001", "BAD_VALUE", "limit"),
        ("liabilities?cursor=x", "BAD_CURSOR", "cursor"),
        ("liabilities/mine?sequence=1", "NOT_PUBLISHED", "sequence"),
        ("liabilities/mine?sequence=x", "BAD_VALUE", "sequence"),
        ("orders/head", "NOT_FOUND", None),
    ],
)
async def test_bad_question_is_refused(
    proven: Proven, path: str, code: str, field: str | None
) -> None:
    answer = await proven.ann.call("GET", f"{PROOFS}/{path}")
    assert (answer.code, answer.error.get("field")) == (code, field), answer
    assert answer.status < 500
