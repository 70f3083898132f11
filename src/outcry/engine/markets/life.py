"""The life of markets: moves between states, uncrosses, halts, and when each ends by itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from outcry.domain.commands import EndOrder, PutState, RetireMarket, SetRules, SetState, Uncross
from outcry.domain.events import (
    AuctionEnded,
    AuctionExtended,
    BandReached,
    Event,
    IndicativeChanged,
    OrderDone,
    RulesSet,
    StateChanged,
    Trade,
)
from outcry.domain.market import MarketState, OnBand
from outcry.domain.order import DoneReason, Side
from outcry.domain.rejects import Reject
from outcry.domain.units import PPM
from outcry.engine.core import Core
from outcry.engine.hand import Hand
from outcry.engine.markets.auction import Outcome, find_price
from outcry.engine.markets.bands import NO_HIGH, Bands, high_ticks, low_ticks
from outcry.engine.orders.expiry import NEVER_NS
from outcry.engine.orders.switches import Refusal
from outcry.engine.orders.terms import market_of

CALL_PHASES = frozenset((MarketState.PRE_OPEN, MarketState.AUCTION))
DURATION_LIMIT_NS = 1 << 62
EVERY_LEVEL = 1 << 31
_DONE: Refusal = (0, 0, 0)
_SHAPE: Refusal = (Reject.SHAPE, 0, 0)
Told = tuple[int, ...]
"""An `Outcome` and the collar it meets, or zeros if nothing would trade."""
NOTHING: Told = (0,) * 6
NEVER_TOLD = -1


@dataclass(slots=True)
class Market:
    """What is to be known of a market beyond the core.

    `until_ns` is when its halt or its auction ends by itself, never if by command. `reopening`: its
    auction follows a halt, so its collar binds; `widened`: it has been extended once. `told` is the
    last indicative. Within a command: `broken`, the orders that its bands stopped, and `resume_ns`,
    when the halt that follows will end. `told_at` is the `update_id` that `told` is of; it only
    saves work.
    """

    market: int
    bands: Bands
    until_ns: int = NEVER_NS
    reopening: bool = False
    widened: bool = False
    told: Told = NOTHING
    broken: list[int] = field(default_factory=list)
    resume_ns: int = NEVER_NS
    told_at: int = NEVER_TOLD


class Life:
    """All markets that have rules, a call phase or a halt."""

    def __init__(self, core: Core, notes: Sequence[Any]) -> None:
        """Take over from the core, and of the notes what `notes` returns."""
        self._core = core
        self._markets: dict[int, Market] = {}
        for market, bands, until_ns, reopening, widened, told in notes:
            self._markets[market] = Market(
                market, Bands.restored(market, *bands), until_ns, bool(reopening), bool(widened),
                tuple(told),
            )  # fmt: skip
        self._calls = {market for market in self._markets if self._state(market) in CALL_PHASES}

    def notes(self) -> list[Any]:
        """Return everything, as the constructor takes it."""
        return [
            [m.market, m.bands.notes(), m.until_ns, int(m.reopening), int(m.widened), list(m.told)]
            for _, m in sorted(self._markets.items())
        ]

    def _market(self, market: int) -> Market:
        found = self._markets.get(market)
        if found is None:
            found = self._markets[market] = Market(market, Bands(SetRules(market=market)))
        return found

    def _state(self, market: int) -> int:
        found = market_of(self._core, market)
        return found.state if found else MarketState.CLOSED

    def _last_ticks(self, market: int) -> int:
        found = market_of(self._core, market)
        return found.last_ticks if found else 0

    # What happens

    def note(self, event: Event, now_ns: int) -> None:
        """Take in prints, orders that a band stopped, and moves."""
        if type(event) is Trade:
            if event.market in self._markets:
                self._markets[event.market].bands.see(event.price_ticks, now_ns)
        elif type(event) is OrderDone:
            if event.reason == DoneReason.PROTECTED and self._stopped_by_band(event):
                self._markets[event.market].broken.append(event.order_id)
        elif type(event) is StateChanged:
            self._moved(event, now_ns)

    def _stopped_by_band(self, event: OrderDone) -> bool:
        """Return whether a taker left something behind that its limit would have reached."""
        if event.market not in self._markets:
            return False
        _, bids, asks = self._core.depth(event.market, 1)
        if event.side == Side.BUY:
            return bool(asks) and (not event.price_ticks or asks[0][0] <= event.price_ticks)
        return bool(bids) and bids[0][0] >= event.price_ticks

    def stops(self, order_id: int) -> bool:
        """Return whether the band stops an open order in its market, and remember that it did."""
        order = self._core.order(order_id)
        market = self._markets.get(order[2]) if order else None
        if order is None or market is None:
            return False
        side, limit_ticks = order[3:5]
        _, bids, asks = self._core.depth(market.market, 1)
        best = asks if side == Side.BUY else bids
        low, high = market.bands.put[:2] if side == Side.BUY else market.bands.put[2:]
        if not best or low <= best[0][0] <= high:
            return False
        if best[0][0] > limit_ticks if side == Side.BUY else best[0][0] < limit_ticks:
            return False
        market.broken.append(order_id)
        return True

    def _moved(self, event: StateChanged, now_ns: int) -> None:
        """Plan how the new state ends by itself."""
        market = self._market(event.market)
        rules = market.bands.rules
        (self._calls.add if event.state in CALL_PHASES else self._calls.discard)(event.market)
        market.until_ns, market.widened, market.told = NEVER_NS, False, NOTHING
        market.reopening = (
            event.state == MarketState.AUCTION and event.previous == MarketState.HALTED
        )
        if event.state == MarketState.HALTED:
            market.until_ns, market.resume_ns = market.resume_ns, NEVER_NS
        elif event.state == MarketState.AUCTION and rules.auction_ns:
            market.until_ns = now_ns + rules.auction_ns

    def break_off(self, hand: Hand) -> bool:
        """Halt the next market whose band stopped a taker, if its rules say so."""
        for market_id in sorted([m for m, known in self._markets.items() if known.broken]):
            market = self._markets[market_id]
            order_id, rules = market.broken[0], market.bands.rules
            market.broken.clear()
            if rules.on_band == OnBand.HALT and self._state(market_id) == MarketState.TRADING:
                if rules.halt_ns:
                    market.resume_ns = hand.now_ns + rules.halt_ns
                hand.say(BandReached, 0, market_id, order_id, *market.bands.put)
                hand.do(PutState(market=market_id, state=MarketState.HALTED))
                return True
        return False

    # Bands

    def put_bands(self, hand: Hand) -> None:
        """Give the core the bands of the next command, or of this one before it begins."""
        for market_id in self.markets():
            bands = self._markets[market_id].bands
            if not bands.narrow:
                continue
            band = bands.now(self._last_ticks(market_id), hand.now_ns)
            if band != bands.put:
                hand.do(bands.command(market_id, band))

    def sees_prints(self) -> set[int]:
        """Return the markets in which every print moves the bands."""
        return {
            market
            for market, known in self._markets.items()
            if known.bands.rules.dynamic_ppm or known.bands.rules.window_ppm
        }

    def markets(self) -> list[int]:
        """Return the markets there is something to know of."""
        return sorted(self._markets)

    # Time

    def next(self) -> tuple[int, int]:
        """Return when the next halt or auction ends by itself, and of which market."""
        if not self._markets:
            return NEVER_NS, 0
        return min([(m.until_ns, m.market) for m in self._markets.values()])

    def next_roll_ns(self) -> int:
        """Return when a window next loses a bucket."""
        return min([m.bands.next_roll_ns() for m in self._markets.values()], default=NEVER_NS)

    def run(self, hand: Hand) -> None:
        """End the next halt or auction."""
        _, market_id = self.next()
        market = self._markets[market_id]
        market.until_ns = NEVER_NS
        if self._state(market_id) == MarketState.HALTED:
            hand.do(PutState(market=market_id, state=MarketState.AUCTION))
        else:
            self._open(hand, market, 0)

    # Commands

    def set_rules(self, hand: Hand, command: SetRules) -> Refusal:
        """Give a market its rules."""
        ppm = (command.dynamic_ppm, command.static_ppm, command.window_ppm, command.collar_ppm)
        durations = (
            command.window_ns, command.halt_ns, command.auction_ns, command.extension_ns,
        )  # fmt: skip
        fits = (
            all(0 <= value < PPM for value in ppm)
            and all(0 <= value < DURATION_LIMIT_NS for value in durations)
            and bool(command.window_ppm) == bool(command.window_ns)
            and command.on_band <= OnBand.HALT
        )
        if not fits:
            return _SHAPE
        bands = self._market(command.market).bands
        if bands.rules.window_ns != command.window_ns:
            bands.window = {}
        bands.rules = command
        hand.say(
            RulesSet, 0, command.market, *ppm[:3], command.window_ns, command.collar_ppm,
            command.halt_ns, command.auction_ns, command.extension_ns, command.on_band,
        )  # fmt: skip
        return _DONE

    def set_state(self, hand: Hand, command: SetState) -> Refusal:
        """Open a market for trading out of a call phase, or with a crossed book."""
        self._open(hand, self._market(command.market), command.reference_ticks)
        return _DONE

    def plan(self, hand: Hand, market_id: int, state: int) -> None:
        """Move a market as its schedule says, if it can be."""
        now = self._state(market_id)
        found = market_of(self._core, market_id)
        stuck = now == MarketState.RETIRED or (
            now == MarketState.HALTED and state not in {MarketState.AUCTION, MarketState.CLOSED}
        )
        if found is None or stuck or now == state:
            return
        if state == MarketState.TRADING and (now in CALL_PHASES or found.crossed):
            self._open(hand, self._market(market_id), 0)
        else:
            hand.do(PutState(market=market_id, state=state))

    def retire(self, hand: Hand, command: RetireMarket) -> Refusal:
        """Cancel everything in a market and close it for ever."""
        state = self._state(command.market)
        if state == MarketState.RETIRED:
            return Reject.TRANSITION, MarketState.RETIRED, state
        for order_id in self._core.market_orders(command.market):
            if self._core.order(order_id) is not None:
                hand.do(EndOrder(order_id=order_id, reason=DoneReason.CANCELLED))
        hand.do(PutState(market=command.market, state=MarketState.RETIRED))
        self._markets.pop(command.market, None)
        self._calls.discard(command.market)
        return _DONE

    # Auctions

    def _outcome(self, market_id: int, reference_ticks: int) -> Outcome:
        bids, asks = self._core.sizes(market_id, EVERY_LEVEL)
        return find_price(bids, asks, reference_ticks or self._last_ticks(market_id))

    def _collar(self, market: Market) -> tuple[int, int]:
        """Return between which prices a re-opening may print."""
        last, ppm = self._last_ticks(market.market), market.bands.rules.collar_ppm
        if not (market.reopening and last and ppm):
            return 0, NO_HIGH
        ppm = min(ppm * 2, PPM) if market.widened else ppm
        return low_ticks(last, ppm), high_ticks(last, ppm)

    def _open(self, hand: Hand, market: Market, reference_ticks: int) -> None:
        """Uncross a market and let it trade; outside its collar extend the auction, then halt."""
        outcome = self._outcome(market.market, reference_ticks)
        low, high = self._collar(market)
        if outcome.price_ticks and not low <= outcome.price_ticks <= high:
            self._postpone(hand, market, outcome.price_ticks)
            return
        if outcome.price_ticks:
            market.bands.static_ticks = outcome.price_ticks
            hand.do(Uncross(market=market.market, price_ticks=outcome.price_ticks))
        hand.say(AuctionEnded, 0, market.market, outcome.price_ticks, outcome.paired_lots)
        hand.do(PutState(market=market.market, state=MarketState.TRADING))

    def _postpone(self, hand: Hand, market: Market, price_ticks: int) -> None:
        if market.widened:
            market.until_ns = NEVER_NS
            hand.do(PutState(market=market.market, state=MarketState.HALTED))
            return
        market.widened, market.told_at = True, NEVER_TOLD
        extension_ns = market.bands.rules.extension_ns
        market.until_ns = hand.now_ns + extension_ns if extension_ns else NEVER_NS
        collar = self._collar(market)
        hand.say(AuctionExtended, 0, market.market, price_ticks, market.until_ns, *collar)

    def in_call(self) -> list[int]:
        """Return the markets in a call phase."""
        return sorted(self._calls)

    def has_news(self) -> bool:
        """Return whether a book has changed in a call phase since it was last told of."""
        return any(self._markets[m].told_at != self._update_id(m) for m in self.in_call())

    def _update_id(self, market: int) -> int:
        found = market_of(self._core, market)
        return found.update_id if found else 0

    def tell(self, hand: Hand) -> None:
        """Tell what the auctions would do now, where that has changed."""
        for market_id in self.in_call():
            market = self._markets[market_id]
            market.told_at = self._update_id(market_id)
            outcome, collar = self._outcome(market_id, 0), self._collar(market)
            news = (*outcome, *collar) if outcome.price_ticks else NOTHING
            if news != market.told:
                market.told = news
                hand.say(IndicativeChanged, 0, market_id, *outcome, *collar)
