"""The AsyncAPI 3 document of the native WebSocket, made from the structs of its messages.

Source: the AsyncAPI specification 3.0.0. The application it describes is the venue: it *receives*
what clients ask, with the replies that may follow, and *sends* events. Schemas are JSON Schema
draft 7, which every tool for AsyncAPI reads.
"""

from typing import Any, NamedTuple

import msgspec

from outcry.gateway.errors import ErrorAnswer
from outcry.gateway.live import messages as m
from outcry.gateway.native.schemas import OrderOut

CHANNEL = "native"
ADDRESS = "/api/v1/ws"
_TEMPLATE = "#/components/schemas/{name}"


class Asked(NamedTuple):
    """Something a client may send, and the answers it may have besides a refusal."""

    name: str
    takes: type
    gives: tuple[type, ...] = ()


ASKED = (
    Asked("placeOrder", m.PlaceMessage, (m.OrderReply,)),
    Asked("cancelOrder", m.CancelMessage, (m.OrderReply,)),
    Asked("replaceOrder", m.ReplaceMessage, (m.OrderReply,)),
    Asked("sendBatch", m.BatchMessage, (m.BatchReply,)),
    Asked("cancelAll", m.CancelAllMessage, (m.CancelledReply,)),
    Asked("cancelReplace", m.CancelReplaceMessage, (m.ReplacedReply,)),
    Asked("placeList", m.PlaceListMessage, (m.ListReply,)),
    Asked("cancelList", m.CancelListMessage, (m.ListReply,)),
    Asked("renewSwitch", m.RenewSwitchMessage, (m.SwitchReply,)),
    Asked("subscribe", m.SubscribeMessage, (m.ChannelsReply,)),
    Asked("unsubscribe", m.UnsubscribeMessage, (m.ChannelsReply,)),
    Asked("followBook", m.FollowBookMessage, (m.ChannelsReply,)),
    Asked("authenticate", m.AuthMessage, (m.AuthReply,)),
    Asked("ping", m.PingMessage, (m.PongReply,)),
)
TOLD: dict[str, tuple[type, ...]] = {
    "tellBook": (m.BookSnapshot, m.BookDelta),
    "tellTrades": (m.TradesSnapshot, m.TradesUpdate),
    "tellTicker": (m.TickerEvent,),
    "tellKline": (m.KlineEvent,),
    "tellStatus": (m.StatusEvent,),
    "tellOrders": (m.OrdersEvent,),
    "tellFills": (m.FillsEvent,),
    "tellBalances": (m.BalancesEvent,),
    "tellLists": (m.ListsEvent,),
}
"""Operations of the venue's own accord, and what each sends."""
REFUSAL = m.RefusalReply


def document(version: str) -> dict[str, Any]:
    """Return the AsyncAPI document."""
    kinds = _messages()
    schemas, components = msgspec.json.schema_components(
        [*kinds, OrderOut, ErrorAnswer], ref_template=_TEMPLATE
    )
    # msgspec cannot say that a member is one struct or another.
    components["BatchOut"]["properties"]["results"]["items"] = {"anyOf": list(schemas[-2:])}
    messages = {
        kind.__name__: _message(kind, schema)
        for kind, schema in zip(kinds, schemas[:-2], strict=True)
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Outcry",
            "version": version or "0",
            "description": "The native WebSocket. Amounts are decimal strings. Answers come in the "
            "order asked; the calls are described by the OpenAPI document, /openapi.json.",
        },
        "defaultContentType": "application/json",
        "channels": {
            CHANNEL: {
                "address": ADDRESS,
                "title": "The WebSocket",
                "description": "Also served at /ws and below.",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
                "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
            }
        },
        "operations": {**dict(map(_received, ASKED)), **dict(map(_sent, TOLD.items()))},
        "components": {"messages": messages, "schemas": _draft_7(components)},
    }


def _messages() -> list[type]:
    """Return every message once, in the order in which they are named."""
    found = [kind for asked in ASKED for kind in (asked.takes, *asked.gives)]
    found.append(REFUSAL)
    found += [kind for kinds in TOLD.values() for kind in kinds]
    return list(dict.fromkeys(found))


def _summary(kind: type) -> str:
    return (kind.__doc__ or "").partition("\n")[0]


def _message(kind: type, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": kind.__name__, "summary": _summary(kind), "payload": schema}


def _named(*kinds: type) -> list[dict[str, str]]:
    return [{"$ref": f"#/channels/{CHANNEL}/messages/{kind.__name__}"} for kind in kinds]


def _received(asked: Asked) -> tuple[str, dict[str, Any]]:
    channel = {"$ref": f"#/channels/{CHANNEL}"}
    return asked.name, {
        "action": "receive",
        "channel": channel,
        "summary": _summary(asked.takes),
        "messages": _named(asked.takes),
        "reply": {"channel": dict(channel), "messages": _named(*asked.gives, REFUSAL)},
    }


def _sent(told: tuple[str, tuple[type, ...]]) -> tuple[str, dict[str, Any]]:
    name, kinds = told
    return name, {
        "action": "send",
        "channel": {"$ref": f"#/channels/{CHANNEL}"},
        "summary": _summary(kinds[0]),
        "messages": _named(*kinds),
    }


def _draft_7(schema: Any) -> Any:  # noqa: ANN401 - any part of a schema
    """Return a schema with the tuples of draft 2020-12 as draft 7 says them."""
    if isinstance(schema, list):
        return [_draft_7(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {name: _draft_7(part) for name, part in schema.items()}
    if "prefixItems" in parts:
        parts["items"] = parts.pop("prefixItems")
        parts["additionalItems"] = False
    return parts
