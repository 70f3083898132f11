"""Staff: who may look, and money that moves only where one has asked and another approved."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from outcry.gateway.http import Door
from outcry.gateway.people.staff import StaffCalls
from outcry.identity.records.kept import StaffRequest
from outcry.identity.records.trail import NOWHERE, verify
from outcry.identity.staff.requests import APPROVED
from tests.support.gateway import PASSWORD, House, Person, open_house
from tests.support.people import code_of, program, staff
from tests.support.scoreboard import add

pytestmark = pytest.mark.asyncio(loop_scope="module")

REQUESTS = "/api/v1/staff/requests"


def adjustment(account: int, amount: str = "5.5", **more: Any) -> dict[str, Any]:
    return {
        "act": "adjust", "account": account, "asset": "INR", "amount": amount,
        "reason": "lost parcel", **more,
    }  # fmt: skip


async def inr(person: Person) -> str:
    return (await person.balances())["INR"][0]


async def asked(who: Person, body: dict[str, Any]) -> int:
    answer = await who.call("POST", REQUESTS, body)
    assert answer.status == 201, answer
    number: int = answer.body["request"]
    return number


async def test_money_moves_once_when_another_approves(house: House) -> None:
    customer = await house.person(INR="100")
    finn, fay = [await staff(house, "finance") for _ in range(2)]
    number = await asked(finn, adjustment(customer.account))
    path = f"{REQUESTS}/{number}/approve"
    assert (await finn.call("POST", path)).code == "FORBIDDEN"
    assert await inr(customer) == "100.0000"
    approved = await fay.call("POST", path)
    assert (approved.status, approved.body["state"]) == (200, "done")
    assert approved.body["decided_by"] == fay.account
    again = [await who.call("POST", path) for who in (fay, finn)]
    assert {answer.code for answer in again} == {"UNKNOWN_REQUEST"}
    assert await inr(customer) == "105.5000"
    taken = await asked(fay, adjustment(customer.account, "-105.5"))
    assert (await finn.call("POST", f"{REQUESTS}/{taken}/approve")).status == 200
    assert await customer.balances() == {}
    add("S15", adjusted_alone=0, adjusted_twice=0)


async def test_refused_request_moves_nothing(house: House) -> None:
    customer = await house.person(INR="100")
    finn, fay = [await staff(house, "finance") for _ in range(2)]
    number = await asked(finn, adjustment(customer.account))
    refused = await fay.call("POST", f"{REQUESTS}/{number}/refuse")
    assert refused.body["state"] == "refused"
    assert (await fay.call("POST", f"{REQUESTS}/{number}/approve")).code == "UNKNOWN_REQUEST"
    assert await inr(customer) == "100.0000"


async def test_what_the_venue_refuses_has_failed(house: House) -> None:
    customer = await house.person(INR="100")
    finn, fay = [await staff(house, "finance") for _ in range(2)]
    number = await asked(finn, adjustment(customer.account, "-100.0001"))
    assert (await fay.call("POST", f"{REQUESTS}/{number}/approve")).code == "INSUFFICIENT_FUNDS"
    newest = (await fay.get(REQUESTS, limit=1))["requests"][0]
    assert (newest["request"], newest["state"]) == (number, "failed")
    assert await inr(customer) == "100.0000"


async def test_request_that_was_approved_is_done_once_over_a_crash(tmp_path: Path) -> None:
    """The process may end after the approval, and after the money has moved."""
    for moved in (False, True):
        data = tmp_path / str(moved)
        async with open_house(data) as house:
            customer = await house.person(INR="100")
            finn, fay = [await staff(house, "finance") for _ in range(2)]
            number = await asked(finn, adjustment(customer.account))
            requests = house.venue.services.identity.requests
            row = requests.decide(fay.account, number, NOWHERE, approve=True)
            if moved:
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(requests, "settle", partial(unsettled, row))
                    await calls_of(house).carry_out(row)
            assert [row.state for row in requests.unsettled()] == [APPROVED]
            assert await inr(customer) == ("105.5000" if moved else "100.0000")
        async with open_house(data) as house:
            customer.house = house
            who = {"email": customer.email, "password": PASSWORD}
            customer.token = (await house.call("POST", "/login", who)).body["token"]
            assert await inr(customer) == "105.5000"
            assert house.venue.services.identity.requests.unsettled() == []


def unsettled(row: StaffRequest, *_: object, **__: object) -> StaffRequest:
    """Write nothing down, as if the process had ended."""
    return row


def calls_of(house: House) -> Any:
    return StaffCalls(Door(house.venue.services))


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"amount": "0"}, "BAD_DECIMAL", "amount"),
        ({"amount": "--1"}, "BAD_DECIMAL", "amount"),
        ({"amount": "1.00001"}, "BAD_DECIMAL", "amount"),
        ({"amount": "1e5"}, "BAD_DECIMAL", "amount"),
        ({"amount": 5}, "BAD_TYPE", "amount"),
        ({"asset": "DOGE"}, "UNKNOWN_ASSET", "asset"),
        ({"account": 10**15}, "UNKNOWN_ACCOUNT", "account"),
        ({"account": "1"}, "BAD_TYPE", "account"),
        ({"reason": " "}, "BAD_VALUE", "reason"),
        ({"reason": "two\nlines"}, "BAD_VALUE", "reason"),
        ({"reason": "x" * 201}, "BAD_VALUE", "reason"),
        ({"act": "grant"}, "BAD_VALUE", "act"),
        ({"act": "reset_factor"}, "CONTRADICTION", "amount"),
    ],
)
async def test_bad_request_is_refused(
    house: House, change: dict[str, Any], code: str, field: str
) -> None:
    finn = await staff(house, "finance", "admin")
    answer = await finn.call("POST", REQUESTS, adjustment(finn.account, "1") | change)
    assert (answer.code, answer.error["field"]) == (code, field)


async def test_support_resets_a_second_factor_with_an_admin(house: House) -> None:
    customer = await staff(house)
    sue, ada = await staff(house, "support"), await staff(house, "admin")
    assert (await customer.get("/api/v1/me"))["second_factor"] is True
    reset = {"act": "reset_factor", "account": customer.account, "reason": "phone in the lake"}
    number = await asked(sue, reset)
    assert (await sue.call("POST", f"{REQUESTS}/{number}/approve")).code == "FORBIDDEN"
    assert (await ada.call("POST", f"{REQUESTS}/{number}/approve")).body["state"] == "done"
    assert (await customer.call("GET", "/api/v1/me")).code == "UNAUTHORIZED"
    who = {"email": customer.email, "password": PASSWORD}
    customer.token = (await house.call("POST", "/login", who)).body["token"]
    me = await customer.get("/api/v1/me")
    assert (me["second_factor"], me["withdrawals_held_until"] is None) == (False, False)


async def test_risk_freezes_an_account_and_support_ends_its_sessions(house: House) -> None:
    customer = await house.person(INR="100")
    rick, sue = await staff(house, "risk"), await staff(house, "support")
    path = f"/api/v1/staff/people/{customer.account}"
    frozen = {"status": "frozen", "reason": "stolen card"}
    assert (await sue.call("POST", f"{path}/status", frozen)).code == "FORBIDDEN"
    assert (await rick.call("POST", f"{path}/status", frozen)).status == 200
    seen = await sue.get("/api/v1/staff/people", email=customer.email.upper())
    assert (seen["user_id"], seen["status"], seen["sessions"]) == (customer.account, "frozen", 1)
    order = {"market": "TATA_INR", "side": "buy", "price": "5.00", "quantity": "1"}
    assert (await customer.call("POST", "/api/v1/order/", order)).code == "ACCOUNT_FROZEN"
    assert (await sue.call("DELETE", f"{path}/sessions")).body == {"ended": 1}
    assert (await customer.call("GET", "/api/v1/balances")).code == "UNAUTHORIZED"


async def test_what_staff_does_takes_a_fresh_code(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    finn = await staff(house, "finance", factor=False)
    assert (await finn.call("GET", REQUESTS)).code == "SECOND_FACTOR"
    begun = await finn.call("POST", "/api/v1/second-factor", {"password": PASSWORD})
    secret = begun.body["secret"]
    await finn.call("POST", "/api/v1/second-factor/confirm", {"code": code_of(secret)})
    monkeypatch.setattr("outcry.identity.access.credentials.FRESH_S", 0)
    refused = await finn.call("POST", REQUESTS, adjustment(finn.account))
    assert (await finn.call("GET", REQUESTS)).status == 200
    assert (refused.status, refused.code) == (403, "SECOND_FACTOR")


async def test_key_of_staff_is_no_staff(house: House) -> None:
    ada = await staff(house, "admin")
    bot = await program(ada, "read", "trade", "withdraw")
    assert (await bot.call("GET", "/api/v1/staff/trail")).code == "SCOPE"


async def test_acts_are_in_the_trail_and_it_is_sound(house: House) -> None:
    ada = await staff(house, "admin")
    customer = await house.person(INR="1")
    await ada.get("/api/v1/staff/people", email=customer.email)
    entries: list[Any] = []
    while page := (
        await ada.get("/api/v1/staff/trail", after=entries[-1]["number"] if entries else 0)
    )["entries"]:
        entries += page
    assert [entry["number"] for entry in entries] == list(range(1, len(entries) + 1))
    last = entries[-1]
    assert (last["act"], last["actor"], last["subject"], last["address"]) == (
        "looked_at", ada.account, customer.account, "127.0.0.1",
    )  # fmt: skip
    identity = house.venue.services.identity
    with identity._store.work() as work:
        report = verify(work, identity._settings.secret)
    assert (report.entries, report.findings) == (len(entries), ())
    assert PASSWORD not in str(entries)
