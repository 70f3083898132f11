"""The worked examples: each against recorded flow, by the command line, and at a running venue."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from os import environ
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from typer.testing import CliRunner

from outcry.backtest import backtest
from outcry.cli.app import app
from outcry.cli.bots.loading import load
from tests.support.flow_files import random_lobster
from tests.support.gateway import House, open_house
from tests.support.makers import running, stage, until
from tests.support.process import ROOT

EXAMPLES = ROOT / "examples"
FILES = sorted(path.name for path in EXAMPLES.glob("*.py"))
OPTIONS: dict[str, dict[str, str]] = {
    "market_maker.py": {"lots": "100", "most": "300"},
    "twap.py": {"lots": "900", "minutes": "1", "slices": "20"},
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_house(tmp_path_factory.mktemp("examples")) as house:
        yield house


def test_every_example_is_tested_and_listed() -> None:
    assert set(FILES) == set(OPTIONS)
    listed = (EXAMPLES / "README.md").read_text()
    assert all(f"({name})" in listed for name in FILES)


@pytest.mark.parametrize("name", FILES)
def test_example_trades_on_recorded_flow(tmp_path: Path, name: str) -> None:
    strategy = load(EXAMPLES / name, OPTIONS[name])
    flow = random_lobster(tmp_path / "flow.csv", 3, 6_000)
    result = backtest(strategy, flow)
    assert result.position.fills > 5
    assert not result.venue.orders(3)


def test_market_maker_stays_within_its_limit_as_a_maker(tmp_path: Path) -> None:
    strategy = load(EXAMPLES / "market_maker.py", OPTIONS["market_maker.py"])
    result = backtest(strategy, random_lobster(tmp_path / "flow.csv", 4, 3_000))
    assert result.position.maker_fills == result.position.fills > 20
    assert result.position_max_units <= 300


@pytest.mark.parametrize("side", ["buy", "sell"])
def test_twap_trades_exactly_what_it_was_told(tmp_path: Path, side: str) -> None:
    strategy = load(EXAMPLES / "twap.py", OPTIONS["twap.py"] | {"side": side})
    result = backtest(strategy, random_lobster(tmp_path / "flow.csv", 5, 6_000))
    assert result.position.base_units == (900 if side == "buy" else -900)
    assert result.position.maker_fills > 0
    last_ns, first_ns = result.fills[-1].time_ns, result.fills[0].time_ns
    assert last_ns - first_ns > 40 * 10**9


def command(*words: str | Path) -> "subprocess.CompletedProcess[str]":
    line = [sys.executable, "-m", "outcry", *map(str, words)]
    return subprocess.run(
        line, cwd=ROOT, capture_output=True, text=True, env=dict(environ), check=False
    )


def test_command_line_writes_the_report(tmp_path: Path) -> None:
    flow, out = random_lobster(tmp_path / "flow.csv", 3, 800), tmp_path / "report.html"
    ran = command(
        "backtest", EXAMPLES / "market_maker.py", "--data", flow, "--out", out, "--json",
        "--set", "lots=50", "--maker-ppm", "-20", "--taker-ppm", "30", "--latency-us", "1000",
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    figures = json.loads(ran.stdout)
    assert figures["messages"] == 800
    assert figures["report"] == str(out)
    assert figures["digest"] in out.read_text()
    assert figures["fees"].startswith("-")


@pytest.mark.parametrize(
    ("source", "options", "said"),
    [
        ("", [], "has to define one Strategy, and defines none"),
        ("1 / 0", [], "does not run: ZeroDivisionError"),
        ("class A(Strategy): pass\nclass B(Strategy): pass", [], "defines A, B"),
        ("class A(Strategy): pass", ["--set", "x=1"], "A cannot be made"),
        ("class A(Strategy): pass", ["--set", "x"], "--set x: it takes name=value"),
    ],
)
def test_file_that_is_no_strategy_is_refused_in_words(
    tmp_path: Path, source: str, options: list[str], said: str
) -> None:
    path, flow = tmp_path / "mine.py", tmp_path / "flow.csv"
    path.write_text(f"from outcry.strategy import Strategy\n{source}\n")
    flow.write_text("")
    ran = CliRunner().invoke(app, ["backtest", str(path), "--data", str(flow), *options])
    assert ran.exit_code == 2
    assert said in " ".join(ran.stderr.split())


@pytest.mark.parametrize(
    "options", [["--tick", "0"], ["--tick", "x"], ["--tick", "0.00001"], ["--maker-ppm", "-5"]]
)
def test_market_that_cannot_be_is_refused_in_words(tmp_path: Path, options: list[str]) -> None:
    flow = tmp_path / "flow.csv"
    flow.write_text("")
    words = ["backtest", str(EXAMPLES / "twap.py"), "--data", str(flow), *options]
    ran = CliRunner().invoke(app, words)
    assert ran.exit_code == 2, ran.exception
    assert "there is no such market" in " ".join(ran.stderr.split())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "give a --market, or a --config"),
        (["--market", "A_B"], "say who trades"),
        (["--config", "missing.json"], "there is no such file"),
        (["--market", "A_B", "--play-money", "--url", "ftp://x"], "ftp://x"),
        (["--market", "A_B", "--play-money", "--quantity", "x"], "is no number"),
        (["--market", "A_B", "--play-money", "--reference", "guess"], "configuration"),
    ],
)
def test_maker_that_cannot_be_is_refused_in_words(options: list[str], said: str) -> None:
    ran = CliRunner().invoke(app, ["maker", *options])
    assert ran.exit_code in {1, 2}, ran.exception
    assert said in " ".join(ran.stderr.split())


def test_venue_that_does_not_answer_is_said_in_words() -> None:
    ran = command("maker", "--market", "A_B", "--play-money", "--url", "http://127.0.0.1:9")
    assert ran.returncode == 1
    assert "does not answer" in " ".join(ran.stderr.split())
    assert "Traceback" not in ran.stderr


def test_recording_that_is_none_is_refused_in_words(tmp_path: Path) -> None:
    flow = tmp_path / "flow.csv"
    flow.write_text("hello\n")
    words = ["backtest", EXAMPLES / "twap.py", "--data", flow, "--out", tmp_path / "x.html"]
    ran = CliRunner().invoke(app, [str(word) for word in words])
    assert ran.exit_code == 1
    assert "not a LOBSTER message" in ran.stderr
    assert not (tmp_path / "x.html").exists()


@pytest.mark.asyncio(loop_scope="module")
async def test_examples_trade_with_each_other_at_a_venue(house: House) -> None:
    """The maker joins a quoted book; the other buys from it, patient and then not."""
    maker = load(EXAMPLES / "market_maker.py", {"lots": "30", "most": "500"})
    async with stage(house) as here:
        somebody = await house.person()
        await somebody.place("buy", "99.00", "1000", market=here.market)
        await somebody.place("sell", "101.00", "1000", market=here.market)
        async with running(here, maker):

            async def joined() -> bool:
                depth = await here.depth()
                return depth.bids[0][1] == depth.asks[0][1] == "1030"

            await until(joined)
            taken = await here.taker.place(
                "buy", "101.00", "1010", market=here.market, time_in_force="ioc"
            )
            assert taken["status"] == "filled"

            async def filled() -> bool:
                return maker.position.lots == -10

            await until(filled)
        assert await here.open_orders() == 0


@pytest.mark.asyncio(loop_scope="module")
async def test_command_line_trades_with_a_key(house: House, tmp_path: Path) -> None:
    async with stage(house) as here:
        somebody = await house.person()
        await somebody.place("buy", "99.00", "1000", market=here.market)
        await somebody.place("sell", "99.05", "1000", market=here.market)
        made = await here.client.new_key("read", "trade")
        secret = tmp_path / "secret"
        secret.write_text(made.secret or "")
        ran = await _command(
            "trade", EXAMPLES / "twap.py", "--market", here.market, "--url", house.venue.url,
            "--key", made.key, "--secret-file", secret, "--seconds", "4",
            "--set", "lots=40", "--set", "minutes=1", "--set", "slices=60",
        )  # fmt: skip
        assert ran == (0, "")
        fills = (await here.client.fills(market=here.market)).fills
        assert fills
        assert await here.open_orders() == 0


async def _command(*words: Any) -> tuple[int, str]:
    from asyncio import create_subprocess_exec, subprocess

    line = [sys.executable, "-m", "outcry", *map(str, words)]
    process = await create_subprocess_exec(
        *line, cwd=ROOT, env=dict(environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    _, errors = await process.communicate()
    assert process.returncode is not None
    return process.returncode, errors.decode()
