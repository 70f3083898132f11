"""What is put together by hand, against a plain encoder and exact arithmetic."""

import json
from fractions import Fraction
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcry.domain.events import CommandRejected
from outcry.domain.rejects import Reject
from outcry.gateway.errors import CODE_OF_REJECT
from outcry.gateway.native.render import Renderer
from outcry.gateway.native.schemas import OrderOut
from outcry.ledger.orders import Orders
from outcry.marketdata.registry import Registry
from tests.support.trading import random_batches

SCHEMA, PARTS = msgspec.json.schema_components([OrderOut], ref_template="#/$defs/{name}")
EVERY_ORDER_HAS = set(PARTS["OrderOut"]["required"])
ORDER_SCHEMA: dict[str, Any] = {**SCHEMA[0], "$defs": PARTS}


def rendered(seed: int) -> list[dict[str, Any]]:
    """Return every order of a random day as it stood after each batch, held to its schema."""
    found: list[dict[str, Any]] = []
    registry, orders, renderer = None, None, None
    for venue, batch in random_batches(seed, 120):
        if registry is None or orders is None or renderer is None:
            registry = Registry(*venue.engine.definitions(), venue.engine.core.mode)
            orders, renderer = Orders(registry.markets()), Renderer(registry)
        orders.consume(batch)
        ids = {getattr(event, "order_id", 0) for event in batch.events} - {0}
        views = [view for i in sorted(ids) if (view := orders.view(i)) is not None]
        found += [json.loads(renderer.order(view)) for view in views]
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_order_is_json_of_the_described_shape(seed: int) -> None:
    orders = rendered(seed)
    check = jsonschema.Draft202012Validator(ORDER_SCHEMA)
    for order in orders:
        check.validate(order)
        assert order.keys() >= EVERY_ORDER_HAS
    assert len({order["status"] for order in orders}) >= 5


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_sums_of_an_order_are_those_of_its_fills(seed: int) -> None:
    for order in rendered(seed):
        fills = order["fills"]
        quantity = sum(Fraction(fill["quantity"]) for fill in fills)
        value = sum(Fraction(fill["quantity"]) * Fraction(fill["price"]) for fill in fills)
        assert quantity == Fraction(order["filled_quantity"])
        assert value == Fraction(order["quote_filled"])
        assert sum(Fraction(fill["fee"]) for fill in fills) == Fraction(order["fee"])
        if quantity:
            places = Fraction(1, 10_000)
            assert abs(Fraction(order["average_price"]) - value / quantity) <= places / 2


def rejection(reason: Reject, market: int) -> CommandRejected:
    return CommandRejected(0, 9, 1, 1, market, 1, reason, 0, 12, 34)


def renderer() -> Renderer:
    venue, _ = next(random_batches(1, 1))
    return Renderer(Registry(*venue.engine.definitions(), venue.engine.core.mode))


@pytest.mark.parametrize("reason", Reject)
@pytest.mark.parametrize("market", [0, 1])
@pytest.mark.parametrize("side", [None, 0, 1])
def test_every_refusal_of_the_engine_can_be_told(
    reason: Reject, market: int, side: int | None
) -> None:
    error = renderer().refusal(rejection(reason, market), side, "key")
    assert error.kind.code == CODE_OF_REJECT[reason]
    assert (error.body.sequence, error.body.client_order_id) == (9, "key")
    assert error.body.message


@given(st.integers(-(2**62), 2**62), st.sampled_from([1, 2]))
def test_amount_is_exact(units: int, asset: int) -> None:
    text = RENDERER.amount(asset, units)
    decimals = {1: 8, 2: 6}[asset]
    assert Fraction(text) * 10**decimals == units
    assert len(text.partition(".")[2]) == decimals


RENDERER = renderer()
