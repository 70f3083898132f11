"""What anybody may ask: books, trades, candles, tickers, rules, and how the venue is."""

import random
import re
import string
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

from outcry.marketdata.candle import INTERVALS
from tests.support.gateway import BTC_USDT, TATA_INR, House

pytestmark = pytest.mark.asyncio(loop_scope="module")

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
PUBLIC = ["depth", "trades", "klines", "tickers", "markets"]
NEEDS_MARKET = ["depth", "trades", "klines"]
SIXTEEN = "1s 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def market(house: House) -> AsyncIterator[str]:
    """A market with three trades and two levels a side."""
    market = await house.market()
    ann, bob = await house.person(), await house.person()
    for price, quantity in (("10.00", "5"), ("10.05", "2"), ("11.00", "4")):
        await ann.place("sell", price, quantity, market=market)
    for price, quantity in (("9.00", "5"), ("9.95", "1")):
        await ann.place("buy", price, quantity, market=market)
    await bob.place("buy", "10.00", "5", market=market)
    await bob.place("buy", "10.05", "1", market=market)
    await bob.place("sell", "9.95", "1", market=market)
    yield market


async def test_depth_is_the_book_best_first(house: House, market: str) -> None:
    depth = await house.get("/api/v1/depth", market=market)
    assert TIME.fullmatch(depth.pop("time"))
    assert depth.pop("sequence") > 0
    assert depth == {
        "market": market,
        "bids": [["9.00", "5"]],
        "asks": [["10.05", "1"], ["11.00", "4"]],
    }


@pytest.mark.parametrize(("limit", "asks"), [("1", 1), ("2", 2), ("5000", 2)])
async def test_depth_has_at_most_as_many_levels(
    house: House, market: str, limit: str, asks: int
) -> None:
    depth = await house.get("/api/v1/depth", market=market, limit=limit)
    assert len(depth["asks"]) == asks


async def test_sequence_of_depth_moves_with_the_book_alone(house: House) -> None:
    market = await house.market()
    ann = await house.person()
    empty = (await house.get("/api/v1/depth", market=market))["sequence"]
    await ann.place("buy", "9.00", "1")
    other = (await house.get("/api/v1/depth", market=market))["sequence"]
    await ann.place("buy", "9.00", "1", market=market)
    changed = (await house.get("/api/v1/depth", market=market))["sequence"]
    assert empty == other < changed


async def test_trades_are_newest_first_with_the_takers_side(house: House, market: str) -> None:
    trades = (await house.get("/api/v1/trades", market=market))["trades"]
    assert [(t["trade_id"], t["price"], t["quantity"], t["side"]) for t in trades] == [
        (3, "9.95", "1", "sell"),
        (2, "10.05", "1", "buy"),
        (1, "10.00", "5", "buy"),
    ]
    assert all(TIME.fullmatch(trade["time"]) for trade in trades)


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({"before": "3"}, [2, 1]),
        ({"before": "3", "limit": "1"}, [2]),
        ({"before": "1"}, []),
        ({"before": "0"}, []),
        ({"before": "99999999999999999"}, [3, 2, 1]),
        ({"limit": "2"}, [3, 2]),
        ({"limit": "1000"}, [3, 2, 1]),
    ],
)
async def test_older_trades_are_asked_for_by_id(
    house: House, market: str, query: dict[str, str], ids: list[int]
) -> None:
    trades = (await house.get("/api/v1/trades", market=market, **query))["trades"]
    assert [trade["trade_id"] for trade in trades] == ids


@pytest.mark.parametrize("interval", SIXTEEN.split())
async def test_candle_of_every_interval_holds_the_trades(
    house: House, market: str, interval: str
) -> None:
    candles = (await house.get("/api/v1/klines", market=market, interval=interval))["klines"]
    traded = [candle for candle in candles if candle["trades"]]
    # A boundary may have passed between two of the three trades.
    assert sum(candle["trades"] for candle in traded) == 3
    assert sum(int(candle["volume"]) for candle in traded) == 7
    assert (traded[0]["open"], traded[-1]["close"]) == ("10.00", "9.95")
    if len(traded) == 1:
        assert (traded[0]["high"], traded[0]["low"]) == ("10.05", "9.95")
        assert traded[0]["quote_volume"] == "70.0000"
    spans = [(c["open_time"], c["close_time"]) for c in candles]
    assert all(earlier[1] == later[0] for earlier, later in zip(spans, spans[1:], strict=False))


