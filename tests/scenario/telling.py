"""Writes what happened in the words of a transcript."""

from decimal import Decimal
from typing import Any

from outcry.domain import events as e
from outcry.domain.events import Cause, ModeCause, TradeFlag
from outcry.domain.market import AccountStatus, MarketState, VenueMode
from outcry.domain.order import DoneReason, ListKind, OrderFlag, Peg, Side, Trigger
from outcry.domain.rejects import Reject
from outcry.engine.core import Core
from tests.scenario.speech import START_NS, Names


def _word(member: Any) -> str:
    return str(member.name).lower().replace("_", " ")


class Teller:
    """Turns events and reads into lines."""

    def __init__(self, names: Names) -> None:
        self.names = names

    # Words for ids and units

    def account(self, number: int) -> str:
        named = {value: name for name, value in self.names.accounts.items()}
        return named.get(number, f"account {number}")

    def order(self, order_id: int) -> str:
        named = {value: name for name, value in self.names.orders.items()}
        return named.get(order_id, f"#{order_id}")

    def market(self, number: int) -> str:
        return next((m.symbol for m in self.names.markets.values() if m.market == number), "?")

    def amount(self, asset: int, units: int) -> str:
        symbol, decimals = next(
            ((name, row[1]) for name, row in self.names.assets.items() if row[0] == asset),
            (f"asset {asset}", 0),
        )
        return f"{Decimal(units).scaleb(-decimals):f} {symbol}"

    def price(self, market: int, ticks: int) -> str:
        definition = self.names.markets[self.market(market)]
        return f"{Decimal(ticks * definition.tick_mantissa).scaleb(-definition.tick_decimals):f}"

    # Events

    def tell(self, event: e.Event) -> str:
        """Return one event as a line."""
        line: str = getattr(self, f"tell_{type(event).__name__}")(event)
        return line

    def tell_OrderAccepted(self, event: e.OrderAccepted) -> str:  # noqa: N802
        how = "booked" if event.flags & OrderFlag.BOOKED else "accepted"
        return f"{self.order(event.order_id)} {how}"

    def tell_OrderTerms(self, event: e.OrderTerms) -> str:  # noqa: N802
        order, price = self.order(event.order_id), lambda t: self.price(event.market, t)
        told = []
        if event.expires_ns:
            told.append(f"ends {(event.expires_ns - START_NS) // 10**9} s after the beginning")
        if event.trigger == Trigger.TRAIL:
            start = f" from {price(event.trigger_ticks)}" if event.trigger_ticks else ""
            told.append(f"trails by {event.trail_ppm} ppm{start}")
        elif event.trigger:
            told.append(f"waits to {_word(Trigger(event.trigger))} at {price(event.trigger_ticks)}")
        if event.peg:
            told.append(f"is pegged to {_word(Peg(event.peg))} {event.peg_offset_ticks:+}")
        if event.display_lots:
            told.append(f"shows {event.display_lots}")
        if event.slices:
            told.append(f"runs in {event.slices} slices, one in {event.interval_ns // 10**9} s")
        if event.session:
            told.append(f"lives in session {event.session}")
        if event.api_key:
            told.append(f"came by API key {event.api_key}")
        return f"{order} {', '.join(told) or 'is special'}"

    def tell_OrderBooked(self, event: e.OrderBooked) -> str:  # noqa: N802
        price = self.price(event.market, event.price_ticks)
        return f"{self.order(event.order_id)} books {event.open_lots} @ {price}"

    def tell_OrderReplaced(self, event: e.OrderReplaced) -> str:  # noqa: N802
        place = "keeps its place" if event.kept_priority else "loses its place"
        price = self.price(event.market, event.price_ticks)
        order = self.order(event.order_id)
        return f"{order} is now {event.lots} @ {price}, {event.open_lots} open, {place}"

    def tell_OrderDone(self, event: e.OrderDone) -> str:  # noqa: N802
        left = f", {event.open_lots} left" if event.open_lots else ""
        return f"{self.order(event.order_id)} done: {_word(DoneReason(event.reason))}{left}"

    def tell_Trade(self, event: e.Trade) -> str:  # noqa: N802
        maker, taker = self.order(event.maker_order_id), self.order(event.taker_order_id)
        price = self.price(event.market, event.price_ticks)
        fees = self.fees(event)
        how = "auction trade" if event.flags & TradeFlag.AUCTION else "trade"
        return f"{how} {maker} -> {taker} {event.lots} @ {price}{fees}"

    def fees(self, event: e.Trade) -> str:
        definition = self.names.markets[self.market(event.market)]

        def fee(side: int, units: int) -> str:
            in_base = definition.fee_asset and side == Side.BUY
            return self.amount(definition.base if in_base else definition.quote, units)

        if not event.taker_fee_units and not event.maker_fee_units:
            return ""
        maker = fee(1 - event.taker_side, event.maker_fee_units)
        taker = fee(event.taker_side, event.taker_fee_units)
        return f", fees: maker {maker}, taker {taker}"

    def tell_MatchPrevented(self, event: e.MatchPrevented) -> str:  # noqa: N802
        maker, taker = self.order(event.maker_order_id), self.order(event.taker_order_id)
        price = self.price(event.market, event.price_ticks)
        return f"prevented {maker} -> {taker} {event.lots} @ {price}"

    def tell_CommandRejected(self, event: e.CommandRejected) -> str:  # noqa: N802
        told = f" (given {event.given}, bound {event.bound})" if event.given or event.bound else ""
        return f"rejected: {_word(Reject(event.reason))}{told}"

    def tell_CommandReplayed(self, event: e.CommandReplayed) -> str:  # noqa: N802
        if event.reason:
            return f"replayed: rejected before, {_word(Reject(event.reason))}"
        order = f" {self.order(event.order_id)}" if event.order_id else ""
        return f"replayed: accepted before{order}"

    def tell_BalanceChanged(self, event: e.BalanceChanged) -> str:  # noqa: N802
        what = _word(Cause(event.cause))
        to = f" to {self.account(event.counter_account)}" if event.counter_account else ""
        number = f", withdrawal {event.reference}" if event.reference else ""
        moved = self.amount(event.asset, event.amount_units)
        now = self.amount(event.asset, event.available_units)
        return f"{self.account(event.account)} {what} {moved}{to}, now {now}{number}"

    def tell_MassCancelled(self, event: e.MassCancelled) -> str:  # noqa: N802
        return f"{self.account(event.account)} cancelled {event.cancelled_orders} orders"

    def tell_AccountOpened(self, event: e.AccountOpened) -> str:  # noqa: N802
        under = f" under {self.account(event.parent)}" if event.parent else ""
        return f"{self.account(event.account)} opened{under}"

    def tell_AccountStatusChanged(self, event: e.AccountStatusChanged) -> str:  # noqa: N802
        return f"{self.account(event.account)} is {_word(AccountStatus(event.status))}"

    def tell_AssetSet(self, event: e.AssetSet) -> str:  # noqa: N802
        return f"{event.symbol} set"

    def tell_MarketSet(self, event: e.MarketSet) -> str:  # noqa: N802
        return f"{event.symbol} set, version {event.version}"

    def tell_FeesSet(self, event: e.FeesSet) -> str:  # noqa: N802
        rates = f"maker {event.maker_ppm}, taker {event.taker_ppm}, auction {event.auction_ppm}"
        return f"{self.market(event.market)} fees: {rates}"

    def tell_LimitsSet(self, event: e.LimitsSet) -> str:  # noqa: N802
        return f"{self.account(event.account)} limits set"

    def tell_StateChanged(self, event: e.StateChanged) -> str:  # noqa: N802
        return f"{self.market(event.market)} is {_word(MarketState(event.state))}"

    def tell_ModeChanged(self, event: e.ModeChanged) -> str:  # noqa: N802
        why = ""
        if event.cause == ModeCause.CONSERVATION:
            why = f": {self.amount(event.asset, 0).split()[1]} does not add up"
        return f"venue is {_word(VenueMode(event.mode))}{why}"

    def tell_OrderTriggered(self, event: e.OrderTriggered) -> str:  # noqa: N802
        at = f" by {self.price(event.market, event.price_ticks)}" if event.price_ticks else ""
        return f"{self.order(event.order_id)} runs{at}, {event.lots} lots"

    def tell_OrderShown(self, event: e.OrderShown) -> str:  # noqa: N802
        price = self.price(event.market, event.price_ticks)
        order, level = self.order(event.order_id), event.level_lots
        return f"{order} shows {event.shown_lots} @ {price}, {level} there in all"

    def tell_OrderParked(self, event: e.OrderParked) -> str:  # noqa: N802
        return f"{self.order(event.order_id)} leaves the book with {event.open_lots}"

    def tell_ListAccepted(self, event: e.ListAccepted) -> str:  # noqa: N802
        kind = ListKind(event.list_kind).name.lower()
        return f"{kind} list accepted"

    def tell_ChildPlaced(self, event: e.ChildPlaced) -> str:  # noqa: N802
        return f"{self.order(event.order_id)} placed with {event.lots}"

    def tell_RatesSet(self, event: e.RatesSet) -> str:  # noqa: N802
        rates = f"maker {event.maker_ppm}, taker {event.taker_ppm}" if event.own else "the market's"
        return f"{self.account(event.account)} rates in {self.market(event.market)}: {rates}"

    def tell_RulesSet(self, event: e.RulesSet) -> str:  # noqa: N802
        return f"{self.market(event.market)} rules set"

    def tell_TiersSet(self, event: e.TiersSet) -> str:  # noqa: N802
        return f"{self.market(event.market)} has {event.rows} tiers"

    def tell_ScheduleSet(self, event: e.ScheduleSet) -> str:  # noqa: N802
        return f"{self.market(event.market)} has {event.rows} times a day"

    def tell_SwitchSet(self, event: e.SwitchSet) -> str:  # noqa: N802
        whose = self.account(event.account) if event.account else "the venue"
        if not event.deadline_ns:
            return f"switch of {whose} disarmed"
        return f"switch of {whose} armed until {(event.deadline_ns - START_NS) // 10**9} s"

    def tell_SwitchFired(self, event: e.SwitchFired) -> str:  # noqa: N802
        return f"switch of {self.account(event.account) if event.account else 'the venue'} fires"

    def tell_SessionEnded(self, event: e.SessionEnded) -> str:  # noqa: N802
        return f"session {event.session} ended" if event.session else "every session ended"

    def tell_BandReached(self, event: e.BandReached) -> str:  # noqa: N802
        return f"{self.order(event.order_id)} reached the band of {self.market(event.market)}"

    def tell_IndicativeChanged(self, event: e.IndicativeChanged) -> str:  # noqa: N802
        if not event.price_ticks:
            return f"{self.market(event.market)} would not trade"
        price, side = self.price(event.market, event.price_ticks), _word(Side(event.side))
        over = f", {event.surplus_lots} to {side} left over" if event.surplus_lots else ""
        return f"{self.market(event.market)} would trade {event.paired_lots} @ {price}{over}"

    def tell_AuctionEnded(self, event: e.AuctionEnded) -> str:  # noqa: N802
        if not event.price_ticks:
            return f"{self.market(event.market)} auction: nothing crosses"
        price = self.price(event.market, event.price_ticks)
        return f"{self.market(event.market)} auction: {event.lots} @ {price}"

    def tell_AuctionExtended(self, event: e.AuctionExtended) -> str:  # noqa: N802
        price, market = self.price(event.market, event.price_ticks), self.market(event.market)
        low, high = (
            self.price(event.market, t) for t in (event.collar_low_ticks, event.collar_high_ticks)
        )
        return f"{market} auction extended: {price} is outside, now {low} to {high}"

    def tell_RulesActivated(self, event: e.RulesActivated) -> str:  # noqa: N802
        return f"rules {event.rules} are in force, {event.previous} were"

    def tell_CommandSkipped(self, event: e.CommandSkipped) -> str:  # noqa: N802
        return f"command {event.skipped_sequence} is out of effect"

    # Reads

    def read(self, core: Core, question: str) -> str:
        """Answer `book`, `book MARKET`, `alice`, `totals BTC` or the name of an order."""
        word, *rest = question.split()
        if word == "book":
            return self.book(core, self.names.market(rest[0] if rest else None))
        if word == "totals":
            return self.totals(core, rest[0])
        if word in self.names.accounts:
            return self.balances(core, word)
        return self.standing(core, word)

    def book(self, core: Core, market: int) -> str:
        update_id, *sides = core.depth(market, 100)
        bids, asks = (
            ", ".join(f"{lots} @ {self.price(market, price)}" for price, lots in side) or "none"
            for side in sides
        )
        return f"book {self.market(market)} at {update_id}: bids {bids}; asks {asks}"

    def balances(self, core: Core, account: str) -> str:
        rows = [
            self.amount(asset, available)
            + (f" (and {self.amount(asset, held)} held)" if held else "")
            for asset, available, held in core.balances(self.names.account(account))
        ]
        return f"{account} has {', '.join(rows) or 'nothing'}"

    def totals(self, core: Core, symbol: str) -> str:
        asset, _ = self.names.assets[symbol]
        names = ("available", "held", "fees", "in flight", "loss", "credited", "withdrawn")
        shown = [f"{n} {v}" for n, v in zip(names, core.totals(asset), strict=True) if v]
        return f"totals of {symbol}: {', '.join(shown) or 'nothing'}"

    def standing(self, core: Core, name: str) -> str:
        row = core.order(self.names.orders.get(name, 0))
        if row is None:
            return f"{name} is not open"
        price = self.price(row[2], row[4])
        return f"{name} has {row[6]} of {row[5]} open @ {price}, holds {row[11]} units"
