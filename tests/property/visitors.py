"""Two people at the doors of a venue, and what each of them must be told and must not.

What they do is drawn from a seed. Every answer is compared with exact decimals worked out here and
with what the engine holds; nothing of the gateway is used to say what is right.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from pathlib import Path
from random import Random
from typing import Any

from outcry.domain.market import VenueMode
from tests.support.gateway import House, Person, open_house
from tests.support.stream import Stream

ORDER, ORDERS, OPEN = "/api/v1/order/", "/api/v1/orders/", "/api/v1/order/open"
TICK, TAKER_PPM, MAKER_PPM = Decimal("0.05"), 500, 200
UNIT = Decimal("0.0001")
"""Of the quote asset."""
STEPS = 60


class Wrong(AssertionError):
    """Somebody was told something else than is so."""


def check(holds: bool, *told: object) -> None:
    """Raise `Wrong` telling what does not hold."""
    if not holds:
        raise Wrong(" ".join(str(part) for part in told))


@dataclass
class Visitor:
    """One of the two: who they are, and what they have sent."""

    person: Person
    stream: Stream
    orders: dict[int, dict[str, Any]] = field(default_factory=dict)
    """What was sent, by the id that was answered."""
    trades: int = 0
    """How many of those they were in."""


class Visit:
    """A day of two visitors in a market of their own."""

    def __init__(self, house: House, market: str, visitors: list[Visitor], seed: int) -> None:
        self.house = house
        self.market = market
        self.visitors = visitors
        self.random = Random(seed)
        self.core = house.venue.engine.core
        self.count = 0
        self.steps: list[tuple[Callable[[Visitor, Visitor], Any], int]] = [
            (self.place, 30), (self.place_on_stream, 10), (self.place_batch, 6), (self.sweep, 4),
            (self.place_again, 6), (self.misplace, 10), (self.cancel, 10), (self.replace, 5),
            (self.look_at_anothers, 8), (self.knock_without_a_name, 4), (self.cancel_only, 2),
            (self.read_pages, 4), (self.read_balances, 6), (self.read_depth, 4), (self.misask, 3),
        ]  # fmt: skip

    async def run(self, steps: int = STEPS) -> None:
        """Let both do things in turn.

        Raises:
            Wrong: an answer is.
        """
        for step, _ in self.steps:
            await step(*self.random.sample(self.visitors, 2))
        choices, weights = zip(*self.steps, strict=True)
        for step in self.random.choices(choices, weights, k=steps):
            await step(*self.random.sample(self.visitors, 2))
        for one, other in (self.visitors, self.visitors[::-1]):
            await self.read_pages(one, other)
            await self.read_balances(one, other)

    # Placing

    def draw(self, **more: Any) -> dict[str, Any]:
        """Return a good order."""
        self.count += 1
        price = 10 + TICK * self.random.randint(-4, 4)
        order = {
            "market": self.market,
            "side": self.random.choice(("buy", "sell")),
            "price": str(price),
            "quantity": str(self.random.randint(1, 9)),
            "self_trade_prevention": "expire_maker",
        }
        if self.random.random() < 0.5:
            order["client_order_id"] = f"v{self.count}"
        if self.random.random() < 0.2:
            order["time_in_force"] = "ioc"
        return order | more

    async def place(self, who: Visitor, other: Visitor) -> None:
        """Place an order over HTTP."""
        sent, before = self.draw(), self.core.sequence
        answer = await who.person.call("POST", ORDER, sent)
        check(answer.status == 201, answer)
        check(self.core.sequence == before + 1, "one command was sent, the engine took",
              self.core.sequence - before)  # fmt: skip
        self.check_placed(who, other, sent, answer.body)

    async def place_on_stream(self, who: Visitor, other: Visitor) -> None:
        """Place an order over the WebSocket."""
        sent, before = self.draw(), self.core.sequence
        placed = await who.stream.ask(op="order.place", args=sent)
        check(self.core.sequence == before + 1, "more than one command for one order")
        self.check_placed(who, other, sent, placed)

    async def place_batch(self, who: Visitor, other: Visitor) -> None:
        """Place several at once, one of them bad."""
        sent = [self.draw() for _ in range(4)]
        bad = self.random.randrange(4)
        sent[bad]["price"] = "10.01"
        answer = await who.person.call("POST", ORDERS, {"orders": sent})
        check(answer.status == 200, answer)
        for place, (order, result) in enumerate(zip(sent, answer.body["results"], strict=True)):
            check(("error" in result) == (place == bad), "member", place, result)
            if place != bad:
                self.check_placed(who, other, order, result, settled=False)

    async def sweep(self, who: Visitor, other: Visitor) -> None:
        """Take two prices at once."""
        rising = [str(20 + TICK * step) for step in range(2)]
        for price, lots in zip(rising, ("1", "2"), strict=True):
            sent = self.draw(side="sell", price=price, quantity=lots, time_in_force="gtc")
            resting = await other.person.call("POST", ORDER, sent)
            self.check_placed(other, who, sent, resting.body)
        sent = self.draw(side="buy", price=rising[1], quantity="3", time_in_force="ioc")
        taken = await who.person.call("POST", ORDER, sent)
        self.check_placed(who, other, sent, taken.body)

    def check_placed(
        self, who: Visitor, other: Visitor, sent: dict[str, Any], told: dict[str, Any],
        *, settled: bool = True,
    ) -> None:  # fmt: skip
        """Check what is told of an order; `settled`: nothing has happened to it since."""
        number = told["order_id"]
        check(number not in who.orders and number not in other.orders, "an id twice", told)
        who.orders[number] = sent
        for name in ("market", "side", "price", "quantity", "client_order_id"):
            given = sent.get(name)
            same = told[name] == given
            if name == "price":
                same = Decimal(told[name]) == Decimal(str(given))
            check(same, name, given, "is told as", told[name])
        fills = told["fills"]
        who.trades, other.trades = who.trades + len(fills), other.trades + len(fills)
        if settled:
            self.check_fills(told, fills)
            self.check_held(number, told)

    def check_fills(self, told: dict[str, Any], fills: list[dict[str, Any]]) -> None:
        """Check sums, fees and average of an order that was the taker in all of its trades."""
        amounts = [Decimal(fill["price"]) * Decimal(fill["quantity"]) for fill in fills]
        fees = [(a * TAKER_PPM / 10**6).quantize(UNIT, ROUND_CEILING) for a in amounts]
        check(Decimal(told["quote_filled"]) == sum(amounts), "quote filled", told)
        check([Decimal(f["fee"]) for f in fills] == fees, "fees", fees, fills)
        check(Decimal(told["fee"]) == sum(fees), "fee", fees, told)
        filled = sum(Decimal(fill["quantity"]) for fill in fills)
        check(Decimal(told["filled_quantity"]) == filled, "filled", told)
        left = Decimal(told["quantity"]) - filled
        if told["status"] in {"open", "partially_filled"}:
            check(Decimal(told["remaining_quantity"]) == left, "remaining", told)
        average = told["average_price"]
        if filled:
            exact = (sum(amounts) / filled).quantize(Decimal("0.0001"), ROUND_HALF_UP)
            check(Decimal(average) == exact, "average", exact, told)
        else:
            check(average is None, "average of nothing", told)

    def check_held(self, number: int, told: dict[str, Any]) -> None:
        """Check that the engine holds the order that was asked for."""
        row = self.core.order(number)
        if row is None:
            check(told["status"] not in {"open", "partially_filled"}, "not open", told)
            return
        check(row[4] * TICK == Decimal(told["price"]), "price", row, told)
        check(row[5] == int(told["quantity"]), "quantity", row, told)

    async def place_again(self, who: Visitor, other: Visitor) -> None:
        """Send the same again under its id, and something else under it."""
        self.count += 1
        sent = self.draw(client_order_id=f"again{self.count}", time_in_force="gtc")
        first = await who.person.call("POST", ORDER, sent)
        check(first.status == 201, first)
        self.check_placed(who, other, sent, first.body)
        opened = self.core.open_order_count()
        again = await who.person.call("POST", ORDER, sent)
        check(again.status == 200 and again.body["order_id"] == first.body["order_id"], again)
        changed = await who.person.call("POST", ORDER, {**sent, "quantity": "77"})
        check((changed.status, changed.code) == (409, "ID_REUSED"), changed)
        check(self.core.open_order_count() == opened, "a repeated order took effect")

    async def misplace(self, who: Visitor, _: Visitor) -> None:
        """Send orders that no door may take."""
        state = self.house.state()
        account = self.visitors[0].person.account + 1_000
        for change, status, code in (
            ({"price": "10.02"}, 422, "BAD_TICK"),
            ({"quantity": "1.5"}, 422, "BAD_LOT"),
            ({"price": "1e1"}, 422, "BAD_DECIMAL"),
            ({"quantity": "0"}, 422, "BAD_DECIMAL"),
            ({"side": "bid"}, 422, "BAD_VALUE"),
            ({"market": "NONE_INR"}, 404, "UNKNOWN_MARKET"),
            ({"client_order_id": "<script>"}, 422, "BAD_ID"),
            ({"user_id": account}, 403, "FORBIDDEN"),
            ({"status": "filled"}, 422, "UNKNOWN_FIELD"),
            ({"type": "market"}, 422, "CONTRADICTION"),
        ):
            answer = await who.person.call("POST", ORDER, self.draw() | change)
            check((answer.status, answer.code) == (status, code), change, answer)
            if code == "BAD_TICK":
                check(answer.error["valid"] == ["10.00", "10.05"], answer)
        check(self.house.state() == state, "a refused order changed something")

    # Changing

    def open_of(self, who: Visitor) -> list[int]:
        """Return the ids of somebody's open orders, as the engine knows them."""
        return [row[0] for row in self.core.open_orders(who.person.account)]

    async def cancel(self, who: Visitor, _: Visitor) -> None:
        """Cancel an order, and once more; sometimes all."""
        mine = self.open_of(who)
        if not mine:
            return
        if self.random.random() < 0.2:
            answer = await who.person.call("DELETE", OPEN)
            check(answer.body == {"cancelled": len(mine)}, answer)
            check(not self.open_of(who), "open after all were cancelled")
            return
        named = {"order_id": self.random.choice(mine)}
        answer = await who.person.call("DELETE", ORDER, named)
        check((answer.status, answer.body["status"]) == (200, "cancelled"), answer)
        check(named["order_id"] not in self.open_of(who), "open after it was cancelled")
        answer = await who.person.call("DELETE", ORDER, named)
        check((answer.status, answer.code) == (404, "UNKNOWN_ORDER"), answer)

    async def replace(self, who: Visitor, _: Visitor) -> None:
        """Give an order another size."""
        mine = self.open_of(who)
        if not mine:
            return
        number = self.random.choice(mine)
        row = self.core.order(number)
        assert row is not None
        lots = row[5] + self.random.randint(1, 3)
        body = {"order_id": number, "quantity": str(lots)}
        answer = await who.person.call("PATCH", ORDER, body)
        check((answer.status, answer.body["quantity"]) == (200, str(lots)), answer)
        changed = self.core.order(number)
        check(changed is not None and changed[4:6] == (row[4], lots), "replaced", row, changed)

    # What is not theirs

    async def look_at_anothers(self, who: Visitor, other: Visitor) -> None:
        """Try to see and to change what belongs to somebody else."""
        state = self.house.state()
        for number in self.random.sample(sorted(other.orders), min(2, len(other.orders))):
            seen = await who.person.call("GET", f"{ORDER}{number}")
            check((seen.status, seen.code) == (404, "UNKNOWN_ORDER"), seen)
            changed = await who.person.call("PATCH", ORDER, {"order_id": number, "quantity": "1"})
            check((changed.status, changed.code) == (404, "UNKNOWN_ORDER"), changed)
            check(self.house.state() == state, "another's order was asked for in the engine")
        refusal = await who.stream.refusal(op="auth", token=other.person.token)
        check(refusal["code"] == "FORBIDDEN", refusal)

    async def knock_without_a_name(self, who: Visitor, _: Visitor) -> None:
        """Try everything private without a token, and with a bad one."""
        state = self.house.state()
        bad = who.person.token[:-3] + "abc"
        for headers in ({}, {"Authorization": f"Bearer {bad}"}):
            for method, path, body in (
                ("POST", ORDER, self.draw()),
                ("GET", OPEN, None),
                ("GET", "/api/v1/fills", None),
                ("GET", "/api/v1/balances", None),
                ("DELETE", OPEN, None),
            ):
                answer = await self.house.call(method, path, body, headers=headers)
                check((answer.status, answer.code) == (401, "UNAUTHORIZED"), path, answer)
        nameless = await self.house.stream()
        for message in ({"op": "order.place", "args": self.draw()},
                        {"op": "subscribe", "channels": ["orders"]}):  # fmt: skip
            refusal = await nameless.refusal(**message)
            check(refusal["code"] == "UNAUTHORIZED", message, refusal)
        await nameless.close()
        check(self.house.state() == state, "somebody without a name changed something")

    # Reading

    async def pages(self, who: Visitor, path: str, name: str) -> list[dict[str, Any]]:
        """Return all of a list, two at a time."""
        found: list[dict[str, Any]] = []
        query: dict[str, Any] = {"limit": 2}
        while True:
            page = await who.person.get(path, **query)
            check(len(page[name]) <= 2, "a page is too long", page)
            found += page[name]
            if page["next_cursor"] is None:
                return found
            check(len(found) < 1_000, "pages without end")
            query["cursor"] = page["next_cursor"]

    async def read_pages(self, who: Visitor, _: Visitor) -> None:
        """Read everything that is kept, and find all of it once, and nobody else's."""
        opened = [order["order_id"] for order in await self.pages(who, OPEN, "orders")]
        check(opened == self.open_of(who), "open orders", opened, self.open_of(who))
        kept = [order["order_id"] for order in await self.pages(who, "/api/v1/orders", "orders")]
        check(kept == sorted(who.orders, reverse=True), "orders", kept)
        fills = await self.pages(who, "/api/v1/fills", "fills")
        check({fill["order_id"] for fill in fills} <= who.orders.keys(), "another's fill", fills)
        trades = [fill["trade_id"] for fill in fills]
        check(len(set(trades)) == len(trades) == who.trades, "fills", len(trades), who.trades)

    async def read_balances(self, who: Visitor, _: Visitor) -> None:
        """Read the balances, which are the engine's."""
        told = await who.person.balances()
        scale = {"INR": Decimal(10**4), "TATA": Decimal(1), "USDT": Decimal(10**6)} | {
            "BTC": Decimal(10**8)
        }
        rows = {
            symbol: (Decimal(free) * scale[symbol], Decimal(held) * scale[symbol])
            for symbol, (free, held) in told.items()
        }
        theirs = {row[1:] for row in self.core.balances(who.person.account)}
        check(set(rows.values()) == theirs, "balances", rows, theirs)

    async def read_depth(self, who: Visitor, _: Visitor) -> None:
        """Read the book, which is the engine's."""
        told = await self.house.get("/api/v1/depth", market=self.market)
        number = self.house.venue.services.registry.market_by_symbol(self.market)
        assert number is not None
        _, *sides = self.core.depth(number.market, 100)
        for name, levels in zip(("bids", "asks"), sides, strict=True):
            found = [(Decimal(price) / TICK, Decimal(lots)) for price, lots in told[name]]
            check(found == levels, name, found, levels)

    async def misask(self, who: Visitor, _: Visitor) -> None:
        """Ask for what there is not."""
        for path, query, code in (
            (OPEN, {"limit": "0"}, "BAD_VALUE"),
            (OPEN, {"limit": "1001"}, "BAD_VALUE"),
            (OPEN, {"page": "1"}, "UNKNOWN_FIELD"),
            ("/api/v1/fills", {"cursor": "zzzz"}, "BAD_CURSOR"),
        ):
            answer = await who.person.call("GET", path, **query)
            check(answer.code == code, path, query, answer)

    async def cancel_only(self, who: Visitor, _: Visitor) -> None:
        """Find that a venue that takes cancels only takes those."""
        async with self.house.mode(VenueMode.CANCEL_ONLY):
            answer = await who.person.call("POST", ORDER, self.draw())
            check(answer.status in {409, 503} and bool(answer.code), answer)
            for number in self.open_of(who)[:1]:
                answer = await who.person.call("DELETE", ORDER, {"order_id": number})
                check(answer.status == 200, answer)


@asynccontextmanager
async def two_visitors(folder: Path, seed: int) -> AsyncIterator[Visit]:
    """Open a venue with a market of its own, for two."""
    async with open_house(folder) as house:
        market = await house.market(maker_ppm=MAKER_PPM, taker_ppm=TAKER_PPM)
        people = [await house.person(INR="100000", TATA="1000") for _ in range(2)]
        visitors = [Visitor(person, await person.stream()) for person in people]
        try:
            yield Visit(house, market, visitors, seed)
        finally:
            await house.close_streams()
