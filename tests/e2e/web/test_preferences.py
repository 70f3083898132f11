"""What somebody sets up for themselves is done, and is still so after a reload."""

from playwright.sync_api import expect

from outcry.client import Client
from tests.e2e.web.trader import Trader

MARKET = "BTC_USDT"


def test_order_is_asked_about_by_who_wishes_so(newcomer: Trader) -> None:
    newcomer.prefer("Ask before sending")
    newcomer.page.reload()
    newcomer.wait_for_book()
    newcomer.is_in()
    newcomer.price.fill("59000.00")
    newcomer.amount.fill("0.01")
    newcomer.send.click()
    dialog = newcomer.page.get_by_role("alertdialog", name="Buy BTC?")
    expect(dialog).to_contain_text("59,000.00 USDT")
    dialog.get_by_role("button", name="Back").click()
    expect(newcomer.open_orders).to_have_count(0)
    newcomer.send.click()
    dialog.get_by_role("button", name="Buy BTC").click()
    expect(newcomer.open_orders).to_have_count(1)


def test_click_on_the_book_trades_only_for_who_wishes_so(newcomer: Trader, maker: Client) -> None:
    offer = maker.place(market=MARKET, side="sell", price="60002.00", quantity="0.05")
    best = newcomer.page.locator(".asks .level").first
    expect(best).to_contain_text("60,002.00")
    newcomer.amount.fill("0.05")
    best.locator("span").first.click()
    expect(newcomer.price).to_have_value("60002.00")
    assert maker.order(offer.order_id).status == "open"
    newcomer.prefer("Click the book to trade")
    best.locator("span").first.click()
    expect(newcomer.page.get_by_text("Order filled")).to_be_visible()
    assert maker.order(offer.order_id).status == "filled"


def test_colours_of_up_and_down_are_swapped(trader: Trader) -> None:
    trader.open()
    page = trader.page
    style = "getComputedStyle(document.documentElement).getPropertyValue('--up')"
    up = page.evaluate(style)
    trader.prefer("Swap the colours of up and down")
    expect(page.locator("html")).to_have_attribute("data-swap", "true")
    assert page.evaluate(style) != up


def test_panels_keep_the_size_they_were_given(trader: Trader) -> None:
    trader.open()
    page = trader.page
    edge = page.get_by_role("separator", name="Width of the book")
    box = edge.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 5, box["y"] + 300)
    page.mouse.down()
    page.mouse.move(box["x"] - 75, box["y"] + 300, steps=4)
    page.mouse.up()
    expect(edge).to_have_attribute("aria-valuenow", "370")
    edge.press("ArrowRight")
    expect(edge).to_have_attribute("aria-valuenow", "354")
    page.reload()
    trader.wait_for_book()
    ladder = page.locator(".ladder").bounding_box()
    assert ladder is not None
    assert ladder["width"] == 354
    trader.prefer("Panels as they were")
    expect(edge).to_have_attribute("aria-valuenow", "290")


def test_focus_goes_back_to_what_opened_a_dialog(trader: Trader) -> None:
    trader.open()
    button = trader.page.get_by_role("button", name="Log in", exact=True)
    button.click()
    expect(trader.page.get_by_label("E-mail")).to_be_focused()
    trader.page.keyboard.press("Escape")
    expect(button).to_be_focused()
