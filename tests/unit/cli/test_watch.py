"""The screen of `outcry watch`: kept by messages, honest about gaps."""

from io import StringIO

from rich.console import Console

from outcry.cli.watch import MarketScreen

SNAPSHOT = {
    "channel": "book:A_B",
    "type": "snapshot",
    "sequence": 4,
    "bids": [["99.90", "5"], ["99.80", "1"]],
    "asks": [["100.10", "7"]],
}


def delta(previous: int, sequence: int, **sides: list[list[str]]) -> dict[str, object]:
    empty: dict[str, object] = {"bids": [], "asks": []}
    place = {"type": "delta", "previous": previous, "sequence": sequence}
    return {"channel": "book:A_B"} | place | empty | sides


def drawn(screen: MarketScreen) -> str:
    paper = StringIO()
    Console(width=100, file=paper).print(screen.draw())
    return paper.getvalue()


def test_deltas_change_levels_and_zero_removes_one() -> None:
    screen = MarketScreen("A_B")
    assert screen.take(SNAPSHOT)
    assert screen.take(delta(4, 6, bids=[["99.90", "0"]], asks=[["100.20", "3"]]))
    text = drawn(screen)
    assert "99.90" not in text
    assert text.index("100.20") < text.index("100.10") < text.index("99.80")


def test_gap_is_noticed_and_a_snapshot_heals_it() -> None:
    screen = MarketScreen("A_B")
    screen.take(SNAPSHOT)
    assert not screen.take(delta(5, 6))
    assert screen.take(SNAPSHOT)
    assert screen.take(delta(4, 5))


def test_newest_trade_is_on_top() -> None:
    screen = MarketScreen("A_B")
    screen.take(SNAPSHOT)
    trades = [
        {"time": f"2026-01-01T10:00:0{n}.000000Z", "price": p, "quantity": "1", "side": "buy"}
        for n, p in enumerate(("100.10", "100.30"))
    ]
    screen.take({"channel": "trades:A_B", "type": "update", "trades": trades})
    text = drawn(screen)
    assert text.index("100.30") < text.rindex("100.10")
    assert "10:00:01" in text
