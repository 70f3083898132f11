"""What clients send: JSON bodies, and whatever may come over a WebSocket."""

import asyncio
import base64
import json
import os
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from struct import pack
from tempfile import mkdtemp
from typing import Any

from outcry import codec
from outcry.domain.market import Asset, FeeAsset, Market, MarketState, VenueMode
from outcry.gateway.errors import ApiError
from outcry.gateway.json_input import convert, decode_object
from outcry.gateway.native import schemas as s
from outcry.gateway.native.render import error_json
from outcry.gateway.special import schemas as special
from outcry.gateway.special.wanted import OrderParser
from outcry.marketdata.registry import Registry
from tests.fuzz.targets.target import Read, Target
from tests.support.gateway import TATA_INR, House, open_house
from tests.support.mutations import ODD_BYTES, ODD_NAMES

SCHEMAS = (
    s.BatchIn, s.LegacyOrderIn, s.ReplaceIn, s.CancelIn, s.CancelAllIn, s.Credentials, s.RefreshIn,
    s.FaucetIn, s.AssetIn, s.MarketIn, special.ListIn, special.CancelReplaceIn, special.SwitchIn,
)  # fmt: skip
MARKET = Market(
    market=7, symbol="BTC_USDT", base=1, quote=2, tick_mantissa=5, tick_decimals=2,
    lot_units=10_000, tick_value_units=5, min_lots=1, max_lots=0, market_max_lots=0,
    min_notional_units=0, max_notional_units=0, fee_asset=FeeAsset.QUOTE, allow_self_trade=False,
    version=1, state=MarketState.TRADING, maker_ppm=0, taker_ppm=0, auction_ppm=0,
)  # fmt: skip
ORDER: dict[str, Any] = {
    "market": "BTC_USDT", "side": "buy", "type": "limit", "price": "100.05", "quantity": "0.0001",
    "time_in_force": "gtc", "post_only": True, "client_order_id": "a-1",
}  # fmt: skip
BODIES: tuple[dict[str, Any], ...] = (
    ORDER,
    {"market": "BTC_USDT", "side": "SELL", "type": "market", "budget": "5"},
    {
        "market": "BTC_USDT",
        "side": "sell",
        "type": "stop_limit",
        "price": "1",
        "quantity": "1",
        "stop_price": "2",
        "display_quantity": "0.5",
        "expires_at": "2030-01-01T00:00:00Z",
    },
    {
        "market": "BTC_USDT",
        "side": "buy",
        "type": "pegged",
        "price": "1",
        "quantity": "1",
        "peg": "mid",
        "peg_offset": "-0.05",
    },
    {
        "market": "BTC_USDT",
        "side": "buy",
        "type": "twap",
        "price": "1",
        "quantity": "1",
        "slices": 3,
        "slice_interval_ms": 1000,
    },
    {
        "market": "BTC_USDT",
        "side": "buy",
        "type": "trailing_stop",
        "price": "1",
        "quantity": "1",
        "trailing_percent": "2.5",
        "post_only": True,
        "slide": True,
    },
    {
        "market": "BTC_USDT",
        "kind": "oco",
        "orders": [
            {"side": "sell", "price": "2", "quantity": "1"},
            {"side": "sell", "type": "stop_market", "stop_price": "1", "quantity": "1"},
        ],
    },
    {"cancel": {"order_id": 1}, "mode": "allow_failure", "order": ORDER},
    {"timeout_ms": 60000},
    {"orders": [ORDER, {"cancel": 7}, {"order_id": 3, "price": "1"}]},
    {"order_type": "limit", "order_kind": "buy", "market": "BTC_USDT", "price": 1.5, "quantity": 2},
    {"order_id": 5, "price": "101", "quantity": "2", "cancel_first": True},
    {"client_order_id": "a", "market": "BTC_USDT"},
    {"email": "a@b.cd", "password": "correct horse battery", "name": None},
    {"refresh_token": "x" * 43},
    {"asset": "BTC", "amount": "1"},
    {"symbol": "A_B", "tick": "0.01", "lot": "1", "fee_asset": "received", "maker_ppm": -5},
)
NESTED = (b'{"a":' * 40 + b"1" + b"}" * 40, b'{"a":1,"a":2}', b"[" * 9_000, b'{"\\ud800":1}', b"")
WORDS = tuple(word for word in (*ODD_BYTES, *(name.encode() for name in ODD_NAMES)) if word)


def _bodies() -> Read:
    assets = [Asset(1, "BTC", 8, 8), Asset(2, "USDT", 6, 6)]
    parser = OrderParser(Registry(assets, [MARKET], VenueMode.NORMAL))

    def read(data: bytes) -> None:
        try:
            value = decode_object(data)
        except ApiError as refused:
            json.loads(error_json(refused))
            return
        assert json.loads(data, parse_int=str, parse_float=str).keys() == value.keys()
        for kind in SCHEMAS:
            try:
                convert(value, kind)
            except ApiError as refused:
                json.loads(error_json(refused))
        try:
            record = parser.place(3, special.read_order(value))
        except ApiError as refused:
            json.loads(error_json(refused))
        else:
            codec.decode_command(record)

    return read


def _body_seeds() -> Iterator[bytes]:
    yield from (json.dumps(body).encode() for body in BODIES)
    yield from NESTED


