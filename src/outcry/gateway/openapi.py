"""The OpenAPI 3.1 document, made from the structs the calls use, and a page that shows it."""

import re
from collections.abc import Collection
from typing import Any, NamedTuple

import msgspec

from outcry.gateway.errors import KINDS, ErrorAnswer
from outcry.gateway.ledger import schemas as ledger
from outcry.gateway.ledger.calls import OWN_PURPOSES
from outcry.gateway.ledger.export import FORMATS
from outcry.gateway.ledger.tables import OF_ACCOUNTS
from outcry.gateway.limits.weights import weight_of
from outcry.gateway.native import schemas as s
from outcry.gateway.native.query import PAGE_MAX
from outcry.gateway.people import schemas as p
from outcry.gateway.people.caller import SESSION
from outcry.gateway.people.signed import HEADERS
from outcry.gateway.special import schemas as t
from outcry.gateway.staff.routes import OWN_MONEY, STAFF, Row
from outcry.gateway.web.cookie import COOKIE_WISH, HEADER
from outcry.identity.api_keys import READ, TRADE
from outcry.identity.staff.roles import ROLES
from outcry.ledger.verify import documents as d
from outcry.marketdata.candle import INTERVALS

_STRING = {"type": "string"}
_IN_PATH = re.compile(r"{(\w+)}")
_CHOICES: dict[str, Collection[str]] = {
    "table": OF_ACCOUNTS,
    "format": FORMATS,
    "purpose": OWN_PURPOSES,
    "side": ("buy", "sell"),
    "interval": tuple(INTERVALS),
    "role": ROLES,
    "open": ("true", "false"),
}
"""Parameters with few values."""


class Route(NamedTuple):
    """One call: its path, who may make it, what goes in and out."""

    name: str
    method: str
    path: str
    summary: str
    takes: Any = None
    gives: Any = None
    parameters: tuple[str, ...] = ()
    token: bool = True
    scope: str = READ
    """What of a caller it takes: a scope of API keys, or a session of a person."""
    development: bool = False
    status: int = 200
    files: tuple[str, ...] = ("text/plain",)
    """What it answers where it is not JSON."""


SIGNED = {
    header.rpartition("-")[2].lower(): {"type": "apiKey", "in": "header", "name": header}
    for header in HEADERS
}
"""The headers of a request that is signed with an API key."""
_SPAN = ("start_time", "end_time")
_ASSET_PAGE = ("asset", *_SPAN, "limit", "cursor")
_PAGE = ("market", "symbol", *_SPAN, "limit", "cursor")


def _of_log(log: str, *which: str) -> tuple[Route, ...]:
    """Return the calls that each Merkle log has; `which` names a leaf besides its index."""
    path, what = f"/api/v1/proofs/{log}", f"the log {log}"
    return (
        Route(f"{log}_head", "GET", f"{path}/head", f"The newest signed head of {what}", None,
              d.HeadProof, token=False),
        Route(f"{log}_heads", "GET", f"{path}/heads", f"Signed heads of {what}, newest first",
              None, d.HeadsPage, ("limit", "cursor"), token=False),
        Route(f"{log}_inclusion", "GET", f"{path}/inclusion", f"That a leaf is in {what}", None,
              d.InclusionProof, (*which, "index", "size"), token=False),
        Route(f"{log}_consistency", "GET", f"{path}/consistency", f"That {what} only grew", None,
              d.ConsistencyProof, ("first", "second"), token=False),
    )  # fmt: skip


def _own(  # noqa: PLR0913 - the parts of one route
    name: str,
    method: str,
    path: str,
    summary: str,
    takes: object,
    gives: object,
    *,
    parameters: tuple[str, ...] = (),
    status: int = 200,
) -> Route:
    """Return a call that a person makes in a session."""
    path = f"/api/v1/{path}"
    return Route(
        name, method, path, summary, takes, gives, parameters, scope=SESSION, status=status
    )


def _of(row: Row) -> Route:
    """Return the call that a row tells."""
    path = f"/api/v1/{row.path}"
    told = (row.summary, row.takes, row.gives, row.parameters)
    return Route(row.name, row.method, path, *told, scope=row.scope, status=row.status)


