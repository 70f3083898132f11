"""Orders over a WebSocket, and what an account is told of its own."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import jwt
import pytest
import pytest_asyncio

from outcry.adapters.sqlite_identity import secret_file
from outcry.bootstrap import secret_path
from outcry.gateway.live import door, session
from tests.support.gateway import TATA_INR, House, Person, open_house
from tests.support.stream import PATIENCE_S, Stream

pytestmark = pytest.mark.asyncio(loop_scope="module")

GOOD = {"market": TATA_INR, "side": "buy", "price": "5.00", "quantity": "1"}
PRIVATE = ["orders", "fills", "balances"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A venue that looks after its sockets more often than others do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(door, "LOOK_EVERY_S", 0.2)
        async with open_house(tmp_path_factory.mktemp("venue")) as house:
            yield house


async def test_auth_says_who_one_is(house: House, ann: Person) -> None:
    stream = await house.stream()
    assert await stream.ask(op="auth", token=ann.token) == {"user_id": ann.account}
    assert await stream.ask(op="auth", token=ann.token) == {"user_id": ann.account}


async def test_connection_never_changes_hands(house: House, ann: Person, bob: Person) -> None:
    stream = await ann.stream()
    error = await stream.refusal(op="auth", token=bob.token)
    assert error["code"] == "FORBIDDEN"
    order = await stream.ask(op="order.place", args=GOOD)
    assert (await ann.get(f"/api/v1/order/{order['order_id']}")) == order


@pytest.mark.parametrize(
    ("op", "args"),
    [
        ("order.place", GOOD),
        ("order.cancel", {"order_id": 1}),
        ("order.replace", {"order_id": 1, "price": "1.00"}),
        ("order.batch", {"orders": [GOOD]}),
    ],
)
async def test_order_before_auth_is_refused(house: House, op: str, args: dict[str, Any]) -> None:
    before = house.state()
    stream = await house.stream()
    assert (await stream.refusal(op=op, args=args))["code"] == "UNAUTHORIZED"
    assert house.state() == before


@pytest.mark.parametrize("channel", PRIVATE)
async def test_private_channel_before_auth_is_refused(house: House, channel: str) -> None:
    stream = await house.stream()
    error = await stream.refusal(op="subscribe", channels=[channel])
    assert error["code"] == "UNAUTHORIZED"


async def test_order_is_placed_replaced_and_cancelled(house: House, ann: Person) -> None:
    stream = await ann.stream()
    order = await stream.ask(op="order.place", args={**GOOD, "client_order_id": "socket"})
    assert (await ann.get(f"/api/v1/order/{order['order_id']}")) == order
    change = {"client_order_id": "socket", "price": "6.00"}
    replaced = await stream.ask(op="order.replace", args=change)
    assert (replaced["order_id"], replaced["price"]) == (order["order_id"], "6.00")
    moved = await stream.ask(
        op="order.replace",
        args={"order_id": order["order_id"], "price": "7.00", "cancel_first": True},
    )
    assert moved["order_id"] > order["order_id"]
    ended = await stream.ask(op="order.cancel", args={"order_id": moved["order_id"]})
    assert ended["status"] == "cancelled"
    again = await stream.refusal(op="order.cancel", args={"order_id": moved["order_id"]})
    assert again["code"] == "UNKNOWN_ORDER"


async def test_same_id_is_the_same_order_through_both_doors(house: House, ann: Person) -> None:
    stream = await ann.stream()
    keyed = {**GOOD, "client_order_id": "both-doors"}
    first = await stream.ask(op="order.place", args=keyed)
    answer = await ann.call("POST", "/api/v1/order/", keyed)
    assert (answer.status, answer.body) == (200, first)
    assert await stream.ask(op="order.place", args=keyed) == first
    error = await stream.refusal(op="order.place", args={**keyed, "quantity": "2"})
    assert (error["code"], error["client_order_id"]) == ("ID_REUSED", "both-doors")


async def test_old_order_is_answered_for_its_id_once_only_the_history_knows_it(
    house: House, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = await ann.stream()
    keyed = {**GOOD, "client_order_id": "forgotten"}
    order = await stream.ask(op="order.place", args=keyed)
    ended = await stream.ask(op="order.cancel", args={"order_id": order["order_id"]})
    await house.venue.services.ledger.caught_up()  # Nothing is let go of before.
    orders = house.venue.services.orders
    view = orders.view
    monkeypatch.setattr(orders, "view", lambda i: None if i == order["order_id"] else view(i))
    assert await stream.ask(op="order.place", args=keyed) == ended
    batch = await stream.ask(op="order.batch", args={"orders": [GOOD, keyed]})
    assert batch["results"][1] == ended
    answer = await ann.call("POST", "/api/v1/order/", keyed)
    assert (answer.status, answer.body) == (200, ended)


async def test_batch_is_answered_member_by_member(house: House, ann: Person) -> None:
    stream = await ann.stream()
    members = [GOOD, {**GOOD, "price": "5.01"}, {"cancel": 999_999}, {**GOOD, "side": "x"}]
    results = (await stream.ask(op="order.batch", args={"orders": members}))["results"]
    found = [r.get("status") or r["error"]["code"] for r in results]
    assert found == ["open", "BAD_TICK", "UNKNOWN_ORDER", "BAD_VALUE"]
    results = (await stream.ask(op="order.batch", args={"orders": [{}]}))["results"]
    assert results[0]["error"]["code"] == "MISSING_FIELD"


async def test_answers_come_in_the_order_asked(house: House, ann: Person) -> None:
    stream = await ann.stream()
    order = await stream.ask(op="order.place", args={**GOOD, "client_order_id": "first"})
    kinds: list[dict[str, Any]] = [
        {"op": "order.place", "args": GOOD},
        {"op": "ping"},
        {"op": "order.place", "args": {**GOOD, "price": "nothing"}},
        {"op": "order.cancel", "args": {"order_id": 999_999}},
        {"op": "order.batch", "args": {"orders": [GOOD, {"cancel": order["order_id"]}]}},
        {"op": "unknown"},
        {"op": "order.place", "args": {**GOOD, "client_order_id": "first"}},
        {"op": "subscribe", "channels": ["book:TATA_INR"]},
        {"op": "order.replace", "args": {"order_id": 999_999, "price": "1.00"}},
        {"op": "auth", "token": "nonsense"},
    ]
    for number in range(200):
        await stream.send(id=number, **kinds[number % len(kinds)])
    answers = [await stream.next_answer() for _ in range(200)]
    assert [answer["id"] for answer in answers] == list(range(200))
    assert all(answer["ok"] == (i % 10 in {0, 1, 4, 6, 7}) for i, answer in enumerate(answers))


@pytest.mark.parametrize("number", [5, "five", None, [1, {"a": None}], {"x": [1.5]}, True, 2**60])
async def test_any_id_comes_back(house: House, number: Any) -> None:
    stream = await house.stream()
    answer = await stream.raw(json.dumps({"op": "ping", "id": number}))
    assert answer == {"id": number, "ok": True, "result": "pong"}
    refused = await stream.raw(json.dumps({"op": "?", "id": number}))
    assert refused["id"] == number


# What one is told


async def gather(stream: Stream, channel: str, count: int) -> list[dict[str, Any]]:
    """Return the items of a channel's updates until there are so many."""
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(PATIENCE_S):
        while len(found) < count:
            event = await stream.event(channel)
            assert event["type"] == "update"
            found += event[channel]
    return found


