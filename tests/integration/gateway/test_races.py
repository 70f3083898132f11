"""Requests at the same moment: each has one outcome, and it is the same for everybody."""

import asyncio
from collections import Counter

import pytest

from outcry.domain.market import VenueMode
from tests.support.gateway import PASSWORD, TATA_INR, House, Person

pytestmark = pytest.mark.asyncio(loop_scope="module")

ORDER = "/api/v1/order/"
GOOD = {"market": TATA_INR, "side": "buy", "price": "5.00", "quantity": "1"}


async def test_same_order_sent_many_times_at_once_is_placed_once(house: House) -> None:
    ann = await house.person()
    stream = await ann.stream()
    keyed = {**GOOD, "client_order_id": "x" * 36}
    answers = await asyncio.gather(
        *(ann.call("POST", ORDER, keyed) for _ in range(20)),
        stream.answer(op="order.place", args=keyed),
    )
    ids = {answer.body["order_id"] for answer in answers[:-1]} | {answers[-1]["result"]["order_id"]}
    statuses = Counter(answer.status for answer in answers[:-1])
    assert len(ids) == 1
    assert statuses[201] <= 1
    assert len((await ann.get("/api/v1/order/open"))["orders"]) == 1


async def test_order_is_cancelled_by_one_of_many(house: House) -> None:
    ann = await house.person()
    order_id = (await ann.place("buy", "5.00", "1"))["order_id"]
    stream = await ann.stream()
    answers = await asyncio.gather(
        *(ann.call("DELETE", ORDER, order_id=order_id) for _ in range(10)),
        ann.call("DELETE", "/api/v1/order/open"),
        ann.call("PATCH", ORDER, {"order_id": order_id, "price": "6.00", "cancel_first": True}),
        stream.answer(op="order.cancel", args={"order_id": order_id}),
    )
    cancels = [answer.code or "done" for answer in answers[:10]]
    assert set(cancels) <= {"done", "UNKNOWN_ORDER"}
    history = await ann.get("/api/v1/orders")
    ended = [o for o in history["orders"] if o["order_id"] == order_id]
    assert [o["status"] for o in ended] == ["cancelled"]
    assert house.venue.engine.core.conservation_failure() == 0


async def test_order_is_filled_or_cancelled_and_money_agrees(house: House) -> None:
    market = await house.market()
    ann, bob = await house.person(INR="1000", TATA="100"), await house.person(INR="1000")
    for _ in range(15):
        order_id = (await ann.place("sell", "10.00", "1", market=market))["order_id"]
        body = {"market": market, "side": "buy", "price": "10.00", "quantity": "1"}
        bought, cancelled = await asyncio.gather(
            bob.call("POST", ORDER, {**body, "time_in_force": "ioc"}),
            ann.call("DELETE", ORDER, order_id=order_id),
        )
        filled = bought.body["status"] == "filled"
        assert filled == (cancelled.code == "UNKNOWN_ORDER")
        order = await ann.get(f"/api/v1/order/{order_id}")
        assert order["status"] == ("filled" if filled else "cancelled")
    have = [await who.balances() for who in (ann, bob)]
    bought_lots = int(have[1].get("TATA", ("0", "0"))[0])
    assert have[0]["TATA"] == (str(100 - bought_lots), "0")
    assert have[1]["INR"] == (f"{1000 - 10 * bought_lots}.0000", "0.0000")


async def test_same_money_is_not_spent_twice(house: House) -> None:
    ann = await house.person(INR="100.05")
    body = {"market": "TATA_INR", "side": "buy", "price": "10.00", "quantity": "10"}
    answers = await asyncio.gather(*(ann.call("POST", ORDER, body) for _ in range(10)))
    codes = Counter(answer.code for answer in answers)
    assert codes == {"": 1, "INSUFFICIENT_FUNDS": 9}


async def test_email_is_given_to_one_of_many(house: House) -> None:
    who = {"email": "wanted@example.com", "password": PASSWORD}
    answers = await asyncio.gather(*(house.call("POST", "/register", who) for _ in range(10)))
    assert Counter(answer.code for answer in answers) == {"": 1, "EMAIL_TAKEN": 9}


async def test_refresh_token_is_used_by_one_of_many(house: House) -> None:
    who = {"email": "fresh@example.com", "password": PASSWORD}
    token = (await house.call("POST", "/register", who)).body["refresh_token"]
    calls = [house.call("POST", "/refresh", {"refresh_token": token}) for _ in range(10)]
    answers = await asyncio.gather(*calls)
    assert Counter(answer.status for answer in answers) == {200: 1, 401: 9}


async def test_people_registered_at_once_have_accounts_of_their_own(house: House) -> None:
    people = await asyncio.gather(*(house.person(INR="7") for _ in range(15)))
    assert len({person.account for person in people}) == 15
    assert [await person.balances() for person in people] == [{"INR": ("7.0000", "0.0000")}] * 15


async def test_account_that_could_not_be_opened_is_opened_by_the_next_login(house: House) -> None:
    who = {"email": "patient@example.com", "password": PASSWORD}
    async with house.mode(VenueMode.HALTED):
        refused = await house.call("POST", "/register", who)
    again = await house.call("POST", "/register", who)
    session = await house.call("POST", "/login", who)
    assert [refused.code, again.code, session.status] == ["VENUE_HALTED", "EMAIL_TAKEN", 200]
    patient = Person(house, who["email"], session.body)
    await patient.call("POST", "/api/v1/dev/faucet", {"asset": "INR", "amount": "100"})
    assert (await patient.place("buy", "5.00", "1"))["status"] == "open"