ROUTES = (
    Route("register", "POST", "/register", "Register", s.Credentials, s.SessionOut, token=False,
          status=201),
    Route("login", "POST", "/login", "Log in", s.LoginIn, s.SessionOut, token=False),
    Route("refresh", "POST", "/refresh", "Trade a refresh token in", s.RefreshIn, s.SessionOut,
          token=False),
    Route("wallet_nonce", "POST", "/wallet/nonce", "What a wallet's message has to name", None,
          p.NonceOut, token=False),
    Route("wallet_login", "POST", "/wallet/login", "Log in with a wallet (EIP-4361)",
          p.WalletLoginIn, s.SessionOut, token=False),
    Route("wallet_key", "POST", "/wallet/keys", "An API key that a wallet allows (EIP-712)",
          p.WalletKeyIn, p.KeyOut, token=False, status=201),
    Route("place", "POST", "/api/v1/order/", "Place an order", t.OrderIn, s.OrderOut, scope=TRADE,
          status=201),
    Route("place_short", "POST", "/order", "Place an order, short form", s.LegacyOrderIn,
          s.OrderOut, scope=TRADE, status=201),
    Route("batch", "POST", "/api/v1/orders/", "Place and cancel several", s.BatchIn, s.BatchOut,
          scope=TRADE),
    Route("replace", "PATCH", "/api/v1/order/", "Replace an order", s.ReplaceIn, s.OrderOut,
          scope=TRADE),
    Route("cancel_replace", "POST", "/api/v1/cancel-replace",
          "Cancel an order and place another in one command", t.CancelReplaceIn, t.ReplacedOut,
          scope=TRADE, status=201),
    Route("place_list", "POST", "/api/v1/order-lists", "Place a list: OCO, OTO, OTOCO", t.ListIn,
          t.ListOut, scope=TRADE, status=201),
    Route("lists", "GET", "/api/v1/order-lists", "Open lists", None, t.ListsOut,
          ("market", "symbol", "limit", "cursor")),
    Route("list", "GET", "/api/v1/order-lists/{list_id}", "One list", None, t.ListOut),
    Route("cancel_list", "DELETE", "/api/v1/order-lists/{list_id}", "Cancel a list", None,
          t.ListOut, scope=TRADE),
    Route("dead_man_switch", "POST", "/api/v1/dead-man-switch",
          "Arm, renew or disarm the dead man's switch", t.SwitchIn, t.SwitchOut, scope=TRADE),
    Route("cancel", "DELETE", "/api/v1/order/", "Cancel an order", s.CancelIn, s.OrderOut,
          ("order_id", "client_order_id", "market", "symbol"), scope=TRADE),
    Route("open_orders", "GET", "/api/v1/order/open", "Open orders", None, s.OrdersOut,
          ("market", "symbol", "side", "limit", "cursor")),
    Route("cancel_all", "DELETE", "/api/v1/order/open", "Cancel all", s.CancelAllIn,
          s.CancelledOut,
          ("market", "symbol", "side"), scope=TRADE),
    Route("order", "GET", "/api/v1/order/{order_id}", "One order", None, s.OrderOut),
    Route("orders", "GET", "/api/v1/orders", "Orders, newest first", None, s.OrdersOut, _PAGE),
    Route("fills", "GET", "/api/v1/fills", "Fills, newest first", None, s.FillsOut, _PAGE),
    Route("balances", "GET", "/api/v1/balances", "Balances", None, s.BalancesOut),
    Route("statement", "GET", "/api/v1/statement", "Every change of a balance, newest first", None,
          ledger.StatementOut, (*_ASSET_PAGE, "purpose")),
    Route("transfers", "GET", "/api/v1/transfers", "Deposits, withdrawals, transfers, adjustments",
          None, ledger.TransfersOut, _ASSET_PAGE),
    Route("volume", "GET", "/api/v1/volume", "Volume and fees by day and market", None,
          ledger.VolumeOut, _PAGE),
    Route("export", "GET", "/api/v1/export/{table}", "One's own rows as a file, oldest first",
          parameters=("format", *_SPAN), files=("text/csv", "application/vnd.apache.parquet")),
    Route("statistics", "GET", "/api/v1/statistics", "Markets by day, newest first", None,
          ledger.StatisticsOut, _PAGE, token=False),
    Route("depth", "GET", "/api/v1/depth", "The book", None, s.DepthOut,
          ("market", "symbol", "limit"), token=False),
    Route("trades", "GET", "/api/v1/trades", "Public trades, newest first", None, s.TradesOut,
          ("market", "symbol", "limit", "before"), token=False),
    Route("klines", "GET", "/api/v1/klines", "Candles, oldest first", None, s.KlinesOut,
          ("market", "symbol", "interval", "start_time", "end_time", "limit"), token=False),
    Route("tickers", "GET", "/api/v1/tickers", "24 hours at a glance", None, s.TickersOut,
          ("market", "symbol"), token=False),
    Route("markets", "GET", "/api/v1/markets", "Markets and their rules", None, s.MarketsOut,
          ("market", "symbol"), token=False),
    Route("assets", "GET", "/api/v1/assets", "Assets", None, s.AssetsOut, token=False),
    Route("faucet", "POST", "/api/v1/dev/faucet", "Play money", s.FaucetIn, s.BalancesOut,
          scope=SESSION, development=True),
    Route("new_asset", "POST", "/api/v1/dev/assets", "Define an asset", s.AssetIn, s.AssetOut,
          scope=SESSION, development=True),
    Route("new_market", "POST", "/api/v1/dev/markets", "Define a market", s.MarketIn,
          s.NewMarketOut, scope=SESSION, development=True),
    Route("reset", "POST", "/api/v1/dev/reset", "Cancel everything, take all balances back", None,
          s.ResetOut, scope=SESSION, development=True),
    Route("health", "GET", "/health", "Whether it lives", None, s.StateOut, token=False),
    Route("ready", "GET", "/ready", "Whether orders can be placed", None, s.StateOut, token=False),
    Route("status", "GET", "/api/v1/status", "Mode, durability, ledger", None, s.StatusOut,
          token=False),
    Route("metrics", "GET", "/metrics", "Prometheus metrics", token=False),
    Route("proof_keys", "GET", "/api/v1/proofs/key", "Who signs", None, d.Keys, token=False),
    *_of_log("events"),
    *_of_log("trades", "market", "symbol", "trade_id"),
    Route("trade_entries", "GET", "/api/v1/proofs/trades/entries", "Leaves of the log trades",
          None, d.EntriesPage, ("start", "limit"), token=False),
    Route("liabilities", "GET", "/api/v1/proofs/liabilities", "What was owed, newest first", None,
          d.LiabilitySets, ("limit", "cursor"), token=False),
    Route("my_liabilities", "GET", "/api/v1/proofs/liabilities/mine",
          "That one's balances are in what was owed", None, d.LiabilityProof, ("sequence",)),
    _own("me", "GET", "me", "Oneself", None, p.MeOut),
    _own("logout", "POST", "logout", "End this session", None, p.DoneOut),
    _own("sessions", "GET", "sessions", "One's open sessions, newest first", None, p.SessionsOut),
    _own("end_sessions", "DELETE", "sessions", "End all sessions but this one", None, p.EndedOut),
    _own("end_session", "DELETE", "sessions/{session}", "End a session", None, p.DoneOut),
    _own("logins", "GET", "logins", "Attempts to log in, newest first", None, p.LoginsOut),
    _own("change_password", "POST", "password", "Change the password", p.PasswordIn, p.DoneOut),
    _own("new_factor", "POST", "second-factor", "Begin a second factor", p.ProofIn, p.FactorOut),
    _own("confirm_factor", "POST", "second-factor/confirm", "Put a second factor in force",
         p.CodeIn, p.RecoveryOut),
    _own("give_code", "POST", "second-factor/code", "Give a code, for what needs a fresh one",
         p.CodeIn, p.DoneOut),
    _own("remove_factor", "DELETE", "second-factor", "Remove the second factor", p.ProofIn,
         p.DoneOut),
    _own("keys", "GET", "keys", "One's API keys, newest first", None, p.KeysOut),
    _own("new_key", "POST", "keys", "Make an API key", p.KeyIn, p.NewKeyOut, status=201),
    _own("revoke_key", "DELETE", "keys/{key}", "Revoke an API key", None, p.KeyOut),
    _own("sub_accounts", "GET", "sub-accounts", "One's sub-accounts", None, p.SubAccountsOut),
    _own("new_sub_account", "POST", "sub-accounts", "Open a sub-account", p.SubAccountIn,
         p.SubAccountOut, status=201),
    _own("wallets", "GET", "wallets", "One's wallets", None, p.WalletsOut),
    _own("link_wallet", "POST", "wallets", "Link a wallet (EIP-4361)", p.WalletIn, p.WalletOut,
         status=201),
    _own("unlink_wallet", "DELETE", "wallets/{address}", "Take a wallet away", None, p.DoneOut),
    _own("staff_person", "GET", "staff/people", "Somebody, for staff", None, p.StaffPersonOut,
         parameters=("email",)),
    _own("staff_status", "POST", "staff/people/{account}/status", "Set what an account may do",
         p.StatusIn, p.DoneOut),
    _own("staff_end_sessions", "DELETE", "staff/people/{account}/sessions",
         "End somebody's sessions", None, p.EndedOut),
    _own("staff_requests", "GET", "staff/requests", "Requests of staff, newest first", None,
         p.RequestsOut, parameters=("state", "limit")),
    _own("staff_ask", "POST", "staff/requests", "Ask for what another has to approve",
         p.RequestIn, p.RequestOut, status=201),
    _own("staff_approve", "POST", "staff/requests/{request}/approve", "Approve a request", None,
         p.RequestOut),
    _own("staff_refuse", "POST", "staff/requests/{request}/refuse", "Refuse a request", None,
         p.RequestOut),
    _own("staff_trail", "GET", "staff/trail", "Who did what, oldest first", None, p.TrailOut,
         parameters=("after", "before", "limit")),
    *map(_of, OWN_MONEY),
    *map(_of, STAFF),
)  # fmt: skip


