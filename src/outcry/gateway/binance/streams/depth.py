"""The depth streams. Their ids are the book's own, the same as in REST, and leave no gap."""

from outcry.gateway.binance.market.book import levels_text
from outcry.gateway.binance.orders.report import ms
from outcry.gateway.binance.symbols import Form
from outcry.marketdata.depth import BookSide
from outcry.marketdata.market_data import MarketData


class Changes:
    """The prices of a book that were stated since each of its diff streams last spoke."""

    def __init__(self, data: MarketData, market: int) -> None:
        self._book = data.view(market).book
        self.streams: list[DepthDiff] = []

    def add(self, stream: "DepthDiff") -> None:
        """Begin to note prices for a stream."""
        self.spread()
        self.streams.append(stream)
        for side in self._book.sides:
            if side.touched is None:
                side.touched = set()

    def remove(self, stream: "DepthDiff") -> None:
        """Stop noting prices for a stream."""
        self.streams.remove(stream)
        if not self.streams:
            for side in self._book.sides:
                side.touched = None

    def spread(self) -> None:
        """Give each stream what was stated since the last time."""
        for number, side in enumerate(self._book.sides):
            if side.touched:
                for stream in self.streams:
                    stream.pending[number].update(side.touched)
                side.touched = set()


class DepthDiff:
    """`depth`: every level that was stated since the last message, as it is now.

    `U` is the id after the last message's `u`, always.
    """

    def __init__(self, data: MarketData, changes: Changes, form: Form) -> None:
        self._data = data
        self._changes = changes
        self._form = form
        self._book = data.view(form.number).book
        self._last = self._book.update_id
        self.pending: tuple[set[int], set[int]] = (set(), set())
        changes.add(self)

    def news(self, now_ns: int) -> list[str]:
        """Return one message, or nothing where the book has not moved."""
        book = self._book
        if book.update_id == self._last:
            return []
        self._changes.spread()
        first, self._last = self._last + 1, book.update_id
        bids, asks = (
            self._levels(side, pending)
            for side, pending in zip(book.sides, self.pending, strict=True)
        )
        return [
            f'{{"e":"depthUpdate","E":{ms(now_ns)},"s":"{self._form.symbol}","U":{first},'
            f'"u":{self._last},"b":[{bids}],"a":[{asks}]}}'
        ]

    def _levels(self, side: BookSide, pending: set[int]) -> str:
        found = [
            (price, side.levels.get(price, 0)) for price in sorted(pending, reverse=side.descending)
        ]
        pending.clear()
        return levels_text(self._form, found)

    def close(self) -> None:
        """Stop following the book."""
        self._changes.remove(self)


class PartialDepth:
    """`depth5`, `depth10`, `depth20`: the best levels, whenever the book has moved."""

    def __init__(self, data: MarketData, form: Form, levels: int) -> None:
        self._data = data
        self._form = form
        self._count = levels
        self._last = -1

    def news(self, now_ns: int) -> list[str]:
        """Return the best levels, or nothing where the book has not moved."""
        update_id, bids, asks = self._data.depth(self._form.number, self._count)
        if update_id == self._last:
            return []
        self._last = update_id
        return [
            f'{{"lastUpdateId":{update_id},"bids":[{levels_text(self._form, bids)}],'
            f'"asks":[{levels_text(self._form, asks)}]}}'
        ]

    def again(self) -> None:
        """Speak at the next opportunity: somebody new listens."""
        self._last = -1

    def close(self) -> None:
        """Nothing is kept."""


class BookTicker:
    """`bookTicker`: the best bid and ask, whenever one of them has changed."""

    def __init__(self, data: MarketData, form: Form) -> None:
        self._data = data
        self._form = form
        self._last: tuple[object, ...] = ()

    def news(self, now_ns: int) -> list[str]:
        """Return the best offers, or nothing where they are as they were."""
        update_id, bids, asks = self._data.depth(self._form.number, 1)
        if (bids, asks) == self._last:
            return []
        self._last = (bids, asks)
        form = self._form
        (bid, bid_lots), (ask, ask_lots) = (side[0] if side else (0, 0) for side in (bids, asks))
        return [
            f'{{"u":{update_id},"s":"{form.symbol}","b":"{form.price(bid)}",'
            f'"B":"{form.quantity(bid_lots)}","a":"{form.price(ask)}",'
            f'"A":"{form.quantity(ask_lots)}"}}'
        ]

    def again(self) -> None:
        """Speak at the next opportunity: somebody new listens."""
        self._last = ()

    def close(self) -> None:
        """Nothing is kept."""
