"""`outcry up --demo` from outside: a first trade, an orderly end, the same state again."""

import asyncio
import json
import signal
import stat
from pathlib import Path

import aiohttp
import pytest

from outcry.client import ApiError, Client
from tests.support.cores import CORES, core_factory
from tests.support.ports import free_port, wait_for_port
from tests.support.process import VenueProcess, venue_process

PASSWORD = "correct horse battery"


def trade(url: str) -> None:
    """Let two new people trade 10 TATA at 100.00."""
    with Client(url) as ann, Client(url) as bob:
        ann.register("ann@example.com", PASSWORD)
        bob.register("bob@example.com", PASSWORD)
        ann.faucet("TATA", "100")
        bob.faucet("INR", "50000")
        ann.place(market="TATA_INR", side="sell", price="100.00", quantity="10")
        bought = bob.place(
            market="TATA_INR", side="buy", price="100.00", quantity="10", client_order_id="first"
        )
        assert bought.status == "filled"
        assert [fill.liquidity for fill in bought.fills] == ["taker"]


@pytest.mark.parametrize("core", CORES)
def test_first_trade_is_seen_everywhere_and_again_after_a_restart(
    tmp_path: Path, core: str
) -> None:
    core_factory(core)
    with venue_process(tmp_path, "--demo", environ={"OUTCRY_CORE": core}) as venue:
        started = venue.started()
        assert (started["core"], started["development"]) == (core, True)
        trade(started["url"])
        before = seen(started["url"])
        assert venue.end() == (0, "")
    with venue_process(tmp_path, "--demo", environ={"OUTCRY_CORE": core}) as venue:
        again = venue.started()
        assert again["replayed"] == 0
        assert seen(again["url"]) == before
        assert venue.end(signal.SIGINT) == (0, "")
        last = again["digest"], again["recovered_sequence"]
    with venue_process(tmp_path, "--demo", environ={"OUTCRY_CORE": core}) as venue:
        third = venue.started()
        assert (third["digest"], third["recovered_sequence"]) == last


def seen(url: str) -> dict[str, object]:
    """Return what Bob and the public see of the trade."""
    with Client(url) as bob:
        bob.login("bob@example.com", PASSWORD)
        (trade,) = bob.trades("TATA_INR", limit=5).trades
        (kline,) = bob.klines("TATA_INR", "1d", limit=1).klines
        balances = {row.asset: row.total for row in bob.balances().balances}
        (order,) = bob.orders().orders
        assert (trade.price, trade.quantity, trade.side) == ("100.00", "10", "buy")
        assert (kline.close, kline.volume, kline.trades) == ("100.00", "10", 1)
        assert balances == {"TATA": "10", "INR": "48999.5000"}
        return {"trade": trade, "kline": kline, "balances": balances, "order": order}


def test_crash_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    with venue_process(tmp_path, "--demo") as venue:
        url = venue.started()["url"]
        trade(url)
        before = seen(url)
        venue.end(signal.SIGKILL)
    with venue_process(tmp_path, "--demo") as venue:
        url = venue.started()["url"]
        assert seen(url) == before


def test_spoiled_history_is_made_anew_from_the_log(tmp_path: Path) -> None:
    with venue_process(tmp_path, "--demo") as venue:
        url = venue.started()["url"]
        trade(url)
        before = seen(url)
        venue.end()
    (tmp_path / "ledger.sqlite").write_bytes(b"this is no database" * 1_000)
    with venue_process(tmp_path, "--demo") as venue:
        started = venue.started()
        assert started["replayed"] == started["recovered_sequence"] > 0
        assert seen(started["url"]) == before
    assert (tmp_path / "ledger.sqlite.damaged").exists()


def test_demo_file_is_private_and_its_tokens_work_each_time(tmp_path: Path) -> None:
    passwords = []
    for _ in range(2):
        with venue_process(tmp_path, "--demo") as venue:
            url = venue.started()["url"]
            demo = json.loads((tmp_path / "demo.json").read_text())
            who = [[t["password"], t["api_key"], t["api_secret"]] for t in demo["traders"]]
            passwords.append(who)
            with Client(demo["url"], demo["traders"][1]["token"]) as client:
                rows = client.balances().balances
            found = {row.asset: row.available for row in rows}
            assert demo["url"] == url
            venue.end()
    assert found == {
        "BTC": "10.00000000",
        "ETH": "100.00000000",
        "USDT": "1000000.000000",
        "INR": "10000000.0000",
        "TATA": "10000",
        "JIO": "10000",
    }
    assert passwords[0] == passwords[1]
    assert all(len(text) >= 32 for trader in passwords[0] for text in trader)
    assert stat.S_IMODE((tmp_path / "demo.json").stat().st_mode) == 0o600


