"""freqtrade: a bot in live mode that buys, sells, and keeps a stop at the venue."""

import base64
import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from typing import Any

from plain import told, trade
from steps import Steps, need

USER, WORD = "bot", token_hex(8)
START_S, TRADING_S = 120, 45
STRATEGY = """
from freqtrade.strategy import IStrategy


class Flip(IStrategy):
    INTERFACE_VERSION = 3
    timeframe = "1m"
    minimal_roi = {"0": 10}
    stoploss = -0.5
    startup_candle_count = 0
    process_only_new_candles = False
    order_types = {
        "entry": "limit", "exit": "limit", "stoploss": "limit", "stoploss_on_exchange": True,
    }

    def populate_indicators(self, df, metadata):
        return df

    def populate_entry_trend(self, df, metadata):
        df["enter_long"] = 1
        return df

    def populate_exit_trend(self, df, metadata):
        df["exit_long"] = 0
        return df

    def custom_exit(self, pair, trade, current_time, current_rate, current_profit, **kwargs):
        return "flip" if (current_time - trade.open_date_utc).total_seconds() > 15 else None
"""


def config_of(steps: Steps, port: int) -> dict[str, Any]:
    """Return the bot's settings: an address and a key, and no change of code."""
    url, ws, trader = steps.url, steps.ws, steps.traders[0]
    api: dict[str, Any] = {
        "public": f"{url}/api/v3", "private": f"{url}/api/v3", "v1": f"{url}/api/v1",
        "sapi": f"{url}/sapi/v1", "sapiV2": f"{url}/sapi/v2", "sapiV3": f"{url}/sapi/v3",
        "ws": {"spot": f"{ws}/ws", "ws-api": {"spot": f"{ws}/ws-api/v3"}},
    }  # fmt: skip
    options = {"fetchMarkets": {"types": ["spot"]}, "defaultType": "spot"}
    side = {"price_side": "other", "use_order_book": True, "order_book_top": 1}
    return {
        "max_open_trades": 2, "stake_currency": "USDT", "stake_amount": 100, "dry_run": False,
        "timeframe": "1m", "cancel_open_orders_on_exit": True, "bot_name": "acceptance",
        "unfilledtimeout": {"entry": 10, "exit": 10, "unit": "seconds"},
        "entry_pricing": side, "exit_pricing": side, "initial_state": "running",
        "internals": {"process_throttle_secs": 2}, "pairlists": [{"method": "StaticPairList"}],
        "exchange": {
            "name": "binance", "key": trader["api_key"], "secret": trader["api_secret"],
            "ccxt_config": {"urls": {"api": api}, "options": options},
            "pair_whitelist": ["ETH/USDT"], "pair_blacklist": [], "enable_ws": True,
        },
        "api_server": {
            "enabled": True, "listen_ip_address": "127.0.0.1", "listen_port": port,
            "username": USER, "password": WORD, "jwt_secret_key": token_hex(20),
            "ws_token": token_hex(15), "verbosity": "error",
        },
    }  # fmt: skip


def ask(port: int, what: str) -> Any:
    """Return what the bot says of itself."""
    token = base64.b64encode(f"{USER}:{WORD}".encode()).decode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/v1/{what}", headers={"Authorization": f"Basic {token}"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def same_balances(steps: Steps, port: int) -> None:
    """Compare the balances the bot reports with the venue's, at a moment when neither moves."""
    for _ in range(20):
        before = told(steps.url, steps.traders[:1])["balances"][0]
        bot = {row["currency"]: row for row in ask(port, "balance")["currencies"]}
        after = told(steps.url, steps.traders[:1])["balances"][0]
        wrong = {
            row["asset"]: (row, bot.get(row["asset"]))
            for row in after
            if row["asset"] in bot
            and (abs(bot[row["asset"]]["free"] - float(row["free"])) > 1e-8
                 or abs(bot[row["asset"]]["used"] - float(row["locked"])) > 1e-8)
        }  # fmt: skip
        if before == after and not wrong:
            need({"USDT", "ETH"} <= bot.keys(), str(bot.keys()))
            return
        time.sleep(1)
    raise AssertionError(str(wrong))


def main() -> None:
    steps = Steps()
    with TemporaryDirectory() as name:
        folder, port = Path(name), 20_000 + os.getpid() % 20_000
        (folder / "strategies").mkdir()
        (folder / "strategies" / "flip.py").write_text(STRATEGY)
        (folder / "config.json").write_text(json.dumps(config_of(steps, port)))
        program = Path(sys.executable).with_name("freqtrade")
        with (folder / "log").open("w") as log:
            bot = subprocess.Popen(
                [str(program), "trade", "-c", str(folder / "config.json"),
                 "--userdir", name, "-s", "Flip",
                 "--db-url", f"sqlite:///{folder / 'trades.sqlite'}"],
                cwd=name, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        try:
            watch(steps, bot, port)
        finally:
            bot.terminate()  # Not an interrupt: what runs in the background may not hear that.
            try:
                steps.step("it ends", lambda: need(bot.wait(60) is not None))
            finally:
                bot.kill()
        text = (folder / "log").read_text()
        bad = [
            line
            for line in text.splitlines()
            # A new market has no closed candle in its first minute.
            if (" ERROR " in line or " WARNING " in line) and "Empty candle" not in line
        ]
        steps.step("it complains of nothing", lambda: need(not bad, "\n".join(bad[-3:])))
    steps.facts |= told(steps.url, steps.traders)
    steps.write()


def answers(bot: "subprocess.Popen[bytes]", port: int) -> None:
    """Wait until the bot answers."""
    ends = time.monotonic() + START_S
    while time.monotonic() < ends:
        need(bot.poll() is None, "it ended")
        try:
            ask(port, "ping")
        except OSError:
            time.sleep(0.5)
        else:
            return
    raise AssertionError("it does not answer")


def watch(steps: Steps, bot: "subprocess.Popen[bytes]", port: int) -> None:
    """Let the market move while the bot trades, then compare."""
    steps.step("it starts", lambda: answers(bot, port))
    started, number = time.monotonic(), 0
    while time.monotonic() - started < TRADING_S + steps.seconds and bot.poll() is None:
        number += 1
        trade(steps.url, steps.traders[1], number)
        time.sleep(1)
    steps.step("it runs", lambda: need(bot.poll() is None))
    steps.step("it traded", lambda: need(ask(port, "profit")["trade_count"] >= 1))
    steps.step("its balances", lambda: same_balances(steps, port))


if __name__ == "__main__":
    main()
