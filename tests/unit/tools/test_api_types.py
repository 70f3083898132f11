"""The web trader's types are what the API says now."""

from outcry.gateway.special import schemas
from tools import api_types


def test_types_of_the_web_trader_are_those_of_the_api() -> None:
    written = api_types.TARGET.read_text(encoding="utf-8")
    assert written == api_types.text(), "run: python -m tools.api_types"


def test_amounts_are_text_and_never_numbers() -> None:
    text = api_types.text()
    order = text.partition("export interface OrderOut {")[2].partition("}")[0]
    for field in ("price", "quantity", "average_price", "fee", "quote_filled"):
        assert f"  {field}: string" in order


def test_every_field_of_an_order_is_named_for_the_form() -> None:
    assert all(f'"{name}"' in api_types.text() for name in schemas.NewOrder.__struct_fields__)
