"""What somebody does at the screen, in their words."""

import itertools

from playwright.sync_api import Locator, Page, expect

PASSWORD = "correct horse battery"
_numbers = itertools.count(1)


class Trader:
    """Somebody at a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.email = f"trader{next(_numbers)}@web.example"

    # The screen

    def open(self, path: str = "/trade/BTC_USDT") -> None:
        """Open the trader, and wait until the book is there."""
        self.page.goto(path)
        self.wait_for_book()

    def wait_for_book(self) -> None:
        """Wait until the connection is live and the book true."""
        self.sees_connection("good")
        self.page.locator(".bids .level:not(.empty-row)").first.wait_for()

    def sees_connection(self, state: str) -> None:
        """Wait until the connection is said to be good, warn or bad."""
        place = self.page.get_by_test_id("connection")
        expect(place).to_have_attribute("data-state", state, timeout=20_000)

    def tab(self, name: str) -> None:
        """Choose a tab at the foot."""
        self.page.get_by_role("tab", name=name).click()

    def levels(self, side: str) -> list[tuple[str, str]]:
        """Return (price, quantity) of what the ladder shows of a side, best first."""
        rows = self.page.locator(f".{side} .level:not(.empty-row)")
        texts = [row.inner_text().split("\n") for row in rows.all()]
        return [(text[0].replace(",", ""), text[1]) for text in texts]

    def prefer(self, name: str) -> None:
        """Turn a preference on or off, or do what stands among them."""
        self.page.get_by_role("button", name="Preferences").click()
        item = self.page.get_by_role("menuitemcheckbox", name=name)
        item.or_(self.page.get_by_role("menuitem", name=name)).click()
        if self.page.get_by_role("menu").count():
            self.page.keyboard.press("Escape")
        expect(self.page.get_by_role("menu")).to_have_count(0)

    # Oneself

    def register(self) -> None:
        """Open an account."""
        self.page.get_by_role("button", name="Log in", exact=True).click()
        self.page.get_by_role("tab", name="Register").click()
        self.page.get_by_label("E-mail").fill(self.email)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.locator(".dialog button[type=submit]").click()
        self.is_in()

    def is_in(self) -> None:
        """Wait until the page says who one is."""
        expect(self.page.locator(".who-button")).to_be_visible()

    def take_play_money(self) -> None:
        """Take a bit of everything."""
        self.page.get_by_role("button", name="Get play money").click()
        self.page.get_by_role("button", name="Give me a bit of everything").click()
        expect(self.page.get_by_text("Play money arrived")).to_be_visible()
        expect(self.page.locator(".available")).to_contain_text("100,000")

    # Orders

    def choose(self, label: str, option: str) -> None:
        """Choose one of several by the name of the choice."""
        self.page.get_by_role("combobox", name=label, exact=True).click()
        self.page.get_by_role("option", name=option, exact=True).click()

    def more_kinds(self) -> list[str]:
        """Return the kinds of order that are not on buttons."""
        box = self.page.get_by_role("combobox", name="More kinds of order")
        box.click()
        options = self.page.get_by_role("option")
        options.first.wait_for()
        names = options.all_inner_texts()
        self.page.keyboard.press("Escape")
        return names

    def kind(self, name: str) -> None:
        """Choose a kind of order."""
        if name in {"Limit", "Market"}:
            kinds = self.page.get_by_role("group", name="Kind of order")
            kinds.get_by_role("button", name=name).click()
        else:
            self.choose("More kinds of order", name)

    def side(self, name: str) -> None:
        """Choose to buy or to sell."""
        self.page.get_by_role("group", name="Side").get_by_role("button", name=name).click()

    @property
    def price(self) -> Locator:
        """Where the price is typed."""
        return self.page.locator("input[name=price]")

    @property
    def amount(self) -> Locator:
        """Where the amount is typed."""
        return self.page.locator("input[name=quantity]")

    @property
    def send(self) -> Locator:
        """The button that sends the order."""
        return self.page.locator(".order-form button[type=submit]")

    def place(self, side: str, price: str, amount: str) -> None:
        """Place a limit order."""
        self.side(side)
        self.price.fill(price)
        self.amount.fill(amount)
        self.send.click()
        expect(self.amount).to_have_value("")

    @property
    def open_orders(self) -> Locator:
        """The rows of open orders."""
        return self.page.locator("tr[data-order]")
