"""What the Python client costs its program: `python -m bench.client` prints a table.

An order is placed that is refused for its funds, one after the other, by a client in this process;
the venue is another one. Times are CPU of the client per order, and how long an order takes.
"""

import argparse
import asyncio
import http.client
import json
import secrets
from collections.abc import Awaitable, Callable
from statistics import median
from time import perf_counter, process_time
from urllib.parse import urlsplit

from bench.venue import running_venue
from outcry.client import NO_RETRIES, ApiError, AsyncClient, Client

ORDER = {"market": "BTC_USDT", "side": "buy", "price": "1.00", "quantity": "10"}
Measured = tuple[float, float]
"""Microseconds of CPU and of time, per order."""


def plain(url: str, token: str, count: int) -> Measured:
    """Measure the standard library's http.client with json."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def one() -> None:
        body = json.dumps(ORDER | {"client_order_id": secrets.token_hex(12)})
        connection.request("POST", "/api/v1/order/", body, headers)
        json.loads(connection.getresponse().read())

    try:
        return repeat(one, count)
    finally:
        connection.close()


def blocking(url: str, token: str, count: int) -> Measured:
    """Measure `Client`."""
    with Client(url, token, retries=NO_RETRIES) as client:

        def one() -> None:
            try:
                client.place(**ORDER)  # type: ignore[typeddict-item]  # its keys are those
            except ApiError:
                return

        return repeat(one, count)


def repeat(one: Callable[[], None], count: int) -> Measured:
    """Return what one call costs."""
    one()
    began, cpu = perf_counter(), process_time()
    for _ in range(count):
        one()
    return (process_time() - cpu) / count * 1e6, (perf_counter() - began) / count * 1e6


def awaiting(url: str, token: str, count: int) -> Measured:
    """Measure `AsyncClient`."""
    return asyncio.run(_awaiting(url, token, count, over="calls"))


def streaming(url: str, token: str, count: int) -> Measured:
    """Measure orders over a stream."""
    return asyncio.run(_awaiting(url, token, count, over="stream"))


async def _awaiting(url: str, token: str, count: int, over: str) -> Measured:
    async with (
        AsyncClient(url, token, retries=NO_RETRIES) as client,
        client.stream("status") as stream,
    ):
        place = client.place if over == "calls" else stream.place
        await _one(place)
        began, cpu = perf_counter(), process_time()
        for _ in range(count):
            await _one(place)
        return (process_time() - cpu) / count * 1e6, (perf_counter() - began) / count * 1e6


async def _one(place: Callable[..., Awaitable[object]]) -> None:
    try:
        await place(**ORDER)
    except ApiError:
        return


WAYS = {
    "http.client and json": plain,
    "Client": blocking,
    "AsyncClient": awaiting,
    "a stream of AsyncClient": streaming,
}


def main() -> None:
    """Measure every way, in turn, and print medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--orders", type=int, default=1_000)
    wanted = parser.parse_args()
    found: dict[str, list[Measured]] = {name: [] for name in WAYS}
    with running_venue() as url:
        with Client(url) as client:
            email = f"bench-{secrets.token_hex(6)}@example.com"
            token = client.register(email, secrets.token_hex(12)).token
        for _ in range(wanted.rounds):
            for name, measure in WAYS.items():
                found[name].append(measure(url, token, wanted.orders))
    print("| one order by | CPU us of the client | us an order |\n|---|---|---|")
    for name, measured in found.items():
        cpu, took = (median(values) for values in zip(*measured, strict=True))
        print(f"| {name} | {cpu:.0f} | {took:.0f} |")


if __name__ == "__main__":
    main()