def document(routes: list[Route], version: str) -> dict[str, Any]:
    """Return the OpenAPI document of these calls."""
    kinds = [kind for route in routes for kind in (route.takes, route.gives) if kind is not None]
    kinds.append(ErrorAnswer)
    template = "#/components/schemas/{name}"
    schemas, components = msgspec.json.schema_components(kinds, ref_template=template)
    of_kind = dict(zip(kinds, schemas, strict=True))
    # msgspec cannot say that a member is one struct or another.
    either = [of_kind[s.OrderOut], of_kind[ErrorAnswer]]
    components["BatchOut"]["properties"]["results"]["items"] = {"anyOf": either}
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        operation = _operation(route, of_kind)
        paths.setdefault(route.path.rstrip("/"), {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Outcry",
            "version": version or "0",
            "description": "The native API. Amounts are decimal strings. Paths work with and "
            "without the trailing slash; `market` and `symbol` are the same parameter.",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}, **SIGNED},
        },
    }


def _one_of(choices: Collection[str]) -> dict[str, Any]:
    return {**_STRING, "enum": list(choices)}


_IN_A_COOKIE = {"register", "login", "refresh", "wallet_login", "logout"}
_COOKIE_WISH = {
    "in": "header",
    "name": HEADER,
    "required": False,
    "description": "A browser's refresh token goes into a cookie that no script reads",
    "schema": _one_of((COOKIE_WISH,)),
}


