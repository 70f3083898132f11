"""`python -m tools.api_types` writes the web trader's types from the API's own description.

The OpenAPI document says the calls, the AsyncAPI document the messages of the WebSocket. What is
written is committed; a test fails when it is not what these documents say.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from outcry.gateway.live import asyncapi
from outcry.gateway.openapi import ROUTES, document

TARGET = Path(__file__).resolve().parents[1] / "web/src/packages/api/types.ts"
HEAD = "// Made by `python -m tools.api_types` from the API's own documents; not to be edited.\n"
BODY = "application/json"
_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_PLAIN = {
    "string": "string",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "null": "null",
}


def text() -> str:
    """Return the module."""
    calls, messages = document(list(ROUTES), ""), asyncapi.document("")
    schemas = messages["components"]["schemas"] | calls["components"]["schemas"]
    parts = [HEAD, *(_interface(name, schemas[name]) for name in sorted(schemas))]
    return "\n".join([*parts, *_calls(calls["paths"]), _choices(schemas["OrderIn"])])


def _interface(name: str, schema: dict[str, Any]) -> str:
    described = _comment(schema.get("description", ""), "")
    if schema.get("type") != "object":
        return f"{described}export type {name} = {_type(schema)};\n"
    required = set(schema.get("required", ()))
    members = "".join(
        f"{_comment(member.get('description', ''), '  ')}"
        f"  {_key(field)}{'' if field in required else '?'}: {_type(member)};\n"
        for field, member in schema["properties"].items()
    )
    return f"{described}export interface {name} {{\n{members}}}\n"


def _comment(words: str, indent: str) -> str:
    return f"{indent}/** {' '.join(words.split())} */\n" if words else ""


def _key(name: str) -> str:
    return name if _NAME.fullmatch(name) else f'"{name}"'


def _type(schema: dict[str, Any]) -> str:
    """Return what a schema is in TypeScript."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_type(part) for part in schema["anyOf"]))
    if "enum" in schema:
        return " | ".join(f'"{v}"' if isinstance(v, str) else _word(v) for v in schema["enum"])
    kind = schema.get("type")
    if kind == "array":
        return _list(schema)
    if kind == "object":
        inside = schema.get("additionalProperties")
        return f"Record<string, {_type(inside) if isinstance(inside, dict) else 'unknown'}>"
    kinds = kind if isinstance(kind, list) else [kind]
    return " | ".join(_PLAIN.get(str(one), "unknown") for one in kinds)


def _list(schema: dict[str, Any]) -> str:
    members = schema.get("prefixItems", schema.get("items", {}))
    if isinstance(members, list):
        return f"[{', '.join(_type(member) for member in members)}]"
    item = _type(members)
    return f"({item})[]" if " | " in item else f"{item}[]"


def _word(value: object) -> str:
    return {True: "true", False: "false", None: "null"}[value]  # type: ignore[index]


def _calls(paths: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Yield an interface of what each call takes and gives, and a table of where it is."""
    operations = sorted(
        (operation["operationId"], method.upper(), path, operation)
        for path, methods in paths.items()
        for method, operation in methods.items()
    )
    yield "/** What goes into each call and what comes out of it. */\nexport interface Calls {"
    for name, _, _, operation in operations:
        takes, gives = _body(operation), _answer(operation)
        named = {place: _members(operation["parameters"], place) for place in ("query", "path")}
        parts = [f"body: {takes}" if takes else "", *(f"{k}: {v}" for k, v in named.items() if v)]
        inside = "; ".join([*filter(None, parts), f"gives: {gives}"])
        yield f"  {name}: {{ {inside} }};"
    yield "}\n\n/** Where each call is. */\nexport const CALLS = {"
    for name, method, path, _ in operations:
        yield f'  {name}: ["{method}", "{path}"],'
    yield "} as const satisfies Record<keyof Calls, readonly [string, string]>;\n"


def _body(operation: dict[str, Any]) -> str:
    if "requestBody" not in operation:
        return ""
    return _type(operation["requestBody"]["content"][BODY]["schema"])


def _answer(operation: dict[str, Any]) -> str:
    answers = [answer for status, answer in operation["responses"].items() if status != "default"]
    content = answers[0]["content"]
    return _type(content[BODY]["schema"]) if BODY in content else "string"


def _members(parameters: list[dict[str, Any]], place: str) -> str:
    found = [p for p in parameters if p["in"] == place]
    if not found:
        return ""
    members = (f"{p['name']}{'' if p['required'] else '?'}: {_type(p['schema'])}" for p in found)
    return f"{{ {'; '.join(members)} }}"


def _choices(order: dict[str, Any]) -> str:
    """Return what an order may say as values: a form offers what the API takes."""
    told = {"ORDER_TYPES": "type", "TIMES_IN_FORCE": "time_in_force"}
    told["SELF_TRADES"] = "self_trade_prevention"
    lines = []
    for name, field in told.items():
        schema = order["properties"][field]
        parts = [part for part in schema.get("anyOf", [schema]) if "enum" in part]
        values = ", ".join(f'"{value}"' for value in parts[0]["enum"])
        lines.append(f"export const {name} = [{values}] as const;\n")
    fields = ", ".join(f'"{field}"' for field in order["properties"])
    lines.append(f"export const ORDER_FIELDS: readonly string[] = [{fields}];\n")
    return "/** What an order may say. */\n" + "".join(lines)


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
    print(f"wrote {TARGET}")
