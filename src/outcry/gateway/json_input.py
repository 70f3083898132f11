"""JSON from outside: strict, each key once, never deep.

msgspec keeps the last of two equal keys, so duplicates are found by counting: every key has a
colon, and other colons are only in texts. Where the colons are as many as the decoded keys, each
key came once. Only where they are not, or where lists might be deep, is the text read again,
slowly and exactly.
"""

import json
import re
from typing import Any

import msgspec

from outcry.gateway.errors import ApiError

DEPTH_MAX = 16
AMOUNTS = (
    "price", "quantity", "budget", "amount", "stop_price", "trailing_percent", "display_quantity",
    "peg_offset", "protection_price",
)  # fmt: skip
NAME_LENGTH_MAX = 64
"""How much of an unknown field's name a refusal repeats."""
FLAT_LISTS, FLAT_OBJECTS = 4, 4
"""So many lists, and objects in objects, are surely not too deep: the messages have fewer."""
_decode = msgspec.json.Decoder().decode


def decode_object(body: bytes) -> dict[str, Any]:
    """Return the one JSON object that `body` is.

    Raises:
        ApiError: `BAD_JSON`.
    """
    try:
        value = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _bad(str(error)) from None
    if type(value) is not dict:
        raise _bad("the body has to be a JSON object")
    keys = len(value)
    for inner in value.values():
        kind = type(inner)
        if kind is dict or kind is list:
            keys += _keys_in(inner)
    if body.count(b":") != keys or b"\\u" in body or body.count(b"[") > FLAT_LISTS:
        _check_slowly(body)
    return value


def _keys_in(inner: Any, levels: int = FLAT_OBJECTS) -> int:  # noqa: ANN401 - an object or a list
    """Return how many keys the objects in a value have, as deep as messages go; fewer below."""
    if type(inner) is list:
        return sum([len(item) for item in inner if type(item) is dict])
    keys = len(inner)
    if levels:
        for deeper in inner.values():
            if type(deeper) in _NESTED:
                keys += _keys_in(deeper, levels - 1)
    return keys


_NESTED = (dict, list)


def _bad(why: str) -> ApiError:
    return ApiError("BAD_JSON", f"not a JSON object with each key once: {why}"[:200])


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise _bad(f"the key {name!r} comes twice")
            seen.add(name)
    return found


def _check_slowly(body: bytes) -> None:
    """Read the text again: each key once, not too deep, no half of a surrogate pair."""
    try:
        value = json.loads(body, object_pairs_hook=_once, parse_float=str, parse_int=str)
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise _bad(str(error)) from None
    if _depth(value) > DEPTH_MAX:
        raise _bad(f"deeper than {DEPTH_MAX}")


def _depth(value: object) -> int:
    """Return how deep objects and lists are nested, without recursion."""
    deepest, stack = 0, [(value, 1)]
    while stack:
        inner, depth = stack.pop()
        if isinstance(inner, dict | list):
            deepest = max(deepest, depth)
            children = inner.values() if isinstance(inner, dict) else inner
            stack.extend((child, depth + 1) for child in children)
    return deepest


_UNKNOWN = re.compile(r"unknown field `([^`]*)`")
_MISSING = re.compile(r"missing required field `([^`]*)`")
_SECRET = (None, "password", "new_password", "refresh_token", "token", "code", "signature")
"""What a refusal never repeats."""
_PATH = re.compile(r" - at `(?:key in )?\$?\.?([^`]*)`")


def convert(value: object, kind: Any) -> Any:  # noqa: ANN401 - any schema
    """Return `value` as a schema's struct.

    Raises:
        ApiError: `UNKNOWN_FIELD`, `MISSING_FIELD`, `BAD_TYPE` or `BAD_VALUE`, naming the field.
    """
    if isinstance(value, dict) and None in value.values():
        _check_nulls(value)
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        renamed = _with_market(value, kind)
        if renamed is None:
            raise refusal_of(error, value) from None
    return convert(renamed, kind)


def _with_market(value: object, kind: Any) -> dict[str, Any] | None:  # noqa: ANN401 - any schema
    """Return an object whose market is called `symbol` with its usual name; None if it is not."""
    if type(value) is not dict or "symbol" not in value or "market" in value:
        return None
    names = getattr(kind, "__struct_fields__", ())
    if "market" not in names or "symbol" in names:
        return None
    return {"market" if name == "symbol" else name: inner for name, inner in value.items()}


def _check_nulls(value: dict[str, Any]) -> None:
    """Refuse an amount that is null: what somebody meant by it is not for us to guess."""
    for field in AMOUNTS:
        if field in value and value[field] is None:
            message = f"{field}: Expected `str`, got `null`"
            raise ApiError("BAD_TYPE", message, field=field, given="null")


def refusal_of(error: msgspec.ValidationError, value: object) -> ApiError:
    """Return what a validation error means to a client."""
    text = str(error)
    if found := _UNKNOWN.search(text):
        name = found[1][:NAME_LENGTH_MAX]
        return ApiError("UNKNOWN_FIELD", f"there is no field {name!r} here", field=name)
    if found := _MISSING.search(text):
        return ApiError("MISSING_FIELD", f"the field {found[1]!r} is missing", field=found[1])
    found = _PATH.search(text)
    field = found[1] if found else None
    what = text.split(" - at")[0]
    code = "BAD_TYPE" if what.startswith("Expected") and ", got " in what else "BAD_VALUE"
    given = value.get(field) if isinstance(value, dict) and field not in _SECRET else None
    shown = msgspec.json.encode(given).decode() if given is not None else None
    return ApiError(code, f"{field or 'the body'}: {what}", field=field, given=shown)
