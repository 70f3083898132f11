"""A whole venue in this process behind its real listener, and people who use it over HTTP."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pytest

from outcry import codec
from outcry.bootstrap import Venue, assembly, running_venue
from outcry.config import LedgerSettings, ProcessSettings, Settings
from outcry.domain import commands as c
from outcry.domain.events import CommandRejected
from outcry.domain.market import FeeAsset, MarketState, VenueMode
from outcry.gateway.services import GatewaySettings
from outcry.identity.identity import IdentitySettings
from outcry.ports import Outcomes
from tests.support.stream import Stream

PASSWORD = "correct horse battery"
BTC, USDT, INR, TATA = 1, 2, 3, 4
TATA_INR = "TATA_INR"
BTC_USDT = "BTC_USDT"
FUNDS = {"BTC": "10", "USDT": "1000000", "INR": "10000000", "TATA": "10000"}
_WHOLE_INR, _WHOLE_USDT = 10**4, 10**6


class Answer(NamedTuple):
    """What the venue answered."""

    status: int
    body: Any
    headers: Any

    @property
    def error(self) -> dict[str, Any]:
        """The refusal in it."""
        found: dict[str, Any] = self.body["error"]
        return found

    @property
    def code(self) -> str:
        """The code of the refusal in it; nothing if it is none."""
        refused = isinstance(self.body, dict) and "error" in self.body
        return str(self.body["error"]["code"]) if refused else ""


def definitions() -> list[c.Command]:
    """Return the commands that define the assets and the markets of the tests.

    `TATA_INR` is as in the demo. `BTC_USDT` has every filter. `REST_INR` is halted, `GONE_INR`
    closed, `LAST_INR` takes cancels only.
    """
    assets = ((BTC, "BTC", 8), (USDT, "USDT", 6), (INR, "INR", 4), (TATA, "TATA", 0))
    commands: list[c.Command] = [
        c.SetAsset(asset=number, symbol=symbol, unit_decimals=decimals, chain_decimals=decimals)
        for number, symbol, decimals in assets
    ]
    commands.append(
        c.SetMarket(
            market=1, symbol=BTC_USDT, base=BTC, quote=USDT, tick_mantissa=1, tick_decimals=2,
            lot_units=10_000, fee_asset=FeeAsset.RECEIVED, min_lots=2, max_lots=100_000,
            market_max_lots=50_000, min_notional_units=5 * _WHOLE_USDT,
            max_notional_units=900_000 * _WHOLE_USDT,
            limit_order_notional_units=500_000 * _WHOLE_USDT,
        )
    )  # fmt: skip
    for market, symbol in ((2, TATA_INR), (3, "REST_INR"), (4, "GONE_INR"), (5, "LAST_INR")):
        commands.append(
            c.SetMarket(
                market=market, symbol=symbol, base=TATA, quote=INR, tick_mantissa=5,
                tick_decimals=2, lot_units=1,
                limit_order_notional_units=1_000_000 * _WHOLE_INR, limit_open_orders=1_000,
            )
        )  # fmt: skip
    commands.append(c.SetFees(market=1, maker_ppm=200, taker_ppm=500))
    commands.append(c.SetFees(market=2, maker_ppm=-50, taker_ppm=500))
    for market, state in (
        (1, MarketState.TRADING),
        (2, MarketState.TRADING),
        (3, MarketState.TRADING),
        (3, MarketState.HALTED),
        (5, MarketState.TRADING),
        (5, MarketState.CANCEL_ONLY),
    ):
        commands.append(c.SetState(market=market, state=state))
    return commands


class Person:
    """Somebody with an account, speaking HTTP."""

    def __init__(self, house: "House", email: str, session: dict[str, Any]) -> None:
        self.house = house
        self.email = email
        self.account: int = session["user_id"]
        self.token: str = session["token"]

    async def call(self, method: str, path: str, body: Any = None, **parameters: Any) -> Answer:
        """Make a call as this person."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return await self.house.call(method, path, body, headers=headers, **parameters)

    async def get(self, path: str, **parameters: Any) -> Any:
        """Return the body of a GET that works."""
        answer = await self.call("GET", path, **parameters)
        assert answer.status == 200, answer
        return answer.body

    async def place(self, side: str, price: str | None, quantity: str, **more: Any) -> Any:
        """Place an order, in `TATA_INR` unless told otherwise; return it."""
        order = {"market": TATA_INR, "side": side, "quantity": quantity, **more}
        if price is not None:
            order["price"] = price
        answer = await self.call("POST", "/api/v1/order/", order)
        assert answer.status == 201, answer
        return answer.body

    async def balances(self) -> dict[str, tuple[str, str]]:
        """Return asset -> (available, held)."""
        rows = (await self.get("/api/v1/balances"))["balances"]
        return {row["asset"]: (row["available"], row["held"]) for row in rows}

    async def stream(self, *channels: str) -> Stream:
        """Return an authorised WebSocket that follows some channels, their snapshots unread."""
        stream = await self.house.stream()
        await stream.ask(op="auth", token=self.token)
        if channels:
            await stream.ask(op="subscribe", channels=list(channels))
        return stream


