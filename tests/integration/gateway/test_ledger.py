"""What an account reads out of the ledger: its statement, transfers, volume, and nobody else's."""

import asyncio
import base64
import csv
import io
import itertools
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pyarrow.parquet as pq
import pytest
import pytest_asyncio

from outcry.domain import commands as c
from outcry.gateway.ledger import export, parquet
from outcry.ledger.reads import whole
from tests.support.gateway import INR, TATA_INR, House, Person

pytestmark = pytest.mark.asyncio(loop_scope="module")

STATEMENT, TRANSFERS = "/api/v1/statement", "/api/v1/transfers"
VOLUME, STATISTICS = "/api/v1/volume", "/api/v1/statistics"
PAGES = (STATEMENT, TRANSFERS, VOLUME, STATISTICS)
OWN = (STATEMENT, TRANSFERS, VOLUME)
TABLES = ("orders", "fills", "transfers", "statement", "volume")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def market(house: House) -> str:
    return await house.market(taker_ppm=1_000, maker_ppm=100)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def trader(house: House, market: str) -> AsyncIterator[Person]:
    """Somebody who has traded 3 times, cancelled, and asked for some money back."""
    trader, other = await house.person(INR="1000", TATA="50"), await house.person()
    for number in range(3):
        await trader.place("sell", f"{10 + number}.00", "2", market=market)
    await other.place("buy", "12.00", "6", market=market)
    ended = await trader.place("buy", "1.00", "1", market=market, client_order_id="-1_1")
    await trader.call("DELETE", "/api/v1/order/", order_id=ended["order_id"])
    await house.do(
        c.Withdraw(account=trader.account, asset=INR, amount_units=5_0000),
        c.Adjust(account=trader.account, asset=INR, amount_units=1_0000),
    )
    yield trader


def name_of(path: str) -> str:
    return path.rpartition("/")[2]


async def pages(person: Person, path: str, **query: Any) -> list[Any]:
    """Return every item of a list, page by page."""
    found, cursor = [], {}
    while True:
        page = await person.get(path, **query, **cursor)
        assert page.keys() == {name_of(path), "next_cursor"}
        found += page[name_of(path)]
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


# Pages


async def test_statement_adds_up_to_the_balances(trader: Person) -> None:
    lines = await pages(trader, STATEMENT)
    sums: dict[tuple[str, str], Decimal] = {}
    for line in reversed(lines):
        key = line["asset"], line["purpose"]
        sums[key] = sums.get(key, Decimal()) + Decimal(line["change"])
        assert sums[key] == Decimal(line["balance"])
    for asset, (available, held) in (await trader.balances()).items():
        assert sums[asset, "available"] == Decimal(available)
        assert sums.get((asset, "held"), 0) == Decimal(held)
    assert sums["INR", "in_flight"] == 5


async def test_statement_says_why_newest_first(trader: Person) -> None:
    lines = await pages(trader, STATEMENT)
    numbers = [line["posting"] for line in lines]
    assert numbers == sorted(numbers, reverse=True)
    assert lines[0].keys() == {
        "posting", "time", "cause", "asset", "purpose", "change", "balance", "market", "order_id",
        "trade_id", "withdrawal_id", "counter_account", "sequence", "event_index",
    }  # fmt: skip
    causes = {line["cause"] for line in lines}
    assert causes == {
        "deposit", "order_placed", "order_done", "trade", "withdrawal_requested", "adjust_credit",
    }  # fmt: skip
    (traded, *_) = [line for line in lines if line["cause"] == "trade" and line["asset"] == "INR"]
    order = await trader.get(f"/api/v1/order/{traded['order_id']}")
    assert [fill["trade_id"] for fill in order["fills"]] == [traded["trade_id"]]
    fill = order["fills"][0]
    got = Decimal(fill["price"]) * Decimal(fill["quantity"]) - Decimal(fill["fee"])
    assert Decimal(traded["change"]) == got


@pytest.mark.parametrize("limit", [1, 3, 1_000])
@pytest.mark.parametrize("path", PAGES)
async def test_pages_hold_each_row_once(trader: Person, path: str, limit: int) -> None:
    everything = (await trader.get(path, limit=1_000))[name_of(path)]
    assert everything
    assert await pages(trader, path, limit=limit) == everything


@pytest.mark.parametrize("purpose", ["available", "held", "in_flight"])
@pytest.mark.parametrize("asset", ["INR", "TATA", "BTC"])
async def test_statement_can_be_of_an_asset_and_a_purpose(
    trader: Person, asset: str, purpose: str
) -> None:
    everything = await pages(trader, STATEMENT)
    wanted = [line for line in everything if (line["asset"], line["purpose"]) == (asset, purpose)]
    assert await pages(trader, STATEMENT, asset=asset, purpose=purpose, limit=2) == wanted


