"""Nobody sets what is not theirs to set: every call that takes a body, and every field of the kind.

The calls are those of the served document, so a new one is in by itself.
"""

import itertools
import re
from typing import Any

import pytest

from outcry.identity.staff.roles import ROLES
from tests.support.gateway import PASSWORD, TATA_INR, Answer, House, Person
from tests.support.people import staff
from tests.support.scoreboard import note

pytestmark = pytest.mark.asyncio(loop_scope="module")

GREEDY: dict[str, Any] = {
    "is_admin": True,
    "role": "admin",
    "account_id": 1,
    "balance": "1000000",
    "status": "filled",
    "fee_rate": "-1",
    "id": 1,
    "created_at": "2020-01-01T00:00:00Z",
}
ORDER = {"market": TATA_INR, "side": "buy", "price": "5.00", "quantity": "1"}
SOMEBODY = {"email": "greedy@example.com", "password": PASSWORD}
GOOD: dict[str, dict[str, Any]] = {
    "register": SOMEBODY,
    "login": SOMEBODY,
    "refresh": {"refresh_token": "x"},
    "place": ORDER,
    "place_short": {
        "order_type": "Buy", "order_kind": "Limit", "market": TATA_INR, "price": 5, "quantity": 1,
    },
    "batch": {"orders": [ORDER]},
    "replace": {"order_id": 1, "price": "5.00"},
    "cancel": {"order_id": 1},
    "cancel_all": {"market": TATA_INR},
    "cancel_after": {"timeout_ms": 1_000},
    "faucet": {"asset": "INR", "amount": "1"},
    "new_asset": {"symbol": "GREED", "decimals": 2},
    "new_market": {"symbol": "TATA_USDT", "tick": "0.01", "lot": "1"},
    "change_password": {"password": PASSWORD, "new_password": PASSWORD},
    "new_factor": {"password": PASSWORD},
    "confirm_factor": {"code": "000000"},
    "give_code": {"code": "000000"},
    "remove_factor": {"password": PASSWORD},
    "new_key": {"scopes": ["read"]},
    "new_sub_account": {"label": "grid"},
    "wallet_login": {"message": "x", "signature": "x"},
    "link_wallet": {"message": "x", "signature": "x"},
}  # fmt: skip
"""What a call would do if the greedy field were not there; of calls not named here, nothing."""
ITS_OWN = {("staff_status", "status")}
"""What a call is there to set."""
MESSAGES: list[dict[str, Any]] = [
    {"op": "order.place", "args": ORDER},
    {"op": "order.replace", "args": {"order_id": 1, "price": "5.00"}},
    {"op": "order.cancel", "args": {"order_id": 1}},
    {"op": "order.batch", "args": {"orders": [ORDER]}},
]


async def bodies(house: House) -> list[tuple[str, str, str]]:
    """Return (operation id, method, path) of every call that takes a body."""
    paths = (await house.get("/openapi.json"))["paths"]
    return [
        (operation["operationId"], method.upper(), path)
        for path, item in paths.items()
        for method, operation in item.items()
        if "requestBody" in operation
    ]


def refused(answer: Answer, name: str) -> bool:
    """Return whether a field was refused by its name."""
    found = (answer.status, answer.code, answer.body.get("error", {}).get("field"))
    return found == (422, "UNKNOWN_FIELD", name)


async def test_no_body_sets_what_is_not_ones_own(house: House, ann: Person) -> None:
    calls, finn = await bodies(house), await staff(house, *ROLES)
    assert {name for name, _, _ in calls} >= set(GOOD)
    before, cells = house.state(), 0
    for (operation, method, path), field in itertools.product(calls, GREEDY):
        if (operation, field) in ITS_OWN:
            continue
        who = finn if path.startswith("/api/v1/staff/") else ann
        path = re.sub(r"{\w+}", "1", path)
        greed = {field: GREEDY[field]}
        for body in (greed, {**GOOD.get(operation, {}), **greed}):
            answer = await who.call(method, path, body)
            assert refused(answer, field), (method, path, body, answer)
            cells += 1
    assert house.state() == before
    assert (await house.call("POST", "/login", SOMEBODY)).code == "WRONG_CREDENTIALS"
    note("S3", calls=len(calls), cells=cells, wrong=0)


@pytest.mark.parametrize("field", GREEDY)
async def test_no_member_of_a_batch_sets_what_is_not_ones_own(
    house: House, ann: Person, field: str
) -> None:
    before = house.state()
    members = [{**ORDER, field: GREEDY[field]}, {"cancel": 1, field: GREEDY[field]}]
    answer = await ann.call("POST", "/api/v1/orders/", {"orders": members})
    errors = [result["error"] for result in answer.body["results"]]
    assert [(e["code"], e["field"]) for e in errors] == [("UNKNOWN_FIELD", field)] * 2
    assert house.state() == before


@pytest.mark.parametrize("field", GREEDY)
async def test_no_message_sets_what_is_not_ones_own(house: House, ann: Person, field: str) -> None:
    stream = await ann.stream()
    before = house.state()
    for message in MESSAGES:
        args = {**message["args"], field: GREEDY[field]}
        error = await stream.refusal(**{**message, "args": args})
        assert (error["code"], error["field"]) == ("UNKNOWN_FIELD", field)
        if field != "id":  # The id of a message is the client's own.
            error = await stream.refusal(**message, **{field: GREEDY[field]}, channels=[])
            assert (error["code"], error["field"]) == ("UNKNOWN_FIELD", field)
    assert house.state() == before
