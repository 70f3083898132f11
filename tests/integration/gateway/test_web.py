"""The trader's pages: what a browser is told, and the session that it keeps in a cookie."""

import gzip
from collections.abc import AsyncIterator
from http.cookies import Morsel, SimpleCookie
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from outcry.gateway.web import cookie, site
from tests.support.gateway import PASSWORD, Answer, House, open_house
from tests.support.scoreboard import add

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCRIPT = b"console.log('a trader');" * 20
BROWSER = {cookie.HEADER: cookie.COOKIE_WISH}
TLS = {"X-Forwarded-Proto": "https"}
UNSAFE = ("unsafe-inline", "unsafe-eval", "*", "http:", "https:")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trader as small as can be, packed as the build packs it."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "assets").mkdir()
    (folder / "index.html").write_bytes(b"<!doctype html><title>Outcry</title>")
    (folder / "assets/index-abc.js").write_bytes(SCRIPT)
    (folder / "assets/index-abc.js.gz").write_bytes(gzip.compress(SCRIPT))
    (folder / "favicon.svg").write_bytes(b"<svg/>")
    return folder


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory, pages: Path) -> AsyncIterator[House]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site, "FOLDER", pages)
        data = tmp_path_factory.mktemp("venue")
        async with open_house(data, gateway={"proxies": ("127.0.0.1",)}) as house:
            # A test says itself which cookie a browser would send.
            house.http._cookie_jar = aiohttp.DummyCookieJar()
            yield house


def refresh_cookie(answer: Answer) -> Morsel[str]:
    """Return the cookie that an answer sets."""
    found = SimpleCookie(answer.headers["Set-Cookie"])
    return found[cookie.NAME]


async def browser(house: House, email: str, **headers: str) -> tuple[Answer, Morsel[str]]:
    """Register as a browser does."""
    who = {"email": email, "password": PASSWORD}
    answer = await house.call("POST", "/register", who, headers=BROWSER | headers)
    assert answer.status == 201, answer
    return answer, refresh_cookie(answer)


async def test_every_page_forbids_what_it_does_not_need(house: House) -> None:
    wrong = 0
    for path in ("/", "/trade/BTC_USDT", "/assets/index-abc.js", "/favicon.svg"):
        headers = (await house.call("GET", path)).headers
        policy = headers["Content-Security-Policy"]
        rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
        wrong += any(word in policy.split() for word in UNSAFE)
        wrong += rules["default-src"] != "'none'" or rules["frame-ancestors"] != "'none'"
        wrong += headers["X-Frame-Options"] != "DENY"
        wrong += headers["X-Content-Type-Options"] != "nosniff"
        wrong += headers["Referrer-Policy"] != "no-referrer"
        wrong += "Strict-Transport-Security" in headers
        add("S12", pages=1)
    add("S12", wrong_headers=wrong)
    assert wrong == 0


async def test_tls_only_is_said_over_tls_only(house: House) -> None:
    said = (await house.call("GET", "/", headers=TLS)).headers["Strict-Transport-Security"]
    assert said.startswith("max-age=63072000")
    plain = {"X-Forwarded-Proto": "http"}
    assert "Strict-Transport-Security" not in (await house.call("GET", "/", headers=plain)).headers


async def test_hashed_files_are_kept_for_ever_and_pages_are_asked_for_again(house: House) -> None:
    script = (await house.call("GET", "/assets/index-abc.js")).headers
    page = (await house.call("GET", "/")).headers
    assert "immutable" in script["Cache-Control"]
    assert script["Content-Type"] == "text/javascript; charset=utf-8"
    assert page["Cache-Control"] == "no-cache"
    again = await house.call("GET", "/", headers={"If-None-Match": page["ETag"]})
    assert (again.status, again.body) == (304, "")


