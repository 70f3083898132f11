"""The maker as a program: the demo's own, one that is killed, and half an hour of it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from outcry.client import ApiError, Client
from tests.support.ports import free_port
from tests.support.process import ROOT, VenueProcess, family, venue_process

WAIT_S = 60.0
MARKETS = ("BTC_USDT", "ETH_USDT")
DEMO_LEVELS = 12
SWITCH_MS, USUAL_SWITCH_MS = 1_500, 10_000
SOAK_S = 1_800.0
QUOTER = {"email": "quoter@example.com", "password": "a" * 20}
TAKER = {"email": "taker@example.com", "password": "b" * 20}
METRICS = "outcry_maker_"


def until(true: Callable[[], object], what: str) -> None:
    """Ask until something is true."""
    deadline = time.monotonic() + WAIT_S
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def is_quoted(client: Client, market: str, levels: int) -> bool:
    depth = client.depth(market)
    return len(depth.bids) >= levels and len(depth.asks) >= levels


def is_made(client: Client, market: str) -> bool:
    """Return whether the demo's maker quotes, and not the ladder that was there before it."""
    depth = client.depth(market)
    return len(depth.bids) == len(depth.asks) == DEMO_LEVELS


def newest_trade(client: Client, market: str) -> int:
    return client.trades(market).trades[0].trade_id


def open_orders(url: str, who: dict[str, str]) -> int:
    try:
        with Client(url) as client:
            client.login(who["email"], who["password"])
            return len(client.open_orders().orders)
    except ApiError:
        return 0


def settings(url: str, **more: Any) -> dict[str, Any]:
    """Return a configuration for a market of its own."""
    market = {
        "market": "SOAK_USDT",
        "price": "100",
        "quotes": {"refresh_s": 0.5, "quantity": "1", "position_max": "1000"},
        "noise_quantity": "0.2",
        "noise_every_s": 0.1,
    }
    funds = {"SOAK": "100000", "USDT": "10000000"}
    people = {"maker": QUOTER | {"faucet": funds}, "noise": TAKER | {"faucet": funds}}
    return {"url": url, "markets": [market], "switch_ms": SWITCH_MS, **people, **more}


def open_market(url: str) -> None:
    with Client(url) as client:
        client.register("operator@example.com", "correct horse battery")
        client.new_asset("SOAK", 8)
        client.new_market("SOAK_USDT", tick="0.01", lot="0.0001", maker_ppm=-50, taker_ppm=500)


