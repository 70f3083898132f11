"""The local book: whatever happens to the messages, what it says is true or it says nothing."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zlib import crc32

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from outcry.client.live import book as book_module
from outcry.client.live.book import LocalBook, NotSynced, Verdict
from outcry.client.live.messages import Told, told

Sides = dict[str, dict[str, str]]


def price(number: int) -> str:
    return f"{number * Decimal('0.05'):.2f}"


def levels(side: dict[str, str], *, descending: bool) -> list[tuple[str, str]]:
    return sorted(side.items(), key=lambda level: Decimal(level[0]), reverse=descending)


@dataclass
class Truth:
    """A book as a venue has it, and what the venue says of it."""

    sides: Sides
    sequence: int = 0

    def checksum(self) -> int:
        count = book_module.CHECKSUM_LEVELS
        best = levels(self.sides["asks"], descending=False)[:count]
        best += levels(self.sides["bids"], descending=True)[:count]
        return crc32("|".join(f"{p}:{q}" for p, q in best).encode())

    def snapshot(self) -> Told:
        return Told(
            channel="book:A_B", type="snapshot", sequence=self.sequence, checksum=self.checksum(),
            bids=levels(self.sides["bids"], descending=True),
            asks=levels(self.sides["asks"], descending=False),
        )  # fmt: skip

    def change(self, steps: list[tuple[str, int, int]]) -> Told:
        """Change levels, each a step of the sequence; return the delta."""
        previous, changed = self.sequence, {"bids": {}, "asks": {}}  # type: ignore[var-annotated]
        for side, number, quantity in steps:
            self.sequence += 1
            text = price(number if side == "bids" else number + 100)
            changed[side][text] = str(quantity)
            self.sides[side][text] = str(quantity)
            if not quantity:
                del self.sides[side][text]
        return Told(
            channel="book:A_B", type="delta", previous=previous, sequence=self.sequence,
            checksum=self.checksum(), bids=list(changed["bids"].items()),
            asks=list(changed["asks"].items()),
        )  # fmt: skip

    def copy(self) -> "Truth":
        return Truth({name: dict(side) for name, side in self.sides.items()}, self.sequence)


step = st.tuples(st.sampled_from(["bids", "asks"]), st.integers(1, 30), st.integers(0, 3))
mishap = st.sampled_from(
    ["none", "none", "none", "drop", "twice", "late", "old", "snapshot", "cut", "lose"]
)
scripts = st.lists(st.tuples(st.lists(step, min_size=1, max_size=4), mishap), max_size=40)


class Wire:
    """Brings messages to a book with every mishap there is, and serves snapshots when asked."""

    def __init__(self, book: LocalBook) -> None:
        self.book = book
        self.truth = Truth({"bids": {}, "asks": {}})
        self.was: dict[int, Truth] = {0: self.truth.copy()}
        self.said: list[Told] = []
        self.late: list[Told] = []
        self.wants_snapshot = True

    def deliver(self, message: Told) -> None:
        if self.book.receive(message) is Verdict.LOST:
            self.wants_snapshot = True
        self.check()

    def check(self) -> None:
        """What the book says was the truth at the sequence it names."""
        if not self.book.is_synced:
            with pytest.raises(NotSynced):
                self.book.bids()
            with pytest.raises(NotSynced):
                self.book.asks(1)
            return
        was = self.was[self.book.sequence].sides
        assert self.book.bids() == levels(was["bids"], descending=True)
        assert self.book.asks() == levels(was["asks"], descending=False)

    def happen(self, steps: list[tuple[str, int, int]], what: str) -> None:
        known = [s for s in steps if s[2] or price(self._number(s)) in self.truth.sides[s[0]]]
        unique = list({(s[0], s[1]): s for s in known}.values())
        before = self.truth.checksum()
        message = self.truth.change(unique)
        self.was[self.truth.sequence] = self.truth.copy()
        match what:
            case "drop":
                pass
            case "late":
                self.late.append(message)
            case "cut" if message.checksum != before:  # Deeper down nobody could notice.
                self.deliver(msgspec.structs.replace(message, bids=[], asks=[]))
            case "lose":
                self.book.forget()
                self.wants_snapshot = True
            case _:
                self.deliver(message)
        if what == "twice":
            self.deliver(message)
        if what == "old" and self.said:
            self.deliver(self.said[0])
        if what == "none" and self.late:
            self.deliver(self.late.pop())
        if what == "snapshot" and self.wants_snapshot:
            self.answer()
        self.said.append(message)

    def _number(self, step: tuple[str, int, int]) -> int:
        return step[1] if step[0] == "bids" else step[1] + 100

    def answer(self) -> None:
        self.wants_snapshot = False
        snapshot = self.truth.snapshot()
        self.said.append(snapshot)
        self.deliver(snapshot)


def play(wire: Wire, script: list[Any]) -> None:
    wire.answer()
    for steps, what in script:
        wire.happen(steps, what)
    wire.answer()


@settings(max_examples=300, deadline=None)
@given(scripts)
def test_book_is_never_wrong_and_right_again_after_a_snapshot(script: list[Any]) -> None:
    wire = Wire(LocalBook("A_B"))
    play(wire, script)
    assert wire.book.is_synced
    assert wire.book.sequence == wire.truth.sequence


class Trusting(LocalBook):
    """A broken book: it takes every delta for the next one and every checksum for its own."""

    @override
    def receive(self, message: Told) -> Verdict:
        self.said = message.checksum
        if not message.is_snapshot:
            message = msgspec.structs.replace(message, previous=self.sequence)
        return super().receive(message)

    @override
    def _checksum(self) -> int:
        return self.said


def test_book_that_trusts_every_delta_is_caught() -> None:
    """The property is able to fail."""
    script = [([("bids", 1, 1)], "none"), ([("bids", 2, 2)], "drop"), ([("bids", 3, 3)], "none")]
    play(Wire(LocalBook("A_B")), script)
    with pytest.raises(AssertionError):
        play(Wire(Trusting("A_B")), script)


def test_messages_of_a_venue_are_read_as_they_come() -> None:
    book = LocalBook("TATA_INR")
    snapshot = told(
        '{"channel":"book:TATA_INR","type":"snapshot","sequence":5,"bids":[["100.00","7"]],'
        f'"asks":[["100.05","3"]],"checksum":{crc32(b"100.05:3|100.00:7")}}}'
    )
    assert book.receive(snapshot) is Verdict.APPLIED
    assert (book.bids(), book.asks(1)) == ([("100.00", "7")], [("100.05", "3")])
    delta = told(
        '{"channel":"book:TATA_INR","type":"delta","previous":5,"sequence":7,"bids":[],'
        f'"asks":[["100.05","0"],["99.95","1"]],"checksum":{crc32(b"99.95:1|100.00:7")}}}'
    )
    assert book.receive(delta) is Verdict.APPLIED
    assert book.asks() == [("99.95", "1")]
    assert book.receive(delta) is Verdict.IGNORED


def test_checksum_that_differs_is_a_gap_that_no_sequence_shows() -> None:
    truth, book = Truth({"bids": {}, "asks": {}}), LocalBook("A_B")
    book.receive(truth.snapshot())
    delta = truth.change([("bids", 3, 1)])
    delta.checksum += 1
    assert book.receive(delta) is Verdict.LOST
    assert (book.is_synced, book.resyncs) == (False, 1)


def test_snapshot_from_before_does_not_turn_a_known_book_back_but_a_lost_one() -> None:
    truth, book = Truth({"bids": {}, "asks": {}}), LocalBook("A_B")
    early = truth.snapshot()
    book.receive(early)
    assert book.receive(truth.change([("bids", 3, 1)])) is Verdict.APPLIED
    assert book.receive(early) is Verdict.IGNORED
    book.forget()
    assert book.receive(early) is Verdict.APPLIED


def test_side_that_was_cut_is_asked_for_again_before_its_end_could_be_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(book_module, "CHECKSUM_LEVELS", 2)
    monkeypatch.setattr(book_module, "SNAPSHOT_LEVELS", 4)
    monkeypatch.setattr(book_module, "KNOWN_LEVELS_MIN", 3)
    truth, book = Truth({"bids": {}, "asks": {}}), LocalBook("A_B")
    truth.change([("bids", number, 1) for number in range(1, 9)])
    snapshot = truth.snapshot()
    snapshot.bids = snapshot.bids[:4]
    assert book.receive(snapshot) is Verdict.APPLIED
    assert book.receive(truth.change([("bids", 2, 9)])) is Verdict.APPLIED
    assert [level[0] for level in book.bids()] == [price(n) for n in (8, 7, 6, 5)]
    assert book.receive(truth.change([("bids", 8, 0)])) is Verdict.APPLIED
    assert book.receive(truth.change([("bids", 7, 0)])) is Verdict.LOST
