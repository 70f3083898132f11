"""The screen says the truth about its connection, and comes back by itself."""

import json
import signal
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from outcry.client import Client
from outcry.identity import totp
from tests.e2e.web.trader import Trader
from tests.support.ports import free_port
from tests.support.process import VenueProcess

MARKET = "BTC_USDT"

BREAKING = """
  const Real = WebSocket;
  window.snapshots = 0;
  const breakOnce = (said) => {
    if (!String(said.channel).startsWith("book:")) return;
    if (said.type === "snapshot") window.snapshots += 1;
    else if (window.snapshots !== 1) return;
    else if (broken === "sequence") said.previous = -1;
    else said.checksum ^= 1;
  };
  window.WebSocket = class extends Real {
    addEventListener(kind, listener) {
      if (kind !== "message") return super.addEventListener(kind, listener);
      return super.addEventListener(kind, (event) => {
        const said = JSON.parse(event.data);
        breakOnce(said);
        listener({ data: JSON.stringify(said) });
      });
    }
  };
"""


def shown_is_true(trader: Trader, client: Client) -> bool:
    """Return whether the ladder shows what the venue says of its book."""
    depth = client.depth(MARKET, 5)
    shown = [trader.levels(side)[:5] for side in ("asks", "bids")]
    return shown == [[tuple(level) for level in side] for side in (depth.asks, depth.bids)]


def test_venue_that_is_killed_and_comes_back_is_followed_again(
    browser: Browser, tmp_path: Path
) -> None:
    port = str(free_port())
    venue = VenueProcess(tmp_path / "venue", "--demo", "--port", port)
    url = venue.started()["url"]
    context = browser.new_context(base_url=url, viewport={"width": 1440, "height": 900})
    trader = Trader(context.new_page())
    try:
        trader.open()
        trader.register()
        trader.take_play_money()
        trader.place("Buy", "60001.00", "0.05")
        expect(trader.open_orders).to_have_count(1)
        venue.end(signal.SIGKILL)
        trader.sees_connection("bad")
        expect(trader.page.locator(".banner")).to_contain_text("cannot be reached")
        expect(trader.page.locator(".ladder")).to_have_class("panel ladder unsynced")
        away = trader.page.get_by_role("dialog", name="The venue cannot be reached")
        expect(away).to_contain_text("stay there, and can trade")
        venue = VenueProcess(tmp_path / "venue", "--demo", "--port", port)
        venue.started()
        token = json.loads((tmp_path / "venue/demo.json").read_text())["traders"][0]["token"]
        with Client(url, token) as client:
            trader.wait_for_book()
            expect(trader.page.locator(".banner")).to_have_count(0)
            expect(away).to_have_count(0)
            expect(trader.open_orders).to_have_count(1)
            client.place(market=MARKET, side="sell", price="60003.00", quantity="0.0777")
            expect(trader.page.locator(".asks .level").first).to_contain_text("0.0777")
            assert shown_is_true(trader, client)
        trader.place("Sell", "60020.00", "0.05")
        expect(trader.open_orders).to_have_count(2)
    finally:
        context.close()
        venue.end()


@pytest.mark.parametrize("broken", ["checksum", "sequence"])
def test_book_that_went_wrong_is_read_again(trader: Trader, maker: Client, broken: str) -> None:
    """What comes over the wire is broken once, on its way to the page."""
    trader.page.add_init_script(f"const broken = '{broken}';{BREAKING}")
    trader.open()
    order = maker.place(market=MARKET, side="buy", price="60000.50", quantity="0.0456")
    # The policy of the page forbids what `wait_for_function` does when it has to wait.
    deadline = time.monotonic() + 10
    while trader.page.evaluate("window.snapshots") != 2:
        assert time.monotonic() < deadline, "no second snapshot"
        trader.page.wait_for_timeout(20)
    expect(trader.page.locator(".bids .level").first).to_contain_text("0.0456")
    trader.sees_connection("good")
    assert shown_is_true(trader, maker)
    maker.cancel(order.order_id)


def test_venue_that_wants_to_be_left_alone_is_and_it_is_said(trader: Trader) -> None:
    trader.open()
    error = {"code": "TOO_MANY", "message": "too many requests"}
    trader.page.route(
        "**/api/v1/klines?*interval=5m*",
        lambda route: route.fulfill(
            status=429, headers={"Retry-After": "2"}, json={"error": error}
        ),
    )
    trader.page.get_by_role("group", name="Interval").get_by_role(
        "button", name="5m", exact=True
    ).click()
    dialog = trader.page.get_by_role("dialog", name="Too many requests")
    expect(dialog).to_contain_text("second")
    expect(dialog).to_have_count(0)


def test_market_that_staff_halts_takes_no_orders_and_says_so(
    newcomer: Trader, venue: VenueProcess, url: str
) -> None:
    people = json.loads((venue.data / "demo.json").read_text())["staff"]
    admin = next(one for one in people if "admin" in one["roles"])
    secret = totp.secret_bytes(admin["totp_secret"])
    code = totp.hotp(secret, totp.step_at(time.time_ns()))
    with Client(url) as staff:
        staff.login(admin["email"], admin["password"], code)
        path = f"/api/v1/staff/markets/{MARKET}/state"
        staff.post(path, {"state": "halted", "reason": "a test"})
        expect(newcomer.page.get_by_text("BTC/USDT is halted")).to_be_visible()
        newcomer.price.fill("59000.00")
        newcomer.amount.fill("0.01")
        expect(newcomer.send).to_be_disabled()
        # What was halted opens again through an auction, in which orders are taken.
        staff.post(path, {"state": "auction", "reason": "a test"})
        expect(newcomer.send).to_be_enabled()