# A WebSocket: a whole venue in this process, and a client that says anything

OPS: tuple[dict[str, Any], ...] = (
    {"op": "order.place", "id": 1, "args": ORDER | {"market": TATA_INR, "price": "5000"}},
    {"op": "order.cancel", "id": 2, "args": {"client_order_id": "a-1"}},
    {"op": "order.replace", "id": "x", "args": {"order_id": 5, "quantity": "2"}},
    {"op": "order.batch", "id": None, "args": {"orders": [ORDER, {"cancel": 7}]}},
    {
        "op": "list.place",
        "id": 3,
        "args": {
            "market": TATA_INR,
            "kind": "oco",
            "orders": [
                {"side": "sell", "price": "5000", "quantity": "1"},
                {"side": "sell", "type": "stop_market", "stop_price": "1", "quantity": "1"},
            ],
        },
    },
    {"op": "list.cancel", "id": 4, "args": {"list_id": 1}},
    {"op": "order.cancel_replace", "id": 5, "args": {"cancel": {"order_id": 1}, "order": ORDER}},
    {"op": "switch.renew", "id": 6, "args": {"timeout_ms": 5000}},
    {"op": "subscribe", "id": [1], "channels": ["book:TATA_INR", "trades:TATA_INR", "orders"]},
    {"op": "unsubscribe", "channels": ["book:TATA_INR"]},
    {"op": "auth", "token": "a.b.c"},
    {"SubscribeOrderbook": TATA_INR},
    {"method": "SubscribeOrderbook"},
)
TEXT = 0
"""In the first byte of an input: the rest is one text message. Else it is bytes as they come."""
PATIENCE_S = 5.0


class Client:
    """A WebSocket spoken by hand, so that it can be spoken wrongly."""

    def __init__(self, url: str) -> None:
        self._host, port = url.removeprefix("http://").split(":")
        self._port = int(port)
        self._writer: asyncio.StreamWriter | None = None

    async def open(self) -> None:
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        key = base64.b64encode(os.urandom(16)).decode()
        self._writer.write(
            f"GET /api/v1/ws HTTP/1.1\r\nHost: {self._host}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        await self._reader.readuntil(b"\r\n\r\n")

    async def say(self, text: bytes) -> None:
        """Send one message and then a ping; what comes back is no mistake of the venue's."""
        if self._writer is None:
            await self.open()
        assert self._writer is not None
        self._writer.write(_frame(1, text) + _frame(1, b'{"op":"ping","id":"the end"}'))
        try:
            while True:
                answer = await self._message()
                assert b'"INTERNAL"' not in answer, answer
                if b'"the end"' in answer and b'"pong"' in answer:
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            await self.close()

    async def say_bytes(self, data: bytes) -> None:
        """Send bytes on a connection of their own; the venue ends it, or waits for more."""
        other = Client(f"http://{self._host}:{self._port}")
        await other.open()
        assert other._writer is not None
        other._writer.write(data)
        other._writer.write_eof()
        found = await other._reader.read(1 << 16)
        assert b'"INTERNAL"' not in found, found
        await other.close()

    async def _message(self) -> bytes:
        head = await self._reader.readexactly(2)
        size = head[1]
        if size == 126:
            size = int.from_bytes(await self._reader.readexactly(2), "big")
        elif size == 127:
            size = int.from_bytes(await self._reader.readexactly(8), "big")
        return await self._reader.readexactly(size)

    async def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def _frame(opcode: int, payload: bytes) -> bytes:
    """Return a frame as a client has to send it; the mask is zeros."""
    size = len(payload)
    head = bytes([128 | opcode])
    head += bytes([128 | size]) if size < 126 else bytes([254]) + pack(">H", size)
    return head + bytes(4) + payload


_VENUE = AsyncExitStack()
"""Holds the venue until the process ends."""


async def _start() -> tuple[House, Client]:
    house = await _VENUE.enter_async_context(open_house(Path(mkdtemp())))
    client = Client(house.venue.url.replace("localhost", "127.0.0.1"))
    person = await house.person()
    await client.say(json.dumps({"op": "auth", "token": person.token}).encode())
    return house, client


def _socket() -> Read:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    house, client = loop.run_until_complete(_start())

    def read(data: bytes) -> None:
        say = client.say if data[:1] == bytes([TEXT]) else client.say_bytes
        loop.run_until_complete(asyncio.wait_for(say(data[1:]), PATIENCE_S))
        assert house.venue.pipeline.state == "running"

    return read


def _socket_seeds() -> Iterator[bytes]:
    for op in OPS:
        text = json.dumps(op).encode()
        yield bytes([TEXT]) + text
        yield b"\1" + _frame(1, text)
    yield b"\1\x81\xff" + b"\xff" * 8 + bytes(4)
    yield b"\1\x89\x80" + bytes(4) + b"\x88\x80" + bytes(4)
    yield b"\1\x01\x81\0\0\0\0{\x80\x81\0\0\0\0}"


TARGETS = (
    Target("bodies", _bodies, _body_seeds, 10_000, 5_000, dictionary=WORDS),
    Target("socket", _socket, _socket_seeds, 800, 100, dictionary=WORDS, longest=2_048),
)
