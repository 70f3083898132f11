"""Every kind of order that the form offers is one that the venue takes."""

from playwright.sync_api import expect

from outcry.client import Client
from tests.e2e.web.trader import Trader

ABOVE, BELOW = "61000.00", "59000.00"


def values(kind: str) -> dict[str, str]:
    """Return what is typed for a kind of order to buy: it waits, above or below the market."""
    falls = kind.startswith("Take profit")
    return {
        "Stop price": BELOW if falls else ABOVE,
        "Price": ABOVE if kind in {"Stop limit", "Trailing stop"} else BELOW,
        "Limit price": BELOW,
        "Stop limit price": ABOVE,
        "Trail": "2",
        "Amount": "0.02",
        "Shown at a time": "0.005",
    }


def test_form_places_every_kind_that_it_offers(newcomer: Trader, maker: Client) -> None:
    # What waits for a price needs a last one.
    maker.place(market="BTC_USDT", side="sell", price="60002.00", quantity="0.01")
    newcomer.kind("Market")
    newcomer.amount.fill("0.01")
    newcomer.send.click()
    expect(newcomer.page.get_by_text("Order filled")).to_be_visible()
    for placed, kind in enumerate(["Limit", *newcomer.more_kinds()], start=1):
        newcomer.kind(kind)
        for label, text in values(kind).items():
            field = newcomer.page.locator(".order-form").get_by_label(label, exact=True)
            if field.count() and field.evaluate("(one) => one.tagName") == "INPUT":
                field.fill(text)
        newcomer.send.click()
        # A list is two orders.
        expect(newcomer.open_orders).to_have_count(placed + (kind == "OCO"))
        expect(newcomer.page.locator(".order-form .trouble")).to_have_count(0)
