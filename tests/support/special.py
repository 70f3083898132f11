"""Orders with terms, one of each kind, and the trades that make them move."""

from typing import Any

from tests.support.gateway import House, Person
from tests.support.stream import Stream

SELL_5: dict[str, Any] = {"side": "sell", "quantity": "5"}
BUY_5: dict[str, Any] = {"side": "buy", "quantity": "5"}
KINDS: dict[str, dict[str, Any]] = {
    "stop_limit": {**SELL_5, "type": "stop_limit", "price": "90.00", "stop_price": "95.00"},
    "stop_market": {**SELL_5, "type": "stop_market", "stop_price": "95.00"},
    "take_profit_limit": {
        **SELL_5, "type": "take_profit_limit", "price": "104.00", "stop_price": "105.00",
    },
    "take_profit_market": {**SELL_5, "type": "take_profit_market", "stop_price": "105.00"},
    "trailing_stop": {
        **SELL_5, "type": "trailing_stop", "price": "80.00", "trailing_percent": "2.5",
        "stop_price": "110.00",
    },
    "iceberg": {**SELL_5, "price": "120.00", "display_quantity": "2"},
    "gtd": {**SELL_5, "price": "121.00", "expires_at": "2100-01-01T00:00:00Z"},
    "day": {**SELL_5, "price": "122.00", "time_in_force": "day"},
    "slide": {**SELL_5, "price": "123.00", "post_only": True, "slide": True},
    "pegged": {**BUY_5, "type": "pegged", "peg": "bid", "peg_offset": "-0.05", "price": "99.00"},
    "twap": {
        **BUY_5, "type": "twap", "price": "85.00", "slices": 5, "slice_interval_ms": 3_600_000,
    },
}  # fmt: skip
"""Each rests or waits in a market whose last price is 100 and whose best bid is 50."""
TERMS = (
    "stop_price", "trailing_percent", "triggered", "triggered_at", "protection_price",
    "display_quantity", "slide", "expires_at", "peg", "peg_offset", "pegged_price", "slices",
    "slice_interval_ms", "cancel_on_disconnect", "list_id", "list_kind", "waiting",
)  # fmt: skip


def terms_of(order: dict[str, Any]) -> dict[str, Any]:
    """Return what an answer says of an order's terms."""
    return {name: value for name, value in order.items() if name in TERMS}


class Floor:
    """A market of its own, with a last price of 100, and two who make trades in it."""

    def __init__(self, market: str, seller: Person, buyer: Person) -> None:
        self.market = market
        self.seller, self.buyer = seller, buyer

    @classmethod
    async def of(cls, house: House, **rules: Any) -> "Floor":
        """Define the market and trade in it once; a bid of 50 stays."""
        floor = cls(await house.market(**rules), await house.person(), await house.person())
        await floor.trade("100.00")
        await floor.buyer.place("buy", "50.00", "1", market=floor.market)
        return floor

    async def trade(self, price: str, quantity: str = "1") -> None:
        """Let a trade print."""
        await self.seller.place("sell", price, quantity, market=self.market)
        await self.buyer.place("buy", price, quantity, market=self.market)

    async def place(self, who: Person, order: dict[str, Any], **more: Any) -> Any:
        """Place an order of somebody; return it."""
        body = {"market": self.market, **order, **more}
        answer = await who.call("POST", "/api/v1/order/", body)
        assert answer.status == 201, answer
        return answer.body

    async def depth(self, house: House) -> tuple[list[Any], list[Any]]:
        """Return (bids, asks)."""
        found = await house.get("/api/v1/depth", market=self.market)
        return found["bids"], found["asks"]


async def get(who: Person, order: dict[str, Any]) -> Any:
    """Return an order as it stands now."""
    return await who.get(f"/api/v1/order/{order['order_id']}")


async def cancel(who: Person, order: dict[str, Any]) -> Any:
    """Cancel an order; return it."""
    answer = await who.call("DELETE", "/api/v1/order/", order_id=order["order_id"])
    assert answer.status == 200, answer
    return answer.body


async def told_done(stream: Stream, order: dict[str, Any]) -> Any:
    """Return an order as a stream tells that it is open no more."""
    while True:
        event = await stream.event("orders")
        for found in event["orders"]:
            if found["order_id"] == order["order_id"] and found["status"] in DONE:
                return found


DONE = {"filled", "cancelled", "expired", "rejected"}
