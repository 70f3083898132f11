"""Random changes of good requests: whatever comes, the venue answers, and its books stay sound."""

import json
import os
from random import Random
from typing import Any

import pytest

from outcry.gateway.errors import KINDS
from tests.support.gateway import TATA_INR, House, Person
from tests.support.mutations import mutant
from tests.support.stream import Stream

pytestmark = pytest.mark.asyncio(loop_scope="module")

ORDER = {"market": TATA_INR, "side": "buy", "price": "10.05", "quantity": "3"}
GOOD: list[tuple[str, str, Any]] = [
    ("POST", "/api/v1/order/", ORDER),
    ("POST", "/api/v1/order/", {**ORDER, "side": "sell", "client_order_id": "a",
                                "post_only": True}),
    ("POST", "/api/v1/order/", {"market": "BTC_USDT", "side": "buy", "type": "market",
                                "budget": "25", "time_in_force": "ioc"}),
    ("POST", "/order", {"order_type": "Buy", "order_kind": "Limit", "market": TATA_INR,
                        "price": 10.05, "quantity": 3}),
    ("POST", "/api/v1/orders/", {"orders": [ORDER, {"cancel": 3}, {**ORDER, "side": "sell"}]}),
    ("PATCH", "/api/v1/order/", {"order_id": 1, "price": "10.10", "quantity": "4"}),
    ("PATCH", "/api/v1/order/", {"client_order_id": "a", "quantity": "4", "cancel_first": True}),
    ("DELETE", "/api/v1/order/", {"order_id": 2, "market": TATA_INR}),
    ("POST", "/api/v1/dev/faucet", {"asset": "INR", "amount": "10.5"}),
    ("POST", "/api/v1/dev/assets", {"symbol": "GOLD", "decimals": 3, "chain_decimals": 6}),
    ("POST", "/api/v1/dev/markets", {"symbol": "A_INR", "base": "TATA", "tick": "0.05", "lot": "1",
                                     "maker_ppm": -5, "taker_ppm": 10, "max_notional": "100"}),
    ("POST", "/register", {"email": "a@example.com", "password": "correct horse battery"}),
    ("POST", "/login", {"email": "a@example.com", "password": "correct horse battery"}),
    ("POST", "/refresh", {"refresh_token": "abc"}),
]  # fmt: skip
MESSAGES: list[Any] = [
    {"id": 1, "op": "order.place", "args": ORDER},
    {"id": 2, "op": "order.batch", "args": {"orders": [ORDER, {"cancel": 3}]}},
    {"id": "x", "op": "order.replace", "args": {"order_id": 1, "price": "10.10"}},
    {"id": [1], "op": "order.cancel", "args": {"client_order_id": "a"}},
    {"id": 5, "op": "subscribe", "channels": ["book:TATA_INR", "kline:BTC_USDT:1m", "orders"]},
    {"id": 6, "op": "unsubscribe", "channels": ["book:TATA_INR", "orders"]},
    {"op": "auth", "token": "x"},
    {"op": "ping"},
    {"SubscribeOrderbook": "TATA_INR"},
]
SEED = int(os.environ.get("HOSTILE_SEED", "20251121"))


async def ask(house: House, person: Person, chance: Random) -> None:
    """Make one call with a changed body; hold what every answer has to be."""
    method, path, good = chance.choice(GOOD)
    body = mutant(good, chance)
    headers = {"Authorization": f"Bearer {person.token}"}
    answer = await house.call(method, path, data=body, headers=headers)
    assert answer.status < 500, (method, path, body, answer)
    if answer.status >= 400:
        error = answer.error
        assert (KINDS[error["code"]].status, KINDS[error["code"]].number) == (
            answer.status, error["number"],
        ), (path, body, answer)  # fmt: skip
        assert error["message"]
        assert "Traceback" not in str(error)


async def tell(stream: Stream, chance: Random) -> None:
    """Send one changed message; it is answered, and by nothing of ours going wrong."""
    try:
        text = mutant(chance.choice(MESSAGES), chance).decode()
    except UnicodeDecodeError:
        return
    answer = await stream.raw(text)
    assert answer.keys() == {"id", "ok", "result" if answer["ok"] else "error"}, text
    if not answer["ok"]:
        assert KINDS[answer["error"]["code"]].status < 500, (text, answer)
    stream.events.clear()


async def play(house: House, cases: int, seed: int) -> None:
    print(f"HOSTILE_SEED={seed}")  # noqa: T201  # shown if the test fails
    chance = Random(seed)
    ann = await house.person()
    stream = await ann.stream()
    for _ in range(cases):
        if chance.random() < 0.3:
            await tell(stream, chance)
        else:
            await ask(house, ann, chance)
    assert await stream.ask(op="ping", id="end") == "pong"
    assert house.venue.engine.core.conservation_failure() == 0
    assert (await house.call("GET", "/ready")).status == 200
    await everything_can_be_read(house, ann)


async def everything_can_be_read(house: House, ann: Person) -> None:
    """Read all that the odd requests left behind."""
    for path in ("/api/v1/orders", "/api/v1/fills", "/api/v1/order/open", "/api/v1/balances"):
        assert json.dumps(await ann.get(path))
    for market in (await house.get("/api/v1/markets"))["markets"]:
        for path in ("depth", "trades", "klines", "tickers"):
            await house.get(f"/api/v1/{path}", market=market["market"])


async def test_changed_requests_are_never_an_error_of_ours(house: House) -> None:
    await play(house, 500, SEED)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(SEED, SEED + 10))
async def test_many_changed_requests_are_never_an_error_of_ours(house: House, seed: int) -> None:
    await play(house, 5_000, seed)