async def test_there_are_sixteen_intervals() -> None:
    assert list(INTERVALS) == SIXTEEN.split()


@pytest.mark.parametrize("limit", ["1", "3"])
async def test_last_candles_are_given_oldest_first(house: House, market: str, limit: str) -> None:
    candles = (await house.get("/api/v1/klines", market=market, interval="1s", limit=limit))[
        "klines"
    ]
    times = [datetime.fromisoformat(candle["open_time"]) for candle in candles]
    assert len(times) <= int(limit)
    assert times == sorted(times)


@pytest.mark.parametrize("time", ["0", "999999999999999", "2020-01-01", "9999-12-31T23:59:59Z"])
@pytest.mark.parametrize("name", ["start_time", "end_time"])
@pytest.mark.parametrize("interval", ["1s", "3d", "1w", "1M"])
async def test_candles_of_any_span_are_answered(
    house: House, market: str, name: str, time: str, interval: str
) -> None:
    query = {"market": market, "interval": interval, name: time}
    answer = await house.call("GET", "/api/v1/klines", **query)
    assert answer.status == 200
    assert len(answer.body["klines"]) <= 500


@pytest.mark.parametrize("interval", ["1s", "1h", "1M"])
async def test_klines_since_long_ago_begin_with_the_first_trade(
    house: House, market: str, interval: str
) -> None:
    query = {"market": market, "interval": interval, "limit": 1}
    answer = await house.get("/api/v1/klines", start_time="0", **query)
    (candle,) = answer["klines"]
    assert (candle["open"], candle["trades"] > 0) == ("10.00", True)


async def test_candles_of_a_market_without_trades_are_none(house: House) -> None:
    candles = await house.get("/api/v1/klines", market="REST_INR", interval="1d")
    assert candles == {"klines": []}


async def test_ticker_is_the_day_at_a_glance(house: House, market: str) -> None:
    (ticker,) = (await house.get("/api/v1/tickers", market=market))["tickers"]
    assert TIME.fullmatch(ticker.pop("time"))
    assert ticker == {
        "market": market,
        "last_price": "9.95",
        "best_bid": "9.00",
        "best_ask": "10.05",
        "open_price": "10.00",
        "high_price": "10.05",
        "low_price": "9.95",
        "volume": "7",
        "quote_volume": "70.0000",
        "price_change": "-0.05",
        "price_change_percent": "-0.500",
        "trades": 3,
    }


async def test_ticker_without_trades_has_no_prices(house: House) -> None:
    (ticker,) = (await house.get("/api/v1/tickers", market="REST_INR"))["tickers"]
    nulls = {name for name, value in ticker.items() if value is None}
    assert nulls == {
        "last_price", "best_bid", "best_ask", "open_price", "high_price", "low_price",
        "price_change", "price_change_percent",
    }  # fmt: skip


async def test_tickers_and_markets_are_of_all_or_of_one(house: House) -> None:
    for path in ("tickers", "markets"):
        everything = (await house.get(f"/api/v1/{path}"))[path]
        one = (await house.get(f"/api/v1/{path}", symbol=BTC_USDT))[path]
        names = [row["market"] for row in everything]
        assert names[:5] == [BTC_USDT, TATA_INR, "REST_INR", "GONE_INR", "LAST_INR"]
        assert [row["market"] for row in one] == [BTC_USDT]


async def test_rules_of_a_market_are_shown(house: House) -> None:
    (rules,) = (await house.get("/api/v1/markets", market=BTC_USDT))["markets"]
    assert rules == {
        "market": BTC_USDT, "base": "BTC", "quote": "USDT", "tick": "0.01", "lot": "0.0001",
        "min_quantity": "0.0002", "max_quantity": "10.0000", "market_max_quantity": "5.0000",
        "min_notional": "5.000000", "max_notional": "900000.000000", "fee_asset": "received",
        "maker_ppm": 200, "taker_ppm": 500, "state": "trading", "version": 1,
    }  # fmt: skip
    states = {m["market"]: m["state"] for m in (await house.get("/api/v1/markets"))["markets"]}
    assert (states["REST_INR"], states["GONE_INR"]) == ("halted", "closed")


