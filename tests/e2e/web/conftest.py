"""A venue in its own process, and a browser that looks at it."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from outcry.client import Client
from outcry.gateway.web.site import FOLDER, INDEX
from tests.e2e.web.trader import Trader
from tests.support.process import VenueProcess
from tools.skips import NO_CHROMIUM

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""As root, without a screen, and without looking for anybody outside of this machine."""
TIMEOUT_MS = 20_000
DESKTOP = {"width": 1440, "height": 900}


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VenueProcess]:
    assert (FOLDER / INDEX).is_file(), "the web trader is not built: make web"
    venue = VenueProcess(tmp_path_factory.mktemp("venue"), "--demo")
    yield venue
    venue.end()


@pytest.fixture(scope="module")
def url(venue: VenueProcess) -> str:
    return str(venue.started()["url"])


@pytest.fixture(scope="module")
def maker(venue: VenueProcess, url: str) -> Iterator[Client]:
    """One of the demo's traders, who speaks the API."""
    traders = json.loads((venue.data / "demo.json").read_text())["traders"]
    with Client(url, traders[0]["token"]) as client:
        yield client


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip(NO_CHROMIUM)
    expect.set_options(timeout=TIMEOUT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    """A page of a browser that nobody used before; it must not complain about anything."""
    context = browser.new_context(base_url=url, viewport=DESKTOP)
    page = context.new_page()
    page.set_default_timeout(TIMEOUT_MS)
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    # What the venue refuses the browser reports too; that is no complaint about the page.
    mistakes = [text for text in complaints if "Failed to load resource" not in text]
    assert mistakes == []


@pytest.fixture
def trader(page: Page) -> Trader:
    return Trader(page)


@pytest.fixture
def newcomer(trader: Trader) -> Trader:
    """Somebody who has just registered and taken play money."""
    trader.open()
    trader.register()
    trader.take_play_money()
    return trader


@pytest.fixture(scope="session")
def axe() -> str:
    root = Path(__file__).parents[3]
    return (root / "web/node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
