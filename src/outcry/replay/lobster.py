"""LOBSTER pairs: a message file, and the book after each message.

The files show a window of so many levels. What happens below it is not in them, so a level that
leaves the window is forgotten and one that returns from below is injected. Nothing inside the
window is ever patched: there the book has to follow from the messages alone.
"""

from collections.abc import Iterable, Iterator
from itertools import repeat
from typing import NamedTuple

from outcry.domain.order import Side
from outcry.replay.source import BadRecording
from outcry.replay.target import Levels, Player, ReplayReport, Target

NEW, PARTIAL_CANCEL, DELETE, EXECUTION = 1, 2, 3, 4
NO_PRICE = 9_999_999_999
"""Where a side has fewer levels than the window, LOBSTER fills in this price, of either sign."""
SECOND_DIGITS = 9


class Message(NamedTuple):
    """One line of a message file. The side is that of the resting order."""

    time_ns: int
    kind: int
    order_id: int
    lots: int
    price: int
    side: Side


Row = tuple[Levels, Levels]
"""(bids, asks) after a message."""


def read_message(line: bytes) -> Message:
    """Read a line of a message file.

    Raises:
        BadRecording: it has not six whole numbers (the time may have decimals).
    """
    try:
        time, kind, order_id, lots, price, direction = line.split(b",")[:6]
        seconds, _, fraction = time.decode("ascii").partition(".")
        time_ns = int(seconds + fraction[:SECOND_DIGITS].ljust(SECOND_DIGITS, "0"))
        side = Side.BUY if int(direction) == 1 else Side.SELL
        return Message(time_ns, int(kind), int(order_id), int(lots), int(price), side)
    except ValueError as error:
        raise BadRecording(f"not a LOBSTER message: {line[:80]!r}") from error


def read_row(line: bytes) -> Row:
    """Read a line of a book file: ask price, ask size, bid price, bid size, level by level.

    Raises:
        BadRecording: the numbers are not whole, or not four a level.
    """
    try:
        numbers = [int(number) for number in line.split(b",")]
    except ValueError as error:
        raise BadRecording(f"not a LOBSTER book row: {line[:80]!r}") from error
    if len(numbers) % 4:
        raise BadRecording(f"a LOBSTER book row has four numbers a level: {line[:80]!r}")
    asks = zip(numbers[0::4], numbers[1::4], strict=True)
    bids = zip(numbers[2::4], numbers[3::4], strict=True)
    return [x for x in bids if abs(x[0]) != NO_PRICE], [x for x in asks if abs(x[0]) != NO_PRICE]


class LobsterPlayer(Player):
    """Plays a message file, beside its book file where there is one.

    Without a book file the messages are a flow, not a check: what the book held at the start is not
    known, and messages about it are skipped.
    """

    def __init__(self, target: Target, report: ReplayReport) -> None:
        super().__init__(target, report)
        self._before: Row | None = None
        self._levels = 0
        self._injected = 0

    def play(self, messages: Iterable[bytes], book: Iterable[bytes] | None = None) -> None:
        """Play every message; compare every row of the book file.

        Raises:
            BadRecording: a line cannot be read, or the two files are not equally long.
        """
        for message, row in self._pairs(messages, book):
            self.report.operations += 1
            self.target.at(message.time_ns)
            if row is None:
                self._make_room(message)
                self._apply(message)
            elif self._before is None:
                self._open(row)
            else:
                self._apply(message)
                for side in Side:
                    self._move_window(side, self._before[side], row[side])
                self.compare(f"row {self.report.rows}", row, self._levels)
            self._before = row

    @property
    def _is_flow(self) -> bool:
        return self._before is None

    def _pairs(
        self, messages: Iterable[bytes], book: Iterable[bytes] | None
    ) -> Iterator[tuple[Message, Row | None]]:
        if book is None:
            yield from zip(map(read_message, messages), repeat(None))
            return
        try:
            for line, row in zip(messages, book, strict=True):
                if not self._levels:
                    self._levels = len(row.split(b",")) // 4
                yield read_message(line), read_row(row)
        except ValueError as error:
            raise BadRecording("the message file and the book file differ in length") from error

    def _open(self, row: Row) -> None:
        """Start from the first row, which shows the book after the first message."""
        for side in Side:
            for price, lots in row[side]:
                self._inject(side, price, lots)
        self.report.injected_levels = 0
        self.compare("row 0", row, self._levels)

    def _apply(self, message: Message) -> None:
        if message.kind == NEW:
            self.rest(message.order_id, message.side, message.price, message.lots)
        elif message.kind in (PARTIAL_CANCEL, DELETE):
            self._cancel(message)
        elif message.kind == EXECUTION:
            self._execute(message)

    def _cancel(self, message: Message) -> None:
        """Take the lots off the named order, or off an unnamed one of its level.

        Orders that came into view with their level have no name. Where an execution had to fall on
        one of those instead of the order it names, that order is still here and one of them is not.
        """
        left = message.lots
        level = self.resting.at_level(message.side, message.price)
        for name in sorted(level, key=lambda name: (name != message.order_id, name > 0)):
            if self._is_flow and name != message.order_id:
                break
            part = min(left, self.resting.orders[name].open_lots)
            self.reduce(name, part)
            left -= part
            if not left:
                return
        if self._is_flow:
            self.report.skipped += 1
        else:
            self.report.problem(f"row {self.report.rows}: {left} lots of {message} are not there")

    def _execute(self, message: Message) -> None:
        level = self.resting.at_level(message.side, message.price)
        there = sum(self.resting.orders[name].open_lots for name in level)
        if self._is_flow and there < message.lots:
            self.report.skipped += 1
            return
        self.report.takes += 1
        taker = Side.SELL if message.side is Side.BUY else Side.BUY
        fills = self.take(taker, message.price, message.lots)
        wrong_price = any(price != message.price for _, _, price in fills)
        if wrong_price or sum(lots for _, lots, _ in fills) != message.lots:
            self.report.problem(f"row {self.report.rows}: {message} gave {fills}")
        else:
            self.report.takes_ok += 1

    def _make_room(self, message: Message) -> None:
        """In a flow, forget the levels that this message proves to have gone unseen."""
        if message.kind == EXECUTION:
            side, first_gone = message.side, 1
        elif message.kind == NEW:
            side, first_gone = Side(1 - message.side), 0
        else:
            return
        sign = -1 if side is Side.BUY else 1
        gone = [p for p in self.resting.prices(side) if sign * (message.price - p) >= first_gone]
        for price in gone:
            self.report.skipped += len(self.resting.at_level(side, price))
            self.drop_level(side, price)

    def _move_window(self, side: Side, before: Levels, after: Levels) -> None:
        """Forget what left the window below; inject what came back into it from below."""
        sign = -1 if side is Side.BUY else 1
        ours = sorted(self.resting.prices(side), key=lambda price: sign * price)
        for price in ours[self._levels :]:
            self.drop_level(side, price)
        if len(before) < self._levels:
            return  # The whole side was in view, so nothing can be below it.
        edge = sign * before[-1][0]
        for price, lots in after:
            if sign * price > edge and price not in ours:
                self._inject(side, price, lots)

    def _inject(self, side: Side, price: int, lots: int) -> None:
        self._injected += 1
        self.report.injected_levels += 1
        self.rest(-self._injected, side, price, lots)