@pytest.mark.parametrize("path", [STATEMENT, TRANSFERS])
async def test_span_of_time_bounds_a_page(trader: Person, path: str) -> None:
    everything = await pages(trader, path)
    moment = everything[len(everything) // 2]["time"]
    since = await pages(trader, path, start_time=moment)
    assert since == [row for row in everything if row["time"] >= moment]
    before = await pages(trader, path, end_time="2020-01-01")
    assert before == []


async def test_transfers_are_what_moved_outside_of_trading(trader: Person) -> None:
    rows = await pages(trader, TRANSFERS)
    told = [(row["cause"], row["asset"], row["amount"], row["change"]) for row in rows]
    assert told == [
        ("adjust_credit", "INR", "1.0000", "1.0000"),
        ("withdrawal_requested", "INR", "5.0000", "-5.0000"),
        ("deposit", "TATA", "50", "50"),
        ("deposit", "INR", "1000.0000", "1000.0000"),
    ]
    assert rows[1]["withdrawal_id"] > 0


async def test_volume_and_statistics_are_sums_of_the_fills(trader: Person, market: str) -> None:
    fills = (await trader.get("/api/v1/fills", market=market))["fills"]
    (day,) = await pages(trader, VOLUME)
    assert (day["market"], day["trades"], day["volume"]) == (market, 3, "6")
    assert Decimal(day["quote_fee"]) == sum(Decimal(fill["fee"]) for fill in fills) > 0
    assert (day["base"], day["base_fee"], day["quote"]) == ("TATA", "0", "INR")
    (public,) = await pages(trader, STATISTICS, market=market)
    assert public == {
        "day": day["day"], "market": market, "open": "10.00", "high": "12.00", "low": "10.00",
        "close": "12.00", "trades": 3, "volume": "6", "quote_volume": day["quote_volume"],
    }  # fmt: skip


async def test_statistics_need_no_token(house: House, market: str) -> None:
    found = await house.get(STATISTICS, market=market)
    assert len(found["statistics"]) == 1


@pytest.mark.parametrize("path", PAGES)
async def test_answer_says_how_far_the_ledger_was(house: House, trader: Person, path: str) -> None:
    answer = await trader.call("GET", path)
    assert int(answer.headers["X-Outcry-Ledger-Sequence"]) >= house.state()[1]


# Whose


@pytest.mark.parametrize("path", [*OWN, *(f"/api/v1/export/{table}" for table in TABLES)])
async def test_nothing_is_told_without_a_token(house: House, path: str) -> None:
    answer = await house.call("GET", path)
    assert (answer.status, answer.code) == (401, "UNAUTHORIZED")
    answer = await house.call("GET", path, headers={"Authorization": "Bearer x.y.z"})
    assert answer.status == 401


async def test_stranger_sees_nothing_of_the_trader(house: House, trader: Person) -> None:
    stranger = await house.person(INR="7")
    for path in OWN:
        cursor = (await trader.get(path, limit=1))["next_cursor"]
        given = {"cursor": cursor} if cursor else {}
        rows = (await stranger.get(path, **given))[name_of(path)]
        assert all(row.get("cause") == "deposit" for row in rows)
        assert len(rows) <= 1
    for table in TABLES:
        answer = await stranger.call("GET", f"/api/v1/export/{table}")
        rows = list(csv.DictReader(io.StringIO(answer.body, newline="")))
        assert {row["account"] for row in rows} <= {str(stranger.account)}
        assert len(rows) == (1 if table in {"transfers", "statement"} else 0)


@pytest.mark.parametrize("name", ["account", "user_id", "owner"])
@pytest.mark.parametrize("path", [*PAGES, "/api/v1/export/statement"])
async def test_account_cannot_be_named(ann: Person, path: str, name: str) -> None:
    answer = await ann.call("GET", path, **{name: "1"})
    assert (answer.status, answer.code) == (422, "UNKNOWN_FIELD")


# What is refused


def cursor_of(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    "text",
    ["", "o.1", "s.-1", "t.1", "v.1.2.3", "d.01.1", "s.1 OR 1=1", "t.99999999999999999999.1"],
)
async def test_forged_cursor_is_refused(ann: Person, path: str, text: str) -> None:
    answer = await ann.call("GET", path, cursor=cursor_of(text))
    assert (answer.status, answer.code) == (422, "BAD_CURSOR")


BAD = {
    "limit-zero": ({"limit": "0"}, "BAD_VALUE", "limit"),
    "limit-1001": ({"limit": "1001"}, "BAD_VALUE", "limit"),
    "limit-word": ({"limit": "all"}, "BAD_VALUE", "limit"),
    "cursor-word": ({"cursor": "abc"}, "BAD_CURSOR", "cursor"),
    "start-word": ({"start_time": "yesterday"}, "BAD_TIME", "start_time"),
    "end-word": ({"end_time": "1e9"}, "BAD_TIME", "end_time"),
    "unknown": ({"sort": "x"}, "UNKNOWN_FIELD", "sort"),
}


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("query", "code", "field"), BAD.values(), ids=BAD.keys())
async def test_bad_query_is_refused(
    ann: Person, path: str, query: dict[str, str], code: str, field: str
) -> None:
    answer = await ann.call("GET", path, **query)
    assert (answer.status, answer.code, answer.error["field"]) == (422, code, field)


