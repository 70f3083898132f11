"""Clients nobody here wrote, unmodified, against a running venue; the ledger has the last word.

Each is given an address and an API key. Every step has to work or to be refused with the exception
its author meant for it, and what it was told has to be the ledger's to the last unit.
"""

import json
import os
import subprocess
import sys
import urllib.request
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.clients import drive, environment
from tests.support.process import ROOT, venue_process

pytestmark = pytest.mark.e2e

SECONDS = float(os.environ.get("ACCEPTANCE_SECONDS", "8"))
"""How long a book is kept; ten minutes are worth it now and then."""
PATIENCE_S = 240.0
ASKED_FOR = [
    pytest.param(client, driver, marks=[pytest.mark.soak, pytest.mark.timeout(7200)])
    for client, driver in [("hummingbot", "hummingbot_connector.py")]
    if os.environ.get("HUMMINGBOT")
]
"""What takes minutes to compile is run where it is asked for."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.mark.parametrize(
    ("client", "driver"),
    [
        ("ccxt", "ccxt_rest.py"),
        ("ccxt", "ccxt_pro.py"),
        ("python-binance", "python_binance.py"),
        pytest.param("binance-connector", "binance_connector.py", marks=pytest.mark.soak),
        pytest.param("binance-sdk-spot", "sdk_spot.py", marks=pytest.mark.soak),
        pytest.param("freqtrade", "freqtrade_bot.py", marks=pytest.mark.soak),
        pytest.param("nautilus", "nautilus_node.py", marks=pytest.mark.soak),
        *ASKED_FOR,
    ],
)
def test_client_works_and_was_told_what_the_ledger_has(
    client: str, driver: str, folder: Path, tmp_path: Path
) -> None:
    python = environment(client)
    plan, outcome = tmp_path / "plan.json", tmp_path / "outcome.json"
    with venue_process(folder, "--demo") as venue:
        url = venue.started()["url"].replace("localhost", "127.0.0.1")
        traders = json.loads((folder / "demo.json").read_text())["traders"]
        plan.write_text(json.dumps({"url": url, "traders": traders, "seconds": SECONDS}))
        printed = drive(python, driver, plan, outcome, PATIENCE_S + SECONDS)
        assert outcome.exists(), printed
        found = json.loads(outcome.read_text())
        wrong = {name: told for name, told in found["steps"].items() if told != "ok"}
        assert not wrong, "\n".join(f"{name}: {told}" for name, told in wrong.items())
        for trader, balances, fills in zip(
            traders, found["facts"]["balances"], found["facts"]["fills"], strict=True
        ):
            check_balances(url, trader, balances)
            check_fills(url, trader, fills)
        assert any(found["facts"]["fills"]), "nothing was traded"
        code, errors = venue.end()
        assert code == 0, errors
    audited(folder)


def own(url: str, trader: dict[str, str], path: str) -> Any:
    """Return what the venue's own API tells a trader."""
    headers = {"Authorization": f"Bearer {trader['token']}"}
    with urllib.request.urlopen(urllib.request.Request(url + path, headers=headers)) as answer:
        return json.load(answer)


def check_balances(url: str, trader: dict[str, str], told: list[dict[str, str]]) -> None:
    """Hold the balances a client was told against the ledger's, unit for unit."""
    rows = own(url, trader, "/api/v1/balances")["balances"]
    ledger = {row["asset"]: (Decimal(row["available"]), Decimal(row["held"])) for row in rows}
    heard = {row["asset"]: (Decimal(row["free"]), Decimal(row["locked"])) for row in told}
    zero = (Decimal(0), Decimal(0))
    assert {asset: both for asset, both in heard.items() if both != zero} == ledger


def check_fills(url: str, trader: dict[str, str], told: list[dict[str, Any]]) -> None:
    """Hold the fills a client was told against the ledger's: price, size, fee."""
    rows = own(url, trader, "/api/v1/fills?market=ETH_USDT&limit=1000")["fills"]
    ledger = {
        row["trade_id"]: tuple(Decimal(row[name]) for name in ("price", "quantity", "fee"))
        for row in rows
    }
    heard = {
        int(row["id"]): tuple(Decimal(row[name]) for name in ("price", "qty", "commission"))
        for row in told
    }
    assert heard == ledger


def audited(folder: Path) -> None:
    """Replay the log: engine, ledger and the sum of all postings have to be the same."""
    done = subprocess.run(
        [sys.executable, "-m", "outcry", "audit", "--data", str(folder), "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