async def test_following_begins_with_how_things_are(house: House) -> None:
    ann = await house.person(INR="1000")
    order = await ann.place("buy", "5.00", "1")
    stream = await ann.stream(*PRIVATE)
    orders, fills, balances = [await stream.event(name) for name in PRIVATE]
    assert [event["type"] for event in (orders, fills, balances)] == ["snapshot"] * 3
    assert (orders["orders"], fills["fills"]) == ([order], [])
    assert balances["balances"] == (await ann.get("/api/v1/balances"))["balances"]


async def test_every_fill_is_told_to_both_sides(house: House) -> None:
    market = await house.market(maker_ppm=-50, taker_ppm=500)
    ann, bob = await house.person(), await house.person()
    streams = [await who.stream("fills") for who in (ann, bob)]
    for stream in streams:
        await stream.event("fills")
    for number in range(40):
        await ann.place("sell", f"{10 + number % 3}.00", "3", market=market)
    for _ in range(12):
        await bob.place("buy", "12.00", "7", market=market)
    shown = [
        (await who.get("/api/v1/fills", market=market, limit=1_000))["fills"] for who in (ann, bob)
    ]
    for stream, expected in zip(streams, shown, strict=True):
        told = await gather(stream, "fills", len(expected))
        assert told == expected[::-1]
    assert sum(int(fill["quantity"]) for fill in shown[0]) == 84


