"""The maker as a strategy: when it quotes, what it does about fills and refusals."""

from decimal import Decimal

import pytest

from outcry.maker.maker import CLOSED, MOVED, SHORT, TROUBLE, Maker
from outcry.maker.model import NS_PER_S, Inventory
from outcry.maker.quotes import QuoteSettings
from outcry.maker.reference import Fixed, Reference
from outcry.strategy import Cancel, CancelAll, Fill, OrderUpdate, Place, Timer
from tests.support.strategies import START_NS, PaperDesk

LEVEL_LOTS = 500


class Said(Reference):
    """A price that a test changes."""

    def __init__(self, price: str | None) -> None:
        self.said = price

    def price(self, now_ns: int) -> Decimal | None:
        return None if self.said is None else Decimal(self.said)


def maker_at(price: str | None, **more: str | int | float) -> tuple[Maker, PaperDesk, Said]:
    reference = Said(price)
    maker = Maker(reference, QuoteSettings(**{"levels": 2, **more}))
    return maker, PaperDesk(maker), reference


def look(maker: Maker, desk: PaperDesk, seconds: float = 5) -> None:
    desk.time_ns += int(seconds * NS_PER_S)
    maker.hear(Timer(desk.time_ns))


def filled(desk: PaperDesk, place: Place, lots: int) -> None:
    """Let an order be filled."""
    assert place.price_ticks is not None
    left = place.lots - lots
    desk.strategy.hear(
        Fill(desk.time_ns, 1, place.key, place.side, place.price_ticks, lots, 0, False, True)
    )
    told = (place.price_ticks, place.lots, left)
    desk.strategy.hear(OrderUpdate(desk.time_ns, place.key, "open" if left else "filled", *told))


def placed(desk: PaperDesk) -> list[tuple[str, int, int]]:
    return [(a.side, a.price_ticks or 0, a.lots) for a in desk.confirm() if isinstance(a, Place)]


def test_first_look_quotes_both_sides_post_only() -> None:
    maker, desk, _ = maker_at("60000")
    look(maker, desk, 0)
    actions = desk.actions
    assert all(isinstance(action, Place) and action.post_only for action in actions)
    assert placed(desk) == [
        ("buy", 5_997_000, 500), ("buy", 5_991_000, 500),
        ("sell", 6_003_000, 500), ("sell", 6_009_000, 500),
    ]  # fmt: skip


def test_price_that_stays_changes_nothing_and_one_that_moves_changes_all() -> None:
    maker, desk, reference = maker_at("60000")
    look(maker, desk)
    desk.confirm()
    look(maker, desk)
    assert desk.taken() == []
    reference.said = "60003"  # half a basis point: near enough
    look(maker, desk)
    assert desk.taken() == []
    reference.said = "60033"
    look(maker, desk)
    kinds = [type(action).__name__ for action in desk.taken()]
    assert kinds == ["Cancel"] * 4 + ["Place"] * 4


def test_nothing_is_done_between_two_refreshes() -> None:
    maker, desk, reference = maker_at("60000")
    look(maker, desk)
    desk.confirm()
    reference.said = "61000"
    look(maker, desk, 4.9)
    assert desk.taken() == []
    look(maker, desk, 0.1)
    assert desk.taken()


def test_filled_quote_is_renewed_at_once() -> None:
    maker, desk, _ = maker_at("60000")
    look(maker, desk)
    best = next(a for a in desk.confirm() if isinstance(a, Place))
    filled(desk, best, LEVEL_LOTS)
    look(maker, desk, 0.25)
    assert placed(desk) == [("buy", 5_997_000, 500)]


def test_inventory_at_its_limit_ends_one_side() -> None:
    maker, desk, _ = maker_at("60000", position_max="0.05")
    look(maker, desk)
    best = next(a for a in desk.confirm() if isinstance(a, Place))
    filled(desk, best, LEVEL_LOTS)
    look(maker, desk)
    desk.confirm()
    assert {order.side for order in maker.orders.values()} == {"sell"}
    assert maker.open_lots("sell") == 2 * LEVEL_LOTS


