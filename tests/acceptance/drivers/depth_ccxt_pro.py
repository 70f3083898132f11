"""ccxt.pro keeps a book that moves fast while its connections are cut."""

import asyncio

import ccxt.pro as ccxtpro
from ccxt_pro import client
from seen_books import LOOK_EVERY_S, SeenBooks, until
from steps import Steps

SYMBOL = "TATA/INR"
LEVELS = 1_000


async def main() -> None:
    steps, seen = Steps(), SeenBooks()
    ann = client(steps, steps.traders[0])

    async def keep() -> None:
        try:
            book = await asyncio.wait_for(ann.watch_order_book(SYMBOL, LEVELS), 10)
        except ccxtpro.NetworkError:  # What it says of a connection that was cut.
            seen.made_anew += 1
        else:
            seen.kept(book["nonce"], list(book["bids"]), list(book["asks"]))

    async def look() -> None:
        book = await ann.fetch_order_book(SYMBOL, LEVELS)
        seen.rest(book["nonce"], book["bids"], book["asks"])
        await asyncio.sleep(LOOK_EVERY_S)

    try:
        await steps.astep("load markets", ann.load_markets())
        both = asyncio.gather(until(steps, seen, keep), until(steps, seen, look))
        await steps.astep("keep a book", both, steps.seconds + 60)
    finally:
        await ann.close()
    seen.note(steps)
    steps.write()


if __name__ == "__main__":
    asyncio.run(main())
