"""What somebody of the staff does at the console, in their words."""

import json
import re
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from outcry.identity import totp

PAGES = (
    "overview", "health", "snapshots", "markets", "orders", "bots", "people", "withdrawals",
    "deposits", "ledger", "requests", "risk", "trail",
)  # fmt: skip

_used: dict[str, int] = {}


def code_of(secret: str) -> str:
    """Return the code of this moment, or the next one's: each is taken once.

    Those before are left alone: the demo has begun with one.
    """
    step = max(totp.step_at(time.time_ns()), _used.get(secret, 0) + 1)
    _used[secret] = step
    return totp.hotp(totp.secret_bytes(secret), step)


def staff_of(data: Path) -> dict[str, dict[str, Any]]:
    """Return the demo's staff by the part of their e-mail before the @."""
    told = json.loads((data / "demo.json").read_text())["staff"]
    return {one["email"].partition("@")[0]: one for one in told}


class Console:
    """Somebody at the console."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def log_in(self, email: str, password: str, code: str) -> None:
        """Open the console, and get in with a code of the second factor."""
        self.page.goto("/admin")
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_label("Code of your authenticator").fill(code)
        self.page.get_by_role("button", name="Log in").click()
        expect(self.page.get_by_role("navigation", name="Pages")).to_be_visible()

    def log_in_as(self, staff: dict[str, Any]) -> None:
        """Get in as one of the demo's staff."""
        self.log_in(staff["email"], staff["password"], code_of(staff["totp_secret"]))

    def open(self, name: str) -> None:
        """Go to a page by the navigation."""
        pages = self.page.get_by_role("navigation", name="Pages")
        pages.get_by_role("link", name=re.compile(f"^{name}")).click()
        expect(self.page.locator("h1")).to_contain_text(name)

    def row(self, key: object) -> Locator:
        """Return the row of a table."""
        return self.page.locator(f"tr[data-row='{key}']")

    def confirm(self, button: str, reason: str | None = "for the test") -> None:
        """Say why, and yes."""
        if reason is not None:
            self.page.get_by_role("dialog").get_by_label("Reason").fill(reason)
        self.page.get_by_role("dialog").get_by_role("button", name=button).click()
        expect(self.page.get_by_role("dialog").get_by_role("alert")).to_have_count(0)
        expect(self.page.locator(".backdrop")).to_have_count(0)

    def sees(self, state: str) -> None:
        """Wait until what is shown is said to be good, warn or bad."""
        expect(self.page.get_by_test_id("truth")).to_have_attribute("data-state", state)