async def test_fill_in_the_fee_asset_of_the_buyer_is_told_as_in_the_history(house: House) -> None:
    ann, bob = await house.person(), await house.person()
    streams = [await who.stream("fills") for who in (ann, bob)]
    await ann.place("sell", "100.00", "1", market="BTC_USDT")
    await bob.place("buy", "100.00", "1", market="BTC_USDT")
    for who, stream in zip((ann, bob), streams, strict=True):
        await stream.event("fills")
        told = await gather(stream, "fills", 1)
        assert told == (await who.get("/api/v1/fills"))["fills"]


async def test_orders_are_told_as_they_then_stand(house: House) -> None:
    market = await house.market()
    ann, bob = await house.person(), await house.person()
    stream = await ann.stream("orders", "balances")
    await stream.event("orders")
    await stream.event("balances")
    order = await ann.place("sell", "10.00", "5", market=market)
    assert (await stream.event("orders"))["orders"] == [order]
    assert (await stream.event("balances"))["balances"] == (await ann.get("/api/v1/balances"))[
        "balances"
    ]
    await bob.place("buy", "10.00", "2", market=market)
    partly = (await stream.event("orders"))["orders"]
    assert [(o["order_id"], o["status"]) for o in partly] == [
        (order["order_id"], "partially_filled")
    ]
    await bob.place("buy", "10.00", "3", market=market)
    (full,) = (await stream.event("orders"))["orders"]
    assert full == await ann.get(f"/api/v1/order/{order['order_id']}")


async def test_deposit_is_told_as_a_balance(house: House) -> None:
    ann = await house.person(INR="1")
    stream = await ann.stream("balances")
    await stream.event("balances")
    await ann.call("POST", "/api/v1/dev/faucet", {"asset": "INR", "amount": "2"})
    event = await stream.event("balances")
    assert event["balances"][0]["available"] == "3.0000"


async def test_nobody_is_told_of_others(house: House) -> None:
    market = await house.market()
    ann, bob, carl = [await house.person() for _ in range(3)]
    stream = await carl.stream(*PRIVATE)
    for name in PRIVATE:
        await stream.event(name)
    await ann.place("sell", "10.00", "5", market=market)
    await bob.place("buy", "10.00", "5", market=market)
    mine = await carl.place("buy", "1.00", "1", market=market)
    event = await stream.event("orders")
    assert [order["order_id"] for order in event["orders"]] == [mine["order_id"]]
    assert [e["channel"] for e in stream.events if e["channel"] == "fills"] == []


async def test_all_connections_of_a_person_are_told(house: House) -> None:
    ann = await house.person()
    streams = [await ann.stream("orders") for _ in range(3)]
    order = await ann.place("buy", "5.00", "1")
    await streams[0].close()
    for stream in streams[1:]:
        assert (await stream.event("orders"))["type"] == "snapshot"
        assert (await stream.event("orders"))["orders"] == [order]
    ended = await ann.call("DELETE", "/api/v1/order/", order_id=order["order_id"])
    for stream in streams[1:]:
        assert (await stream.event("orders"))["orders"] == [ended.body]


async def test_unsubscribed_private_channel_is_silent(house: House) -> None:
    ann = await house.person()
    stream = await ann.stream(*PRIVATE)
    for name in PRIVATE:
        await stream.event(name)
    await stream.ask(op="unsubscribe", channels=["orders", "balances"])
    await stream.ask(op="unsubscribe", channels=["orders"])
    await ann.place("buy", "5.00", "1")
    await stream.ask(op="unsubscribe", channels=["fills"])
    await ann.place("buy", "5.00", "1")
    await stream.ask(op="subscribe", channels=["orders"])
    assert (await stream.event("orders"))["type"] == "snapshot"
    assert stream.events == []


async def test_own_answer_and_own_news_agree(house: House) -> None:
    ann = await house.person()
    stream = await ann.stream("orders")
    await stream.event("orders")
    placed = [await stream.ask(op="order.place", args=GOOD) for _ in range(20)]
    told = await gather(stream, "orders", 20)
    assert told == placed


