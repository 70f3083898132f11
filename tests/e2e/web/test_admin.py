"""Staff runs the venue from a browser; what they do, traders see."""

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from outcry.client import ApiError, Client
from tests.e2e.web.conftest import DESKTOP, TIMEOUT_MS
from tests.e2e.web.console import Console, staff_of
from tests.e2e.web.test_pages import violations
from tests.e2e.web.trader import PASSWORD, Trader
from tests.support.ports import free_port
from tests.support.process import VenueProcess

MARKET = "BTC_USDT"


@pytest.fixture(scope="module")
def pages(browser: Browser, url: str) -> Iterator[Callable[[], Page]]:
    """Another browser for everybody who comes."""
    with ExitStack() as stack:

        def another() -> Page:
            context = browser.new_context(base_url=url, viewport=DESKTOP)
            stack.callback(context.close)
            page = context.new_page()
            page.set_default_timeout(TIMEOUT_MS)
            return page

        yield another


def member(page: Page, venue: VenueProcess, name: str) -> Console:
    console = Console(page)
    console.log_in_as(staff_of(venue.data)[name])
    return console


@pytest.fixture(scope="module")
def admin(pages: Callable[[], Page], venue: VenueProcess) -> Console:
    """An admin, who stays: a code of the second factor is good once."""
    return member(pages(), venue, "admin")


@pytest.fixture(scope="module")
def finance(pages: Callable[[], Page], venue: VenueProcess) -> Console:
    """Somebody of finance, who stays as well."""
    return member(pages(), venue, "finance")


@pytest.fixture
def customer(url: str) -> Iterator[Client]:
    """Somebody with play money, who speaks the API."""
    with Client(url) as client:
        client.register("customer@console.example", PASSWORD)
        client.faucet("BTC", "3")
        client.faucet("USDT", "1000")
        yield client


def available(client: Client, asset: str) -> Decimal:
    (found,) = [one for one in client.balances().balances if one.asset == asset]
    return Decimal(found.available)


def test_staff_gets_in_with_a_second_factor_alone(page: Page, venue: VenueProcess) -> None:
    staff = staff_of(venue.data)["finance"]
    page.goto("/admin")
    page.get_by_label("E-mail").fill(staff["email"])
    page.get_by_label("Password").fill(staff["password"])
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_contain_text("authenticator")
    Console(page).log_in_as(staff)
    page.reload()
    Console(page).sees("good")
    expect(page.get_by_role("link", name="Withdrawals")).to_be_visible()
    expect(page.locator(".me")).to_contain_text("finance, risk")


def test_customer_has_no_business_at_the_console(newcomer: Trader) -> None:
    newcomer.page.goto("/admin")
    expect(newcomer.page.locator("main")).to_contain_text("has no role here")
    expect(newcomer.page.get_by_role("navigation", name="Pages")).to_have_count(0)


def test_halted_market_is_halted_for_the_trader(
    admin: Console, pages: Callable[[], Page], maker: Client
) -> None:
    trader = Trader(pages())
    trader.open()
    trader.register()
    trader.take_play_money()
    admin.open("Markets")
    admin.row(MARKET).get_by_role("button", name="Halt").click()
    admin.confirm("Halt BTC/USDT")
    expect(admin.row(MARKET)).to_contain_text("halted")
    trader.price.fill("59000.00")
    trader.amount.fill("0.01")
    trader.send.click()
    expect(trader.page.get_by_text("halted").first).to_be_visible()
    expect(trader.open_orders).to_have_count(0)
    admin.row(MARKET).get_by_role("button", name="Auction").click()
    admin.confirm("Auction BTC/USDT")
    expect(admin.row(MARKET)).to_contain_text("auction")
    admin.row(MARKET).get_by_role("link").click()
    admin.page.get_by_role("button", name="Open", exact=True).click()
    admin.confirm("Open BTC/USDT")
    expect(admin.page.locator("h1")).to_contain_text("trading")
    trader.place("Buy", "59000.00", "0.01")
    expect(trader.open_orders).to_have_count(1)


def test_withdrawal_takes_two_people_and_ends_as_sent(
    admin: Console, finance: Console, customer: Client
) -> None:
    asked = customer.withdraw(
        asset="BTC", amount="1.25", address="bc1qconsole", client_withdrawal_id="w-1"
    )
    assert available(customer, "BTC") == Decimal("1.75")
    for console in (admin, finance):
        console.open("Withdrawals")
        expect(console.row(asked.withdrawal)).to_contain_text("bc1qconsole")
    first = admin.row(asked.withdrawal)
    first.get_by_role("button", name="Approve").click()
    admin.confirm("Approve it", None)
    expect(first).to_contain_text("1 of 2")
    expect(first).to_contain_text("somebody else has to")
    expect(first.get_by_role("button", name="Approve")).to_have_count(0)
    second = finance.row(asked.withdrawal)
    expect(second).to_contain_text("1 of 2")
    second.get_by_role("button", name="Approve").click()
    finance.confirm("Approve it", None)
    expect(second).to_contain_text("2 of 2")
    second.get_by_role("button", name="Mark sent").click()
    finance.page.get_by_role("dialog").get_by_label("Reference").fill("tx-4711")
    finance.confirm("It was sent", None)
    expect(second).to_have_count(0)
    told = customer.withdrawal(asked.withdrawal)
    assert (told.state, told.funds, told.reference) == ("sent", "left", "tx-4711")
    assert available(customer, "BTC") == Decimal("1.75")


