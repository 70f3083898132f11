"""A bot goes on through the death of its venue: every order once, the book right again."""

import asyncio
import json
import signal
from pathlib import Path

from outcry.client import AsyncClient, Retries
from outcry.client.answers import Order
from outcry.client.live.messages import Connected, Disconnected
from tests.support.ports import free_port
from tests.support.process import VenueProcess, venue_process

ORDERS = 40
STUBBORN = Retries(attempts=500, first_s=0.02, most_s=0.1, patience_s=60.0)
PATIENCE_S = 60.0


async def place_all(client: AsyncClient, some: asyncio.Event) -> list[Order]:
    """Place orders one after the other; tell when some are there."""
    placed = []
    for number in range(ORDERS):
        price = f"{50 + number}.00"
        order = await client.place(market="TATA_INR", side="buy", price=price, quantity=1)
        placed.append(order)
        if number == ORDERS // 4:
            some.set()
    return placed


async def test_bot_goes_on_through_a_killed_venue(tmp_path: Path) -> None:
    options = ("--demo", "--port", str(free_port()))
    with venue_process(tmp_path, *options) as first:
        url = (await asyncio.to_thread(first.started))["url"].replace("localhost", "127.0.0.1")
        token = json.loads((tmp_path / "demo.json").read_text())["traders"][0]["token"]
        async with (
            AsyncClient(url, token, retries=STUBBORN) as client,
            client.stream("book:TATA_INR", "orders") as stream,
            asyncio.timeout(PATIENCE_S),
        ):
            some = asyncio.Event()
            placing = asyncio.create_task(place_all(client, some))
            await some.wait()
            first.end(signal.SIGKILL)
            second = VenueProcess(tmp_path, *options)
            try:
                await asyncio.to_thread(second.started)
                placed = await placing
                kinds = [type(await anext(stream))]
                while kinds.count(Connected) + kinds.count(Disconnected) < 3:
                    kinds.append(type(await anext(stream)))
                page = await client.open_orders(limit=1_000)
                depth = await client.depth("TATA_INR", 1_000)
                while stream.book("TATA_INR").sequence < depth.sequence:
                    await anext(stream)
                assert [o.order_id for o in page.orders] == [o.order_id for o in placed]
                assert stream.book("TATA_INR").bids() == depth.bids
                assert stream.book("TATA_INR").asks() == depth.asks
                assert kinds[0] is kinds[-1] is Connected
                assert stream.connections == 2
            finally:
                code, _ = second.end()
                assert code == 0
