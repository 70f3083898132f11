"""Withdrawals: held at once, approved by two who are not their owner, sent or given back, once."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from outcry.domain import commands as c
from outcry.gateway.http import Door
from outcry.gateway.withdrawals.flow import WithdrawalFlow
from outcry.identity.api_keys import NewKey
from outcry.identity.records.money import Withdrawal
from outcry.identity.records.trail import NOWHERE
from outcry.identity.withdrawals.destination import Destination
from outcry.identity.withdrawals.withdrawals import REJECTED, SENT, Wanted
from tests.support.gateway import PASSWORD, House, Person, open_house
from tests.support.people import Program, code_of, program, staff, with_factor
from tests.support.scoreboard import add
from tests.support.withdrawing import (
    ADDRESS,
    DESK,
    OWN,
    act,
    approved,
    asked,
    conserved,
    totals,
    wanted,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def owner(house: House) -> AsyncIterator[Person]:
    yield await house.person(INR="100")


async def test_money_is_held_and_leaves_once_two_have_approved(house: House, owner: Person) -> None:
    before = totals(house)
    number = await asked(owner)
    assert (await owner.balances())["INR"] == ("60.0000", "0.0000")
    assert totals(house) == (before[0] + 400_000, before[1])
    finn, fay = [await staff(house, "finance") for _ in range(2)]
    assert (await act(finn, number, "sent", {"reference": "0xabc"})).code == "TRANSITION"
    first = await act(finn, number, "approve")
    assert (first.body["state"], first.body["can_be_sent"]) == ("approved", False)
    assert (await act(finn, number, "sent", {"reference": "0xabc"})).code == "TRANSITION"
    assert (await act(finn, number, "approve")).code == "FORBIDDEN"
    assert (await act(fay, number, "approve")).body["can_be_sent"] is True
    sent = await act(fay, number, "sent", {"reference": "0xabc"})
    told = {key: sent.body[key] for key in ("state", "funds", "reference")}
    assert told == {"state": "sent", "funds": "left", "reference": "0xabc"}
    assert [one["by"] for one in sent.body["approvals"]] == [finn.account, fay.account]
    assert (await act(fay, number, "sent", {"reference": "0xdef"})).code == "TRANSITION"
    assert totals(house) == (before[0], before[1] + 400_000)
    assert conserved(house)
    add("S15", withdrawals_sent_alone=0)


async def test_nobody_decides_about_money_of_their_own(house: House) -> None:
    finn = await house.person(INR="100")
    number = await asked(finn)
    house.venue.services.identity.roles.give(finn.email, ["finance", "admin"], "the tests")
    await with_factor(finn)
    for what, body in (
        ("approve", None),
        ("reject", {"reason": "mine"}),
        ("sent", {"reference": "0x1"}),
        ("failed", {"reason": "mine"}),
        ("retry", None),
    ):
        assert (await act(finn, number, what, body)).code == "FORBIDDEN", what


async def test_nobody_decides_about_money_of_a_sub_account_of_their_own(house: House) -> None:
    finn = await house.person(INR="100")
    sub = (await finn.call("POST", "/api/v1/sub-accounts", {"label": "a"})).body["account"]
    inr = house.venue.services.registry.asset_by_symbol("INR")
    assert inr is not None
    await house.do(c.Deposit(account=sub, asset=inr.asset, amount_units=400_000))
    wanted_key = NewKey("hmac", ("withdraw",), account=sub)
    row, secret = house.venue.services.identity.keys.create(finn.account, wanted_key)
    answer = await Program(house, row.key, str(secret)).call("POST", OWN, wanted())
    assert answer.status == 201, answer
    house.venue.services.identity.roles.give(finn.email, ["finance"], "the tests")
    await with_factor(finn)
    assert (await act(finn, answer.body["withdrawal"], "approve")).code == "FORBIDDEN"


async def test_rejected_and_cancelled_money_returns(house: House, owner: Person) -> None:
    before = totals(house)
    first, second = await asked(owner, "a"), await asked(owner, "b")
    finn, _ = await approved(house, first)
    rejected = await act(finn, first, "reject", {"reason": "unknown address"})
    assert (rejected.body["state"], rejected.body["funds"]) == ("rejected", "returned")
    cancelled = await owner.call("DELETE", f"{OWN}/{second}")
    assert (cancelled.body["state"], cancelled.body["funds"]) == ("cancelled", "returned")
    assert (await owner.balances())["INR"] == ("100.0000", "0.0000")
    assert totals(house) == before
    shown = await owner.get(f"{OWN}/{first}")
    assert shown["reason"] == "unknown address"
    assert (await owner.call("DELETE", f"{OWN}/{first}")).code == "TRANSITION"


async def test_approved_withdrawal_is_not_cancelled(house: House, owner: Person) -> None:
    number = await asked(owner, "late")
    await approved(house, number)
    assert (await owner.call("DELETE", f"{OWN}/{number}")).code == "TRANSITION"


async def test_failed_sending_is_retried_or_given_back(house: House, owner: Person) -> None:
    number = await asked(owner, "fails")
    finn, fay = await approved(house, number)
    failed = await act(finn, number, "failed", {"reason": "no gas"})
    assert (failed.body["state"], failed.body["funds"]) == ("failed", "in_flight")
    assert (await act(finn, number, "sent", {"reference": "0x1"})).code == "TRANSITION"
    assert (await act(fay, number, "retry")).body["state"] == "approved"
    await act(finn, number, "failed", {"reason": "no gas again"})
    rejected = await act(fay, number, "reject", {"reason": "cannot be sent"})
    assert (rejected.body["state"], rejected.body["funds"]) == ("rejected", "returned")


async def test_same_id_is_the_same_withdrawal(house: House, owner: Person) -> None:
    number = await asked(owner, "once")
    again = await owner.call("POST", OWN, wanted("once"))
    assert (again.status, again.body["withdrawal"]) == (200, number)
    assert (await owner.balances())["INR"][0] == "60.0000"
    other = await owner.call("POST", OWN, wanted("once", amount="41"))
    assert (other.status, other.code) == (409, "ID_REUSED")


async def test_refused_withdrawal_may_be_asked_for_again(house: House) -> None:
    owner = await house.person(INR="10")
    assert (await owner.call("POST", OWN, wanted("poor"))).code == "INSUFFICIENT_FUNDS"
    assert (await owner.get(OWN))["withdrawals"] == []
    await owner.call("POST", "/api/v1/dev/faucet", {"asset": "INR", "amount": "90"})
    number = await asked(owner, "poor")
    assert (await owner.get(f"{OWN}/{number}"))["state"] == "requested"


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"asset": "DOGE"}, "UNKNOWN_ASSET", "asset"),
        ({"amount": "0"}, "BAD_DECIMAL", "amount"),
        ({"amount": "-1"}, "BAD_DECIMAL", "amount"),
        ({"amount": "1.00001"}, "BAD_DECIMAL", "amount"),
        ({"amount": 1}, "BAD_TYPE", "amount"),
        ({"address": "a b"}, "BAD_VALUE", "address"),
        ({"address": "ab"}, "BAD_VALUE", "address"),
        ({"address": "é" * 5}, "BAD_VALUE", "address"),
        ({"address": "x" * 129}, "BAD_VALUE", "address"),
        ({"memo": "line\nbreak"}, "BAD_VALUE", "memo"),
        ({"client_withdrawal_id": "a b"}, "BAD_ID", "client_withdrawal_id"),
        ({"client_withdrawal_id": "x" * 37}, "BAD_ID", "client_withdrawal_id"),
        ({"state": "sent"}, "UNKNOWN_FIELD", "state"),
        ({"account": 1}, "UNKNOWN_FIELD", "account"),
    ],
)
async def test_bad_withdrawal_is_refused(
    owner: Person, change: dict[str, Any], code: str, field: str
) -> None:
    answer = await owner.call("POST", OWN, wanted("bad") | change)
    assert (answer.code, answer.error["field"]) == (code, field)


async def test_foreign_withdrawal_is_as_if_it_were_not_there(house: House, owner: Person) -> None:
    number = await asked(owner, "mine")
    stranger = await house.person(INR="1")
    for method in ("GET", "DELETE"):
        foreign = await stranger.call(method, f"{OWN}/{number}")
        missing = await stranger.call(method, f"{OWN}/{10**9}")
        assert (foreign.status, foreign.code) == (missing.status, missing.code)
        assert foreign.code == "UNKNOWN_WITHDRAWAL"
        told = [answer.error | {"request_id": ""} for answer in (foreign, missing)]
        assert told[0] == told[1]
    kept = {"label": "cold", "asset": "INR", "address": ADDRESS}
    address = (await owner.call("POST", "/api/v1/beneficiaries", kept)).body["beneficiary"]
    for path in (address, 10**9):
        answer = await stranger.call("DELETE", f"/api/v1/beneficiaries/{path}")
        assert answer.code == "UNKNOWN_BENEFICIARY"
    assert (await stranger.get("/api/v1/beneficiaries"))["beneficiaries"] == []
    add("S2", foreign_withdrawals=0)


async def test_second_factor_has_to_be_fresh_where_there_is_one(house: House) -> None:
    owner = await house.person(INR="100")
    secret = await with_factor(owner)
    held = await owner.call("POST", OWN, wanted("held"))
    assert (held.status, held.code) == (409, "WITHDRAWALS_HELD")
    who = {"email": owner.email, "password": PASSWORD}
    identity = house.venue.services.identity
    owner.token = identity.session_for(owner.account).token
    assert (await owner.call("POST", OWN, wanted("stale"))).code == "SECOND_FACTOR"
    session = await house.call("POST", "/login", {**who, "code": code_of(secret)})
    owner.token = session.body["token"]
    assert (await owner.call("POST", OWN, wanted("fresh"))).code == "WITHDRAWALS_HELD"


async def test_key_needs_the_scope(house: House, owner: Person) -> None:
    reader = await program(owner, "read")
    assert (await reader.call("POST", OWN, wanted("key"))).code == "SCOPE"
    assert (await reader.call("GET", OWN)).status == 200


async def test_address_book_keeps_names(owner: Person) -> None:
    path = "/api/v1/beneficiaries"
    kept = {"label": "cold", "asset": "INR", "address": ADDRESS, "memo": "7"}
    made = await owner.call("POST", path, kept)
    assert (made.status, made.body["memo"]) == (201, "7")
    assert (await owner.call("POST", path, kept)).code == "EXISTS"
    assert (await owner.call("POST", path, kept | {"label": " "})).code == "BAD_VALUE"
    number = made.body["beneficiary"]
    assert [row["label"] for row in (await owner.get(path))["beneficiaries"]] == ["cold"]
    assert (await owner.call("DELETE", f"{path}/{number}")).body == {"done": True}
    assert (await owner.call("DELETE", f"{path}/{number}")).code == "UNKNOWN_BENEFICIARY"


async def test_pages_of_withdrawals_join_without_gaps(house: House) -> None:
    owner = await house.person(INR="100")
    numbers = [await asked(owner, f"p{i}", amount="1") for i in range(5)]
    seen, cursor = [], None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = await owner.get(OWN, limit=2, **more)
        seen += [row["withdrawal"] for row in page["withdrawals"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == numbers[::-1]
    finn = await staff(house, "finance")
    found = await finn.get(DESK, account=owner.account, state="requested", limit=3)
    assert [row["withdrawal"] for row in found["withdrawals"]] == numbers[:1:-1]
    await owner.call("DELETE", f"{OWN}/{numbers[1]}")
    await approved(house, numbers[0])
    found = await finn.get(DESK, account=owner.account, state="waiting")
    assert [row["withdrawal"] for row in found["withdrawals"]] == [*numbers[:1:-1], numbers[0]]
    assert (await finn.call("GET", DESK, state="lost")).code == "BAD_VALUE"
    assert (await owner.call("GET", OWN, cursor="x")).code == "BAD_CURSOR"


async def test_crash_between_row_and_engine_neither_loses_nor_doubles(tmp_path: Path) -> None:
    """The process may end before the engine was asked, and after it has answered."""
    for answered in (False, True):
        data = tmp_path / str(answered)
        async with open_house(data) as house:
            owner = await house.person(INR="100")
            eyes = [await staff(house, "finance") for _ in range(2)]
            book = house.venue.services.identity.withdrawals
            to = Destination("INR", ADDRESS)
            row = book.ask(
                owner.account, Wanted(owner.account, owner.account, "x", 400_000, "40", to), NOWHERE
            )
            if answered:
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(book, "held", partial(unwritten, row))
                    await flow_of(house).carry_on(row)
            assert [one.number for one in book.unfinished()] == [row.number]
        async with open_house(data) as house:
            book = house.venue.services.identity.withdrawals
            assert book.unfinished() == []
            assert book.one(row.number).state == "requested"
            assert totals(house) == (400_000, 0)
            for who in eyes:
                book.approve(who.account, row.number, NOWHERE)
            becoming = SENT if answered else REJECTED
            decided = book.decide(eyes[0].account, row.number, becoming, NOWHERE)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(book, "settled", partial(unwritten, decided))
                await flow_of(house).carry_on(decided)
        async with open_house(data) as house:
            book = house.venue.services.identity.withdrawals
            assert book.one(row.number).state == becoming
            assert totals(house) == ((0, 400_000) if answered else (0, 0))
            assert conserved(house)


def unwritten(row: Withdrawal, *_: object) -> Withdrawal:
    """Write nothing down, as if the process had ended."""
    return row


def flow_of(house: House) -> WithdrawalFlow:
    return WithdrawalFlow(Door(house.venue.services))
