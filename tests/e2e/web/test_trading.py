"""A newcomer trades: from the first look to a fill, a cancel and a reload."""

from decimal import Decimal

from playwright.sync_api import expect

from outcry.client import Client
from tests.e2e.web.trader import Trader

MARKET = "BTC_USDT"


def test_newcomer_places_an_order_sees_the_book_move_and_cancels(
    newcomer: Trader, maker: Client
) -> None:
    newcomer.place("Buy", "60001.50", "0.5")
    expect(newcomer.open_orders).to_have_count(1)
    expect(newcomer.page.locator(".bids .level.own")).to_have_count(1)
    assert newcomer.levels("bids")[0] == ("60001.50", "0.5000")
    assert maker.depth(MARKET, 1).bids[0] == ("60001.50", "0.5000")
    newcomer.open_orders.get_by_role("button", name="Cancel order").click()
    expect(newcomer.open_orders).to_have_count(0)
    expect(newcomer.page.locator(".bids .level.own")).to_have_count(0)
    assert maker.depth(MARKET, 1).bids[0][0] != "60001.50"


def test_book_that_others_move_moves_on_the_screen(trader: Trader, maker: Client) -> None:
    trader.open()
    placed = maker.place(market=MARKET, side="sell", price="60003.00", quantity="0.0123")
    best = trader.page.locator(".asks .level").first
    expect(best).to_contain_text("60,003.00")
    expect(best).to_contain_text("0.0123")
    maker.cancel(placed.order_id)
    expect(best).not_to_contain_text("60,003.00")


def test_market_order_fills_and_is_told_everywhere(newcomer: Trader, maker: Client) -> None:
    offer = maker.place(market=MARKET, side="sell", price="60004.00", quantity="0.2")
    newcomer.wait_for_book()
    newcomer.kind("Market")
    newcomer.side("Buy")
    newcomer.amount.fill("0.2")
    expect(newcomer.page.locator(".preview")).to_contain_text("60,004")
    expect(newcomer.page.locator(".preview")).to_contain_text("0.0001 BTC")
    newcomer.send.click()
    expect(newcomer.page.get_by_text("Order filled")).to_be_visible()
    assert maker.order(offer.order_id).status == "filled"
    expect(newcomer.page.get_by_test_id("tape")).to_contain_text("60,004.00")
    expect(newcomer.page.get_by_test_id("last-price")).to_have_text("60,004.00")
    newcomer.tab("Fills")
    row = newcomer.page.get_by_role("group", name="Fills").locator("tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Taker")
    newcomer.tab("Balances")
    bitcoin = newcomer.page.locator("tr[data-asset=BTC]")
    left, price = Decimal("1.2") - Decimal("0.0001"), Decimal("60004.00")
    expect(bitcoin).to_contain_text(str(left))
    expect(bitcoin).to_contain_text(f"{left * price:,.6f}")
    worth = left * price + 100_000 - Decimal("0.2") * price
    expect(newcomer.page.get_by_test_id("worth")).to_have_text(f"{worth:,.6f}")


def test_resting_order_that_trades_is_told(newcomer: Trader, maker: Client) -> None:
    newcomer.place("Sell", "60003.00", "0.1")
    expect(newcomer.open_orders).to_have_count(1)
    maker.place(market=MARKET, side="buy", price="60003.00", quantity="0.1", time_in_force="ioc")
    expect(newcomer.page.get_by_text("Order traded")).to_be_visible()
    expect(newcomer.open_orders).to_have_count(0)
    newcomer.tab("Order history")
    history = newcomer.page.get_by_role("group", name="Order history")
    expect(history.locator("tbody tr").first).to_contain_text("filled")


def test_reload_keeps_who_one_is_and_what_is_open(newcomer: Trader) -> None:
    newcomer.place("Buy", "59000.00", "0.01")
    expect(newcomer.open_orders).to_have_count(1)
    newcomer.page.reload()
    newcomer.wait_for_book()
    newcomer.is_in()
    expect(newcomer.open_orders).to_have_count(1)
    newcomer.page.reload()
    newcomer.is_in()


def test_cancel_all_asks_first(newcomer: Trader, maker: Client) -> None:
    for price in ("59000.00", "59001.00", "59002.00"):
        newcomer.place("Buy", price, "0.01")
    expect(newcomer.open_orders).to_have_count(3)
    newcomer.page.get_by_role("button", name="Cancel all", exact=True).click()
    newcomer.page.get_by_role("button", name="Keep them").click()
    expect(newcomer.open_orders).to_have_count(3)
    newcomer.page.keyboard.press("x")
    newcomer.page.get_by_role("button", name="Cancel all 3").click()
    expect(newcomer.open_orders).to_have_count(0)


def test_form_names_the_nearest_number_that_is_valid(newcomer: Trader) -> None:
    newcomer.price.fill("60000.005")
    newcomer.amount.fill("0.01")
    expect(newcomer.page.get_by_text("Price must be a multiple of 0.01")).to_be_visible()
    expect(newcomer.send).to_be_disabled()
    newcomer.page.get_by_role("button", name="Use 60000.01").click()
    expect(newcomer.price).to_have_value("60000.01")
    expect(newcomer.send).to_be_enabled()
    newcomer.amount.fill("5")
    expect(newcomer.page.get_by_text("Not enough USDT")).to_be_visible()
    expect(newcomer.send).to_be_disabled()


def test_click_on_the_book_and_a_share_fill_the_form(newcomer: Trader) -> None:
    newcomer.page.locator(".bids .level").nth(1).click()
    price = newcomer.levels("bids")[1][0]
    expect(newcomer.price).to_have_value(price)
    newcomer.page.get_by_role("button", name="50%").click()
    half = Decimal(newcomer.amount.input_value()) * Decimal(price)
    assert Decimal(49_990) < half <= Decimal(50_000)
    newcomer.send.click()
    expect(newcomer.open_orders).to_have_count(1)


def test_other_market_is_found_by_name_and_stays_chosen(trader: Trader) -> None:
    trader.open()
    trader.page.keyboard.press("/")
    trader.page.get_by_label("Search markets").fill("tata")
    trader.page.keyboard.press("Enter")
    expect(trader.page.locator(".market-button")).to_contain_text("TATA/INR")
    trader.wait_for_book()
    assert trader.page.url.endswith("/trade/TATA_INR")
    trader.page.goto("/")
    expect(trader.page.locator(".market-button")).to_contain_text("TATA/INR")


def test_keys_and_the_palette_do_what_they_say(newcomer: Trader) -> None:
    newcomer.page.keyboard.press("s")
    expect(newcomer.send).to_have_text("Sell BTC")
    newcomer.page.keyboard.press("Escape")
    newcomer.page.keyboard.press("Control+k")
    newcomer.page.get_by_role("combobox", name="Search markets and commands").fill("theme")
    newcomer.page.keyboard.press("Enter")
    expect(newcomer.page.locator("html")).to_have_attribute("data-theme", "light")


def test_csv_of_ones_own_fills_is_the_venues(newcomer: Trader, maker: Client) -> None:
    newcomer.kind("Market")
    newcomer.amount.fill("0.01")
    newcomer.send.click()
    newcomer.tab("Fills")
    expect(newcomer.page.get_by_role("group", name="Fills").locator("tbody tr")).to_have_count(1)
    with newcomer.page.expect_download() as waiting:
        newcomer.page.get_by_role("button", name="CSV").click()
    text = waiting.value.path().read_text()
    assert waiting.value.suggested_filename == "outcry-fills.csv"
    assert len(text.strip().splitlines()) == 2