@contextmanager
def maker_process(config: dict[str, Any], folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """Run `outcry maker`; it is gone afterwards."""
    path = folder / "maker.json"
    path.write_text(json.dumps(config))
    with maker_of("--config", str(path)) as process:
        yield process


@contextmanager
def maker_of(*options: str) -> Iterator["subprocess.Popen[str]"]:
    """Run `outcry maker` with these options; it is gone afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-m", "outcry", "maker", *options],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[VenueProcess, str]]:
    with venue_process(tmp_path_factory.mktemp("venue"), "--demo") as process:
        url = process.started()["url"]
        open_market(url)
        yield process, url


def test_killed_maker_leaves_nothing_once_its_switch_has_fired(
    venue: tuple[VenueProcess, str], tmp_path: Path
) -> None:
    _, url = venue
    with Client(url) as client, maker_process(settings(url), tmp_path) as maker:
        until(lambda: is_quoted(client, "SOAK_USDT", 5), "it does not quote")
        maker.send_signal(signal.SIGKILL)
        maker.wait()
        assert open_orders(url, QUOTER) >= 10
        until(lambda: not open_orders(url, QUOTER), "its quotes stay")
        depth = client.depth("SOAK_USDT")
        assert (depth.bids, depth.asks) == ([], [])


def test_stopped_maker_cancels_everything_and_says_nothing(
    venue: tuple[VenueProcess, str], tmp_path: Path
) -> None:
    _, url = venue
    with Client(url) as client, maker_process(settings(url), tmp_path) as maker:
        until(lambda: is_quoted(client, "SOAK_USDT", 5), "it does not quote")
        maker.send_signal(signal.SIGTERM)
        _, said = maker.communicate(timeout=WAIT_S)
        assert (maker.returncode, said) == (0, "")
        assert open_orders(url, QUOTER) == open_orders(url, TAKER) == 0


def test_command_line_makes_a_market_with_play_money(venue: tuple[VenueProcess, str]) -> None:
    _, url = venue
    options = ["--url", url, "--market", "SOAK_USDT", "--price", "100", "--quantity", "2"]
    options += ["--reference", "fixed", "--play-money"]
    with maker_of(*options) as maker, Client(url) as client:
        until(lambda: is_quoted(client, "SOAK_USDT", 5), "it does not quote")
        depth = client.depth("SOAK_USDT")
        assert (depth.bids[0], depth.asks[0]) == (("99.95", "2.0000"), ("100.05", "2.0000"))
        maker.send_signal(signal.SIGINT)
        _, said = maker.communicate(timeout=WAIT_S)
        assert (maker.returncode, said) == (0, "")
        depth = client.depth("SOAK_USDT")
        assert (depth.bids, depth.asks) == ([], [])


def test_demo_is_alive_and_ends_in_order(tmp_path: Path) -> None:
    data = tmp_path / "data"
    environ = {"OUTCRY_DEMO_MAKER": "true"}
    with venue_process(data, "--demo", environ=environ) as process:
        url = process.started()["url"]
        traders = json.loads((data / "demo.json").read_text())["traders"]
        with Client(url, traders[0]["token"]) as client:
            for market in MARKETS:
                past = newest_trade(client, market)
                until(lambda market=market: is_made(client, market), f"no {market}")  # type: ignore[misc]
                until(  # type: ignore[misc]
                    lambda market=market, past=past: newest_trade(client, market) > past,
                    "nobody trades",
                )
            bought = client.place(market="BTC_USDT", side="buy", type="market", quantity="0.01")
            assert bought.status == "filled"
            quiet = client.depth("TATA_INR")
            assert (quiet.bids[0], quiet.asks[0]) == (("99.90", "500"), ("100.10", "500"))
        assert process.end() == (0, "")
    audit = subprocess.run(
        [sys.executable, "-m", "outcry", "audit", "--data", str(data)],
        cwd=ROOT, capture_output=True, text=True, env=dict(os.environ), check=False,
    )  # fmt: skip
    assert audit.returncode == 0, audit.stdout + audit.stderr
    with venue_process(data, "--demo") as process, Client(process.started()["url"]) as client:
        for market in MARKETS:
            depth = client.depth(market)
            assert (depth.bids, depth.asks) == ([], [])


def test_demo_s_maker_ends_with_a_killed_venue(tmp_path: Path) -> None:
    environ = {"OUTCRY_DEMO_MAKER": "true"}
    with venue_process(tmp_path, "--demo", environ=environ) as process:
        url = process.started()["url"]
        with Client(url) as client:
            until(lambda: is_made(client, "BTC_USDT"), "it does not quote")
        children = family(process.process.pid)[1:]
        process.end(signal.SIGKILL)
        until(lambda: not any(is_alive(pid) for pid in children), "somebody lives on")


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def figures(port: int) -> dict[str, float]:
    """Return the maker's metrics, summed over their labels."""
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    found: dict[str, float] = {}
    for line in text.splitlines():
        if line.startswith(METRICS):
            name, _, value = line.rpartition(" ")
            name = name.partition("{")[0].removeprefix(METRICS)
            found[name] = found.get(name, 0) + float(value)
    return found


@pytest.mark.soak
@pytest.mark.timeout(SOAK_S + 600)
def test_half_an_hour_has_quotes_on_both_sides_and_no_unexpected_refusal(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with venue_process(data, "--demo") as process:
        url = process.started()["url"]
        open_market(url)
        # The switch is the usual one: a machine that stands still for a second fires no other.
        config = settings(url, metrics_port=free_port(), switch_ms=USUAL_SWITCH_MS)
        with Client(url) as client, maker_process(config, tmp_path) as maker:
            until(lambda: is_quoted(client, "SOAK_USDT", 5), "it does not quote")
            one_sided = 0
            ends_s = time.monotonic() + SOAK_S
            while time.monotonic() < ends_s:
                depth = client.depth("SOAK_USDT", limit=5)
                one_sided += not depth.bids or not depth.asks
                assert maker.poll() is None
                time.sleep(0.05)
            told = figures(config["metrics_port"])
            maker.send_signal(signal.SIGTERM)
            _, said = maker.communicate(timeout=WAIT_S)
        assert process.end() == (0, "")
    wrong = [line for line in said.splitlines() if json.loads(line)["level"] != "info"]
    assert (one_sided, told["unexpected_refusals_total"], wrong) == (0, 0, [])
    assert told["fills_total"] > 1_000
    audit = subprocess.run(
        [sys.executable, "-m", "outcry", "audit", "--data", str(data)],
        cwd=ROOT, capture_output=True, text=True, env=dict(os.environ), check=False,
    )  # fmt: skip
    assert audit.returncode == 0, audit.stdout + audit.stderr