async def test_assets_have_their_decimals(house: House) -> None:
    assets = (await house.get("/api/v1/assets"))["assets"]
    assert assets[0] == {"asset": "BTC", "decimals": 8, "chain_decimals": 8}


# The same for all


@pytest.mark.parametrize("path", PUBLIC)
async def test_symbol_is_market_and_a_slash_is_nothing(house: House, path: str) -> None:
    answers = [
        await house.get(f"/api/v1/{path}{slash}", **{name: TATA_INR})
        for name in ("market", "symbol")
        for slash in ("", "/")
    ]
    for answer in answers:
        for row in answer.get("tickers", [answer]):
            row.pop("time", None)
    assert all(answer == answers[0] for answer in answers)


@pytest.mark.parametrize("path", NEEDS_MARKET)
async def test_market_has_to_be_named(house: House, path: str) -> None:
    answer = await house.call("GET", f"/api/v1/{path}")
    assert (answer.status, answer.code, answer.error["field"]) == (422, "MISSING_FIELD", "market")


@pytest.mark.parametrize("path", PUBLIC)
@pytest.mark.parametrize(
    "symbol", ["", "btc_usdt", "BTCUSDT", "BTC_USDT ", "DOGE", "ВTC_USDT", "\0", "'", "%", "../"]
)
async def test_unknown_market_is_refused(house: House, path: str, symbol: str) -> None:
    answer = await house.call("GET", f"/api/v1/{path}", market=symbol)
    assert (answer.status, answer.code, answer.error["field"]) == (404, "UNKNOWN_MARKET", "market")


@pytest.mark.parametrize("path", [*PUBLIC, "assets"])
async def test_unknown_parameter_is_refused(house: House, path: str) -> None:
    answer = await house.call("GET", f"/api/v1/{path}", depth="5", market=TATA_INR)
    assert (answer.status, answer.code) == (422, "UNKNOWN_FIELD")


@pytest.mark.parametrize(
    ("path", "query", "code", "field"),
    [
        ("depth", {"limit": "0"}, "BAD_VALUE", "limit"),
        ("depth", {"limit": "5001"}, "BAD_VALUE", "limit"),
        ("depth", {"limit": "-1"}, "BAD_VALUE", "limit"),
        ("depth", {"limit": "1e1"}, "BAD_VALUE", "limit"),
        ("trades", {"limit": "1001"}, "BAD_VALUE", "limit"),
        ("trades", {"before": "-1"}, "BAD_VALUE", "before"),
        ("trades", {"before": "x"}, "BAD_VALUE", "before"),
        ("trades", {"before": ""}, "BAD_VALUE", "before"),
        ("trades", {"before": "9" * 19}, "BAD_VALUE", "before"),
        ("klines", {"interval": "2m"}, "BAD_VALUE", "interval"),
        ("klines", {"interval": "1H"}, "BAD_VALUE", "interval"),
        ("klines", {"interval": ""}, "BAD_VALUE", "interval"),
        ("klines", {"limit": "1001"}, "BAD_VALUE", "limit"),
        ("klines", {"start_time": "soon"}, "BAD_TIME", "start_time"),
        ("klines", {"end_time": "1e3"}, "BAD_TIME", "end_time"),
    ],
)
async def test_bad_parameter_is_refused(
    house: House, path: str, query: dict[str, str], code: str, field: str
) -> None:
    answer = await house.call("GET", f"/api/v1/{path}", market=TATA_INR, **query)
    assert (answer.status, answer.code, answer.error["field"]) == (422, code, field)


async def test_public_answers_name_no_order_and_no_account(house: House, market: str) -> None:
    for path in PUBLIC:
        text = str(await house.get(f"/api/v1/{path}", market=market))
        assert not re.search(r"order_id|account|user|client", text)


@pytest.mark.parametrize("seed", range(3))
async def test_random_paths_and_queries_are_never_an_error_of_ours(house: House, seed: int) -> None:
    chance = random.Random(seed)
    letters = string.printable + "éА\u202e"
    for _ in range(60):
        path = f"/api/v1/{chance.choice([*PUBLIC, 'assets', 'order/open', 'orders', 'fills'])}"
        names = ["market", "limit", "before", "interval", "start_time", "end_time", "cursor", "x"]
        query = {
            name: "".join(chance.choices(letters, k=chance.randint(0, 12)))
            for name in chance.sample(names, chance.randint(0, 4))
        }
        answer = await house.call("GET", path, **query)
        assert answer.status < 500, (seed, path, query)


