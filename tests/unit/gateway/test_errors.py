import re
from typing import Any

import msgspec
import pytest

from outcry.domain.rejects import Reject
from outcry.gateway.errors import CODE_OF_REJECT, KINDS, ApiError, errors_page
from tools.errors_page import PAGE

FAMILIES = {10: "the request", 11: "who", 12: "a value", 13: "state", 14: "limits", 15: "the venue"}


def test_page_is_what_the_table_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == errors_page(), "run python -m tools.errors_page"


def test_numbers_and_codes_are_unique_and_in_order() -> None:
    numbers = [kind.number for kind in KINDS.values()]
    assert numbers == sorted(set(numbers))
    assert len(KINDS) == len({kind.code for kind in KINDS.values()})
    assert {number // 100 for number in numbers} == set(FAMILIES)


def test_every_refusal_of_the_engine_has_a_row() -> None:
    assert set(CODE_OF_REJECT) == set(Reject)
    assert set(CODE_OF_REJECT.values()) <= set(KINDS)


def test_no_two_refusals_of_the_engine_are_told_alike() -> None:
    assert len(set(CODE_OF_REJECT.values())) == len(Reject)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_row_is_fit_to_be_shown(kind: Any) -> None:
    assert re.fullmatch(r"[A-Z]+(_[A-Z]+)*", kind.code)
    assert 400 <= kind.status < 600
    assert kind.text
    assert not kind.text.endswith(".")
    assert bool(kind.retry_after_s) == (kind.status in {418, 429, 503})


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (5, "5"),
        ("a" * 100, "a" * 64),
        ("\ud800", "?"),
        ("caf\udce9", "caf?"),
        ("日本", "日本"),
        (None, None),
    ],
)
def test_what_was_given_can_always_be_shown(given: object, shown: str | None) -> None:
    answer = ApiError("BAD_VALUE", given=given).answer("r-1")
    assert msgspec.json.decode(msgspec.json.encode(answer))["error"].get("given") == shown


def test_answer_leaves_out_what_is_not_known() -> None:
    error = msgspec.to_builtins(ApiError("RATE").answer("r-1"))["error"]
    text = "too many requests"
    assert error == {"code": "RATE", "number": 1412, "message": text, "request_id": "r-1"}