def test_quotes_lean_with_the_inventory() -> None:
    """Long one clip, volatility 1: 0.01 * 1 * 60 = 0.6 basis points down, 3.6 USDT at 60,000."""
    maker = Maker(Fixed(Decimal(60_000)), QuoteSettings(levels=1, keep_bps=0), Inventory())
    desk = PaperDesk(maker)
    look(maker, desk, 0)
    (bid, ask) = desk.confirm()
    assert isinstance(bid, Place)
    filled(desk, bid, LEVEL_LOTS)
    look(maker, desk, 0)
    desk.time_ns += int(0.25 * NS_PER_S)
    volatility = maker.volatility
    volatility._variance, volatility._time_ns = 1.0, desk.time_ns
    maker.hear(Timer(desk.time_ns))
    assert isinstance(ask, Place)
    assert placed(desk) == [("buy", 5_996_640, 500), ("sell", 6_002_640, 500)]


def test_without_a_price_nothing_is_quoted() -> None:
    maker, desk, reference = maker_at(None)
    look(maker, desk)
    assert desk.taken() == [CancelAll()]
    reference.said = "60000"
    look(maker, desk)
    assert len(placed(desk)) == 4


def test_dynamic_spread_is_bounded() -> None:
    maker = Maker(Fixed(Decimal(60_000)), QuoteSettings(levels=1), Inventory())
    desk = PaperDesk(maker)
    maker.volatility.start_bps = 1_000
    look(maker, desk, 0)
    assert placed(desk) == [("buy", 5_970_000, 500), ("sell", 6_030_000, 500)]


def refuse(desk: PaperDesk, code: str) -> list[Place]:
    """Refuse every order that was placed."""
    places = [action for action in desk.taken() if isinstance(action, Place)]
    for place in places:
        told = (place.price_ticks or 0, place.lots, place.lots, code)
        desk.strategy.hear(OrderUpdate(desk.time_ns, place.key, "rejected", *told))
    return places


@pytest.mark.parametrize("code", sorted(MOVED))
def test_faster_market_is_quoted_again_at_the_next_look(code: str) -> None:
    maker, desk, _ = maker_at("60000")
    look(maker, desk)
    refuse(desk, code)
    look(maker, desk, 0.25)
    assert len(placed(desk)) == 4
    assert maker.unexpected == 0


@pytest.mark.parametrize("code", sorted(CLOSED | TROUBLE))
def test_closed_market_and_trouble_are_looked_at_again_at_the_next_refresh(code: str) -> None:
    maker, desk, _ = maker_at("60000")
    look(maker, desk)
    refuse(desk, code)
    look(maker, desk, 0.25)
    assert desk.taken() == []
    look(maker, desk)
    assert len(placed(desk)) == 4
    assert (maker.unexpected, maker.refused[code]) == (0, 4)


@pytest.mark.parametrize("code", [*sorted(SHORT), "SOMETHING_NEW"])
def test_side_that_cannot_be_quoted_rests_and_the_other_goes_on(code: str) -> None:
    maker, desk, _ = maker_at("60000")
    look(maker, desk)
    for action in desk.taken():
        assert isinstance(action, Place)
        status, reason = ("rejected", code) if action.side == "buy" else ("open", "")
        told = (action.price_ticks or 0, action.lots, action.lots, reason)
        maker.hear(OrderUpdate(desk.time_ns, action.key, status, *told))  # type: ignore[arg-type]
    look(maker, desk)
    assert {order.side for order in maker.orders.values()} == {"sell"}
    look(maker, desk, 31)
    assert {side for side, *_ in placed(desk)} == {"buy"}
    assert maker.unexpected == 2


def test_end_cancels_everything() -> None:
    maker, desk, _ = maker_at("60000")
    look(maker, desk)
    desk.confirm()
    maker.end()
    assert desk.taken() == [CancelAll()]


def test_time_begins_where_the_desk_says() -> None:
    maker, desk, _ = maker_at("60000")
    assert maker.now_ns == START_NS
    look(maker, desk)
    assert not any(isinstance(action, Cancel) for action in desk.taken())