@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        (STATEMENT, {"asset": "DOGE"}, 404, "UNKNOWN_ASSET"),
        (STATEMENT, {"purpose": "fees"}, 422, "BAD_VALUE"),
        (STATEMENT, {"purpose": ""}, 422, "BAD_VALUE"),
        (TRANSFERS, {"asset": "inr"}, 404, "UNKNOWN_ASSET"),
        (VOLUME, {"market": "DOGE_INR"}, 404, "UNKNOWN_MARKET"),
        (STATISTICS, {"symbol": ""}, 404, "UNKNOWN_MARKET"),
        ("/api/v1/export/secrets", {}, 404, "NOT_FOUND"),
        ("/api/v1/export/statistics", {}, 404, "NOT_FOUND"),
        ("/api/v1/export/orders", {"format": "xlsx"}, 422, "BAD_VALUE"),
        ("/api/v1/export/orders", {"start_time": "x"}, 422, "BAD_TIME"),
        ("/api/v1/export/orders", {"limit": "5"}, 422, "UNKNOWN_FIELD"),
    ],
)
async def test_wrong_name_is_refused(
    ann: Person, path: str, query: dict[str, str], status: int, code: str
) -> None:
    answer = await ann.call("GET", path, **query)
    assert (answer.status, answer.code) == (status, code)


# Exports


async def exported(person: Person, table: str, **query: Any) -> list[dict[str, str]]:
    answer = await person.call("GET", f"/api/v1/export/{table}", **query)
    assert answer.status == 200, answer
    return list(csv.DictReader(io.StringIO(answer.body, newline="")))


@pytest.mark.parametrize("chunk", [2, 500])
@pytest.mark.parametrize("path", OWN)
async def test_export_is_the_pages_the_other_way_round(
    trader: Person, path: str, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole, "CHUNK", chunk)
    rows = await exported(trader, name_of(path))
    told = [
        {name: "" if value is None else str(value) for name, value in row.items()}
        for row in reversed(await pages(trader, path))
    ]
    assert [row.pop("account") for row in rows] == [str(trader.account)] * len(told)
    assert rows == told


async def test_exported_orders_and_fills_are_those_of_the_lists(trader: Person) -> None:
    orders = (await trader.get("/api/v1/orders"))["orders"][::-1]
    fills = (await trader.get("/api/v1/fills"))["fills"][::-1]
    for told, rows in ((orders, await exported(trader, "orders")),
                       (fills, await exported(trader, "fills"))):  # fmt: skip
        assert len(told) == len(rows)
        for one, row in zip(told, rows, strict=True):
            same = one.keys() & row.keys() - {"post_only", "client_order_id"}
            assert len(same) >= 10
            assert {n: "" if one[n] is None else str(one[n]) for n in same} == {
                n: row[n] for n in same
            }


async def test_text_that_a_spreadsheet_would_calculate_is_quoted(trader: Person) -> None:
    ids = [row["client_order_id"] for row in await exported(trader, "orders")]
    assert "'-1_1" in ids


async def test_csv_is_sent_as_a_file(trader: Person) -> None:
    answer = await trader.call("GET", "/api/v1/export/fills")
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="fills.csv"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Request-Id"]
    assert int(answer.headers["X-Outcry-Ledger-Sequence"]) > 0
    assert answer.body.endswith("\r\n")


@pytest.mark.parametrize("group", [3, 10_000])
@pytest.mark.parametrize("table", TABLES)
async def test_parquet_holds_the_same_rows(
    house: House, trader: Person, table: str, group: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "ROW_GROUP", group)
    monkeypatch.setattr(whole, "CHUNK", 3)
    headers = {"Authorization": f"Bearer {trader.token}"}
    path = f"/api/v1/export/{table}?format=parquet"
    async with house.http.get(path, headers=headers) as answer:
        assert answer.content_type == "application/vnd.apache.parquet"
        found = pq.read_table(io.BytesIO(await answer.read()))
    rows = await exported(trader, table)
    assert found.column_names == list(rows[0])
    amounts = [field.name for field in found.schema if str(field.type) == "decimal128(38, 18)"]
    assert amounts
    times = [field.name for field in found.schema if str(field.type) == "timestamp[us, tz=UTC]"]
    assert bool(times) == (table != "volume")
    for row, other in zip(found.to_pylist(), rows, strict=True):
        for name in amounts:
            assert row[name] == (Decimal(other[name]) if other[name] else None)
        for name in times:
            assert row[name].isoformat(timespec="microseconds")[:26] == other[name][:26]


