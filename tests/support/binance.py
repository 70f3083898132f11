"""Somebody with an API key who speaks as Binance's clients do: query or form, signed as sent."""

import base64
import hmac
import json
import time
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from yarl import URL

from outcry.identity.api_keys import SCOPES, NewKey
from tests.support.gateway import House, Person


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
