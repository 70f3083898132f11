"""Pictures of the trader as people see it, for the documentation: `make screens`.

The market has a past: the venue starts with a clock that is hours behind, which is then let go on
in steps until it is right.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.e2e.web.market import Moving
from tests.e2e.web.trader import Trader
from tests.support.process import VenueProcess
from tests.support.wrong_clock import WrongClock
from tools.skips import NO_FAKETIME

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(not shutil.which("faketime"), reason=NO_FAKETIME),
]

PAST_S, STEP_S = 4 * 3_600, 8
PNG_BYTES_MIN = 20_000
ADDRESS = "bc1qcoldvault"
DESKTOP: ViewportSize = {"width": 1600, "height": 960}
PHONE: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moving]:
    """A market that has moved for some hours."""
    folder = tmp_path_factory.mktemp("past")
    clock = WrongClock(folder / "time")
    clock.set(-PAST_S)
    venue = VenueProcess(folder / "venue", "--demo", environ=clock.environ())
    url = venue.started()["url"]
    with Moving(url, folder / "venue") as market:
        for ahead_s in range(-PAST_S, STEP_S, STEP_S):
            clock.set(ahead_s)
            market.step()
        clock.set(0)
        yield market
    venue.end()


@pytest.fixture(scope="module")
def url(market: Moving) -> str:
    return market.url


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    named = os.environ.get("SCREENS")
    folder = Path(named) if named else tmp_path_factory.mktemp("screens")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def take(page: Page, path: Path) -> None:
    """Take a picture once nothing is on its way any more."""
    page.wait_for_timeout(400)
    page.screenshot(path=path)
    assert path.stat().st_size > PNG_BYTES_MIN


def settle(trader: Trader, price: str) -> None:
    """Come in, with money, some orders and a fill."""
    trader.email = "ada@example.com"
    trader.register()
    trader.take_play_money()
    trader.kind("Market")
    trader.amount.fill("0.15")
    trader.send.click()
    expect(trader.page.get_by_text("Order filled")).to_be_visible()
    trader.kind("Limit")
    whole = int(float(price))
    for side, away, amount in (("Buy", -160, "0.25"), ("Buy", -290, "0.4"), ("Sell", 240, "0.3")):
        trader.place(side, f"{whole + away}.00", amount)
    expect(trader.open_orders).to_have_count(3)


def test_pictures_of_the_desktop(
    browser: Browser, url: str, pictures: Path, market: Moving
) -> None:
    context = browser.new_context(base_url=url, viewport=DESKTOP)
    page = context.new_page()
    page.set_default_timeout(30_000)
    trader = Trader(page)
    try:
        trader.open()
        price = page.get_by_test_id("last-price").inner_text().replace(",", "")
        settle(trader, price)
        trader.side("Buy")
        trader.price.fill(f"{int(float(price)) + 45}.00")
        trader.amount.fill("0.5")
        expect(page.locator(".toast")).to_have_count(0)
        market.step()
        take(page, pictures / "trader-dark.png")
        page.get_by_role("button", name="Light theme").click()
        trader.tab("Fills")
        trader.kind("Bracket")
        whole = int(float(price))
        page.get_by_label("Take profit at", exact=True).fill(f"{whole + 900}.00")
        page.get_by_label("Stop loss at", exact=True).fill(f"{whole - 600}.00")
        take(page, pictures / "trader-light.png")
        page.keyboard.press("Escape")
        page.locator(".market-button").click()
        page.locator(".sparkline path").first.wait_for()
        take(page, pictures / "trader-markets.png")
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Dark theme").click()
        page.get_by_role("tab", name="Depth").click()
        trader.tab("Balances")
        take(page, pictures / "trader-depth.png")
        page.locator(".who-button").click()
        page.get_by_role("dialog").get_by_text("this one").wait_for()
        take(page, pictures / "trader-account.png")
        page.get_by_role("tab", name="Withdraw", exact=True).click()
        page.locator("input[name=amount]").fill("0.25")
        page.get_by_label("To the address").fill(ADDRESS)
        page.locator(".dialog form button[type=submit]").click()
        page.locator("tr[data-withdrawal]").wait_for()
        expect(page.locator(".toast")).to_have_count(0)
        take(page, pictures / "trader-withdraw.png")
    finally:
        context.close()


def test_pictures_of_the_phone(browser: Browser, url: str, pictures: Path) -> None:
    context = browser.new_context(
        base_url=url, viewport=PHONE, device_scale_factor=2, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.set_default_timeout(30_000)
    trader = Trader(page)
    try:
        page.goto("/trade/BTC_USDT")
        trader.sees_connection("good")
        page.locator("[data-loaded='1']").wait_for()
        take(page, pictures / "trader-phone-chart.png")
        parts = page.get_by_role("navigation", name="Parts of the screen")
        parts.get_by_role("button", name="Book").click()
        page.locator(".bids .level:not(.empty-row)").first.wait_for()
        take(page, pictures / "trader-phone-book.png")
        parts.get_by_role("button", name="Trade").click()
        take(page, pictures / "trader-phone-trade.png")
    finally:
        context.close()
