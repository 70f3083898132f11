"""Traders of a real venue, over HTTP, for a `Driver` that keeps what they were told."""

import asyncio
import json
from random import Random

import aiohttp

from tests.integration.kill import Answer

UNKNOWN = {"BUSY", "VENUE_HALTED", "VENUE_CANCEL_ONLY", "DRAINING", "UNKNOWN_OUTCOME"}
"""Answers that settle nothing: the client asks again."""


class Http:
    """One connection that sends what is waiting as a batch, one batch at a time."""

    def __init__(self, url: str, tokens: list[str]) -> None:
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1))
        self._url = url
        self._tokens = tokens
        self._waiting: list[tuple[str, asyncio.Future[Answer]]] = []
        self._sender: asyncio.Task[None] | None = None

    async def place(self, order: str) -> Answer:
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((order, answer))
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send_all())
        return await answer

    async def _send_all(self) -> None:
        await asyncio.sleep(0)  # Everybody who wants to send now is in the same batch.
        while self._waiting:
            trader = trader_of(self._waiting[0][0])
            batch = [each for each in self._waiting if trader_of(each[0]) == trader][:100]
            self._waiting = [each for each in self._waiting if each not in batch]
            try:
                results = await self._post(trader, [order for order, _ in batch])
            except (TimeoutError, aiohttp.ClientError, ConnectionError):
                results = [{"error": {"code": "UNKNOWN_OUTCOME"}}] * len(batch)
            for (_, answer), result in zip(batch, results, strict=True):
                settle(answer, result)

    async def _post(self, trader: int, orders: list[str]) -> list[dict[str, object]]:
        headers = {"Authorization": f"Bearer {self._tokens[trader]}"}
        body = '{"orders": [' + ",".join(orders) + "]}"
        headers["Content-Type"] = "application/json"
        url = self._url + "/api/v1/orders/"
        async with self._session.post(url, data=body, headers=headers) as response:
            answer = await response.json()
            if response.status != 200:
                return [answer] * len(orders)
            results: list[dict[str, object]] = answer["results"]
            return results

    async def close(self) -> None:
        await self._session.close()


def settle(answer: "asyncio.Future[Answer]", result: dict[str, object]) -> None:
    error = result.get("error")
    if isinstance(error, dict):
        if error["code"] in UNKNOWN:
            answer.set_exception(ConnectionResetError(error["code"]))
        else:
            answer.set_result((0, int(error["number"])))
    else:
        answer.set_result((int(str(result["order_id"])), 0))


def draw(number: int) -> str:
    """Return an order as JSON: most are immediate or cancelled, all near one price."""
    random = Random(number)
    order = {
        "market": "BTC_USDT",
        "side": random.choice(("buy", "sell")),
        "price": f"{60_000 + random.randint(-50, 50)}.00",
        "quantity": f"0.000{random.randint(1, 9)}",
        "time_in_force": random.choice(("gtc", "ioc", "ioc")),
        "client_order_id": f"n{number}",
    }
    return json.dumps(order)


def trader_of(order: str) -> int:
    return int(json.loads(order)["client_order_id"][1:]) % 2
