"""Somebody with an API key who speaks as Binance's clients do: query or form, signed as sent."""

import base64
import hmac
import json
import time
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import aiohttp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from yarl import URL

from outcry.identity.api_keys import SCOPES, NewKey
from tests.support.gateway import House, Person

PATIENCE_S = 10.0


class Answer(NamedTuple):
    """What the venue answered."""

    status: int
    body: Any
    headers: Any

    @property
    def code(self) -> int:
        """The code of a refusal, 0 for none."""
        refused = isinstance(self.body, dict) and "code" in self.body
        return int(self.body["code"]) if refused else 0


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Trader:
    """Signs and sends. `form` sends parameters as a body, else they are in the query."""

    def __init__(self, house: House, person: Person, scopes: tuple[str, ...] = SCOPES) -> None:
        self.house = house
        self.person = person
        self.account = person.account
        row, secret = house.venue.services.identity.keys.create(
            person.account, NewKey("hmac", scopes)
        )
        self.key, self.secret = row.key, secret or ""

    def sign(self, payload: bytes) -> str:
        return hmac.digest(self.secret.encode(), payload, "sha256").hex()

    async def call(
        self, verb: str, path: str, *, form: bool = False, signed: bool = True, **parameters: Any
    ) -> Answer:
        """Make a call under /api/v3, or under a whole path."""
        if signed:
            parameters.setdefault("timestamp", now_ms())
        payload = urlencode(parameters)
        if signed:
            payload += ("&" if payload else "") + f"signature={self.sign(payload.encode())}"
        return await self.send(verb, path, query="" if form else payload, body=payload * form)

    async def send(
        self, verb: str, path: str, *, query: str = "", body: str = "", key: str | None = None
    ) -> Answer:
        """Send bytes as they are."""
        whole = path if path.startswith("/") else f"/api/v3/{path}"
        target = f"{self.house.venue.url}{whole}" + (f"?{query}" if query else "")
        headers = {"X-MBX-APIKEY": self.key if key is None else key}
        data = body.encode() if body else None
        async with self.house.http.request(
            verb, URL(target, encoded=True), data=data, headers=headers
        ) as answer:
            return Answer(answer.status, json.loads(await answer.text()), answer.headers.copy())

    async def get(self, path: str, **parameters: Any) -> Any:
        """Return the body of a signed GET that works."""
        answer = await self.call("GET", path, **parameters)
        assert answer.status == 200, answer
        return answer.body

    async def order(self, side: str, kind: str, quantity: str = "", **parameters: Any) -> Any:
        """Place an order in BTCUSDT; return what is answered."""
        answer = await self.try_order(side, kind, quantity, **parameters)
        assert answer.status == 200, answer
        return answer.body

    async def try_order(
        self, side: str, kind: str, quantity: str = "", **parameters: Any
    ) -> Answer:
        """Place an order in BTCUSDT; return the whole answer."""
        wanted = {"symbol": "BTCUSDT", "side": side, "type": kind, **parameters}
        if quantity:
            wanted["quantity"] = quantity
        if kind.endswith("LIMIT"):
            wanted.setdefault("timeInForce", "GTC")
        return await self.call("POST", "order", form=True, **wanted)

    async def balances(self) -> dict[str, tuple[str, str]]:
        """Return asset -> (free, locked)."""
        rows = (await self.get("account"))["balances"]
        return {row["asset"]: (row["free"], row["locked"]) for row in rows}


class Ed25519Trader(Trader):
    """The same with a key pair of its own."""

    def __init__(self, house: House, person: Person) -> None:
        super().__init__(house, person)
        self._private = Ed25519PrivateKey.generate()
        pem = self._private.public_key().public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        )
        wanted = NewKey("ed25519", SCOPES, public_key=pem.decode())
        row, _ = house.venue.services.identity.keys.create(person.account, wanted)
        self.key = row.key

    def sign(self, payload: bytes) -> str:
        return quote(base64.b64encode(self._private.sign(payload)).decode(), safe="")


class Socket:
    """A WebSocket of a client of Binance: answers, and everything else as it came."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.heard: list[Any] = []
        self._asked = 0

    async def ask(self, method: str, params: Any = None, number: Any = None) -> Any:
        """Send a request; return the whole answer."""
        self._asked += 1
        number = self._asked if number is None else number
        message: dict[str, Any] = {"id": number, "method": method}
        if params is not None:
            message["params"] = params
        return await self.say(json.dumps(message))

    async def say(self, text: str) -> Any:
        """Send text as it is; return the next answer."""
        await self.socket.send_str(text)
        while True:
            told = await self._next()
            if isinstance(told, dict) and "id" in told:
                return told
            self.heard.append(told)

    async def _next(self) -> Any:
        message = await self.socket.receive(PATIENCE_S)
        assert message.type is aiohttp.WSMsgType.TEXT, message
        return json.loads(message.data)

    async def hear(self, wanted: Callable[[Any], bool] = lambda _: True) -> Any:
        """Return the next message that is no answer and is wanted."""
        while True:
            for position, told in enumerate(self.heard):
                if wanted(told):
                    return self.heard.pop(position)
            self.heard.append(await self._next())

    async def event(self, kind: str) -> Any:
        """Return the next event of a kind, whatever is around it."""
        told = await self.hear(lambda told: bare(told).get("e") == kind)
        return bare(told)

    async def closed(self) -> int | None:
        """Read until the venue closes; return its code."""
        while (await self.socket.receive(PATIENCE_S)).type is aiohttp.WSMsgType.TEXT:
            pass
        return self.socket.close_code


def bare(told: Any) -> Any:
    """Return a message without what names its stream or its subscription."""
    if not isinstance(told, dict):
        return {}
    return told.get("data", told.get("event", told))


async def connect(house: House, path: str) -> Socket:
    """Open a WebSocket on a path; it is closed with the module's others."""
    socket = await house.http.ws_connect(URL(house.venue.url + path, encoded=True), max_msg_size=0)
    house.streams.append(socket)
    return Socket(socket)
