"""The rows of withdrawals: who may decide what, in which state, and what is under way."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from outcry.adapters.memory import ManualClock
from outcry.adapters.sqlite_identity import SqliteIdentity
from outcry.identity.errors import (
    BadDestination,
    BadLabel,
    IdentityError,
    IdReused,
    LabelTaken,
    NotAllowed,
    NotNow,
    TooMany,
    UnknownBeneficiary,
    UnknownWithdrawal,
)
from outcry.identity.identity import Identity, IdentitySettings
from outcry.identity.records.money import WITHDRAWALS
from outcry.identity.records.trail import NOWHERE, verify
from outcry.identity.withdrawals import beneficiaries as b
from outcry.identity.withdrawals import withdrawals as w
from outcry.identity.withdrawals.destination import Destination
from outcry.identity.withdrawals.withdrawals import Wanted, Which, Withdrawals

START_NS = 1_800_000_000_000_000_000
SECRET = b"s" * 32
SETTINGS = IdentitySettings(SECRET, argon2_time_cost=1, argon2_memory_kib=8)
OWNER, FINN, FAY, SUE = range(1, 5)
TO = Destination("INR", "somewhere")


@pytest.fixture
def identity(tmp_path: Path) -> Iterator[Identity]:
    store = SqliteIdentity(tmp_path / "identity.sqlite")
    identity = Identity(store, ManualClock(START_NS), SETTINGS)
    for name in ("owner", "finn", "fay", "sue"):
        identity.register(f"{name}@x.org", "correct horse battery")
    for name, role in (("finn", "finance"), ("fay", "admin"), ("sue", "support")):
        identity.roles.give(f"{name}@x.org", [role], "root")
    yield identity
    store.close()


@pytest.fixture
def book(identity: Identity) -> Withdrawals:
    return identity.withdrawals


def wanted(key: str = "a", units: int = 5, account: int = OWNER) -> Wanted:
    return Wanted(account, OWNER, key, units, str(units), TO)


def held(book: Withdrawals, key: str = "a") -> int:
    row = book.ask(OWNER, wanted(key), NOWHERE)
    return book.held(row.number, 70 + row.number).number


def approved(book: Withdrawals, key: str = "a") -> int:
    number = held(book, key)
    for by in (FINN, FAY):
        book.approve(by, number, NOWHERE)
    return number


def test_way_of_a_withdrawal_is_in_the_trail(identity: Identity, book: Withdrawals) -> None:
    number = approved(book)
    book.decide(FINN, number, w.SENT, NOWHERE, {"reference": "0x1"})
    row = book.settled(number)
    assert (row.state, row.becoming, row.reference, row.closed_by) == (w.SENT, "", "0x1", FINN)
    assert (row.first_by, row.second_by, row.engine_id) == (FINN, FAY, 71)
    acts = [entry.act for entry in identity.trail_entries(0, 100) if "withdrawal" in entry.act]
    assert acts == [
        "withdrawal_asked", "withdrawal_approved", "withdrawal_approved",
        "withdrawal_sent_decided", "withdrawal_sent",
    ]  # fmt: skip
    with identity._store.work() as work:
        assert verify(work, SECRET).findings == ()


def test_what_the_engine_has_not_answered_is_not_shown(book: Withdrawals) -> None:
    row = book.ask(OWNER, wanted(), NOWHERE)
    assert book.unfinished() == [row]
    assert book.page(Which(), 1 << 60, 10) == []
    with pytest.raises(UnknownWithdrawal):
        book.one(row.number)
    with pytest.raises(UnknownWithdrawal):
        book.approve(FINN, row.number, NOWHERE)
    book.refused(row.number, "INSUFFICIENT_FUNDS")
    assert book.unfinished() == []
    assert book.page(Which(), 1 << 60, 10) == []
    again = book.ask(OWNER, wanted(), NOWHERE)
    assert (again.number, again.state) == (row.number, w.ASKING)


def test_answer_that_comes_twice_changes_nothing(book: Withdrawals) -> None:
    number = held(book)
    assert book.held(number, 999).engine_id == 71
    book.decide(OWNER, number, w.CANCELLED, NOWHERE)
    first = book.settled(number)
    assert book.settled(number) == first


def test_decision_under_way_is_gone_on_with_and_no_other(book: Withdrawals) -> None:
    number = approved(book)
    sent = book.decide(FINN, number, w.SENT, NOWHERE, {"reference": "0x1"})
    assert book.decide(FAY, number, w.SENT, NOWHERE, {"reference": "0x2"}) == sent
    for other in (
        lambda: book.decide(FAY, number, w.REJECTED, NOWHERE, {"reason": "x"}),
        lambda: book.failed(FAY, number, "x", NOWHERE),
        lambda: book.decide(OWNER, number, w.CANCELLED, NOWHERE),
    ):
        with pytest.raises(NotNow):
            other()
    assert book.undecided(number).becoming == ""
    assert book.decide(FAY, number, w.REJECTED, NOWHERE, {"reason": "x"}).becoming == w.REJECTED


REFUSED: dict[str, tuple[Callable[[Withdrawals, int], object], type[IdentityError]]] = {
    "owner": (lambda k, n: k.approve(OWNER, n, NOWHERE), NotAllowed),
    "support": (lambda k, n: k.approve(SUE, n, NOWHERE), NotAllowed),
    "support rejects": (lambda k, n: k.decide(SUE, n, w.REJECTED, NOWHERE), NotAllowed),
    "sent unapproved": (lambda k, n: k.decide(FINN, n, w.SENT, NOWHERE), NotNow),
    "failed unapproved": (lambda k, n: k.failed(FINN, n, "x", NOWHERE), NotNow),
    "retried": (lambda k, n: k.retry(FINN, n, NOWHERE), NotNow),
    "missing": (lambda k, n: k.approve(FINN, n + 1, NOWHERE), UnknownWithdrawal),
}


@pytest.mark.parametrize("name", REFUSED)
def test_who_may_not_changes_nothing(book: Withdrawals, name: str) -> None:
    number = held(book)
    before = book.one(number)
    act, error = REFUSED[name]
    with pytest.raises(error):
        act(book, number)
    assert book.one(number) == before


def test_one_pair_of_eyes_is_not_two(book: Withdrawals) -> None:
    number = held(book)
    book.approve(FINN, number, NOWHERE)
    with pytest.raises(NotAllowed):
        book.approve(FINN, number, NOWHERE)
    with pytest.raises(NotNow, match="Two"):
        book.decide(FINN, number, w.SENT, NOWHERE)


def test_broken_build_in_which_one_is_enough_is_caught(book: Withdrawals) -> None:
    """The test above is able to fail."""
    number = held(book)
    row = book.approve(FINN, number, NOWHERE)
    with book._store.work() as work:
        WITHDRAWALS.put(work, replace(row, second_by=FINN))
    assert book.decide(FINN, number, w.SENT, NOWHERE).becoming == w.SENT


def test_id_stands_for_one_withdrawal_of_an_account(book: Withdrawals) -> None:
    number = held(book)
    assert book.ask(OWNER, wanted(), NOWHERE).number == number
    for other in (wanted(units=6), replace(wanted(), to=Destination("INR", "elsewhere"))):
        with pytest.raises(IdReused):
            book.ask(OWNER, other, NOWHERE)
    assert book.ask(OWNER, wanted(account=9), NOWHERE).number != number


def test_open_withdrawals_of_an_account_are_bounded(
    book: Withdrawals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(w, "OPEN_MAX", 2)
    first = held(book, "a")
    held(book, "b")
    with pytest.raises(TooMany):
        book.ask(OWNER, wanted("c"), NOWHERE)
    book.decide(OWNER, first, w.CANCELLED, NOWHERE)
    book.settled(first)
    assert book.ask(OWNER, wanted("c"), NOWHERE).number == 3


def test_pages_are_of_what_is_asked_for(book: Withdrawals) -> None:
    for key in "abc":
        held(book, key)
    book.approve(FINN, 2, NOWHERE)
    found = {
        "all": book.page(Which(), 1 << 60, 10),
        "below": book.page(Which(), 3, 10),
        "state": book.page(Which(state=w.APPROVED), 1 << 60, 10),
        "account": book.page(Which(account=2), 1 << 60, 10),
        "asset": book.page(Which(asset="INR"), 1 << 60, 1),
    }
    numbers = {name: [row.number for row in rows] for name, rows in found.items()}
    assert numbers == {"all": [3, 2, 1], "below": [2, 1], "state": [2], "account": [], "asset": [3]}
    assert book.waiting() == 3


@pytest.mark.parametrize("address", ["", "ab", "a b", "x" * 129, "é" * 9, "line\nbreak"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(BadDestination):
        Destination("INR", address)


def test_addresses_are_kept_by_name(identity: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    book = identity.beneficiaries
    book.add(OWNER, OWNER, "cold", TO, NOWHERE)
    with pytest.raises(LabelTaken):
        book.add(OWNER, OWNER, "cold", TO, NOWHERE)
    for label in ("", " ", "x" * 65, "a\nb"):
        with pytest.raises(BadLabel):
            book.add(OWNER, OWNER, label, TO, NOWHERE)
    assert book.add(FINN, FINN, "cold", TO, NOWHERE).number == 2
    monkeypatch.setattr(b, "BENEFICIARIES_MAX", 1)
    with pytest.raises(TooMany):
        book.add(OWNER, OWNER, "warm", TO, NOWHERE)
    with pytest.raises(UnknownBeneficiary):
        book.remove(FINN, FINN, 1, NOWHERE)
    book.remove(OWNER, OWNER, 1, NOWHERE)
    assert book.of(OWNER) == []