def test_demo_file_is_there_as_soon_as_anybody_is_answered(tmp_path: Path) -> None:
    port = free_port()
    with venue_process(tmp_path, "--demo", "--port", str(port)):
        wait_for_port(port)
        demo = json.loads((tmp_path / "demo.json").read_text())
    assert demo["url"] == f"http://localhost:{port}"
    assert len(demo["staff"]) == 2


def refused_demo(data: Path) -> str:
    """Start a demo that cannot be; return what it says."""
    with venue_process(data, "--demo") as venue:
        code, errors = venue.process.wait(60), venue.end()[1]
    assert (code, "Traceback" in errors) == (1, False)
    return errors


def test_demo_without_its_secret_says_what_to_do(tmp_path: Path) -> None:
    with venue_process(tmp_path, "--demo") as venue:
        venue.started()
        venue.end()
    (tmp_path / "secret").unlink()
    said = refused_demo(tmp_path)
    assert f"{tmp_path / 'secret'} is not what the demo was set up with" in said
    assert "--data" in said


def test_demo_whose_trader_is_somebody_else_says_what_to_do(tmp_path: Path) -> None:
    with venue_process(tmp_path) as venue, Client(venue.started()["url"]) as somebody:
        somebody.register("trader1@demo.example", PASSWORD)
        venue.end()
    assert "somebody else has this e-mail" in refused_demo(tmp_path)


def test_liquidity_rests_around_the_middle_of_each_market(tmp_path: Path) -> None:
    with venue_process(tmp_path, "--demo") as venue, Client(venue.started()["url"]) as client:
        books = {
            market: client.depth(market)
            for market in ("BTC_USDT", "ETH_USDT", "TATA_INR", "JIO_INR")
        }
    best = {
        m: tuple(str(side[0][0]) for side in (book.bids, book.asks)) for m, book in books.items()
    }
    assert best == {
        "BTC_USDT": ("59995.00", "60005.00"),
        "ETH_USDT": ("2999.50", "3000.50"),
        "TATA_INR": ("99.90", "100.10"),
        "JIO_INR": ("249.80", "250.20"),
    }
    assert {len(book.bids) for book in books.values()} == {20}


async def place_many(url: str, token: str, venue: VenueProcess) -> list[int]:
    """Place orders all at once and stop the venue meanwhile; return the statuses, 0 for silence."""

    async def place(session: aiohttp.ClientSession, number: int) -> int:
        order = {"market": "TATA_INR", "side": "buy", "price": "50.00", "quantity": "1"}
        order["client_order_id"] = f"o-{number}"
        try:
            async with session.post("/api/v1/order/", json=order) as answer:
                if number == 0:
                    venue.process.send_signal(signal.SIGTERM)
                return answer.status
        except aiohttp.ClientError:
            return 0

    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(url, headers=headers) as session:
        return await asyncio.gather(*(place(session, number) for number in range(90)))


async def test_end_answers_what_is_under_way_and_keeps_what_it_answered(tmp_path: Path) -> None:
    with venue_process(tmp_path, "--demo") as venue:
        url = venue.started()["url"]
        token = json.loads((tmp_path / "demo.json").read_text())["traders"][0]["token"]
        statuses = await place_many(url, token, venue)
        code, errors = venue.end()
    assert (code, errors) == (0, "")
    assert set(statuses) <= {201, 503, 0}
    with venue_process(tmp_path, "--demo") as venue, Client(venue.started()["url"], token) as again:
        found = again.get("/api/v1/order/open", limit=100)["orders"]
    assert len(found) == statuses.count(201) > 0


def test_taken_port_is_told_with_what_to_do(tmp_path: Path) -> None:
    with venue_process(tmp_path / "one") as first:
        port = first.started()["url"].rpartition(":")[2]
        with venue_process(tmp_path / "two", "--port", port) as second:
            second.process.wait(30)
            code, errors = second.end()
    assert code == 1
    assert "--port" in errors


def test_second_process_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with venue_process(tmp_path) as first:
        first.started()
        with venue_process(tmp_path) as second:
            second.process.wait(30)
            code, errors = second.end()
    assert code == 2
    assert f"in use by process {first.process.pid}" in errors


def test_secret_that_others_can_read_stops_the_start_and_says_what_to_do(tmp_path: Path) -> None:
    with venue_process(tmp_path) as venue:
        venue.started()
        assert venue.end() == (0, "")
    secret = tmp_path / "secret"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    secret.chmod(0o640)
    with venue_process(tmp_path) as venue:
        venue.process.wait(30)
        code, errors = venue.end()
    assert code == 1
    assert f"chmod 600 {secret}" in errors


def test_without_demo_there_is_no_faucet(tmp_path: Path) -> None:
    with venue_process(tmp_path) as venue, Client(venue.started()["url"]) as client:
        client.register("ann@example.com", PASSWORD)
        with pytest.raises(ApiError) as refused:
            client.faucet("BTC", "1")
    assert refused.value.status == 404
