"""The screen of `outcry watch`: a book that is right or not shown, the newest trade on top."""

from io import StringIO
from zlib import crc32

from rich.console import Console

from outcry.cli.watch import MarketScreen
from outcry.client.answers import Trade
from outcry.client.live.book import LocalBook
from outcry.client.live.messages import Told, TradesEvent

SNAPSHOT = Told(
    channel="book:A_B", type="snapshot", sequence=4, bids=[("99.90", "5"), ("99.80", "1")],
    asks=[("100.10", "7")], checksum=crc32(b"100.10:7|99.90:5|99.80:1"),
)  # fmt: skip


def screen() -> MarketScreen:
    book = LocalBook("A_B")
    book.receive(SNAPSHOT)
    return MarketScreen(book)


def drawn(screen: MarketScreen) -> str:
    paper = StringIO()
    Console(width=100, file=paper).print(screen.draw())
    return paper.getvalue()


def test_book_is_drawn_with_the_best_prices_in_its_middle() -> None:
    text = drawn(screen())
    assert text.index("100.10") < text.index("99.90") < text.index("99.80")
    assert "#4" in text


def test_book_with_a_gap_is_not_shown() -> None:
    found = screen()
    found.book.forget()
    text = drawn(found)
    assert "not known just now" in text
    assert "99.90" not in text


def test_newest_trade_is_on_top() -> None:
    found = screen()
    trades = [
        Trade(trade_id=n, time=f"2026-01-01T10:00:0{n}.000000Z", price=p, quantity="1", side="buy")
        for n, p in enumerate(("100.20", "100.30"))
    ]
    found.take(TradesEvent("A_B", trades, snapshot=True, missed=0))
    text = drawn(found)
    assert text.index("100.30") < text.rindex("100.20")
    assert "10:00:01" in text