async def test_export_of_a_span_of_time_is_that_part_of_it(trader: Person) -> None:
    rows = await exported(trader, "statement")
    moment = rows[len(rows) // 2]["time"]
    since = await exported(trader, "statement", start_time=moment)
    assert since == [row for row in rows if row["time"] >= moment]
    assert await exported(trader, "orders", end_time="2020-01-01") == []


async def test_parquet_without_its_library_is_refused_in_words(
    ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(parquet, "import_module", missing)
    answer = await ann.call("GET", "/api/v1/export/orders", format="parquet")
    assert (answer.status, answer.code) == (501, "NOT_INSTALLED")
    assert "pyarrow" in answer.error["message"]
    assert "csv" in answer.error["message"]


async def raw(house: House, person: Person, path: str) -> tuple[Any, Any]:
    """Ask on a connection of its own, and read nothing."""
    port = int(house.venue.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 10)
    head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {person.token}\r\n\r\n"
    writer.write(head.encode())
    return reader, writer


class Gate:
    """Holds exports after their first piece until they are let go."""

    def __init__(self, exports: int) -> None:
        self.all_here, self.open = asyncio.Event(), asyncio.Event()
        self.missing = exports
        self.real = asyncio.to_thread

    async def to_thread(self, work: Any, *given: Any) -> Any:
        piece = await self.real(work, *given)
        self.missing -= 1
        if not self.missing:
            self.all_here.set()
        await self.open.wait()
        return piece


async def test_account_has_one_export_at_a_time_and_the_venue_a_few(
    trader: Person, ann: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(2)
    monkeypatch.setattr(export.asyncio, "to_thread", gate.to_thread)
    under_way = [asyncio.create_task(exported(who, "statement")) for who in (trader, ann)]
    await gate.all_here.wait()
    again = await trader.call("GET", "/api/v1/export/orders")
    assert (again.status, again.code) == (429, "RATE")
    third = await bob.call("GET", "/api/v1/export/orders")
    assert (third.status, third.code) == (503, "BUSY")
    gate.open.set()
    assert all(await asyncio.gather(*under_way))
    assert len(await exported(bob, "transfers")) > 0


async def test_export_that_breaks_off_is_never_taken_for_whole(
    house: House, trader: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole, "CHUNK", 2)
    real = whole.lines_of
    calls = []

    def failing(*given: Any) -> Any:
        calls.append(given)
        if len(calls) == 3:
            raise OSError("the disk is gone")
        return real(*given)

    monkeypatch.setattr(whole, "lines_of", failing)
    reader, writer = await raw(house, trader, "/api/v1/export/statement")
    data = await reader.read()
    assert b"HTTP/1.1 200" in data
    assert not data.endswith(b"\r\n0\r\n\r\n")
    writer.close()
    await writer.wait_closed()


async def test_export_that_fails_at_once_says_so(
    trader: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: Any) -> Any:
        raise RuntimeError("broken")

    monkeypatch.setattr(export.csv_text, "pieces", failing)
    monkeypatch.setitem(export.FORMATS, "csv", ("text/csv", failing))
    answer = await trader.call("GET", "/api/v1/export/statement")
    assert (answer.status, answer.code) == (500, "INTERNAL")
    monkeypatch.undo()
    assert json.dumps(await exported(trader, "statement"))


async def test_market_of_the_demo_has_statistics_too(
    house: House, ann: Person, bob: Person
) -> None:
    await ann.place("sell", "6000.00", "1")
    await bob.place("buy", "6000.00", "1")
    (day,) = (await house.get(STATISTICS, market=TATA_INR))["statistics"]
    assert day["close"] == "6000.00"


async def test_client_that_takes_nothing_in_is_let_go(
    house: House, trader: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go = asyncio.Event()
    real = export._cut

    def cut(request: Any) -> None:
        real(request)
        let_go.set()

    endless = ("text/csv", lambda *_: itertools.repeat(bytes(1 << 20)))
    with monkeypatch.context() as patch:
        patch.setitem(export.FORMATS, "csv", endless)
        patch.setattr(export, "PIECE_TIMEOUT_S", 0.2)
        patch.setattr(export, "_cut", cut)
        _, writer = await raw(house, trader, "/api/v1/export/statement")
        async with asyncio.timeout(20):
            await let_go.wait()
    writer.close()
    assert await exported(trader, "transfers")
