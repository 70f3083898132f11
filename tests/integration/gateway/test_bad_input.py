"""The catalogue of bad input, shown to every door that takes orders.

A row says what is changed in a good request and how it is then refused. What the gateway refuses
never reaches the log: digest and sequence stay. What the engine refuses leaves book and money.
"""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio

from outcry.domain import commands as c
from outcry.gateway.errors import KINDS
from tests.support.bad_input import (
    GOOD_ORDER,
    OPEN,
    Named,
    Row,
    atomic_rows,
    cancel_rows,
    changed,
    full_rows,
    placing_rows,
    query_rows,
    replace_rows,
    short_rows,
    special_rows,
)
from tests.support.doors import (
    ANSWERS,
    CANCEL,
    CANCEL_QUERY,
    FULL,
    REPLACE,
    REPLACE_IN_PLACE,
    SHORT,
    Caller,
    Door,
    Fields,
)
from tests.support.gateway import TATA_INR, House, Person

pytestmark = pytest.mark.asyncio(loop_scope="module")

ERROR_FIELDS = {
    "code", "number", "message", "field", "given", "valid", "client_order_id", "sequence",
    "request_id",
}  # fmt: skip


def cases(doors: dict[str, Door], rows: Iterator[Row]) -> list[Any]:
    return [
        pytest.param(door, row, id=f"{name}:{row.name}")
        for row in rows
        for name, door in doors.items()
    ]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def caller(house: House) -> AsyncIterator[Caller]:
    await more_markets(house)
    person = await house.person()
    yield Caller(person, await person.stream())


async def more_markets(house: House) -> None:
    """Retire a market, and give one a band of 5 % around a last price of 100."""
    rules = {"base": "TATA", "quote": "INR", "tick": "0.05", "lot": "1"}
    ann, bob = await house.person(), await house.person()
    for symbol in ("DONE_INR", "BAND_INR"):
        answer = await ann.call("POST", "/api/v1/dev/markets", {"symbol": symbol, **rules})
        assert answer.status == 200, answer
    for person, side in ((ann, "sell"), (bob, "buy")):
        await person.place(side, "100.00", "1", market="BAND_INR")
    done, band = (house.venue.services.registry.market_by_symbol(s) for s in
                  ("DONE_INR", "BAND_INR"))  # fmt: skip
    assert done is not None
    assert band is not None
    await house.do(
        c.RetireMarket(market=done.market), c.SetRules(market=band.market, dynamic_ppm=50_000)
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def orders(house: House, caller: Caller) -> dict[str, int]:
    """Orders of the caller in every state, and one of somebody else, by their names."""
    person, other = caller.person, await house.person()
    placed = {
        "open": await person.place("buy", "40.00", "5"),
        "filled": await person.place("sell", "95.00", "2"),
        "partly": await person.place("sell", "96.00", "5"),
        "cancelled": await person.place("buy", "39.00", "1"),
        "foreign": await other.place("buy", "38.00", "1"),
    }
    await other.place("buy", "96.00", "5")
    ids = {name: int(order["order_id"]) for name, order in placed.items()}
    await person.call("DELETE", "/api/v1/order/", order_id=ids["cancelled"])
    return ids


def named(request: Fields, orders: dict[str, int]) -> Fields:
    """Return a request with the ids of the orders that it names."""
    return {k: orders[v] if isinstance(v, Named) else v for k, v in request.items()}


async def check(caller: Caller, door: Door, row: Row, request: Fields) -> None:
    house = caller.person.house
    digest, sequence = house.state()
    things = belongings(house, caller.person)
    status, error = await door(caller, request)
    kind = KINDS[row.code]
    assert (error["code"], error["number"], status or kind.status) == (
        row.code, kind.number, kind.status,
    )  # fmt: skip
    assert_helpful(error, row)
    if row.by_engine:
        assert error["sequence"] == sequence + 1 == house.venue.engine.core.sequence
        assert belongings(house, caller.person) == things
    else:
        assert house.state() == (digest, sequence)


def assert_helpful(error: dict[str, Any], row: Row) -> None:
    """A refusal has a sentence, names the field, and what would be right where that is known."""
    assert error.keys() <= ERROR_FIELDS
    assert error["message"]
    assert len(str(error)) < 1_000
    if row.field is not None:
        assert error["field"] == row.field
    if row.valid is not None:
        assert error["valid"] == row.valid


def belongings(house: House, person: Person) -> Any:
    """Return what an order could change: the books, the money, the open orders."""
    core = house.venue.engine.core
    books = [core.depth(m.market, 1_000) for m in house.venue.services.registry.markets()]
    return books, core.balances(person.account), core.open_order_count()


@pytest.mark.parametrize(("door", "row"), cases(FULL | SHORT, placing_rows()))
async def test_bad_order_is_refused_at_every_door(caller: Caller, door: Door, row: Row) -> None:
    await check(caller, door, row, changed(GOOD_ORDER, row))


@pytest.mark.parametrize(("door", "row"), cases(FULL, full_rows()))
async def test_bad_field_of_the_full_form_is_refused(caller: Caller, door: Door, row: Row) -> None:
    await check(caller, door, row, changed(GOOD_ORDER, row))


@pytest.mark.parametrize(("door", "row"), cases(FULL, special_rows()) + cases(SHORT, short_rows()))
async def test_bad_order_with_terms_is_refused(caller: Caller, door: Door, row: Row) -> None:
    await check(caller, door, row, changed(GOOD_ORDER, row))


@pytest.mark.parametrize(
    ("door", "row"), cases(REPLACE, replace_rows()) + cases(REPLACE_IN_PLACE, atomic_rows())
)
async def test_bad_replace_is_refused_and_the_order_stays(
    caller: Caller, orders: dict[str, int], door: Door, row: Row
) -> None:
    request = changed({"order_id": OPEN, "price": "41.00"}, row)
    await check(caller, door, row, named(request, orders))


@pytest.mark.parametrize(
    ("door", "row"), cases(CANCEL, cancel_rows()) + cases(CANCEL_QUERY, query_rows())
)
async def test_bad_cancel_is_refused(
    caller: Caller, orders: dict[str, int], door: Door, row: Row
) -> None:
    await check(caller, door, row, named(changed({"order_id": OPEN}, row), orders))


async def test_good_requests_pass_every_door(caller: Caller) -> None:
    person, order = caller.person, dict(GOOD_ORDER)
    short = {"order_type": "Buy", "order_kind": "Limit", "market": TATA_INR}
    short |= {"price": "50.05", "quantity": "3"}
    placed = [await answer(caller, order) for answer in ANSWERS.values()]
    placed.append((await person.call("POST", "/order", short)).body)
    assert [one["status"] for one in placed] == ["open"] * 5


ID = {"client_order_id": "only-once"}


@pytest.mark.parametrize("name", FULL)
async def test_same_id_again_is_the_same_order_and_other_content_a_conflict(
    caller: Caller, name: str
) -> None:
    """The id is used once; each door then repeats the outcome, or refuses another order."""
    order = {**GOOD_ORDER, **ID}
    first = (await caller.person.call("POST", "/api/v1/order/", order)).body
    assert (await ANSWERS[name](caller, order))["order_id"] == first["order_id"]
    things = belongings(caller.person.house, caller.person)
    _, error = await FULL[name](caller, {**order, "quantity": "4"})
    assert (error["code"], error["number"]) == ("ID_REUSED", KINDS["ID_REUSED"].number)
    assert belongings(caller.person.house, caller.person) == things
