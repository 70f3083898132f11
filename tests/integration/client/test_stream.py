"""Streams of a running venue through a cable that is cut: nothing is wrong, lost or told twice."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest

from outcry.client import AsyncClient, NotFollowed, NotPossible, Password, Unreachable
from outcry.client.answers import Kline, Order
from outcry.client.live import messages as m
from outcry.client.live.book import NotSynced
from outcry.client.live.stream import Stream
from tests.support.cable import Cable
from tests.support.gateway import PASSWORD, House

pytestmark = pytest.mark.asyncio(loop_scope="module")
PATIENCE_S = 20.0
_Event = TypeVar("_Event")


async def next_of(
    stream: Stream, kind: type[_Event], fits: Callable[[_Event], bool] = lambda _: True
) -> _Event:
    """Return the next event of a kind that fits."""
    async with asyncio.timeout(PATIENCE_S):
        async for event in stream:
            if isinstance(event, kind) and fits(event):
                return event
    raise AssertionError("the stream has ended")


async def reach(stream: Stream, market: str, sequence: int) -> None:
    """Take events until a book is at a sequence."""
    async with asyncio.timeout(PATIENCE_S):
        book = stream.book(market)
        while not book.is_synced or book.sequence < sequence:
            await anext(stream)


async def test_book_is_that_of_rest_through_every_cut(
    house: House, cable: Cable, ann: AsyncClient, bob: AsyncClient
) -> None:
    market = await house.market()
    async with ann.stream(f"book:{market}") as stream:
        for round_number in range(6):
            for level in range(1, 6):
                await bob.place(
                    market=market, side="buy", price=f"{level + round_number}.00", quantity=level
                )
            if round_number % 2:
                cable.cut()
                await next_of(stream, m.Disconnected)
            if round_number == 3:
                await bob.cancel_all(market)
            depth = await bob.depth(market)
            await reach(stream, market, depth.sequence)
            assert stream.book(market).bids() == depth.bids
            assert stream.book(market).asks() == depth.asks
        assert stream.connections == 4


async def test_book_says_nothing_while_the_cable_is_out(
    house: House, cable: Cable, ann: AsyncClient
) -> None:
    market = await house.market()
    async with ann.stream(f"book:{market}") as stream:
        await reach(stream, market, 0)
        await cable.pull_out()
        await next_of(stream, m.Disconnected)
        with pytest.raises(NotSynced):
            stream.book(market).bids()
        await cable.plug_in()
        assert (await next_of(stream, m.Connected)).again
        await reach(stream, market, 0)
        assert stream.book(market).bids() == []


async def test_trades_and_fills_come_once_and_in_order_through_every_cut(
    house: House, cable: Cable, ann: AsyncClient, bob: AsyncClient
) -> None:
    market = await house.market()
    order = {"market": market, "price": "10.00", "quantity": 1}
    await ann.place(**order, side="sell")
    await bob.place(**order, side="buy")
    told: list[int] = []
    async with ann.stream(f"trades:{market}") as stream:
        before = await next_of(stream, m.TradesEvent)
        assert (before.snapshot, [trade.trade_id for trade in before.trades]) == (True, [1])
        for number in range(30):
            if number % 7 == 3:
                cable.cut()
            if number == 20:
                await cable.pull_out()
            await house_trade(house, bob, order)
            if number == 24:
                await cable.plug_in()
        last = (await bob.trades(market, 1)).trades[0].trade_id
        while not told or told[-1] < last:
            event = await next_of(stream, m.TradesEvent)
            assert (event.snapshot, event.missed) == (False, 0)
            told += [trade.trade_id for trade in event.trades]
        assert told == list(range(2, last + 1))


async def house_trade(house: House, bob: AsyncClient, order: dict[str, Any]) -> None:
    """Let somebody new take what Bob offers."""
    await bob.cancel_all(order["market"])
    await bob.place(**order, side="buy")
    other = await house.person()
    await other.place("sell", order["price"], "1", market=order["market"])


async def test_own_fills_and_orders_are_told_after_a_cut_that_hid_them(
    house: House, cable: Cable, ann: AsyncClient, bob: AsyncClient
) -> None:
    market = await house.market()
    early = await ann.place(market=market, side="sell", price="10.00", quantity=2)
    async with ann.stream("orders", "fills", "balances") as stream:
        first = await next_of(stream, m.OrdersEvent)
        assert (first.snapshot, [o.order_id for o in first.orders]) == (True, [early.order_id])
        await cable.pull_out()
        await next_of(stream, m.Disconnected)
        await bob.place(market=market, side="buy", price="10.00", quantity=2)
        async with AsyncClient(house.venue.url, ann.token) as elsewhere:
            hidden = await elsewhere.place(market=market, side="sell", price="11.00", quantity=1)
            await elsewhere.cancel(hidden.order_id)
            open_now = await elsewhere.place(market=market, side="sell", price="12.00", quantity=1)
        await cable.plug_in()
        told, after = await next_of(stream, m.FillsEvent), await next_of(stream, m.OrdersEvent)
        assert {o.order_id: o.status for o in after.orders} == {
            early.order_id: "filled",
            hidden.order_id: "cancelled",
            open_now.order_id: "open",
        }
        assert after.snapshot
        assert [(fill.order_id, fill.quantity) for fill in told.fills] == [(early.order_id, "2")]
        await bob.place(market=market, side="buy", price="12.00", quantity=1)
        live = await next_of(stream, m.FillsEvent)
        assert [fill.order_id for fill in live.fills] == [open_now.order_id]


async def test_candles_that_closed_unseen_are_told_as_closed(
    house: House, cable: Cable, ann: AsyncClient, bob: AsyncClient
) -> None:
    market = await house.market()
    await house_trade(house, bob, {"market": market, "price": "10.00", "quantity": 1})
    async with ann.stream(f"kline:{market}:1s") as stream:
        last = (await next_of(stream, m.KlineEvent)).kline
        await cable.pull_out()
        await next_of(stream, m.Disconnected)
        await until(lambda: _later_candles(bob, market, last))
        await cable.plug_in()
        told = {last.open_time: last}
        while len(told) < 4:
            kline = (await next_of(stream, m.KlineEvent)).kline
            assert (
                kline.open_time in told
                or kline.open_time == max(told.values(), key=_open).close_time
            )
            told[kline.open_time] = kline
        *closed, _ = sorted(told.values(), key=_open)
        assert all(kline.closed for kline in closed)


def _open(kline: Kline) -> str:
    return kline.open_time


async def _later_candles(bob: AsyncClient, market: str, last: Kline) -> bool:
    found = (await bob.klines(market, "1s", start_time=last.close_time)).klines
    return len(found) > 1


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Ask again and again, until it holds."""
    async with asyncio.timeout(PATIENCE_S):
        while not await holds():  # noqa: ASYNC110  # only the venue knows
            await asyncio.sleep(0.01)


