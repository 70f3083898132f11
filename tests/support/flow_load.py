"""Orders at full speed into a running venue, for as long as asked: makers rest, takers take them.

A program of `tests.support.helper`. Orders have no client order ids, unless asked: those a venue
remembers on purpose.
"""

import asyncio
import json
import secrets
import sys
from collections.abc import Iterator
from itertools import repeat
from typing import Any

from outcry.bench.load import SocketPair
from outcry.bench.orders import OrderIds, Tally, Terms, frame_header, order_parts, socket_frames

PAIRS = 1
FINISH_S = 30.0


def frames(terms: Terms, *, maker: bool, with_ids: bool) -> Iterator[bytes]:
    """Return frames of one order each."""
    if with_ids:
        return socket_frames(terms, OrderIds(secrets.token_hex(4)), maker=maker)
    head, tail = order_parts(terms, maker=maker)
    order = head.removesuffix(b',"client_order_id":"') + tail.removeprefix(b'"')
    text = b'{"id":1,"op":"order.place","args":' + order + b"}"
    return repeat(frame_header(len(text)) + text)


async def run(
    port: int, tokens: list[str], terms: Terms, seconds: float, with_ids: bool
) -> dict[str, Any]:
    """Place orders for a while."""
    loop, tally, pairs = asyncio.get_running_loop(), Tally(), []
    for _ in range(PAIRS):
        sides = [frames(terms, maker=maker, with_ids=with_ids) for maker in (True, False)]
        pair = SocketPair(tally, sides, (tokens[0], tokens[1]))
        for lane in (pair.maker, pair.taker):
            await loop.create_connection(lambda lane=lane: lane, "127.0.0.1", port)  # type: ignore[misc]
            await lane.ready
        pairs.append(pair)
    for pair in pairs:
        pair.start()
    done = [lane.done for pair in pairs for lane in (pair.maker, pair.taker)]
    failed, _ = await asyncio.wait(done, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
    for future in failed:
        future.result()
    for pair in pairs:
        pair.stopping = True
    await asyncio.wait_for(asyncio.gather(*done), FINISH_S)
    return {"accepted": tally.accepted, "refused": tally.refused, "why": tally.first_refusal}


def main() -> None:
    """Do what is asked until the input ends."""
    for line in sys.stdin:
        asked = json.loads(line)
        terms = Terms(**asked.pop("terms"))
        sys.stdout.write(json.dumps(asyncio.run(run(terms=terms, **asked))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
