"""Getting in and out: where the tokens are, wallets, second factors, two tabs."""

import json

from playwright.sync_api import BrowserContext, Page, expect

from outcry.identity.wallet.personal import personal_digest
from tests.e2e.web.trader import PASSWORD, Trader
from tests.support.people import code_of
from tests.support.scoreboard import add
from tests.support.wallets import Signer

PROVIDER = """
window.ethereum = {
  request: async ({ method, params }) => JSON.parse(
    await window.walletSays(JSON.stringify({ method, params: params ?? [] }))),
  on() {},
  removeListener() {},
};
"""


def test_no_token_is_where_a_script_or_a_link_could_take_it(newcomer: Trader) -> None:
    page = newcomer.page
    kept = page.evaluate(
        "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href])"
    )
    (cookie,) = page.context.cookies()
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Strict"
    tokens = [part for part in (cookie["value"], "eyJ") if part in kept]
    add("S12", tokens_in_reach=len(tokens))
    assert tokens == []


def connect_wallet(page: Page, signer: Signer) -> None:
    """Put a wallet into the browser, as an extension would (EIP-1193)."""

    def says(asked: str) -> str:
        call = json.loads(asked)
        match call["method"]:
            case "eth_requestAccounts" | "eth_accounts":
                return json.dumps([signer.address])
            case "eth_chainId":
                return json.dumps("0x1")
            case "personal_sign":
                message = bytes.fromhex(call["params"][0].removeprefix("0x"))
                return json.dumps(signer.sign(personal_digest(message)))
            case other:
                raise AssertionError(f"the wallet was asked for {other}")

    page.expose_function("walletSays", says)
    page.add_init_script(PROVIDER)


def test_wallet_logs_in_and_the_session_outlives_a_reload(trader: Trader) -> None:
    connect_wallet(trader.page, Signer(secret=0xA11CE))
    trader.open()
    trader.page.get_by_role("button", name="Log in", exact=True).click()
    trader.page.get_by_role("button", name="Log in with Browser wallet").click()
    trader.is_in()
    trader.take_play_money()
    trader.page.reload()
    trader.is_in()


def test_second_factor_is_set_up_and_asked_for(newcomer: Trader) -> None:
    page = newcomer.page
    page.locator(".who-button").click()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Set it up").click()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    secret = page.locator("code.secret").inner_text()
    page.get_by_label("Code that it shows").fill(code_of(secret))
    page.get_by_role("button", name="Turn it on").click()
    expect(page.locator(".codes li").first).to_be_visible()
    recovery = page.locator(".codes li").first.inner_text()
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("button", name="Log in", exact=True).click()
    page.get_by_label("E-mail").fill(newcomer.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.locator(".dialog button[type=submit]").click()
    page.get_by_label("Code of your authenticator").fill(recovery)
    page.locator(".dialog button[type=submit]").click()
    newcomer.is_in()


def test_logging_out_in_one_tab_logs_out_in_the_other(newcomer: Trader) -> None:
    context: BrowserContext = newcomer.page.context
    other = Trader(context.new_page())
    other.open()
    other.is_in()
    newcomer.page.locator(".who-button").click()
    newcomer.page.get_by_role("button", name="Log out").click()
    expect(other.page.get_by_role("button", name="Log in", exact=True)).to_be_visible()
    other.page.reload()
    expect(other.page.get_by_role("button", name="Log in", exact=True)).to_be_visible()


def test_wrong_password_is_said_plainly(trader: Trader) -> None:
    trader.open()
    trader.page.get_by_role("button", name="Log in", exact=True).click()
    trader.page.get_by_label("E-mail").fill("nobody@web.example")
    trader.page.get_by_label("Password").fill("a guess of a thief")
    trader.page.locator(".dialog button[type=submit]").click()
    expect(trader.page.get_by_role("alert")).to_be_visible()
