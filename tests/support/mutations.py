"""Good JSON bodies made bad at random, the same for the same seed."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

ODD_VALUES: list[Any] = [
    None, True, False, 0, -1, 1, 2**31, 2**53, 2**63, 2**64, 10**30, 0.5, -0.0, 1e308, "", " ",
    "0", "-0", "1", "1.0", "1e5", "NaN", "9" * 20, "9" * 40, "0." + "0" * 17 + "1", "\0", "é",
    "\u202e", "\U0001f4a9", "A" * 300, "BTC_USDT", "TATA_INR", "REST_INR", "buy", "sell", "limit",
    "market", "gtc", "fok", "none", "decrement", [], {}, [[]], [{}], {"": ""}, [None] * 20,
]  # fmt: skip
ODD_NAMES = [
    "market", "symbol", "side", "type", "price", "quantity", "budget", "time_in_force", "post_only",
    "self_trade_prevention", "client_order_id", "user_id", "order_id", "cancel", "orders",
    "cancel_first", "op", "id", "args", "channels", "token", "method", "SubscribeOrderbook", "",
    "__class__", "$ref", "constructor", "a" * 100,
]  # fmt: skip
ODD_BYTES = [
    b"\0", b"\xff", b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b"\\ud800", b"e9", b"-", b".",
    b" ", b"\n", b"0", b"null", b"\xef\xbb\xbf", b"\xf0\x9f\x92\xa9", b'"a":1,', b'"price" :"1",',
]  # fmt: skip


def mutant(good: Any, chance: Random) -> bytes:
    """Return a body like a good one, with a few changes to what it says or how it is written."""
    value = json.loads(json.dumps(good))
    for _ in range(chance.choice((0, 1, 1, 1, 2, 3))):
        value = _changed(value, chance)
    text = json.dumps(value, ensure_ascii=chance.random() < 0.5).encode("utf-8", "replace")
    if chance.random() < 0.3:
        for _ in range(chance.randint(1, 3)):
            text = chance.choice(_TEXT_CHANGES)(text, chance)
    return text


def _changed(value: Any, chance: Random) -> Any:
    """Return a value with one change somewhere inside."""
    if isinstance(value, dict) and value and chance.random() < 0.85:
        name = chance.choice(list(value))
        inner = value[name]
        pick = chance.random()
        if isinstance(inner, dict | list) and pick < 0.6:
            return {**value, name: _changed(inner, chance)}
        if pick < 0.2:
            return {key: kept for key, kept in value.items() if key != name}
        if pick < 0.4:
            return {**value, chance.choice(ODD_NAMES): chance.choice(ODD_VALUES)}
        return {**value, name: _odd(inner, chance)}
    if isinstance(value, list) and value and chance.random() < 0.85:
        place = chance.randrange(len(value))
        return [*value[:place], _changed(value[place], chance), *value[place + 1 :]]
    return chance.choice(ODD_VALUES)


def _odd(value: Any, chance: Random) -> Any:
    """Return an odd value, or one near the good one."""
    if isinstance(value, str) and value and chance.random() < 0.5:
        place = chance.randrange(len(value) + 1)
        added = chance.choice(["0", "9", ".", "-", "e", " ", "\n", "_", "\u0660", '"', "\\"])
        return value[:place] + added + value[place + chance.randint(0, 1) :]
    if isinstance(value, int) and chance.random() < 0.5:
        return value + chance.choice((-1, 1, 2**32, 2**62))
    return chance.choice(ODD_VALUES)


def _cut(text: bytes, chance: Random) -> bytes:
    place = chance.randrange(len(text) + 1)
    return text[:place] + text[place + chance.randint(0, 4) :]


def _insert(text: bytes, chance: Random) -> bytes:
    place = chance.randrange(len(text) + 1)
    return text[:place] + chance.choice(ODD_BYTES) + text[place:]


def _flip(text: bytes, chance: Random) -> bytes:
    place = chance.randrange(max(len(text), 1))
    return text[:place] + bytes([chance.randrange(256)]) + text[place + 1 :]


def _double(text: bytes, chance: Random) -> bytes:
    start, end = sorted(chance.randrange(len(text) + 1) for _ in range(2))
    return text[:end] + text[start:end] + text[end:]


_TEXT_CHANGES: list[Callable[[bytes, Random], bytes]] = [_cut, _insert, _flip, _double]