# What is no message


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{}", "MISSING_FIELD"),
        ('{"op": null}', "BAD_TYPE"),
        ('{"op": 5}', "BAD_TYPE"),
        ('{"op": ""}', "BAD_VALUE"),
        ('{"op": "order.destroy"}', "BAD_VALUE"),
        ('{"op": "PING"}', "BAD_VALUE"),
        ('{"op": "ping", "extra": 1}', "UNKNOWN_FIELD"),
        ('{"op": "ping", "account": 1}', "UNKNOWN_FIELD"),
        ('{"op": "auth"}', "UNAUTHORIZED"),
        ('{"op": "auth", "token": 5}', "BAD_TYPE"),
        ('{"op": "auth", "token": null}', "UNAUTHORIZED"),
        ('{"op": "subscribe"}', "MISSING_FIELD"),
        ('{"op": "order.place", "args": []}', "BAD_TYPE"),
        ('{"op": "order.place", "args": "x"}', "BAD_TYPE"),
        ('{"op": "order.place"}', "UNAUTHORIZED"),
        ('{"method": "SUBSCRIBE", "params": ["btcusdt@trade"], "id": 1}', "BAD_REQUEST"),
        ('{"SubscribeOrderbook": 5}', "BAD_TYPE"),
        ('{"SubscribeOrderbook": "DOGE_INR"}', "UNKNOWN_CHANNEL"),
        ('{"SubscribeOrderbook": "TATA_INR", "x": 1}', "UNKNOWN_FIELD"),
        ('{"SubscribeOrderbook": "TATA_INR:1m"}', "UNKNOWN_CHANNEL"),
        ("[]", "BAD_JSON"),
        ("", "BAD_JSON"),
        ("ping", "BAD_JSON"),
    ],
)
async def test_message_that_is_none_is_refused_and_the_next_is_read(
    house: House, text: str, code: str
) -> None:
    stream = await house.stream()
    answer = await stream.raw(text)
    assert (answer["ok"], answer["error"]["code"]) == (False, code)
    assert await stream.ask(op="ping") == "pong"


async def test_token_is_never_repeated(house: House) -> None:
    stream = await house.stream()
    answers = [
        await stream.answer(op="auth", token="top secret"),
        await stream.answer(op="auth", token=["top secret"]),
        await stream.answer(op="ping", token={"a": "top secret"}),
    ]
    assert not any("top secret" in json.dumps(answer) for answer in answers)


async def test_args_of_the_wrong_type_are_refused_after_auth(house: House, ann: Person) -> None:
    stream = await ann.stream()
    before = house.state()
    for op in ("order.place", "order.cancel", "order.replace", "order.batch"):
        for args in ([], "x", 5, None, True):
            error = await stream.refusal(op=op, args=args)
            assert error["code"] in {"BAD_TYPE", "MISSING_FIELD", "CONTRADICTION"}, (op, args)
    assert house.state() == before


# Those that may not stay


async def test_socket_whose_token_expires_is_told_and_closed(house: House, ann: Person) -> None:
    short = jwt.encode(
        {
            "iss": "outcry", "aud": "outcry-access", "sub": str(ann.account), "sid": "made",
            "iat": int(time.time()), "exp": int(time.time()) + 2,
        },
        secret_file(secret_path(house.venue.settings)),
        "HS256",
    )  # fmt: skip
    streams = [await house.stream() for _ in range(2)]
    for stream in streams:
        await stream.ask(op="auth", token=short)
        await stream.ask(op="subscribe", channels=["orders"])
    await streams[1].ask(op="auth", token=ann.token)
    told = await streams[0].next_answer()
    assert (told["id"], told["error"]["code"]) == (None, "UNAUTHORIZED")
    assert await streams[0].closed() == aiohttp.WSCloseCode.POLICY_VIOLATION
    assert time.time() < jwt.decode(short, options={"verify_signature": False})["exp"] + 6
    # A new token came in time.
    assert await streams[1].ask(op="ping") == "pong"


async def test_socket_that_is_of_no_use_for_long_is_closed(
    house: House, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    nameless, left = await house.stream(), await house.stream()
    following, mine = await house.stream(), await ann.stream()
    for stream in (following, left):
        await stream.ask(op="subscribe", channels=[f"ticker:{TATA_INR}"])
    await left.ask(op="unsubscribe", channels=[f"ticker:{TATA_INR}"])
    monkeypatch.setattr(session, "UNUSED_S", 0.01)
    for stream in (nameless, left):
        assert (await stream.next_answer())["error"]["code"] == "UNAUTHORIZED"
        assert await stream.closed() == aiohttp.WSCloseCode.POLICY_VIOLATION
    for stream in (following, mine):
        assert await stream.ask(op="ping") == "pong"
