"""Orders are moved and cancelled where they are seen: on the chart."""

import json
from decimal import Decimal

import pytest
from playwright.sync_api import Locator, expect

from outcry.client import Client
from tests.e2e.web.trader import Trader
from tests.support.process import VenueProcess

MARKET = "BTC_USDT"
DRAG_PX, STEP_PX = 40, 3


@pytest.fixture(scope="module")
def trades(venue: VenueProcess, url: str, maker: Client) -> None:
    """Two trades apart, so that the chart has a height."""
    traders = json.loads((venue.data / "demo.json").read_text())["traders"]
    with Client(url, traders[1]["token"]) as taker:
        for price in ("60001.00", "60004.00"):
            maker.place(market=MARKET, side="sell", price=price, quantity="0.001")
            bought = taker.place(market=MARKET, side="buy", price=price, quantity="0.001")
            assert bought.status == "filled"


def point_at_line(trader: Trader) -> tuple[float, float]:
    """Move the pointer down over the chart until it is on an order's line; return where."""
    box = trader.page.get_by_test_id("chart").bounding_box()
    assert box is not None
    x = box["x"] + box["width"] / 3
    for down in range(0, int(box["height"]), STEP_PX):
        trader.page.mouse.move(x, box["y"] + down)
        if trader.page.locator(".line-tools").count():
            return x, box["y"] + down
    raise AssertionError("no line on the chart")


def price_of(orders: Locator) -> str:
    return orders.locator("td").nth(4).inner_text()


def drag(trader: Trader) -> None:
    x, y = point_at_line(trader)
    mouse = trader.page.mouse
    mouse.down()
    mouse.move(x, y + DRAG_PX, steps=5)
    mouse.up()


@pytest.fixture
def resting(newcomer: Trader, trades: None) -> Trader:
    newcomer.page.reload()
    newcomer.wait_for_book()
    newcomer.is_in()
    newcomer.place("Buy", "60002.50", "0.01")
    expect(newcomer.open_orders).to_have_count(1)
    return newcomer


def test_line_that_is_dragged_moves_its_order(resting: Trader, maker: Client) -> None:
    drag(resting)
    expect(resting.page.get_by_text("Order moved")).to_be_visible()
    expect(resting.open_orders).not_to_contain_text("60,002.50")
    expect(resting.open_orders).to_have_count(1)
    price = price_of(resting.open_orders).replace(",", "")
    assert Decimal(price) < Decimal("60002.50")
    assert price in {level[0] for level in maker.depth(MARKET, 100).bids}


def test_who_wishes_to_be_asked_is_asked_before_a_move(resting: Trader) -> None:
    resting.prefer("Ask before sending")
    drag(resting)
    dialog = resting.page.get_by_role("alertdialog", name="Move this order?")
    dialog.get_by_role("button", name="Leave it").click()
    expect(dialog).to_have_count(0)
    assert price_of(resting.open_orders) == "60,002.50"
    drag(resting)
    dialog.get_by_role("button", name="Move it").click()
    expect(resting.open_orders).not_to_contain_text("60,002.50")


def test_order_is_cancelled_on_the_chart(resting: Trader) -> None:
    point_at_line(resting)
    resting.page.locator(".line-tools").get_by_role("button").click()
    expect(resting.open_orders).to_have_count(0)


def chosen_interval(trader: Trader) -> Locator:
    return trader.page.get_by_role("group", name="Interval").locator("[aria-pressed=true]")


def test_market_with_few_minutes_is_shown_by_the_second(trader: Trader, trades: None) -> None:
    trader.open()
    expect(chosen_interval(trader)).to_have_text("1s")
    minute = {"open_time": "2026-01-01T00:00:00Z"}
    trader.page.route(
        "**/api/v1/klines?*limit=20*", lambda route: route.fulfill(json={"klines": [minute] * 20})
    )
    trader.page.reload()
    expect(chosen_interval(trader)).to_have_text("1m")


def test_interval_that_was_chosen_stays_chosen(trader: Trader, trades: None) -> None:
    trader.open()
    trader.page.get_by_role("button", name="5m", exact=True).click()
    trader.page.reload()
    expect(chosen_interval(trader)).to_have_text("5m")
