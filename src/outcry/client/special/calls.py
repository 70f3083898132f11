"""Every call about lists, changes and switches. See `outcry.client.calls`."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Required, TypedDict
from urllib.parse import quote

from outcry.client import calls
from outcry.client.calls import Again, Call, Json
from outcry.client.special import answers as s

LISTS = "/api/v1/order-lists"


class NewList(TypedDict, total=False):
    """Orders that belong together: `kind` is oco, oto or otoco.

    Of an oco one is enough. The first of an oto, once filled, places the second; the first of an
    otoco places the other two as an oco. Members name no market and no id of their own.
    """

    market: Required[str]
    kind: Required[str]
    orders: Required[Iterable[Mapping[str, object]]]
    client_order_id: str | None
    cancel_on_disconnect: bool


class OpenLists(TypedDict, total=False):
    """A page of open lists."""

    market: str | None
    limit: int | None
    cursor: str | None


def list_body(wanted: Mapping[str, Json]) -> dict[str, Json]:
    """Return a list's fields as they are sent, with a client order id: the given or a new one."""
    body = {name: value for name, value in wanted.items() if value is not None}
    body["orders"] = [calls.order_body(member) for member in wanted["orders"]]
    body.setdefault("client_order_id", calls.new_order_id())
    return body


def place_list(wanted: Mapping[str, Json]) -> Call[s.OrderList]:
    """Place a list. With its id it is safe to repeat: the venue answers with the original."""
    body = list_body(wanted)
    key = body["client_order_id"]
    return Call("place_list", "POST", LISTS, s.OrderList, {}, body, Again.SAME, key)


def lists(page: Mapping[str, object]) -> Call[s.OrderLists]:
    """Open lists, by id."""
    query = {name: str(value) for name, value in page.items() if value is not None}
    return Call("lists", "GET", LISTS, s.OrderLists, query, None, Again.READ)


def one_list(list_id: int | str) -> Call[s.OrderList]:
    """One list."""
    path = f"{LISTS}/{quote(str(list_id), safe='')}"
    return Call("list", "GET", path, s.OrderList, {}, None, Again.READ)


def cancel_list(list_id: int | str) -> Call[s.OrderList]:
    """Cancel what is open of a list. Never repeated in doubt: look, and decide."""
    call = replace(one_list(list_id), name="cancel_list", method="DELETE")
    return replace(call, again=Again.NEVER)


def cancel_replace(
    cancel: Mapping[str, object], order: Mapping[str, object], mode: str
) -> Call[s.Replaced]:
    """Cancel an order and place another. With the new one's id it is safe to repeat."""
    placed = calls.keyed(order)
    body = {"cancel": dict(cancel), "order": placed, "mode": mode}
    path, key = "/api/v1/cancel-replace", placed["client_order_id"]
    return Call("cancel_replace", "POST", path, s.Replaced, {}, body, Again.SAME, key)


def dead_man_switch(timeout_ms: int) -> Call[s.Switch]:
    """Arm, renew or (0) disarm the switch; doing it twice is doing it a moment later."""
    body = {"timeout_ms": timeout_ms}
    path = "/api/v1/dead-man-switch"
    return Call("dead_man_switch", "POST", path, s.Switch, {}, body, Again.SAME)
