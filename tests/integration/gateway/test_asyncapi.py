"""The served description of the WebSocket: whole, and true of every message that goes over it."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import jsonschema
import pytest
import pytest_asyncio

from outcry.gateway.live.asyncapi import ASKED, TOLD, document
from outcry.gateway.live.session import OPS
from tests.support.gateway import House, Person
from tests.support.stream import Stream

pytestmark = pytest.mark.asyncio(loop_scope="module")

OF_CHANNEL = {
    "book": "tellBook", "trades": "tellTrades", "ticker": "tellTicker", "kline": "tellKline",
    "status": "tellStatus", "orders": "tellOrders", "fills": "tellFills",
    "balances": "tellBalances", "lists": "tellLists",
}  # fmt: skip


class Described:
    """Holds messages against the document, and remembers which of its messages were seen."""

    def __init__(self, whole: dict[str, Any]) -> None:
        self.whole = whole
        for schema in whole["components"]["schemas"].values():
            if "properties" in schema:
                schema.setdefault("additionalProperties", False)
        self.seen: set[str] = set()

    def hold(self, message: Any, references: list[dict[str, str]]) -> str:
        """Return the one message of the document, of those named, that this one is."""
        names = [reference["$ref"].rpartition("/")[2] for reference in references]
        fitting = [name for name in names if self.errors(name, message) is None]
        assert len(fitting) == 1, (message, {name: self.errors(name, message) for name in names})
        self.seen.add(fitting[0])
        return fitting[0]

    def errors(self, name: str, message: Any) -> str | None:
        """Return what is wrong with a message; None for nothing."""
        payload = self.whole["components"]["messages"][name]["payload"]
        schema = {**payload, "components": self.whole["components"]}
        error = jsonschema.exceptions.best_match(
            jsonschema.Draft7Validator(schema).iter_errors(message)
        )
        return None if error is None else error.message

    def event(self, event: dict[str, Any]) -> str:
        """Hold an event of the venue."""
        operation = OF_CHANNEL[event["channel"].partition(":")[0]]
        return self.hold(event, self.whole["operations"][operation]["messages"])

    async def ask(self, stream: Stream, name: str, **message: Any) -> dict[str, Any]:
        """Send a message of an operation; hold it and its answer, which is returned."""
        operation = self.whole["operations"][name]
        if name != "followBook":
            message["id"] = name
        self.hold(message, operation["messages"])
        await stream.send(**message)
        answer = await stream.next_answer()
        self.hold(answer, operation["reply"]["messages"])
        return answer


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def whole(house: House) -> AsyncIterator[dict[str, Any]]:
    yield await house.get("/asyncapi.json")


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def at(whole: dict[str, Any], reference: str) -> Any:
    """Return what a reference names; fails where it names nothing."""
    assert reference.startswith("#/")
    found: Any = whole
    for part in reference[2:].split("/"):
        found = found[part]
    return found


async def test_document_has_the_form_of_asyncapi_3(whole: dict[str, Any]) -> None:
    """What the specification asks of a document, of its channels, operations and replies."""
    assert whole["asyncapi"] == "3.0.0"
    assert set(whole) == {
        "asyncapi", "info", "defaultContentType", "channels", "operations", "components",
    }  # fmt: skip
    assert {"title", "version"} <= set(whole["info"])
    for operation in whole["operations"].values():
        assert operation["action"] in {"send", "receive"}
        channel = at(whole, operation["channel"]["$ref"])
        for said in (operation, operation.get("reply", operation)):
            for message in said["messages"]:
                place, _, name = message["$ref"].rpartition("/")
                assert place == f"{operation['channel']['$ref']}/messages"
                assert name in channel["messages"]


async def test_every_reference_leads_somewhere_and_every_schema_is_one(
    whole: dict[str, Any],
) -> None:
    for reference in references(whole):
        at(whole, reference)
    used = {ref.rpartition("/")[2] for ref in references(whole) if ref.startswith("#/components")}
    assert used == set(whole["components"]["schemas"]) | set(whole["components"]["messages"])
    for schema in whole["components"]["schemas"].values():
        jsonschema.Draft7Validator.check_schema(schema)


async def test_socket_is_where_the_document_says(house: House, whole: dict[str, Any]) -> None:
    (channel,) = whole["channels"].values()
    stream = await house.stream(channel["address"])
    assert await stream.ask(op="ping") == "pong"


async def test_every_op_of_the_venue_is_described() -> None:
    schemas = document("test")["components"]["schemas"]
    ops = {
        schemas[asked.takes.__name__]["properties"]["op"]["enum"][0]
        for asked in ASKED
        if asked.name != "followBook"
    }
    assert ops == set(OPS)


async def test_every_message_is_as_described_and_every_described_one_is_seen(
    house: House, whole: dict[str, Any], ann: Person, bob: Person
) -> None:
    described = Described(whole)
    market = await house.market()
    stream = await house.stream()
    await described.ask(stream, "ping", op="ping")
    refused = await described.ask(stream, "authenticate", op="auth", token="not one")
    assert refused["error"]["code"] == "UNAUTHORIZED"
    await described.ask(stream, "authenticate", op="auth", token=ann.token)
    await _follow(described, stream, market)
    await _trade(described, stream, market, bob)
    for channel in (f"trades:{market}", f"ticker:{market}", "fills"):
        await _news(described, stream, channel)
    await described.ask(stream, "unsubscribe", op="unsubscribe", channels=["fills"])
    for event in stream.events:
        described.event(event)
    assert described.seen == set(whole["components"]["messages"])


async def _news(described: Described, stream: Stream, channel: str) -> None:
    """Wait for what a channel says after its snapshots."""
    while described.event(await stream.event(channel)) in {"BookSnapshot", "TradesSnapshot"}:
        pass


async def _follow(described: Described, stream: Stream, market: str) -> None:
    await described.ask(stream, "followBook", SubscribeOrderbook=market)
    channels = [
        f"book:{market}", f"trades:{market}", f"ticker:{market}", f"kline:{market}:1m", "status",
        "orders", "fills", "balances", "lists",
    ]  # fmt: skip
    await described.ask(stream, "subscribe", op="subscribe", channels=channels)
    for channel in channels:
        described.event(await stream.event(channel))


async def _trade(described: Described, stream: Stream, market: str, bob: Person) -> None:
    order = {"market": market, "side": "sell", "price": "10.00", "quantity": "2"}
    placed = await described.ask(stream, "placeOrder", op="order.place", args=order)
    # The book is told of every few milliseconds, and not at all if it is empty again by then.
    await _news(described, stream, f"book:{market}")
    order_id = placed["result"]["order_id"]
    change = {"order_id": order_id, "price": "11.00"}
    await described.ask(stream, "replaceOrder", op="order.replace", args=change)
    await bob.place("buy", "11.00", "1", market=market)
    named = {"order_id": order_id}
    await described.ask(stream, "cancelOrder", op="order.cancel", args=named)
    await described.ask(stream, "cancelOrder", op="order.cancel", args=named)
    members = [order, {"cancel": order_id}, {"cancel": 10**9}]
    await described.ask(stream, "sendBatch", op="order.batch", args={"orders": members})
    await _special(described, stream, order)


async def _special(described: Described, stream: Stream, order: dict[str, Any]) -> None:
    placed = await described.ask(stream, "placeOrder", op="order.place", args=order)
    named = {"order_id": placed["result"]["order_id"]}
    change = {"cancel": named, "order": {**order, "price": "10.05"}}
    await described.ask(stream, "cancelReplace", op="order.cancel_replace", args=change)
    pair = {
        "market": order["market"], "kind": "oco",
        "orders": [
            {"side": "sell", "price": "20.00", "quantity": "1"},
            {"side": "sell", "type": "stop_market", "stop_price": "5.00", "quantity": "1"},
        ],
    }  # fmt: skip
    placed = await described.ask(stream, "placeList", op="list.place", args=pair)
    named = {"list_id": placed["result"]["list_id"]}
    await described.ask(stream, "cancelList", op="list.cancel", args=named)
    await described.ask(stream, "renewSwitch", op="switch.renew", args={"timeout_ms": 60_000})
    await described.ask(stream, "renewSwitch", op="switch.renew", args={"timeout_ms": 0})
    await described.ask(stream, "cancelAll", op="order.cancel_all", args={"side": "sell"})


@pytest.mark.parametrize(
    "broken",
    [
        {"channel": "status", "type": "snapshot", "mode": "normal"},
        {"channel": "status", "type": "snapshot", "mode": "normal", "sequence": "1"},
        {"channel": "status", "type": "snapshot", "mode": "normal", "sequence": 1, "more": 1},
        {"channel": "book:A_B", "type": "delta", "sequence": 1, "bids": [], "asks": []},
    ],
)
async def test_message_that_is_not_as_described_is_caught(
    whole: dict[str, Any], broken: dict[str, Any]
) -> None:
    """The test is able to fail."""
    with pytest.raises(AssertionError):
        Described(whole).event(broken)


async def test_document_says_what_the_venue_sends_of_its_own_accord() -> None:
    assert set(OF_CHANNEL.values()) == set(TOLD)