# How the venue is


async def test_health_and_readiness_are_told(house: House) -> None:
    health, ready = await house.get("/health"), await house.get("/ready")
    core = house.venue.engine.core
    expected: dict[str, Any] = {
        "status": "ok",
        "version": health["version"],
        "core": core.implementation,
        "mode": "normal",
        "development": True,
        "sequence": core.sequence,
        "circuits": {"ledger": "closed", "identity": "closed", "proofs": "closed"},
        "reason": None,
        "by": None,
        "since": None,
    }
    assert health == ready == expected


METRICS = {
    **{
        f"outcry_circuit_{store}_{what}": kind
        for store in ("ledger", "identity", "proofs")
        for what, kind in (
            ("state", "gauge"),
            ("opened_total", "counter"),
            ("refused_total", "counter"),
        )
    },
    "outcry_answers_total": "counter",
    "outcry_batches_total": "counter",
    "outcry_commands_total": "counter",
    "outcry_core_info": "gauge",
    "outcry_disk_free_bytes": "gauge",
    "outcry_events_total": "counter",
    "outcry_feed_deliveries_total": "counter",
    "outcry_feed_dropped_total": "counter",
    "outcry_feed_resyncs_total": "counter",
    "outcry_guard_concerns": "gauge",
    "outcry_last_sequence": "gauge",
    "outcry_ledger_alarms_total": "counter",
    "outcry_ledger_cpu_seconds_total": "counter",
    "outcry_ledger_lag_commands": "gauge",
    "outcry_ledger_lag_events": "gauge",
    "outcry_ledger_lag_seconds": "gauge",
    "outcry_ledger_resident_bytes": "gauge",
    "outcry_ledger_restarts_total": "counter",
    "outcry_ledger_rows_total": "counter",
    "outcry_ledger_sequence": "gauge",
    "outcry_open_orders": "gauge",
    "outcry_operations_total": "counter",
    "outcry_rate_refusals_total": "counter",
    "outcry_recovery_commands": "gauge",
    "outcry_recovery_seconds": "gauge",
    "outcry_refused_total": "counter",
    "outcry_reply_failures_total": "counter",
    "outcry_shut_outs_total": "counter",
    "outcry_snapshot_failures_total": "counter",
    "outcry_snapshot_sequence": "gauge",
    "outcry_snapshots_total": "counter",
    "outcry_venue_mode": "gauge",
    "outcry_waiting_commands": "gauge",
    "outcry_websocket_connections": "gauge",
    "process_cpu_seconds_total": "counter",
    "process_resident_memory_bytes": "gauge",
}
"""What somebody's dashboards and our benchmarks may rely on."""


async def test_metrics_are_what_prometheus_reads(house: House, market: str) -> None:
    answer = await house.call("GET", "/metrics")
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    families = list(text_string_to_metric_families(answer.body))
    kinds = {sample.name: family.type for family in families for sample in family.samples}
    assert kinds == METRICS
    assert all(family.documentation.endswith(".") for family in families)


async def test_metrics_are_the_numbers_of_this_moment(house: House, market: str) -> None:
    answer = await house.call("GET", "/metrics")
    values = dict(line.rsplit(" ", 1) for line in answer.body.splitlines() if line[0] != "#")
    core = house.venue.engine.core
    assert float(values["outcry_last_sequence"]) == core.sequence
    assert float(values['outcry_answers_total{status="201"}']) > 0
    assert float(values["process_cpu_seconds_total"]) > 0
    assert values[f'outcry_core_info{{core="{core.implementation}"}}'] == "1.0"


async def test_documentation_is_served_without_foreign_scripts(house: House) -> None:
    page, script = await house.call("GET", "/docs"), await house.call("GET", "/docs.js")
    assert page.headers["Content-Type"].startswith("text/html")
    assert script.headers["Content-Type"].startswith("text/javascript")
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert not re.search(r'(src|href)="(https?:)?//', page.body)
