"""What staff sees of people and does about them, and about their orders."""

from typing import Any

import pytest

from tests.support.deciding import STAFF, agreed
from tests.support.gateway import TATA_INR, House, Person
from tests.support.people import with_factor
from tests.support.scoreboard import add

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_people_are_found_by_mail_account_wallet_and_role(house: House, ada: Person) -> None:
    bob = await house.person(INR="5")

    async def found(**query: Any) -> list[int]:
        page = await ada.get(f"{STAFF}/directory", **query)
        return [row["user_id"] for row in page["people"]]

    assert await found(query=bob.email[:-4].upper()) == [bob.account]
    assert await found(query=str(bob.account)) == [bob.account]
    assert await found(query="%") == []
    assert await found(query="0x" + "0" * 40) == []
    assert ada.account in await found(role="support")
    assert bob.account not in await found(role="support")
    sub = (await bob.call("POST", "/api/v1/sub-accounts", {"label": "a"})).body["account"]
    assert await found(query=str(sub)) == [bob.account]
    everybody, cursor = [], None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = await ada.get(f"{STAFF}/directory", limit=2, **more)
        everybody += [row["user_id"] for row in page["people"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert everybody == sorted(set(everybody), reverse=True)
    assert bob.account in everybody


async def test_person_is_shown_whole_and_the_look_is_noted(house: House, ada: Person) -> None:
    bob = await house.person(INR="5", TATA="10")
    await bob.place("sell", "99.00", "1")
    key = (await bob.call("POST", "/api/v1/keys", {"scopes": ["read"]})).body["key"]
    path = f"{STAFF}/people/{bob.account}"
    whole = await ada.get(path)
    assert whole["person"]["email"] == bob.email
    assert whole["open_orders"] == 1
    assert {row["asset"]: row["total"] for row in whole["balances"]} == {
        "INR": "5.0000",
        "TATA": "10",
    }
    assert [row["key"] for row in whole["keys"]] == [key]
    assert len(whole["sessions"]) == 1
    looked = [
        row
        for row in (await ada.get(f"{STAFF}/trail", before=10**12, limit=50))["entries"]
        if row["act"] == "looked_at" and row["subject"] == bob.account
    ]
    assert len(looked) == 1
    assert (await ada.call("DELETE", f"{path}/keys/{key}")).body["revoked_at"] is not None
    assert (await ada.call("DELETE", f"{path}/keys/none")).code == "UNKNOWN_KEY"
    assert (await ada.call("GET", f"{STAFF}/people/{10**9}")).code == "UNKNOWN_ACCOUNT"


async def test_limits_of_an_account_are_set_and_told(house: House, ada: Person) -> None:
    bob = await house.person()
    path = f"{STAFF}/people/{bob.account}/limits"
    wanted = {"market": TATA_INR, "position": "50", "order_notional": "20.5", "reason": "new"}
    whole = (await ada.call("POST", path, wanted)).body
    (limits,) = whole["limits"]
    assert (limits["market"], limits["position"], limits["order_notional"]) == (
        TATA_INR, "50", "20.5000"
    )  # fmt: skip
    refused = await bob.call(
        "POST", "/api/v1/order/",
        {"market": TATA_INR, "side": "buy", "price": "50.00", "quantity": "1"},
    )  # fmt: skip
    assert refused.code == "ORDER_NOTIONAL"
    free = {"order_notional": "unlimited", "open_orders": "unlimited", "position": "50"}
    whole = (await ada.call("POST", path, {"market": TATA_INR, "reason": "a maker"} | free)).body
    assert {name: whole["limits"][0][name] for name in free} == free
    assert whole["limits"][0]["daily_notional"] is None
    total = await ada.call("POST", path, {"open_orders_total": 3, "reason": "few"})
    assert {row["open_orders_total"] for row in total.body["limits"]} == {3, None}
    assert bob.account in {row["account"] for row in (await ada.get(f"{STAFF}/risk"))["limits"]}
    for body in ({"market": TATA_INR}, {}):
        answer = await ada.call("POST", path, {"reason": "back"} | body)
    assert answer.body["limits"] == []
    both = {"market": TATA_INR, "open_orders_total": 1, "reason": "x"}
    assert (await ada.call("POST", path, both)).code == "CONTRADICTION"
    assert (await ada.call("POST", path, {"position": "1", "reason": "x"})).code == "CONTRADICTION"


async def test_roles_are_given_by_two_admins(house: House, ada: Person, rita: Person) -> None:
    bob = await house.person(INR="1")
    await with_factor(bob)
    assert (await bob.call("GET", f"{STAFF}/overview")).code == "FORBIDDEN"
    path = f"people/{bob.account}/roles"
    done = await agreed(ada, rita, path, {"roles": ["finance"], "reason": "hired"})
    assert (done["act"], done["details"]["roles"]) == ("set_roles", ["finance"])
    assert (await bob.get("/api/v1/me"))["roles"] == ["finance"]
    assert (await bob.call("GET", f"{STAFF}/overview")).status == 200
    await agreed(rita, ada, path, {"roles": [], "reason": "left"})
    assert (await bob.call("GET", f"{STAFF}/overview")).code == "FORBIDDEN"
    add("S15", roles_given_alone=0)


# Orders


async def test_orders_are_found_and_cancelled(house: House, ada: Person) -> None:
    symbol = await house.market()
    bob, cid = await house.person(), await house.person()
    mine = [await bob.place("sell", f"{9 + i}.00", "1", market=symbol) for i in range(3)]
    other = await cid.place("sell", "20.00", "1", market=symbol, client_order_id="c-1")

    async def found(**query: Any) -> list[int]:
        page = await ada.get(f"{STAFF}/orders", **query)
        return [row["order_id"] for row in page["orders"]]

    ids = [order["order_id"] for order in mine]
    assert await found(market=symbol) == [other["order_id"], *ids[::-1]]
    assert await found(account=bob.account, market=symbol) == ids[::-1]
    assert await found(order_id=ids[0]) == [ids[0]]
    assert await found(account=cid.account, client_order_id="c-1") == [other["order_id"]]
    assert (await ada.call("GET", f"{STAFF}/orders", client_order_id="c-1")).code == "MISSING_FIELD"
    cancel = f"{STAFF}/orders/cancel"
    one = await ada.call("POST", cancel, {"order_id": ids[0], "reason": "odd"})
    assert one.body == {"cancelled": 1}
    assert (
        await ada.call("POST", cancel, {"order_id": ids[0], "reason": "x"})
    ).code == "UNKNOWN_ORDER"
    own = await ada.call("POST", cancel, {"account": bob.account, "market": symbol, "reason": "x"})
    assert own.body == {"cancelled": 2}
    whole = await ada.call("POST", cancel, {"market": symbol, "reason": "x"})
    assert whole.body == {"cancelled": 1}
    assert await found(market=symbol) == []
    assert await found(account=bob.account, market=symbol, open="true") == []
    assert await found(account=bob.account, market=symbol) == ids[::-1]
    await house.venue.services.ledger.caught_up()
    assert await found(order_id=ids[1]) == [ids[1]]
    assert (await ada.call("POST", cancel, {"reason": "x"})).code == "MISSING_FIELD"
    both = {"order_id": 1, "market": symbol, "reason": "x"}
    assert (await ada.call("POST", cancel, both)).code == "CONTRADICTION"
