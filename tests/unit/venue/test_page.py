"""The tables of the guide are those of the domain, and leave nothing unsaid."""

import re
from dataclasses import fields

import pytest

from outcry.recovery import AssetTotals
from outcry.venue import Answer, Book, Fill, Order, Terms, Venue
from outcry.venue.words.fields import COMMAND_FIELDS, EVENT_FIELDS, Is
from tools.venue_page import PAGE, renewed

RUN = "run python -m tools.venue_page; meanings of fields are in tools/venue_meanings.py"


def test_tables_are_current() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == renewed(page), RUN


def test_every_field_has_a_meaning() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if "|" in line]
    empty = [row for row in rows if row.rstrip().endswith("|  |")]
    assert empty == [], RUN


@pytest.mark.parametrize("view", [Answer, Order, Terms, Fill, Book, AssetTotals])
def test_every_field_of_an_answer_is_told(view: type) -> None:
    page = PAGE.read_text(encoding="utf-8")
    named = {field.name for field in fields(view)} - {"asset", "symbol"}
    assert {name for name in named if f"`{name}`" not in page} == set()


@pytest.mark.parametrize("name", [name for name in dir(Venue) if not name.startswith("_")])
def test_every_call_is_told(name: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert re.search(rf"(`|\.){name}\b", page)


PLAIN = re.compile(
    r".*_(ticks|lots|units|ppm|ns|id|decimals|mantissa|length|orders|account|sequence|index|ms|s|count)"
    r"|.*(account|sequence|lots|version|reference|given|bound|open_orders_total)"
    r"|session|slices|api_key|parent|rows|rules"
)


@pytest.mark.parametrize("name", [*COMMAND_FIELDS, *EVENT_FIELDS])
def test_a_plain_number_is_a_plain_number(name: str) -> None:
    """A field that enumerates something belongs into the tables of `venue/words/fields.py`."""
    all_fields = {**COMMAND_FIELDS, **EVENT_FIELDS}[name]
    numbers = [field.name for field in all_fields.values() if field.is_a == Is.NUMBER]
    plain = {"previous"} if name == "RulesActivated" else set()
    strange = [n for n in numbers if n not in plain and not PLAIN.fullmatch(n)]
    assert strange == [], "a word, a boolean, flags or a plain number? tell venue/words/fields.py"