class House:
    """A running venue and what a test needs of it."""

    def __init__(self, venue: Venue, http: aiohttp.ClientSession) -> None:
        self.venue = venue
        self.http = http
        self._numbers = itertools.count(1)
        self._streams: list[Stream] = []
        self.streams: list[aiohttp.ClientWebSocketResponse] = []
        """What is closed with the house besides."""

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        data: bytes | None = None,
        **parameters: Any,
    ) -> Answer:
        """Make one call; `body` is sent as JSON, `data` as it is."""
        headers = dict(headers or {})
        if body is not None:
            data = json.dumps(body).encode()
        if data is not None:
            headers.setdefault("Content-Type", "application/json")
        async with self.http.request(
            method, path, data=data, headers=headers, params=parameters or None
        ) as answer:
            is_json = answer.content_type == "application/json"
            content = await answer.json() if is_json else await answer.text()
            return Answer(answer.status, content, answer.headers.copy())

    async def get(self, path: str, **parameters: Any) -> Any:
        """Return the body of a public GET that works."""
        answer = await self.call("GET", path, **parameters)
        assert answer.status == 200, answer
        return answer.body

    async def person(self, **funds: str) -> Person:
        """Register somebody new with these funds, or with enough of everything."""
        email = f"person{next(self._numbers)}@example.com"
        who = {"email": email, "password": PASSWORD}
        answer = await self.call("POST", "/register", who)
        assert answer.status == 201, answer
        person = Person(self, email, answer.body)
        for asset, amount in (funds or FUNDS).items():
            wanted = {"asset": asset, "amount": amount}
            given = await person.call("POST", "/api/v1/dev/faucet", wanted)
            assert given.status == 200, given
        return person

    async def market(self, **rules: Any) -> str:
        """Define a market of its own for a test; return its symbol."""
        symbol = f"T{next(self._numbers)}_INR"
        owner = await self.person(INR="1")
        definition = {"symbol": symbol, "base": "TATA", "tick": "0.05", "lot": "1", **rules}
        answer = await owner.call("POST", "/api/v1/dev/markets", definition)
        assert answer.status == 200, answer
        return symbol

    async def stream(self, path: str = "/api/v1/ws") -> Stream:
        """Return a WebSocket of somebody nameless."""
        stream = Stream(await self.http.ws_connect(path, max_msg_size=0))
        self._streams.append(stream)
        return stream

    async def close_streams(self) -> None:
        """Close what `stream` opened."""
        for stream in self._streams:
            await stream.close()
        for socket in self.streams:
            await socket.close()
        self._streams.clear()
        self.streams.clear()

    async def do(self, *commands: c.Command) -> None:
        """Let the operator do something the API does not offer."""
        records = b"".join(codec.encode_command(command) for command in commands)
        answered: asyncio.Future[Outcomes | None] = asyncio.get_running_loop().create_future()
        self.venue.pipeline.submit(records, len(commands), answered.set_result)
        for events in await answered or ():
            assert not any(isinstance(event, CommandRejected) for event in events), events

    @asynccontextmanager
    async def mode(self, mode: VenueMode) -> AsyncIterator[None]:
        """Put the venue into a mode for a while."""
        await self.do(c.SetMode(mode=mode))
        try:
            yield
        finally:
            await self.do(c.SetMode(mode=VenueMode.NORMAL))

    def state(self) -> tuple[bytes, int]:
        """Return the engine's digest and its last sequence."""
        return self.venue.engine.digest(), self.venue.engine.core.sequence


@asynccontextmanager
async def open_house(
    data: Path, *, development: bool = True, cheap_passwords: bool = True, **settings: Any
) -> AsyncIterator[House]:
    """Run a venue with the markets of the tests; a folder that has them is gone on with.

    Passwords cost next to nothing unless told otherwise. No watchdog looks, because the loop of a
    module's venue rests while other loops run.
    """

    async def prepare(venue: Venue) -> None:
        if venue.services.registry.markets():
            return
        async with aiohttp.ClientSession() as unused:
            await House(venue, unused).do(*definitions())

    gateway = GatewaySettings(development=development, **settings.pop("gateway", {}))
    process = ProcessSettings(watchdog_timeout_s=0)
    settings.setdefault("ledger", LedgerSettings(run="thread"))
    wanted = Settings(data=str(data), port=0, process=process, gateway=gateway, **settings)
    with pytest.MonkeyPatch.context() as patch:
        if cheap_passwords:
            cheap = partial(IdentitySettings, argon2_time_cost=1, argon2_memory_kib=8)
            patch.setattr(assembly, "IdentitySettings", cheap)
        async with (
            running_venue(wanted, prepare) as venue,
            aiohttp.ClientSession(venue.url) as http,
        ):
            house = House(venue, http)
            yield house
            await house.close_streams()
