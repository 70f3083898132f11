"""Who may do what: every call and every channel, by every kind of caller; and foreign things."""

import itertools
from typing import Any

import pytest

from outcry.gateway.errors import ApiError
from outcry.gateway.http import CALLER
from outcry.gateway.people.caller import SESSION, Caller
from outcry.gateway.staff.access import StaffAccess
from outcry.identity.access.sessions import Sessions
from outcry.identity.api_keys import ApiKey
from tests.support.authorisation import CALLERS, KIND_OF, Matrix
from tests.support.gateway import Answer, House, Person
from tests.support.people import program
from tests.support.scoreboard import add, note

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_every_call_has_its_row(house: House) -> None:
    """A new call has to be put into the matrix: whoever writes one decides who may make it."""
    matrix = await Matrix.of(house)
    assert {name for name, *_ in await matrix.calls()} == set(KIND_OF)


async def test_no_cell_of_the_matrix_is_wrong(house: House) -> None:
    matrix = await Matrix.of(house)
    wrong, cells = await matrix.wrong()
    assert wrong == []
    assert cells == len(KIND_OF) * len(CALLERS)
    add("S1", cells=cells, wrong=0)


async def test_no_cell_of_the_sockets_is_wrong(house: House) -> None:
    matrix = await Matrix.of(house)
    wrong, cells = await matrix.wrong_on_sockets()
    assert wrong == []
    add("S1", cells=cells, wrong=0)


def check_sessions_only(caller: Caller, scope: str) -> None:
    """Look at no scope but whether a session is wanted."""
    if caller.key is not None and scope == SESSION:
        raise ApiError("SCOPE")


BROKEN = {
    "scopes are not looked at": (Caller, "check", check_sessions_only),
    "keys do not expire": (ApiKey, "valid_at", lambda *_: True),
    "sessions do not end": (Sessions, "is_ended", lambda *_: False),
    "signatures are not looked at": (ApiKey, "signed_by", lambda *_: True),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_matrix_finds_a_door_that_was_left_open(
    house: House, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    matrix = await Matrix.of(house)
    monkeypatch.setattr(*BROKEN[name])
    wrong, _ = await matrix.wrong()
    assert len(wrong) >= len([kind for kind in KIND_OF.values() if kind == "read"])


async def test_matrix_finds_staff_calls_that_do_not_ask_for_a_role(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    matrix = await Matrix.of(house)

    async def admit(_: StaffAccess, request: Any, *_roles: str) -> Any:
        return request[CALLER].facts

    monkeypatch.setattr(StaffAccess, "admit", admit)
    wrong, _ = await matrix.wrong()
    assert {cell.caller for cell in wrong} == {"person", "admin without second factor"}


# Foreign things


def told(answer: Answer) -> tuple[int, dict[str, Any]]:
    """Return what was told, but for what a request says of itself."""
    own = {"request_id", "given", "client_order_id", "sequence"}
    return answer.status, {name: value for name, value in answer.error.items() if name not in own}


async def test_what_belongs_to_somebody_else_is_as_if_it_were_not_there(
    house: House, ann: Person, bob: Person
) -> None:
    order = await ann.place("buy", "5.00", "1", client_order_id="mine")
    key = await program(ann, "read", "trade")
    (session,) = (await ann.get("/api/v1/sessions"))["sessions"]
    bobs = await program(bob, "read", "trade")
    number = order["order_id"]
    before = house.state()

    def calls(order_id: int, key_name: str, session_name: str, name: str) -> list[Any]:
        return [
            ("GET", f"/api/v1/order/{order_id}", None),
            ("DELETE", f"/api/v1/order/?order_id={order_id}", None),
            ("DELETE", "/api/v1/order/", {"order_id": order_id}),
            ("DELETE", "/api/v1/order/", {"client_order_id": name}),
            ("PATCH", "/api/v1/order/", {"order_id": order_id, "price": "6.00"}),
            ("PATCH", "/api/v1/order/", {"client_order_id": name, "price": "6.00"}),
            ("DELETE", f"/api/v1/keys/{key_name}", None),
            ("DELETE", f"/api/v1/sessions/{session_name}", None),
            ("POST", "/api/v1/keys", {"scopes": ["read"], "account": ann.account}),
        ]

    foreign = calls(number, key.key, session["session"], "mine")
    missing = calls(10**15, "x" * 64, "x" * 22, "never")
    missing[-1] = ("POST", "/api/v1/keys", {"scopes": ["read"], "account": 10**15})
    cells = 0
    pairs = list(zip(foreign, missing, strict=True))
    for (theirs, absent), caller in itertools.product(pairs, (bob, bobs)):
        answers = [await caller.call(*call) for call in (theirs, absent)]
        found = [told(answer) for answer in answers]
        for status, error in found:
            assert status in {403, 404, 422}, error
        assert found[0] == found[1], (theirs, found)
        cells += 1
    members = {"orders": [{"cancel": number}, {"cancel": 10**15}]}
    results = (await bob.call("POST", "/api/v1/orders/", members)).body["results"]
    codes = [result["error"]["code"] for result in results]
    assert codes == ["UNKNOWN_ORDER"] * 2
    assert (await ann.get(f"/api/v1/order/{number}"))["status"] == "open"
    assert await ann.get("/api/v1/me")
    assert house.state()[1] >= before[1]
    note("S2", cells=cells + 1, told=0)
