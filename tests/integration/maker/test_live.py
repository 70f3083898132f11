"""A maker at a real venue, over HTTP and WebSocket: what others see of it, whatever happens."""

import asyncio
from typing import Any

import pytest

from outcry.client import ApiError, AsyncClient, Unreachable
from outcry.client.live.stream import Stream
from outcry.domain.market import MarketState, VenueMode
from outcry.maker.live import run as live_run
from outcry.maker.live.run import Live
from outcry.maker.live.switch import dead_mans_switch
from outcry.maker.metrics import metrics_port, text_of
from outcry.maker.noise import NoiseTaker
from outcry.maker.service import run_all
from outcry.strategy import Book, OrderUpdate, Strategy
from tests.support.gateway import House
from tests.support.makers import QuickMaker, Stage, running, stage, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_quotes_stand_on_both_sides_and_follow_their_price(house: House) -> None:
    async with stage(house) as here:
        maker = QuickMaker("100.00")
        async with running(here, maker):
            await until(here.quoted)
            depth = await here.depth()
            assert [level[0] for level in depth.bids] == ["99.90", "99.70", "99.50"]
            assert [level[0] for level in depth.asks] == ["100.10", "100.30", "100.50"]
            assert {level[1] for level in depth.bids + depth.asks} == {"10"}
            maker.said.said = "104.00"

            async def moved() -> bool:
                depth = await here.depth()
                return len(depth.bids) == len(depth.asks) == 3 and depth.bids[0][0] > "103"

            await until(moved)
        assert await here.open_orders() == 0
        assert maker.refused == {}
        assert all(totals.balanced for totals in here.totals())


async def test_price_that_stays_costs_no_order(house: House) -> None:
    async with stage(house) as here:
        maker = QuickMaker()
        async with running(here, maker):
            await until(here.quoted)
            before = maker.facts.placed
            refreshes = maker.facts.refreshes

            async def refreshed() -> bool:
                return maker.facts.refreshes > refreshes + 3

            await until(refreshed)
            assert (maker.facts.placed, maker.facts.cancelled) == (before, 0)


@pytest.mark.parametrize(
    "rules",
    [
        {},
        {"maker_ppm": -50, "taker_ppm": 500},
        {"maker_ppm": 200, "taker_ppm": 500},
        {"maker_ppm": 200, "taker_ppm": 500, "fee_asset": "received"},
    ],
)
async def test_fills_are_counted_to_the_unit(house: House, rules: dict[str, Any]) -> None:
    async with stage(house, **rules) as here:
        maker = QuickMaker()
        before = await here.units("TATA", 0), await here.units("INR", 4)
        async with running(here, maker):
            await until(here.quoted)
            bought = await here.taker.place(
                "buy", "100.10", "4", market=here.market, time_in_force="ioc"
            )
            sold = await here.taker.place(
                "sell", "99.70", "13", market=here.market, time_in_force="ioc"
            )
            assert (bought["status"], sold["status"]) == ("filled", "filled")

            async def known() -> bool:
                return maker.position.fills == 3

            await until(known)
            await until(here.quoted)
        after = await here.units("TATA", 0), await here.units("INR", 4)
        position = maker.position
        assert (after[0] - before[0], after[1] - before[1]) == (
            position.base_units,
            position.quote_units,
        )
        assert bool(position.fee_quote_units or position.fee_base_units) is bool(rules)
        assert position.maker_fills == 3


async def test_cut_connection_is_made_again_and_nothing_is_doubled(house: House) -> None:
    async with stage(house) as here:
        maker = QuickMaker()
        async with running(here, maker) as run:
            await until(here.quoted)
            for wanted in (2, 3):
                cut = await here.taker.call("POST", "/api/v1/bench/disconnect", {})
                assert cut.status == 200

                async def connected(wanted: int = wanted) -> bool:
                    return run.facts.connections >= wanted and run.facts.is_connected

                await until(connected)
            maker.said.said = "105.00"

            async def moved() -> bool:
                depth = await here.depth()
                return len(depth.bids) == 3 and depth.bids[0][0] > "104"

            await until(moved)
            await until(here.quoted)
            assert await here.open_orders() == 6
        assert await here.open_orders() == 0
        assert maker.unexpected == 0


