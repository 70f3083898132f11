"""Pictures of the console as staff sees it, for the documentation: `make screens`."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from outcry.client import Client
from tests.e2e.web.console import Console, staff_of
from tests.e2e.web.trader import PASSWORD
from tests.support.process import VenueProcess

pytestmark = pytest.mark.soak

DESKTOP: ViewportSize = {"width": 1600, "height": 960}
PNG_BYTES_MIN = 20_000
LIVELY_MS = 60_000
"""So long the venue is watched before its picture is taken: the small charts fill."""
WITHDRAWALS = (
    ("ada", "BTC", "0.75", "bc1q-cold-wallet-of-ada"),
    ("grace", "USDT", "12500.00", "0x71C7656EC7ab88b098defB751B7401B5f6d8976F"),
    ("linus", "ETH", "4.2", "0x4E83362442B8d1beC281594cEa3050c8EB01311C"),
)


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VenueProcess]:
    venue = VenueProcess(tmp_path_factory.mktemp("venue"), "--demo", "--maker")
    yield venue
    venue.end()


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    named = os.environ.get("SCREENS")
    folder = Path(named) if named else tmp_path_factory.mktemp("screens")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def take(page: Page, path: Path) -> None:
    """Take a picture once nothing is on its way any more."""
    expect(page.locator(".waiting")).to_have_count(0)
    page.wait_for_timeout(1_200)
    page.screenshot(path=path)
    assert path.stat().st_size > PNG_BYTES_MIN


def settle(url: str) -> int:
    """Let some people come, trade a bit and want their money out; return the last one's account."""
    for name, asset, amount, address in WITHDRAWALS:
        with Client(url) as client:
            client.register(f"{name}@example.com", PASSWORD)
            for symbol, given in (("BTC", "2"), ("ETH", "20"), ("USDT", "50000")):
                client.faucet(symbol, given)
            client.place(market="BTC_USDT", side="buy", type="market", quantity="0.05")
            client.place(market="BTC_USDT", side="buy", price="58000.00", quantity="0.1")
            client.withdraw(
                asset=asset, amount=amount, address=address, client_withdrawal_id=f"{name}-1"
            )
            account = client.me().user_id
    return int(account)


def ask_for_things(console: Console, account: int) -> None:
    """Ask for an adjustment and for other fees, and approve a withdrawal."""
    page = console.page
    console.open("Withdrawals")
    page.get_by_role("button", name="Approve").first.click()
    console.confirm("Approve it", None)
    console.open("Deposits and adjustments")
    page.get_by_role("button", name="New adjustment").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Account").fill(str(account))
    dialog.get_by_label("Asset").select_option("USDT")
    dialog.get_by_label("Amount").fill("125.00")
    console.confirm("Ask for it", "a fee was charged twice on Friday")
    console.open("Markets")
    console.row("BTC_USDT").get_by_role("link").click()
    page.get_by_role("button", name="Edit fees").click()
    page.get_by_role("dialog").get_by_label("Taker").fill("0.045")
    console.confirm("Ask for it", "the new schedule of fees")


def test_pictures_of_the_console(browser: Browser, venue: VenueProcess, pictures: Path) -> None:
    url = str(venue.started()["url"])
    account = settle(url)
    context = browser.new_context(base_url=url, viewport=DESKTOP)
    page = context.new_page()
    page.set_default_timeout(30_000)
    console = Console(page)
    try:
        console.log_in_as(staff_of(venue.data)["finance"])
        ask_for_things(console, account)
        page.get_by_role("button", name="Log out").click()
        console.log_in_as(staff_of(venue.data)["admin"])
        expect(page.locator(".toast")).to_have_count(0)
        page.wait_for_timeout(LIVELY_MS)
        take(page, pictures / "admin-overview-dark.png")
        page.get_by_role("button", name="Light theme").click()
        take(page, pictures / "admin-overview-light.png")
        for part, theme in (
            ("Withdrawals", "light"), ("Bots", "dark"), ("Ledger", "dark"), ("Requests", "dark"),
            ("Health", "dark"), ("Audit log", "light"), ("People", "light"), ("Orders", "dark"),
            ("Risk and limits", "dark"), ("Snapshots", "dark"), ("Markets", "dark"),
            ("Deposits and adjustments", "dark"), ("Settlement", "dark"),
        ):  # fmt: skip
            console.open(part)
            wear(page, theme)
            if part == "Bots":
                page.wait_for_timeout(LIVELY_MS // 3)
            take(page, pictures / f"admin-{part.lower().replace(' ', '-')}-{theme}.png")
        console.open("Markets")
        console.row("BTC_USDT").get_by_role("link").click()
        take(page, pictures / "admin-market-dark.png")
        console.open("People")
        console.row(account).get_by_role("link").click()
        take(page, pictures / "admin-person-dark.png")
    finally:
        context.close()


def wear(page: Page, theme: str) -> None:
    """Turn the theme, unless it is on."""
    if page.locator("html").get_attribute("data-theme") != theme:
        page.get_by_role("button", name=f"{theme.title()} theme").click()
