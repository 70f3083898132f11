"""A venue that starts again has every kind of order as it was, and does what they wait for."""

from pathlib import Path
from typing import Any

import pytest

from outcry.gateway.special.known import Specials
from tests.support.gateway import House, Person, open_house
from tests.support.special import KINDS, Floor, get, terms_of

PAIR = {
    "kind": "otoco",
    "orders": [
        {"side": "buy", "price": "60.00", "quantity": "5"},
        {"side": "sell", "price": "110.00", "quantity": "5"},
        {
            "side": "sell", "type": "stop_limit", "stop_price": "55.00", "price": "54.00",
            "quantity": "5",
        },
    ],
}  # fmt: skip


def forget_snapshots(data: Path) -> None:
    """Let a venue have nothing but its log."""
    found = list((data / "snapshots").iterdir())
    assert found
    for path in found:
        path.unlink()


async def again(house: House, person: Person) -> Person:
    """Return somebody in another run of their venue."""
    who = {"email": person.email, "password": "correct horse battery"}
    answer = await house.call("POST", "/login", who)
    return Person(house, person.email, answer.body)


@pytest.mark.parametrize("snapshot", [True, False], ids=["from a snapshot", "from the log"])
async def test_every_kind_of_order_outlives_a_restart(tmp_path: Path, snapshot: bool) -> None:
    async with open_house(tmp_path) as house:
        floor, ann = await Floor.of(house), await house.person()
        placed = {kind: await floor.place(ann, order) for kind, order in KINDS.items()}
        body = {"market": floor.market, **PAIR}
        made = (await ann.call("POST", "/api/v1/order-lists", body)).body
        before = {kind: await get(ann, order) for kind, order in placed.items()}
        listed = await ann.get(f"/api/v1/order-lists/{made['list_id']}")
        await house.venue.ledger.caught_up()
    if not snapshot:
        forget_snapshots(tmp_path)
    async with open_house(tmp_path) as house:
        ann = await again(house, ann)
        seller, buyer = await again(house, floor.seller), await again(house, floor.buyer)
        floor = Floor(floor.market, seller, buyer)
        assert {kind: await get(ann, order) for kind, order in placed.items()} == before
        assert await ann.get(f"/api/v1/order-lists/{made['list_id']}") == listed
        assert (await ann.get("/api/v1/order-lists"))["lists"] == [listed]
        await floor.seller.place("sell", "94.95", "1", market=floor.market)
        await floor.buyer.place("buy", "94.95", "1", market=floor.market)
        fired = {kind: (await get(ann, placed[kind])).get("triggered") for kind in KINDS}
        assert {kind for kind, has in fired.items() if has} == {"stop_limit", "stop_market"}


async def test_history_has_the_terms_of_ended_orders_and_says_what_nobody_knows(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        floor, ann = await Floor.of(house), await house.person()
        placed = [await floor.place(ann, order) for order in KINDS.values()]
        ended = await ann.call("DELETE", "/api/v1/order/open")
        assert ended.body == {"cancelled": len(placed)}
        before = [terms_of(await get(ann, order)) for order in placed]
        await house.venue.ledger.caught_up()
    async with open_house(tmp_path) as house:
        ann = await again(house, ann)
        found = (await ann.get("/api/v1/orders"))["orders"][::-1]
        after = [terms_of(order) for order in found]
        assert [{**terms, **_unknown(terms)} for terms in before] == after
        assert found == [await get(ann, order) for order in placed]


async def test_venue_that_forgets_terms_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above is able to fail."""
    monkeypatch.setattr(Specials, "_from_ledger", lambda *_: {})
    with pytest.raises(AssertionError):
        await test_history_has_the_terms_of_ended_orders_and_says_what_nobody_knows(tmp_path)


def _unknown(terms: dict[str, Any]) -> dict[str, Any]:
    """Return what of an ended order the ledger does not hold: whether its trigger had fired."""
    return {"triggered": None} if "triggered" in terms else {}


async def test_orders_that_were_tied_to_a_connection_do_not_outlive_the_process(
    tmp_path: Path,
) -> None:
    order = {"side": "buy", "price": "40.00", "quantity": "1"}
    async with open_house(tmp_path) as house:
        floor, ann = await Floor.of(house), await house.person()
        stream = await ann.stream()
        args = {"market": floor.market, **order, "cancel_on_disconnect": True}
        tied = await stream.ask(op="order.place", args=args)
        kept = await floor.place(ann, order)
        # The connection is there to the end: it is the venue that goes.
        await house.venue.pipeline.drain(5)
    async with open_house(tmp_path) as house:
        ann = await again(house, ann)
        assert (await get(ann, tied))["reason"] == "cancelled"
        assert (await get(ann, kept))["status"] == "open"
    async with open_house(tmp_path) as house:
        sequence = house.venue.engine.core.sequence
    async with open_house(tmp_path) as house:
        assert house.venue.engine.core.sequence == sequence, "it is only said where it is needed"