async def test_lost_answer_is_resolved_by_cancelling_and_asking(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The venue did it, and nobody heard: everything goes, and is quoted again."""
    batch = Stream.batch
    lost: list[int] = []

    async def deaf(self: Stream, members: list[Any]) -> Any:
        answer = await batch(self, members)
        if not lost:
            lost.append(len(members))
            raise Unreachable("the answer was lost", maybe_done=True)
        return answer

    monkeypatch.setattr(Stream, "batch", deaf)
    async with stage(house) as here:
        maker = QuickMaker()
        async with running(here, maker) as run:

            async def again() -> bool:
                return maker.facts.placed == 12 and await here.quoted()

            await until(again)
            assert (lost, run.facts.doubts, maker.refused) == ([6], 1, {})
            assert await here.open_orders() == 6
            assert len(maker.orders) == 6
        assert await here.open_orders() == 0
        assert maker.unexpected == 0


async def test_doubt_about_a_venue_that_has_gone_ends_with_the_program(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a maker whose venue was killed in the middle of an answer would live on for ever."""
    monkeypatch.setattr(live_run, "END_S", 0.2)

    async def gone(*_: object, **__: object) -> Any:
        raise Unreachable("nobody answers", maybe_done=True)

    async with stage(house) as here:
        maker, stop = QuickMaker(), asyncio.Event()
        run = Live(here.client, here.market, maker)
        runs = asyncio.create_task(run_all([run], stop))
        await until(here.quoted)
        with monkeypatch.context() as patch:
            patch.setattr(Stream, "batch", gone)
            patch.setattr(Stream, "replace", gone)
            patch.setattr(AsyncClient, "cancel_all", gone)
            maker.said.said = "110.00"

            async def in_doubt() -> bool:
                return run.facts.doubts > 0

            await until(in_doubt)
            stop.set()
            async with asyncio.timeout(5):
                await runs
        await here.client.cancel_all(here.market)


async def test_message_that_was_never_sent_is_a_refusal(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = Stream.batch
    refused: list[int] = []

    async def unplugged(self: Stream, members: list[Any]) -> Any:
        if not refused:
            refused.append(len(members))
            raise Unreachable("the stream is not connected", maybe_done=False)
        return await batch(self, members)

    monkeypatch.setattr(Stream, "batch", unplugged)
    async with stage(house) as here:
        maker = QuickMaker()
        async with running(here, maker) as run:
            await until(here.quoted)
            assert (run.facts.doubts, maker.refused["UNREACHABLE"]) == (0, 6)
            assert await here.open_orders() == 6


@pytest.mark.parametrize("code", ["CANCEL_ONLY", "VENUE_CANCEL_ONLY"])
async def test_time_without_trading_is_waited_out(house: House, code: str) -> None:
    async with stage(house) as here:
        maker = QuickMaker()

        async def refused() -> bool:
            return maker.refused[code] > 0

        async with running(here, maker):
            await until(here.quoted)
            maker.said.said = "105.00"
            if code == "CANCEL_ONLY":
                await here.state(MarketState.CANCEL_ONLY)
                await until(refused)
                await here.state(MarketState.TRADING)
            else:
                async with house.mode(VenueMode.CANCEL_ONLY):
                    await until(refused)
            await until(here.quoted)
            assert maker.unexpected == 0


async def test_others_in_the_way_are_not_traded_with(house: House) -> None:
    async with stage(house) as here:
        await here.taker.place("sell", "99.50", "5", market=here.market)
        maker = QuickMaker("100.00")
        async with running(here, maker):

            async def behind() -> bool:
                depth = await here.depth()
                return len(depth.bids) == 3 and depth.bids[0][0] == "99.45"

            await until(behind)
        assert maker.position.fills == 0
        assert maker.unexpected == 0


async def test_switch_is_renewed_while_its_program_lives(house: House) -> None:
    async with stage(house) as here, dead_mans_switch(here.client, 1_000):
        await here.maker.place("buy", "90.00", "1", market=here.market)
        await asyncio.sleep(2.5)  # Longer than the switch: it was renewed.
        assert await here.open_orders() == 1


async def test_orderly_end_disarms_the_switch(house: House) -> None:
    async with stage(house) as here:
        async with dead_mans_switch(here.client, 1_000):
            pass
        await here.maker.place("buy", "90.00", "1", market=here.market)
        await asyncio.sleep(1.5)
        assert await here.open_orders() == 1
        await here.client.cancel_all()


async def test_metrics_tell_what_was_made(house: House) -> None:
    async with stage(house) as here:
        maker = QuickMaker()
        async with running(here, maker) as run, metrics_port([run], 0) as port:
            await until(here.quoted)
            async with here.client.session().get(f"http://127.0.0.1:{port}/metrics") as answer:
                text = await answer.text()
                assert answer.headers["Content-Type"].startswith("text/plain")
        label = f'market="{here.market}",bot="quickmaker"'
        assert f"outcry_maker_open_orders{{{label}}} 6\n" in text
        assert f"outcry_maker_reference_price{{{label}}} 100\n" in text
        assert f"outcry_maker_connected{{{label}}} 1\n" in text
        assert "# TYPE outcry_maker_fills_total counter" in text
        assert "outcry_maker_pnl_quote" in text_of([run])


class Careless(Strategy):
    """Fails as soon as it has an order."""

    def on_book(self, book: Book) -> None:
        if not self.orders:
            self.place("buy", 1_000, 1)

    def on_order(self, order: OrderUpdate) -> None:
        if order.status == "open":
            raise RuntimeError("a mistake of the strategy")


async def test_mistake_of_a_strategy_leaves_no_order(house: House) -> None:
    careless = Careless()
    async with stage(house) as here:
        run = Live(here.client, here.market, careless)
        with pytest.raises(RuntimeError, match="a mistake of the strategy"):
            await run.run(asyncio.Event())
        assert await here.open_orders() == 0


class Changeable(Strategy):
    """Places, replaces, crosses: every action, each after the one before."""

    timer_ns = 20_000_000

    def __init__(self) -> None:
        self.told: list[tuple[str, str, int, int]] = []
        self.step = 0

    def on_timer(self) -> None:
        self.step += 1
        if self.step == 1:
            self.key = self.place("buy", 1_900, 5)
        elif self.step == 2:
            self.replace(self.key, 1_900, 3)
        elif self.step == 3:
            self.replace(self.key, 1_901, 4)
        elif self.step == 4:
            self.cancel(self.key)
        elif self.step == 5:
            self.place("buy", None, 2)
        elif self.step == 6:
            self.place("sell", 100_000, 1)
            self.cancel_all()

    def on_order(self, order: OrderUpdate) -> None:
        self.told.append((order.key, order.status, order.price_ticks, order.open_lots))


async def test_every_action_is_carried_out_and_told(house: House) -> None:
    async with stage(house) as here:
        await here.taker.place("sell", "100.00", "5", market=here.market)
        changeable = Changeable()
        async with running(here, changeable):

            async def done() -> bool:
                return changeable.step > 8 and not changeable.orders

            await until(done)
        seen = list(dict.fromkeys(changeable.told))
        assert seen == [
            ("1", "open", 1_900, 5),
            ("1", "open", 1_900, 3),
            ("1", "open", 1_901, 4),
            ("1", "cancelled", 1_901, 0),
            ("2", "filled", 0, 0),
            ("3", "open", 100_000, 1),
            ("3", "cancelled", 100_000, 0),
        ]
        assert changeable.position.base_units == 2
        assert changeable.position.quote_units == -2_000_000


async def test_maker_and_noise_keep_a_market_alive_for_a_while(house: House) -> None:
    """The soak test's short form: both sides at every look, and nothing unexpected."""
    async with stage(house) as here:
        maker = QuickMaker()
        noise = NoiseTaker(quantity="3", every_s=0.02, seed=1)
        noise.timer_ns = 10_000_000
        async with running(here, maker):
            await until(here.quoted)
            there = Stage(house, here.market, here.taker, here.maker)
            async with there.client, running(there, noise):
                looks = 0
                async with asyncio.timeout(20):
                    while noise.position.fills < 60 or looks < 100:
                        depth = await here.depth()
                        assert depth.bids
                        assert depth.asks
                        assert depth.bids[0][0] != depth.asks[0][0]
                        looks += 1
                        if looks % 10 == 0:
                            maker.said.said = f"{100 + looks % 7}.00"
        assert maker.unexpected == 0
        assert maker.position.fills >= 60
        assert maker.position.base_units == -noise.position.base_units
        assert all(totals.balanced for totals in here.totals())
        assert await here.open_orders() == 0


async def test_one_run_that_fails_for_good_ends_all(house: House) -> None:
    async with stage(house) as here:
        good = Live(here.client, here.market, QuickMaker())
        bad = Live(here.client, "NO_MARKET", QuickMaker())
        with pytest.raises(ApiError, match="UNKNOWN_MARKET"):
            await run_all([good, bad], asyncio.Event())
        assert await here.open_orders() == 0
