"""Withdrawals in tests: asking for one, approving it, and where the units of an asset are."""

from typing import Any

from tests.support.gateway import Answer, House, Person
from tests.support.people import staff

OWN, DESK = "/api/v1/withdrawals", "/api/v1/staff/withdrawals"
ADDRESS = "bc1qcoldvault"


def wanted(key: str = "w-1", **more: Any) -> dict[str, Any]:
    """Return what somebody asks for."""
    return {
        "asset": "INR", "amount": "40", "address": ADDRESS, "client_withdrawal_id": key, **more,
    }  # fmt: skip


async def asked(who: Person, key: str = "w-1", **more: Any) -> int:
    """Ask for a withdrawal; return its number."""
    answer = await who.call("POST", OWN, wanted(key, **more))
    assert answer.status == 201, answer
    number: int = answer.body["withdrawal"]
    return number


async def act(who: Person, number: int, what: str, body: Any = None) -> Answer:
    """Let somebody of the staff do something to a withdrawal."""
    return await who.call("POST", f"{DESK}/{number}/{what}", body)


async def approved(house: House, number: int) -> tuple[Person, Person]:
    """Let two approve a withdrawal; return them."""
    finn, fay = [await staff(house, "finance") for _ in range(2)]
    for who in (finn, fay):
        answer = await act(who, number, "approve")
        assert answer.status == 200, answer
    return finn, fay


def totals(house: House, symbol: str = "INR") -> tuple[int, int]:
    """Return the units in flight, and those that have left."""
    asset = house.venue.services.registry.asset_by_symbol(symbol)
    assert asset is not None
    found = house.venue.engine.core.totals(asset.asset)
    return found[3], found[6]


def conserved(house: House) -> bool:
    """Return whether the sums of every asset agree."""
    return house.venue.engine.core.conservation_failure() == 0
