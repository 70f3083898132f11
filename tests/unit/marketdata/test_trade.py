"""The tape keeps the last trades and shows nobody's name."""

from outcry.marketdata.trade import KEPT_TRADES, Tape, TradePrint


def prints(count: int) -> list[TradePrint]:
    return [TradePrint(i, 1_000 + i, 2, 0, i) for i in range(1, count + 1)]


def tape(count: int) -> Tape:
    made = Tape()
    for trade in prints(count):
        made.add(trade)
    return made


def test_last_trades_come_newest_first() -> None:
    assert [trade.trade_id for trade in tape(5).last(3)] == [5, 4, 3]
    assert len(tape(2).last(50)) == 2


def test_only_so_many_are_kept() -> None:
    kept = tape(KEPT_TRADES + 7).last(KEPT_TRADES + 7)
    assert len(kept) == KEPT_TRADES
    assert kept[-1].trade_id == 8


def test_followed_tape_queues_every_trade() -> None:
    followed = Tape()
    followed.unsent = []
    for trade in prints(KEPT_TRADES * 2):
        followed.add(trade)
    assert len(followed.unsent) == KEPT_TRADES * 2


def test_print_names_neither_order_nor_account() -> None:
    assert not {name for name in TradePrint._fields if "order" in name or "account" in name}


def test_restored_tape_is_the_same() -> None:
    again = Tape()
    again.restore([tuple(trade) for trade in prints(5)])
    assert again.last(9) == tape(5).last(9)