@pytest.mark.parametrize(("accepts", "coding"), [("gzip, br", "gzip"), ("br", ""), ("", "")])
async def test_file_is_sent_as_the_browser_unpacks_it(
    house: House, accepts: str, coding: str
) -> None:
    answer = await house.call("GET", "/assets/index-abc.js", headers={"Accept-Encoding": accepts})
    assert answer.headers.get("Content-Encoding", "") == coding
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.body == SCRIPT.decode()


async def test_nothing_outside_of_the_site_is_served(house: House) -> None:
    for path in ("/assets/../../secret", "/assets/%2e%2e/index.html", "/index.html", "/assets/"):
        assert (await house.call("GET", path)).status == 404


async def test_front_page_says_that_the_trader_was_not_built_and_believes_no_stranger(
    tmp_path: Path,
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site, "FOLDER", tmp_path / "nothing")
        async with open_house(tmp_path / "venue") as house:
            answer = await house.call("GET", "/", headers=TLS)
            assert answer.status == 503
            assert "Strict-Transport-Security" not in answer.headers
            assert "make web" in answer.body
            assert (await house.call("GET", "/health")).status == 200


async def test_refresh_token_of_a_browser_is_in_a_cookie_that_no_script_reads(
    house: House,
) -> None:
    answer, kept = await browser(house, "cookie@example.com")
    assert answer.body["refresh_token"] == ""
    assert kept.value not in str(answer.body)
    assert kept["httponly"] is True
    assert kept["samesite"] == "Strict"
    assert kept["path"] == "/refresh"
    assert not kept["secure"]
    assert int(kept["max-age"]) == 30 * 86_400
    _, over_tls = await browser(house, "tls@example.com", **TLS)
    assert over_tls["secure"] is True
    add("S12", cookies_readable=int(not kept["httponly"]))


async def test_cookie_is_traded_in_once_and_logging_out_forgets_it(house: House) -> None:
    _, first = await browser(house, "reload@example.com")
    sent = {"Cookie": f"{cookie.NAME}={first.value}"}
    renewed = await house.call("POST", "/refresh", headers=BROWSER | sent)
    second = refresh_cookie(renewed)
    assert renewed.status == 200
    assert second.value not in {"", first.value}
    speaks = {"Authorization": f"Bearer {renewed.body['token']}"}
    assert (await house.call("GET", "/api/v1/me", headers=speaks)).status == 200
    out = await house.call("POST", "/api/v1/logout", headers=BROWSER | speaks)
    assert (refresh_cookie(out).value, refresh_cookie(out)["max-age"]) == ("", "0")
    sent = {"Cookie": f"{cookie.NAME}={second.value}"}
    assert (await house.call("POST", "/refresh", headers=BROWSER | sent)).status == 401


async def test_cookie_alone_does_nothing_because_other_sites_could_send_it(house: House) -> None:
    _, kept = await browser(house, "forged@example.com")
    sent = {"Cookie": f"{cookie.NAME}={kept.value}"}
    forged = await house.call("POST", "/refresh", {}, headers=sent)
    assert forged.code == "MISSING_FIELD"
    as_form = {"Content-Type": "text/plain"}
    assert (await house.call("POST", "/refresh", headers=sent | as_form)).status == 415
    add("S12", forged_refreshes=int(forged.status == 200))
    assert (await house.call("POST", "/refresh", headers=BROWSER | sent)).status == 200


async def test_programs_are_answered_as_ever(house: House) -> None:
    who = {"email": "program@example.com", "password": PASSWORD}
    answer = await house.call("POST", "/register", who)
    assert answer.body["refresh_token"]
    assert "Set-Cookie" not in answer.headers
    odd = await house.call("POST", "/login", who, headers={cookie.HEADER: "local-storage"})
    assert (odd.code, odd.error["field"]) == ("BAD_VALUE", cookie.HEADER)
    none = await house.call("POST", "/refresh", headers=BROWSER)
    assert none.code == "WRONG_CREDENTIALS"