def _operation(route: Route, of_kind: dict[Any, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": route.summary}
    if route.gives is not None:
        answer["content"] = {"application/json": {"schema": of_kind[route.gives]}}
    else:
        answer["content"] = {kind: {"schema": _STRING} for kind in route.files}
    error = {
        "description": "A refusal",
        "content": {"application/json": {"schema": of_kind[ErrorAnswer]}},
    }
    responses = {str(route.status): answer, "default": error}
    if route.name in {"place", "place_short", "place_list", "cancel_replace", "withdraw"}:
        responses["200"] = answer
    operation: dict[str, Any] = {
        "operationId": route.name,
        "x-weight": weight_of(route.name).weight,
        "summary": route.summary,
        "parameters": _parameters(route),
        "responses": responses,
    }
    if route.takes is not None:
        body = {"application/json": {"schema": of_kind[route.takes]}}
        # What a DELETE names can be in its query instead.
        operation["requestBody"] = {"required": not route.parameters, "content": body}
    if route.token:
        operation["security"] = [{"bearer": []}]
        if route.scope != SESSION:
            operation["security"].append({name: [] for name in SIGNED})
            operation["x-scope"] = route.scope
    return operation


def _parameters(route: Route) -> list[dict[str, Any]]:
    places = [("query", name, False) for name in route.parameters]
    places.extend(("path", name, True) for name in _IN_PATH.findall(route.path))
    parameters = [
        {"in": place, "name": name, "required": required, "schema": _schema_of(name)}
        for place, name, required in places
    ]
    return parameters + ([_COOKIE_WISH] if route.name in _IN_A_COOKIE else [])


def _number(minimum: int, maximum: int = 10**18 - 1) -> dict[str, Any]:
    return {"type": "integer", "minimum": minimum, "maximum": maximum}


_IDS = ("before", "order_id", "trade_id", "size", "first", "second", "sequence", "account",
        "request", "list_id", "withdrawal", "beneficiary")  # fmt: skip
_SCHEMAS: dict[str, dict[str, Any]] = {
    **{name: _number(1) for name in _IDS},
    **{name: _number(0) for name in ("index", "start", "after")},
    **{name: _one_of(choices) for name, choices in _CHOICES.items()},
    "limit": _number(1, PAGE_MAX),
    "client_order_id": {**_STRING, "pattern": "^[A-Za-z0-9_-]{1,36}$"},
}


def _schema_of(name: str) -> dict[str, Any]:
    return dict(_SCHEMAS.get(name, _STRING))


DOCS_PAGE = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Outcry API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root {{ color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }}
body {{ max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }}
h1 {{ margin-bottom: 0; }} details {{ border-top: 1px solid #8884; padding: .5rem 0; }}
summary {{ cursor: pointer; }} code, pre {{ font: 13px/1.45 ui-monospace, monospace; }}
pre {{ overflow: auto; background: #8881; padding: .75rem; border-radius: 6px; }}
.method {{ display: inline-block; min-width: 4.5rem; font-weight: 600; }}
table {{ border-collapse: collapse; }} td, th {{ text-align: left; padding: .15rem 1rem .15rem 0; }}
</style></head><body><h1>Outcry API</h1>
<p>From <a href="/openapi.json">openapi.json</a>. Amounts are decimal strings; errors carry one of
{len(KINDS)} stable codes. The WebSocket is at <code>/api/v1/ws</code>, from
<a href="/asyncapi.json">asyncapi.json</a>.</p>
<main id="calls">Loading…</main><script src="/docs.js"></script></body></html>
"""

DOCS_SCRIPT = """"use strict";
const make = (tag, text, kind) => {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  if (kind) node.className = kind;
  return node;
};
const shown = (schema, all, depth = 0) => {
  if (!schema) return "";
  if (schema.$ref) return depth > 3 ? "…" : shown(all[schema.$ref.split("/").pop()], all, depth);
  if (schema.anyOf) return schema.anyOf.map((s) => shown(s, all, depth + 1)).join(" | ");
  if (schema.enum) return schema.enum.map((v) => JSON.stringify(v)).join(" | ");
  if (schema.type === "array" && schema.items) return `[${shown(schema.items, all, depth + 1)}]`;
  if (schema.type === "object" && schema.properties) {
    const pad = "  ".repeat(depth + 1);
    const required = new Set(schema.required || []);
    const lines = Object.entries(schema.properties).map(
      ([name, s]) => `${pad}${name}${required.has(name) ? "" : "?"}: ${shown(s, all, depth + 1)}`);
    return `{\\n${lines.join("\\n")}\\n${"  ".repeat(depth)}}`;
  }
  return schema.type || "any";
};
const call = (path, method, operation, all) => {
  const box = make("details");
  const head = make("summary");
  head.append(make("span", method.toUpperCase(), "method"), make("code", path));
  head.append(" ", operation.summary, operation.security ? " (token)" : "");
  box.append(head);
  if (operation.parameters.length) {
    const names = operation.parameters.map((p) => p.name + (p.required ? "" : "?")).join(", ");
    box.append(make("p", "Parameters: " + names));
  }
  const body = operation.requestBody?.content["application/json"].schema;
  if (body) box.append(make("p", "In"), make("pre", shown(body, all)));
  for (const [status, answer] of Object.entries(operation.responses)) {
    const schema = answer.content?.["application/json"]?.schema;
    if (schema && status !== "default") {
      box.append(make("p", "Out, " + status), make("pre", shown(schema, all)));
    }
  }
  return box;
};
fetch("/openapi.json").then((r) => r.json()).then((doc) => {
  const main = document.getElementById("calls");
  main.replaceChildren();
  for (const [path, methods] of Object.entries(doc.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      main.append(call(path, method, operation, doc.components.schemas));
    }
  }
});
"""
