"""The fast path against a slow and exact one: the same objects, the same refusals."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcry.gateway.errors import ApiError
from outcry.gateway.json_input import DEPTH_MAX, convert, decode_object
from outcry.gateway.native.schemas import AssetIn, BatchIn, PlainOrder

ORDER = {"market": "A_B", "side": "buy", "price": "1", "quantity": "1"}
KEYS = st.text('ab:"{[, \\\u00e9', max_size=3)
SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(max_size=4) | KEYS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


def code_of(call: Callable[[], object]) -> str:
    try:
        call()
    except ApiError as error:
        return error.kind.code
    return ""


@given(st.dictionaries(KEYS, VALUES, max_size=4), st.randoms(use_true_random=False))
def test_sound_object_is_decoded_however_it_is_written(
    value: dict[str, Any], chance: Random
) -> None:
    indent = chance.choice([None, 0, 2])
    separators = chance.choice([(",", ":"), (" ,\n", "\t:\r "), (", ", " : ")])
    ascii_only = chance.choice([False, True])
    text = json.dumps(value, indent=indent, separators=separators, ensure_ascii=ascii_only)
    assert decode_object(text.encode()) == json.loads(text)


@given(
    st.dictionaries(KEYS, VALUES, min_size=1, max_size=4),
    st.sampled_from([":", " :", "\t:", "\n\r:", ": "]),
    st.sampled_from([0, 1, 2, 3, 7]),
    st.booleans(),
)
def test_duplicate_is_found_wherever_it_is(
    value: dict[str, Any],
    colon: str,
    depth: int,
    in_lists: bool,
) -> None:
    key = json.dumps(next(iter(value)))
    text = f"{{{key}{colon}1,{json.dumps(value)[1:]}"
    for _ in range(depth):
        text = f'{{"k":[{text}]}}' if in_lists else f'{{"k":{text}}}'
    assert code_of(lambda: decode_object(text.encode())) == "BAD_JSON"


def nested(kinds: str) -> bytes:
    """Return an object whose value holds lists and objects in this order."""
    opening = "".join("[" if kind == "l" else '{"a":' for kind in kinds)
    closing = "".join("]" if kind == "l" else "}" for kind in reversed(kinds))
    middle = "" if kinds.endswith("l") else "1"
    return f'{{"a":{opening}{middle}{closing}}}'.encode()


@given(st.text("lo", min_size=1, max_size=40))
def test_depth_is_the_same_limit_for_every_mixture(kinds: str) -> None:
    refused = code_of(lambda: decode_object(nested(kinds)))
    assert refused == ("BAD_JSON" if len(kinds) + 1 > DEPTH_MAX else "")


@given(st.binary(max_size=60))
def test_any_bytes_are_an_object_or_a_refusal(body: bytes) -> None:
    assert code_of(lambda: decode_object(body)) in {"", "BAD_JSON"}


@given(st.text('{}[]":,\\u0da1n \n', max_size=40))
def test_any_near_json_is_an_object_or_a_refusal(text: str) -> None:
    assert code_of(lambda: decode_object(text.encode())) in {"", "BAD_JSON"}


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"extra": 1}, "UNKNOWN_FIELD", "extra"),
        ({"x" * 1_000: 1}, "UNKNOWN_FIELD", "x" * 64),
        ({"market": None}, "BAD_TYPE", "market"),
        ({"price": 5}, "BAD_TYPE", "price"),
        ({"post_only": "true"}, "BAD_TYPE", "post_only"),
    ],
)
def test_refusal_names_the_field(change: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(ApiError) as refused:
        convert({**ORDER, **change}, PlainOrder)
    assert (refused.value.kind.code, refused.value.body.field) == (code, field)


def test_list_inside_is_named_by_its_place() -> None:
    with pytest.raises(ApiError) as refused:
        convert({"orders": [{}, 5]}, BatchIn)
    assert refused.value.kind.code == "BAD_TYPE"
    assert "orders" in (refused.value.body.field or "")


def test_symbol_is_read_as_the_market_where_there_is_one() -> None:
    symbol = {"symbol" if name == "market" else name: text for name, text in ORDER.items()}
    assert convert(symbol, PlainOrder) == convert(ORDER, PlainOrder)
    asset = convert({"symbol": "A", "decimals": 1}, AssetIn)
    assert asset.symbol == "A"


@pytest.mark.parametrize("value", [{**ORDER, "symbol": "A_B"}, {"symbol": "A_B", "x": 1}])
def test_symbol_beside_the_market_is_no_field(value: dict[str, Any]) -> None:
    assert code_of(lambda: convert(value, PlainOrder)) in {"UNKNOWN_FIELD", "MISSING_FIELD"}


def test_decoding_is_that_of_the_library() -> None:
    body = msgspec.json.encode({"a": [1.5, {"b": None}]})
    assert decode_object(body) == {"a": [1.5, {"b": None}]}
