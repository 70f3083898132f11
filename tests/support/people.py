"""People with a second factor, staff, and programs that sign with an API key."""

import hmac
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from outcry.identity import totp
from tests.support.gateway import PASSWORD, Answer, House, Person

_used: dict[str, int] = {}


def code_of(secret: str) -> str:
    """Return the code of this moment. A second one of the same step is refused by the venue."""
    step = totp.step_at(time.time_ns())
    # The next step's is good already: a test need not wait for it.
    _used[secret] = max(step - 1, _used.get(secret, step - 2) + 1)
    return totp.hotp(totp.secret_bytes(secret), _used[secret])


async def with_factor(person: Person) -> str:
    """Give somebody a second factor; return its secret. Their session has just shown it."""
    begun = await person.call("POST", "/api/v1/second-factor", {"password": PASSWORD})
    secret: str = begun.body["secret"]
    code = {"code": code_of(secret)}
    confirmed = await person.call("POST", "/api/v1/second-factor/confirm", code)
    assert confirmed.status == 200, confirmed
    return secret


async def staff(house: House, *roles: str, factor: bool = True) -> Person:
    """Return one of the staff with these roles."""
    person = await house.person(INR="1")
    house.venue.services.identity.roles.give(person.email, roles, "the tests")
    if factor:
        await with_factor(person)
    return person


@dataclass
class Program:
    """A program that signs its requests with an API key."""

    house: House
    key: str
    secret: str

    async def call(
        self, method: str, path: str, body: Any = None, *, changed: Any = None, **parameters: Any
    ) -> Answer:
        """Make a call; `changed` goes over its headers once they are signed."""
        data = json.dumps(body).encode() if body is not None else None
        target = f"{path}?{urlencode(parameters)}" if parameters else path
        headers = self.headers(method, target, data or b"")
        return await self.house.call(method, target, data=data, headers=headers | (changed or {}))

    def headers(
        self, method: str, target: str, body: bytes = b"", *, late_ms: int = 0, window: str = "5000"
    ) -> dict[str, str]:
        """Return the headers of a signed request."""
        moment = str(time.time_ns() // 1_000_000 - late_ms)
        host = self.house.venue.url.removeprefix("http://")
        lines = (moment, window, method, host, target, "")
        payload = "\n".join(lines).encode() + body
        signature = hmac.new(self.secret.encode(), payload, "sha256").hexdigest()
        return {
            "X-Outcry-Key": self.key,
            "X-Outcry-Time": moment,
            "X-Outcry-Window": window,
            "X-Outcry-Signature": signature,
        }


async def program(person: Person, *scopes: str, **more: Any) -> Program:
    """Return a program of somebody, with an API key of these scopes."""
    made = await person.call("POST", "/api/v1/keys", {"scopes": list(scopes), **more})
    assert made.status == 201, made
    return Program(person.house, made.body["key"], made.body["secret"])
