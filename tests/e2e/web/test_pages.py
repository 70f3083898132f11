"""What everybody may expect of the page: to be used by all, on every screen, and to be light."""

import gzip
import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from outcry.gateway.web.site import FOLDER, INDEX
from tests.e2e.web.trader import Trader
from tests.support.scoreboard import add

INITIAL_SCRIPT_BYTES_MAX = 250 * 1024
CONSOLE_SCRIPT_BYTES_MAX = 175 * 1024
"""The console has no chart of candles and no wallet, so it has no need of as much."""
PHONE = {"width": 390, "height": 844}
# Guards around what floats take the focus on purpose and hand it on at once.
PLACE = {"include": [["html"]], "exclude": [["[data-base-ui-focus-guard]"]]}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}

STILL = """async () => {
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame)
    const moving = document.getAnimations()
        .filter(one => one.effect.getComputedTiming().endTime !== Infinity)
    await Promise.allSettled(moving.map(one => one.finished))
}"""
"""Waits until what fades in has done so: what is half there has half its contrast. It may begin
with the next frame."""


def violations(page: Page, axe: str) -> list[str]:
    """Return what axe finds, one line for each kind of it, once nothing moves any more."""
    page.evaluate(STILL)
    page.evaluate(axe)
    found: dict[str, Any] = page.evaluate(
        "([place, rules]) => axe.run(place, rules)", [PLACE, RULES]
    )
    return [
        f"{one['id']}: {one['nodes'][0]['target']} {one['nodes'][0]['failureSummary']}"
        for one in found["violations"]
    ]


def test_axe_finds_nothing_in_either_theme(newcomer: Trader, axe: str) -> None:
    newcomer.place("Buy", "59000.00", "0.01")
    for theme in ("dark", "light"):
        expect(newcomer.page.locator("html")).to_have_attribute("data-theme", theme)
        assert violations(newcomer.page, axe) == []
        newcomer.page.get_by_role("button", name="Light theme").or_(
            newcomer.page.get_by_role("button", name="Dark theme")
        ).click()


@pytest.mark.parametrize("key", ["/", "?", "Control+k"])
def test_axe_finds_nothing_in_dialogs(trader: Trader, axe: str, key: str) -> None:
    trader.open()
    trader.page.keyboard.press(key)
    trader.page.locator(".dialog").wait_for()
    assert violations(trader.page, axe) == []


def test_axe_finds_nothing_in_the_account(newcomer: Trader, axe: str) -> None:
    newcomer.page.locator(".who-button").click()
    for tab in (
        "Security",
        "Withdraw",
        "Addresses",
        "Fees",
        "API keys",
        "Sub-accounts",
        "Wallets",
        "Activity",
    ):
        newcomer.page.get_by_role("tab", name=tab).click()
        newcomer.page.locator(".dialog section").first.wait_for()
        assert violations(newcomer.page, axe) == []


def test_axe_finds_nothing_in_what_opens_beside_a_button(trader: Trader, axe: str) -> None:
    trader.open()
    page = trader.page
    page.get_by_role("button", name="Preferences").click()
    page.get_by_role("menu").wait_for()
    assert violations(page, axe) == []
    page.keyboard.press("Escape")
    page.get_by_role("combobox", name="More kinds of order").click()
    page.get_by_role("listbox").wait_for()
    assert violations(page, axe) == []


def test_axe_finds_a_button_without_a_name(trader: Trader, axe: str) -> None:
    """The control: a page that is worse is found out."""
    trader.open()
    trader.page.evaluate("document.querySelector('.bar').append(document.createElement('button'))")
    assert any("button-name" in one for one in violations(trader.page, axe))


def test_phone_shows_one_part_at_a_time_and_trades(browser: Browser, url: str, axe: str) -> None:
    context = browser.new_context(base_url=url, viewport=PHONE, has_touch=True, is_mobile=True)
    trader = Trader(context.new_page())
    try:
        trader.page.goto("/trade/BTC_USDT")
        trader.sees_connection("good")
        parts = trader.page.get_by_role("navigation", name="Parts of the screen")
        expect(trader.page.locator(".chart-panel")).to_be_visible()
        expect(trader.page.locator(".ladder")).to_be_hidden()
        parts.get_by_role("button", name="Trade").click()
        trader.register()
        trader.take_play_money()
        trader.place("Buy", "59000.00", "0.01")
        assert violations(trader.page, axe) == []
        parts.get_by_role("button", name="Orders").click()
        expect(trader.open_orders).to_have_count(1)
        parts.get_by_role("button", name="Book").click()
        expect(trader.page.locator(".bids .level").first).to_be_visible()
        wide = trader.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= PHONE["width"]
    finally:
        context.close()


def test_policy_of_the_page_is_never_broken(page: Page) -> None:
    page.add_init_script(
        "window.broken = []; addEventListener('securitypolicyviolation',"
        " (event) => window.broken.push(event.violatedDirective))"
    )
    trader = Trader(page)
    trader.open()
    trader.register()
    page.get_by_role("tab", name="Depth").click()
    page.get_by_test_id("depth").wait_for()
    trader.prefer("Click the book to trade")
    trader.kind("Pegged")
    trader.choose("Price grouping", "1.00")
    page.get_by_role("separator", name="Width of the book").press("ArrowLeft")
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    broken = page.evaluate("window.broken")
    add("S12", policy_broken=len(broken))
    assert broken == []


@pytest.mark.parametrize(
    ("page", "bytes_max"),
    [(INDEX, INITIAL_SCRIPT_BYTES_MAX), ("admin.html", CONSOLE_SCRIPT_BYTES_MAX)],
)
def test_initial_script_keeps_to_its_budget(page: str, bytes_max: int) -> None:
    text = (FOLDER / page).read_text()
    named = set(re.findall(r'(?:src|href)="/(assets/[^"]+\.js)"', text))
    assert named
    size = sum(len(gzip.compress((FOLDER / name).read_bytes(), 9)) for name in named)
    assert size <= bytes_max
