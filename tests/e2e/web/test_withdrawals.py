"""Money that leaves: from the address book, with the second factor, until it is taken back."""

from playwright.sync_api import expect

from tests.e2e.web.trader import Trader

ADDRESS = "bc1qcoldvault"


def keep_address(trader: Trader) -> None:
    """Write an address into the address book."""
    page = trader.page
    page.locator(".who-button").click()
    page.get_by_role("tab", name="Addresses").click()
    page.get_by_label("Name", exact=True).fill("cold")
    page.get_by_label("Address", exact=True).fill(ADDRESS)
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("button", name="Remove cold")).to_be_visible()
    page.keyboard.press("Escape")


def test_withdrawal_to_a_known_address_waits_and_can_be_taken_back(newcomer: Trader) -> None:
    page = newcomer.page
    keep_address(newcomer)
    newcomer.tab("Balances")
    page.get_by_role("button", name="Withdraw BTC").click()
    newcomer.choose("From your addresses", "cold")
    expect(page.get_by_label("To the address")).to_have_value(ADDRESS)
    page.locator("input[name=amount]").fill("0.25")
    page.locator(".dialog form button[type=submit]").click()
    row = page.locator("tr[data-withdrawal]")
    expect(row).to_contain_text("0.25 BTC")
    expect(row).to_contain_text("waiting for approval")
    bitcoin = page.locator("tr[data-asset=BTC]")
    expect(bitcoin).to_contain_text("0.75")
    row.get_by_role("button", name="Cancel withdrawal").click()
    expect(row).to_contain_text("cancelled, money returned")
    expect(bitcoin).not_to_contain_text("0.75")


def test_more_than_there_is_does_not_leave(newcomer: Trader) -> None:
    page = newcomer.page
    newcomer.tab("Balances")
    page.get_by_role("button", name="Withdraw BTC").click()
    page.locator("input[name=amount]").fill("7")
    page.get_by_label("To the address").fill(ADDRESS)
    page.locator(".dialog form button[type=submit]").click()
    expect(page.locator(".toast.bad")).to_contain_text("Not withdrawn")
    expect(page.locator("tr[data-withdrawal]")).to_have_count(0)


def test_fees_of_every_market_are_said(newcomer: Trader) -> None:
    newcomer.page.locator(".who-button").click()
    newcomer.page.get_by_role("tab", name="Fees").click()
    row = newcomer.page.get_by_role("row").filter(has_text="BTC/USDT")
    expect(row).to_contain_text("0.02%")
    expect(row).to_contain_text("0.05%")
