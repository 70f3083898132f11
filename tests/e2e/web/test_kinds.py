"""Every kind of order that the form offers is one that the venue takes."""

from playwright.sync_api import expect

from outcry.client import Client
from tests.e2e.web.trader import Trader

ABOVE, BELOW = "61000.00", "59000.00"


LISTS = {"OCO", "One triggers another", "Bracket"}
"""Kinds that are more than one order, by two or three."""


def values(kind: str) -> dict[str, str]:
    """Return what is typed for a kind of order to buy: it waits, above or below the market."""
    falls = kind.startswith("Take profit")
    return {
        "Stop price": BELOW if falls else ABOVE,
        "Price": ABOVE if kind == "Stop limit" else BELOW,
        "Worst price": ABOVE,
        "Limit price": BELOW,
        "Stop limit price": ABOVE,
        "Then back at": ABOVE,
        "Take profit at": ABOVE,
        "Stop loss at": "58000.00",
        "Trail": "2",
        "Offset": "-1.00",
        "Amount": "0.02",
        "Shown at a time": "0.005",
    }


def fill_in(trader: Trader, kind: str) -> None:
    """Type everything that the form asks for this kind of order."""
    for label, text in values(kind).items():
        field = trader.page.locator(".order-form").get_by_label(label, exact=True)
        if field.count() and field.evaluate("(one) => one.tagName") == "INPUT":
            field.fill(text)


def orders_of(kind: str) -> int:
    """Return how many open orders a kind is."""
    return 3 if kind == "Bracket" else 2 if kind in LISTS else 1


def test_form_places_every_kind_that_it_offers(newcomer: Trader, maker: Client) -> None:
    # What waits for a price needs a last one.
    maker.place(market="BTC_USDT", side="sell", price="60002.00", quantity="0.01")
    newcomer.kind("Market")
    newcomer.amount.fill("0.01")
    newcomer.send.click()
    expect(newcomer.page.get_by_text("Order filled")).to_be_visible()
    kinds = ["Limit", *newcomer.more_kinds()]
    assert {"Pegged", "TWAP", "Trailing stop", *LISTS} <= set(kinds)
    placed = 0
    for kind in kinds:
        newcomer.kind(kind)
        fill_in(newcomer, kind)
        newcomer.send.click()
        placed += orders_of(kind)
        expect(newcomer.open_orders).to_have_count(placed)
        expect(newcomer.page.locator(".order-form .trouble")).to_have_count(0)


def test_order_ends_at_the_time_that_was_typed(newcomer: Trader, maker: Client) -> None:
    page = newcomer.page
    page.locator(".terms summary").click()
    newcomer.choose("Time in force", "Until a time")
    newcomer.price.fill(BELOW)
    newcomer.amount.fill("0.01")
    expect(newcomer.send).to_be_disabled()
    ends = page.get_by_label("Ends", exact=True)
    ends.fill("2020-01-01T12:00")
    expect(page.get_by_text("It must end in the future")).to_be_visible()
    ends.fill("2099-01-01T12:00")
    newcomer.send.click()
    expect(newcomer.open_orders).to_have_count(1)
    newcomer.tab("Order history")
    expect(page.get_by_role("group", name="Order history")).to_contain_text("GTD")
