"""python-binance keeps a depth cache that moves fast while its connections are cut."""

import asyncio

from binance import AsyncClient, DepthCacheManager
from python_binance import point
from seen_books import LOOK_EVERY_S, SeenBooks, until
from steps import Steps

SYMBOL = "TATAINR"
LEVELS = 1_000


class Cache(DepthCacheManager):
    """The client's own, which tells from where on it may be believed.

    After a gap it takes a snapshot, puts the older message that came after the gap on top of it and
    goes on from that message's id: until it has caught up with the snapshot it is of two times.
    """

    sound_from = 0

    async def _init_cache(self) -> None:
        await super()._init_cache()
        self.sound_from = self._last_update_id


async def main() -> None:
    steps, seen = Steps(), SeenBooks()
    point(steps)
    trader = steps.traders[0]
    ann = await AsyncClient.create(trader["api_key"], trader["api_secret"])

    cache = Cache(ann, symbol=SYMBOL, ws_interval=100, limit=LEVELS)

    async def keep() -> None:
        kept = await asyncio.wait_for(cache.recv(), 30)
        if isinstance(kept, dict):  # What it says of a connection that was cut; it goes on alone.
            seen.made_anew += 1
        elif cache._last_update_id >= cache.sound_from:
            seen.kept(cache._last_update_id, kept.get_bids(), kept.get_asks())

    async def look() -> None:
        book = await ann.get_order_book(symbol=SYMBOL, limit=LEVELS)
        seen.rest(book["lastUpdateId"], book["bids"], book["asks"])
        await asyncio.sleep(LOOK_EVERY_S)

    async with cache:
        both = asyncio.gather(until(steps, seen, keep), until(steps, seen, look))
        await steps.astep("keep a cache", both, steps.seconds + 60)
    await ann.close_connection()
    seen.note(steps)
    steps.write()


if __name__ == "__main__":
    asyncio.run(main())
