"""The client against the venue's own description: every call, every field, nothing more."""

import inspect
import re
from typing import Any, get_type_hints

import msgspec
import pytest

from outcry.client import answers as a
from outcry.client import calls
from outcry.client.awaiting import AsyncClient
from outcry.client.blocking import Client
from outcry.client.calls import Call
from outcry.client.money import calls as money
from outcry.client.money.awaiting import AwaitingMoney
from outcry.client.money.blocking import BlockingMoney
from outcry.client.people import calls as people
from outcry.client.special import calls as special
from outcry.gateway.openapi import ROUTES, Route
from outcry.gateway.openapi import document as document_of
from outcry.gateway.staff.routes import STAFF

DOCUMENT = document_of(list(ROUTES), "test")
STREAMED = {"Kline": {"closed"}}
"""What only streams say."""
PAGE = {"market": "A_B", "start_time": 1, "end_time": 2, "limit": 3, "cursor": "c"}
ASSETS = {"asset": "A", "start_time": 1, "end_time": 2, "limit": 3, "cursor": "c"}
ORDER = {
    "market": "A_B", "side": "buy", "type": "limit", "price": 1, "quantity": 1, "budget": 1,
    "time_in_force": "gtc", "post_only": True, "self_trade_prevention": "none",
    "client_order_id": "k", "user_id": 1, "stop_price": 1, "trailing_percent": 1,
    "protection_price": 1, "display_quantity": 1, "slide": True, "expires_at": 1, "peg": "bid",
    "peg_offset": 1, "slices": 1, "slice_interval_ms": 1, "cancel_on_disconnect": True,
}  # fmt: skip
CHANGE = {
    "order_id": 1, "client_order_id": "k", "market": "A_B", "price": 1, "quantity": 1,
    "cancel_first": True, "keep_priority": True,
}  # fmt: skip
LIST = {
    "market": "A_B", "kind": "oco", "orders": [], "client_order_id": "k",
    "cancel_on_disconnect": True,
}  # fmt: skip
RULES = {
    "tick": "1", "lot": "1", "base": "A", "quote": "B", "fee_asset": "quote", "maker_ppm": 0,
    "taker_ppm": 0, "min_quantity": "1", "max_quantity": "1", "market_max_quantity": "1",
    "min_notional": "1", "max_notional": "1", "order_notional_limit": "1",
    "daily_notional_limit": "1", "open_orders_limit": 1, "allow_self_trade": False,
}  # fmt: skip
ALLOWED = {
    "wallet": "0x", "chain_id": 1, "public_key": "k", "scopes": ["trade"], "expires": "t",
    "nonce": "1", "signature": "0x", "key_type": "ed25519", "markets": [], "cap": "",
    "cap_asset": "",
}  # fmt: skip
KEY = {
    "kind": "hmac", "label": "a", "networks": ["::/0"], "expires_at": "t", "public_key": "k",
    "account": 1,
}  # fmt: skip
PROOFS = {
    "key": {},
    "trades/entries": {"start": 0, "limit": 1},
    "liabilities": {"limit": 1, "cursor": "c"},
    "liabilities/mine": {"sequence": 1},
    **{
        f"{log}/{kind}": query
        for log in ("events", "trades")
        for kind, query in {
            "head": {},
            "heads": {"limit": 1, "cursor": "c"},
            "consistency": {"first": 1, "second": 2},
            "inclusion": {"index": 1, "size": 2},
        }.items()
    },
}  # fmt: skip
EVERY: list[Call[Any]] = [
    calls.register("e", "p"), calls.login("e", "p", "c"), calls.refresh("r"), calls.place(ORDER),
    calls.place_short("Buy", "Limit", "A_B", 1, 1), calls.batch([ORDER, {"cancel": 1}]),
    calls.change_order(CHANGE), calls.cancel(1, client_order_id="k", market="A_B"),
    calls.open_orders({"market": "A_B", "side": "buy", "limit": 1, "cursor": "c"}),
    calls.cancel_all("A_B", "buy"), calls.order(1), calls.orders(PAGE), calls.fills(PAGE),
    calls.balances(), calls.statement({**ASSETS, "purpose": "held"}), calls.transfers(ASSETS),
    calls.volume(PAGE), calls.export("orders", {"format": "csv", "start_time": 1, "end_time": 2}),
    calls.statistics(PAGE), calls.depth("A_B", 1), calls.trades("A_B", 1, 2),
    calls.klines("A_B", "1m", {"start_time": 1, "end_time": 2, "limit": 3}),
    calls.tickers("A_B"), calls.markets("A_B"), calls.assets(), calls.faucet("A", 1),
    calls.new_asset("A", 1, 1), calls.new_market("A_B", RULES), calls.reset(), calls.health(),
    calls.ready(), calls.status(), calls.metrics(),
    *(calls.proof(*proof) for proof in PROOFS.items()),
    special.place_list(LIST), special.lists({"market": "A_B", "limit": 1, "cursor": "c"}),
    special.one_list(1), special.cancel_list(1), special.cancel_replace({}, ORDER, "m"),
    special.dead_man_switch(0), people.me(), people.logout(), people.sessions(),
    people.end_sessions(),
    people.end_session("1"), people.logins(), people.change_password("a", "b"),
    people.new_factor("a"), people.confirm_factor("1"), people.give_code("1"),
    people.remove_factor("a"), people.keys(), people.new_key(["read"], KEY), people.revoke_key("1"),
    people.sub_accounts(), people.new_sub_account("a"), people.staff_person("e"),
    people.staff_status(1, "frozen", "why"), people.staff_end_sessions(1),
    people.staff_requests(1, "asked"),
    people.staff_ask("adjust", 1, "why", asset="A", amount="1"), people.staff_approve(1),
    people.staff_refuse(1), people.staff_trail(1, 2, 3), people.wallet_nonce(),
    people.wallet_login("m", "0x", "c"), people.wallet_key(ALLOWED), people.wallets(),
    people.link_wallet("m", "0x"), people.unlink_wallet("1"),
    money.withdraw("A", 1, "x", "k", "m"), money.withdrawal(1), money.cancel_withdrawal(1),
    money.withdrawals({"asset": "A", "state": "sent", "limit": 1, "cursor": "c"}),
    money.beneficiaries(), money.new_beneficiary("l", "A", "x", "m"), money.remove_beneficiary(1),
]  # fmt: skip
BY_NAME = {call.name: call for call in EVERY}