async def test_tickers_and_status_are_told(
    house: House, ann: AsyncClient, bob: AsyncClient
) -> None:
    market = await house.market()
    async with ann.stream(f"ticker:{market}", "status") as stream:
        assert (await next_of(stream, m.StatusEvent)).mode == "normal"
        await bob.place(market=market, side="buy", price="3.00", quantity=1)
        await next_of(stream, m.TickerEvent, lambda event: event.ticker.best_bid == "3.00")


async def test_channel_that_there_is_not_is_refused_at_once(ann: AsyncClient) -> None:
    with pytest.raises(NotPossible) as refused:
        async with ann.stream("book:NOBODY_KNOWS"):
            pass
    assert refused.value.code == "UNKNOWN_CHANNEL"


async def test_private_channel_without_a_token_is_refused(cable: Cable) -> None:
    async with AsyncClient(cable.url) as nobody:
        with pytest.raises(Exception, match="UNAUTHORIZED"):
            async with nobody.stream("balances"):
                pass


async def test_venue_that_is_not_there_is_unreachable() -> None:
    async with AsyncClient("http://127.0.0.1:9") as client:
        with pytest.raises(Unreachable):
            async with client.stream("status"):
                pass


async def test_password_is_enough_for_a_private_stream(house: House, cable: Cable) -> None:
    person = await house.person(INR="5")
    auth = Password(person.email, PASSWORD)
    async with (
        AsyncClient(cable.url, auth=auth) as client,
        client.stream("balances") as stream,
    ):
        event = await next_of(stream, m.BalancesEvent)
        assert [(b.asset, b.total) for b in event.balances] == [("INR", "5.0000")]


async def test_many_calls_at_once_with_an_expired_token_renew_it_once(house: House) -> None:
    person = await house.person(INR="5")
    async with AsyncClient(house.venue.url, auth=Password(person.email, PASSWORD)) as client:
        found = await asyncio.gather(*[client.balances() for _ in range(20)])
        assert {balances.of("INR").total for balances in found} == {"5.0000"}
        assert client.token


async def test_stream_that_was_closed_says_so_after_what_it_still_has(ann: AsyncClient) -> None:
    async with ann.stream("status") as stream:
        pass
    assert [type(event) async for event in _rest(stream)][:1] == [m.Connected]


async def _rest(stream: Stream) -> Any:
    try:
        while True:
            yield await anext(stream)
    except NotFollowed:
        return


async def test_order_over_the_stream_is_an_order(house: House, ann: AsyncClient) -> None:
    market = await house.market()
    async with ann.stream("orders") as stream:
        placed = await stream.place(market=market, side="sell", price="5.00", quantity=2)
        moved = await stream.replace(order_id=placed.order_id, price="6.00")
        assert (moved.order_id, moved.price) == (placed.order_id, "6.00")
        gone = await stream.cancel(placed.order_id)
        assert gone.status == "cancelled"
        order = {"market": market, "side": "sell", "price": "1.00", "quantity": "1"}
        one, two = (await stream.batch([order, {"cancel": 1}])).outcomes()
        assert isinstance(one, Order)
        assert isinstance(two, NotPossible)


@pytest.mark.parametrize("over", ["rest", "stream"])
async def test_order_whose_answer_is_cut_off_is_placed_once(
    house: House, cable: Cable, ann: AsyncClient, bob: AsyncClient, over: str
) -> None:
    """The venue acts, nobody hears it; the order is there once and its answer arrives."""
    market = await house.market()
    async with ann.stream("status") as stream:
        await next_of(stream, m.StatusEvent)
        await ann.health()
        order = {"market": market, "side": "sell", "price": "5.00", "quantity": 1}
        cable.deaf = True
        placing = asyncio.create_task((stream if over == "stream" else ann).place(**order))
        await until(lambda: _has_asks(bob, market))
        cable.deaf = False
        placed = await placing
        assert placed.status == "open"
        (only,) = (await ann.open_orders(market=market)).orders
        assert only.order_id == placed.order_id


async def _has_asks(bob: AsyncClient, market: str) -> bool:
    return bool((await bob.depth(market)).asks)
