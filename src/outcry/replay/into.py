"""A recording into a running venue, through its public API: real people, real orders, real answers.

The market is made by the development API. Resting orders are spread over as many makers as the
limit of open orders asks for; one taker sends what takes. Which resting order a fill hit is what
the makers' own orders say.
"""

import secrets
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import msgspec
from typing_extensions import override

from outcry.client import ApiError, Client, Json, Unreachable, exact
from outcry.domain.decimals import format_units, parse_units
from outcry.domain.order import Side
from outcry.replay.target import Fill, Levels, ReplayReport, Target

PRICE_DECIMALS = 4
MAKER_ORDERS = 900
"""Orders one maker keeps open: below the thousand that a venue allows an account by default."""
DEPTH_LIMIT = 5_000
FUNDS = "1000000000000"
LIMIT = "100000000000000"


class VenueRefused(Exception):
    """The venue cannot be replayed into: it is not there, or not in development mode."""


@dataclass(slots=True)
class Person:
    """Somebody with a token, and how many of their orders rest."""

    token: str = field(repr=False)
    open_orders: int = 0


@dataclass(slots=True)
class Placed:
    """A resting order as the venue knows it. `total` is its quantity, reductions taken off."""

    name: int
    order_id: Any
    maker: Person
    side: Side
    price: int
    total: int
    open_lots: int


class VenueTarget(Target):
    """Sends each order by itself and waits for its answer."""

    def __init__(
        self, url: str, report: ReplayReport, speed: float = 0.0, market: str = ""
    ) -> None:
        """Make a market of its own at the venue, of this name or of a new one.

        In a market whose name is known others may trade too; the report then says what differs.

        Raises:
            VenueRefused: that is not possible there.
        """
        self._report = report
        self._speed = speed
        self._started: tuple[float, int] | None = None
        self._orders: dict[int, Placed] = {}
        self._makers: list[Person] = []
        mark = secrets.token_hex(3).upper()
        self._market = market or f"S{mark}_C{mark}"
        self._base, _, self._quote = self._market.partition("_")
        try:
            self._client = Client(url)
        except ValueError as error:
            raise VenueRefused(str(error)) from error
        try:
            report.core = self._client.health().core
            self._taker = self._person()
            self._make_market()
            self._fund(self._taker)
        except (ApiError, Unreachable) as error:
            self._client.close()
            raise VenueRefused(str(error)) from error

    def __enter__(self) -> "VenueTarget":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def _make_market(self) -> None:
        self._client.new_asset(self._base, 0)
        self._client.new_asset(self._quote, PRICE_DECIMALS)
        self._client.new_market(
            self._market,
            tick=format_units(1, PRICE_DECIMALS),
            lot="1",
            open_orders_limit=1_000,
            order_notional_limit=LIMIT,
            daily_notional_limit=LIMIT,
        )

    def _person(self) -> Person:
        name = f"replay-{secrets.token_hex(8)}@example.com"
        return Person(self._client.register(name, secrets.token_hex(12)).token)

    def _fund(self, person: Person) -> None:
        for asset in (self._base, self._quote):
            body = {"asset": asset, "amount": FUNDS}
            self._client.post("/api/v1/dev/faucet", body, person.token)

    def _maker(self) -> Person:
        for maker in self._makers:
            if maker.open_orders < MAKER_ORDERS:
                return maker
        maker = self._person()
        self._fund(maker)
        self._makers.append(maker)
        return maker

    @override
    def rest(self, name: int, side: Side, price: int, lots: int) -> None:
        maker = self._maker()
        try:
            order = self._place(maker, side, price, lots, post_only=True)
        except ApiError as error:
            self._report.problem(f"order {name} refused: {error}")
            return
        maker.open_orders += 1
        self._orders[name] = Placed(name, order["order_id"], maker, side, price, lots, lots)

    def _place(self, person: Person, side: Side, price: int, lots: int, **more: Json) -> Json:
        body = {
            "market": self._market,
            "side": side.name.lower(),
            "price": format_units(price, PRICE_DECIMALS),
            "quantity": str(lots),
        }
        return self._client.post("/api/v1/order/", body | more, person.token)

    @override
    def reduce(self, name: int, lots: int) -> None:
        order = self._orders.get(name)
        if order is None:
            self._report.problem(f"order {name} is not at the venue")
            return
        order.total -= lots
        body = {"order_id": order.order_id}
        try:
            if order.open_lots == lots:
                self._client.call("DELETE", "/api/v1/order/", body, order.maker.token)
            else:
                price = format_units(order.price, PRICE_DECIMALS)
                body |= {"price": price, "quantity": str(order.total)}
                self._client.call("PATCH", "/api/v1/order/", body, order.maker.token)
        except ApiError as error:
            self._report.problem(f"order {name} was not reduced: {error}")
        self._take_off(order, lots)

    def _take_off(self, order: Placed, lots: int) -> None:
        order.open_lots -= lots
        if order.open_lots <= 0:
            order.maker.open_orders -= 1
            del self._orders[order.name]

    @override
    def take(self, side: Side, price: int, lots: int) -> list[Fill]:
        try:
            taken = self._place(self._taker, side, price, lots, time_in_force="ioc")
        except ApiError as error:
            self._report.problem(f"taking {lots} at {price} was refused: {error}")
            return []
        fills = []
        for fill in taken["fills"]:
            hit = self._hit(Side(1 - side), fill)
            filled, at = int(exact(fill["quantity"])), _price(fill["price"])
            fills.append((hit.name if hit else 0, filled, at))
            if hit:
                self._take_off(hit, filled)
        return [fill for fill in fills if fill[0]]

    def _hit(self, side: Side, fill: Json) -> Placed | None:
        """Return the order on the other side of a fill: the first that knows of its trade."""
        price = _price(fill["price"])
        for order in list(self._orders.values()):
            if order.side is side and order.price == price:
                found = self._client.call(
                    "GET", f"/api/v1/order/{order.order_id}", token=order.maker.token
                )
                if fill["trade_id"] in _trades(found):
                    return order
        self._report.problem(f"trade {fill['trade_id']} belongs to no order that was placed")
        return None

    @override
    def depth(self, levels: int) -> tuple[Levels, Levels]:
        book = self._client.depth(self._market, min(levels, DEPTH_LIMIT))
        bids, asks = (
            [(_price(price), int(exact(lots))) for price, lots in levels]
            for levels in (book.bids, book.asks)
        )
        return bids, asks

    @override
    def at(self, time_ns: int) -> None:
        """Wait until the recording would be here at the wanted speed."""
        if not self._speed:
            return
        if self._started is None:
            self._started = (time.monotonic(), time_ns)
        due = self._started[0] + (time_ns - self._started[1]) / 1e9 / self._speed
        if (ahead := due - time.monotonic()) > 0:
            time.sleep(ahead)

    @override
    def finish(self) -> str:
        """Return nothing: the digest of a venue covers more than this market."""
        return ""


def _price(text: str) -> int:
    return parse_units(text, PRICE_DECIMALS)


def _trades(order: bytes) -> set[Any]:
    return {fill["trade_id"] for fill in msgspec.json.decode(order)["fills"]}