def test_adjustment_shows_both_sides_and_waits_for_somebody_else(
    admin: Console, finance: Console, maker: Client
) -> None:
    account = maker.me().user_id
    before = available(maker, "USDT")
    finance.open("Deposits and adjustments")
    finance.page.get_by_role("button", name="New adjustment").click()
    dialog = finance.page.get_by_role("dialog")
    dialog.get_by_label("Account").fill(str(account))
    dialog.get_by_label("Asset").select_option("USDT")
    dialog.get_by_label("Amount").fill("-12.5")
    both = dialog.get_by_role("table", name="Both sides")
    expect(both).to_contain_text("-12.5")
    expect(both).to_contain_text("+12.5")
    finance.confirm("Ask for it", "a fee that was not taken")
    row = finance.page.locator("tr[data-row]", has_text="Adjustment").first
    expect(row).to_contain_text("Somebody else decides")
    expect(row.get_by_role("button", name="Approve")).to_have_count(0)
    waiting = admin.page.get_by_role("navigation", name="Pages").locator(".count").last
    expect(waiting).to_contain_text("1")
    admin.open("Requests")
    admin.page.get_by_role("button", name="Approve").click()
    admin.confirm("Approve it", None)
    expect(row).to_contain_text("done")
    assert before - available(maker, "USDT") == Decimal("12.5")


def test_trade_is_settled_and_stands_in_a_signed_batch(admin: Console, maker: Client) -> None:
    bought = maker.place(market=MARKET, side="buy", type="market", quantity="0.01")
    assert bought.status == "filled"
    admin.open("Settlement")
    expect(admin.page.get_by_test_id("settled")).to_contain_text("Not settled yet")
    rows = admin.page.get_by_role("group", name="Batches").locator("tbody tr")
    expect(rows.last).to_contain_text("1 – ")
    expect(rows.first).to_contain_text("settled")


def test_frozen_person_trades_no_more_until_activated(
    admin: Console, newcomer_client: Client
) -> None:
    account = newcomer_client.me().user_id
    admin.open("People")
    admin.page.get_by_label("Search people").fill("frozen@")
    admin.row(account).get_by_role("link").click()
    admin.page.get_by_role("button", name="Freeze").click()
    admin.confirm("Freeze")
    expect(admin.page.locator("h1")).to_contain_text("frozen")
    with pytest.raises(ApiError, match="frozen"):
        newcomer_client.place(market=MARKET, side="buy", price="100.00", quantity="0.01")
    admin.page.get_by_role("button", name="Activate").click()
    admin.confirm("Activate")
    expect(admin.page.locator("h1")).to_contain_text("active")
    assert newcomer_client.place(market=MARKET, side="buy", price="59000.00", quantity="0.01")


@pytest.fixture
def newcomer_client(url: str) -> Iterator[Client]:
    with Client(url) as client:
        client.register("frozen@console.example", PASSWORD)
        client.faucet("USDT", "10000")
        yield client


def stop_and_start(console: Console) -> None:
    console.open("Bots")
    card = console.page.locator(".card", has_text="ETH/USDT").last
    expect(card.locator(".card-head")).to_contain_text("running")
    card.get_by_role("button", name="Stop").click()
    console.confirm("Stop it", None)
    expect(card.locator(".card-head")).to_contain_text("stopped")
    card.get_by_role("button", name="Start").click()
    console.confirm("Start it", None)
    expect(card.locator(".card-head")).to_contain_text("running")


def test_bots_are_stopped_and_started_and_an_away_venue_is_said_to_be_away(
    browser: Browser, tmp_path: Path
) -> None:
    port = str(free_port())
    venue = VenueProcess(tmp_path / "venue", "--demo", "--maker", "--port", port)
    context = browser.new_context(base_url=str(venue.started()["url"]), viewport=DESKTOP)
    console = Console(context.new_page())
    try:
        console.log_in_as(staff_of(venue.data)["admin"])
        console.sees("good")
        stop_and_start(console)
        venue.end(signal.SIGKILL)
        console.sees("bad")
        expect(console.page.locator(".banner")).to_contain_text("does not answer")
        expect(console.page.locator("h1")).to_contain_text("Bots")
        venue = VenueProcess(tmp_path / "venue", "--demo", "--maker", "--port", port)
        venue.started()
        console.sees("good")
        expect(console.page.locator(".banner")).to_have_count(0)
    finally:
        context.close()
        venue.end()


def test_axe_finds_nothing_on_any_page_in_either_theme(admin: Console, axe: str) -> None:
    for theme in ("Light theme", "Dark theme"):
        admin.page.get_by_role("button", name=theme).click()
        for link in (
            admin.page.get_by_role("navigation", name="Pages").get_by_role("link").all()[1:]
        ):
            link.click()
            expect(admin.page.locator(".waiting")).to_have_count(0)
            assert violations(admin.page, axe) == []


def test_tablet_shows_all_of_a_page_without_going_sideways(admin: Console, axe: str) -> None:
    admin.page.set_viewport_size({"width": 820, "height": 1100})
    try:
        for name in ("Overview", "Markets", "Withdrawals", "Ledger", "Settlement"):
            admin.open(name)
            expect(admin.page.locator(".waiting")).to_have_count(0)
            assert admin.page.evaluate("document.documentElement.scrollWidth") <= 820
            assert violations(admin.page, axe) == []
    finally:
        admin.page.set_viewport_size(DESKTOP)


def test_axe_finds_nothing_where_an_act_is_asked_about(admin: Console, axe: str) -> None:
    admin.open("Markets")
    admin.page.get_by_role("button", name="New market").click()
    admin.page.get_by_role("dialog").wait_for()
    assert violations(admin.page, axe) == []