RAW = {row.name for row in STAFF}
"""What staff asks with `call`: a console is what these are for."""
TYPED = [route for route in ROUTES if route.name not in RAW]


def test_every_route_has_a_call_and_no_call_is_without_a_route() -> None:
    assert set(BY_NAME) == {route.name for route in TYPED}


@pytest.mark.parametrize("route", TYPED, ids=lambda route: route.name)
def test_call_asks_what_the_document_says(route: Route) -> None:
    call = BY_NAME[route.name]
    assert call.method == route.method
    path = re.sub("{table}", "orders", route.path)
    path = re.sub("{[a-z_]+}", "1", path)
    assert call.path.rstrip("/") == path.rstrip("/")
    # A leaf is named by its index or by these; `symbol` is another name of `market`.
    other = {"market", "trade_id"} if route.name == "trades_inclusion" else set()
    assert set(call.query) == set(route.parameters) - {"symbol"} - other
    if route.takes is not None and call.body is not None:
        fields = {field.encode_name for field in msgspec.structs.fields(route.takes)}
        assert set(call.body) == fields - {"name"}  # Accepted and ignored.


def schema_of(kind: Any) -> dict[str, Any]:
    """Return name -> whether it may be null, of the fields; structs inside them by their own."""
    (_,), found = msgspec.json.schema_components([kind], ref_template="{name}")
    return found


def said(schema: dict[str, Any]) -> Any:
    """Return the shape of a value as far as both sides have to agree about it."""
    if "anyOf" in schema:
        return sorted(map(repr, map(said, schema["anyOf"])))
    if "$ref" in schema:
        return "object"
    if schema.get("type") == "array" and "items" in schema and schema["items"] is not False:
        return ["array", said(schema["items"])]
    if "enum" in schema:
        return "string" if isinstance(schema["enum"][0], str) else "boolean"
    return schema.get("type", "any")


@pytest.mark.parametrize(
    "route", [r for r in TYPED if not r.path.startswith("/api/v1/proofs/")], ids=lambda r: r.name
)
def test_answer_has_the_fields_that_the_document_says(route: Route) -> None:
    call = BY_NAME[route.name]
    if route.gives is None:
        assert call.gives is bytes
        return
    ours, theirs = schema_of(call.gives), schema_of(route.gives)
    agree(ours, call.gives.__name__, theirs, route.gives.__name__)


def agree(ours: dict[str, Any], our_name: str, theirs: dict[str, Any], their_name: str) -> None:
    """Compare two structs field by field, and the structs inside them."""
    mine, other = ours[our_name]["properties"], theirs[their_name]["properties"]
    assert set(mine) - STREAMED.get(our_name, set()) == set(other)
    for name, schema in other.items():
        assert said(mine[name]) == said(schema), (our_name, name)
        ours_in, theirs_in = inside(mine[name]), inside(schema)
        assert bool(ours_in) == bool(theirs_in), (our_name, name)
        if ours_in:
            agree(ours, ours_in, theirs, theirs_in)


def inside(schema: dict[str, Any]) -> str:
    """Return the name of the struct in a field, in a list perhaps."""
    return str(schema.get("$ref") or (schema.get("items") or {}).get("$ref", ""))


def public(kind: type) -> dict[str, Any]:
    return {
        name: method
        for name, method in vars(kind).items()
        if not name.startswith("_") and callable(method)
    }


def test_both_clients_have_the_same_calls() -> None:
    """Names, parameters, defaults, answers and words."""
    blocking = public(BlockingMoney) | public(Client)
    awaiting = public(AwaitingMoney) | public(AsyncClient)
    assert set(awaiting) - set(blocking) == {"session", "renew"}
    assert set(blocking) <= set(awaiting)
    for name, method in blocking.items():
        other = awaiting[name]
        assert inspect.getdoc(method) == inspect.getdoc(other) or name == "close", name
        if name == "stream":  # Each has a stream of its own kind.
            continue
        assert inspect.signature(method) == inspect.signature(other), name
        assert get_type_hints(method) == get_type_hints(other), name


def test_batch_tells_orders_from_refusals() -> None:
    refusal = {"error": {"code": "BAD_TICK", "number": 1203, "message": "no"}}
    (found,) = a.Batch(results=[refusal]).outcomes()
    assert (type(found).__name__, found.code) == ("BadValue", "BAD_TICK")  # type: ignore[union-attr]
