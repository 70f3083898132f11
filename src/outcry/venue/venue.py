"""`Venue`: a whole exchange in one object, for tests, backtests and research.

>>> from outcry import Venue
>>> venue = Venue()
>>> btc, usdt = venue.asset("BTC", decimals=8), venue.asset("USDT", decimals=6)
>>> market = venue.market("BTC_USDT", tick="0.01", lot="0.0001", taker_ppm=500)
>>> ann = venue.account(7, {"BTC": "10"})
>>> bob = venue.account(8, {"USDT": 1_000_000})
>>> venue.place(ann, "BTC_USDT", "sell", "100.05", "2").order.status
'open'
>>> [fill.lots for fill in venue.place(bob, "BTC_USDT", "buy", "100.10", "0.5").fills]
[5000]
>>> venue.balance(bob, "BTC")
Balance(available_units=50000000, held_units=0)
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from outcry.codec import NUMBER_OF
from outcry.domain.commands import Command
from outcry.domain.decimals import format_units
from outcry.domain.events import CommandRejected, CommandReplayed, Event, OrderAccepted
from outcry.domain.market import AccountStatus, Asset, Market, MarketState, VenueMode
from outcry.recovery import AssetTotals
from outcry.venue.amounts import Amount, Scale, scale_of, tick_of, units_of
from outcry.venue.errors import BadCommand, CommandRefused, VenueError, suggest
from outcry.venue.machine import Machine
from outcry.venue.tables import array_of, arrow_of
from outcry.venue.views import Answer, Balance, Book, Level, Order, fills_of
from outcry.venue.words.saying import nanoseconds, order_words
from outcry.venue.words.speak import Words, event_words

if TYPE_CHECKING:
    import numpy as np


class Venue(Machine):
    """The engine of a venue with a history around it.

    Deterministic: it has no clock, and the same calls give the same events and the same digest on
    either core. Time is what its commands say, never less than before.
    """

    # Setting up

    def asset(
        self, symbol: str, decimals: int, *, chain_decimals: int | None = None, asset: int = 0
    ) -> int:
        """Define an asset kept in units of 10^-decimals; return its id, the next one if not given.

        Raises:
            CommandRefused: it exists, or is out of bounds.
        """
        number = asset or max((a.asset for a in self._registry.assets()), default=0) + 1
        self._must(
            command="SetAsset",
            asset=number,
            symbol=symbol,
            unit_decimals=decimals,
            chain_decimals=decimals if chain_decimals is None else chain_decimals,
        )
        return number

    def market(  # noqa: PLR0913  # one argument a rule of the market
        self,
        symbol: str,
        *,
        tick: Amount,
        lot: Amount,
        base: str | int | None = None,
        quote: str | int | None = None,
        maker_ppm: int = 0,
        taker_ppm: int = 0,
        auction_ppm: int = -1,
        state: str | None = "trading",
        market: int = 0,
        **more: int | str | bool,
    ) -> int:
        """Define a market and open it; return its id, the next one if not given.

        `tick` is in whole quote per whole base, `lot` in whole base. Base and quote are what stands
        before and behind the symbol's underscore. `more` are further fields of `SetMarket`.

        Raises:
            CommandRefused: a step was refused; what came before it stays.
            BadAmount: tick or lot is not exact.
        """
        names = symbol.partition("_")
        base_asset = self._asset(names[0] if base is None else base)
        mantissa, decimals = tick_of(tick)
        number = market or max((m.market for m in self._registry.markets()), default=0) + 1
        self._must(
            command="SetMarket",
            market=number,
            symbol=symbol,
            base=base_asset.asset,
            quote=self._asset(names[2] if quote is None else quote).asset,
            tick_mantissa=mantissa,
            tick_decimals=decimals,
            lot_units=units_of(lot, base_asset.unit_decimals, "lot"),
            **more,
        )
        rates = {"maker_ppm": maker_ppm, "taker_ppm": taker_ppm, "auction_ppm": auction_ppm}
        self._must(command="SetFees", market=number, **rates)
        if state is not None and state != self.state(number):
            self._must(command="SetState", market=number, state=state)
        return number

    def account(
        self, account: int, funds: Mapping[str, Amount] | None = None, *, parent: int = 0
    ) -> int:
        """Open an account if it is not there, credit it with whole amounts, return it.

        With `parent` it is opened as a sub-account of that one.

        Raises:
            CommandRefused: a step was refused; what came before it stays.
            BadAmount: an amount is not exact.
        """
        amounts = {
            symbol: units_of(amount, self._asset(symbol).unit_decimals, symbol)
            for symbol, amount in (funds or {}).items()
        }
        if self._engine.core.account_status(account) < 0:
            self._must(command="OpenAccount", account=account, parent=parent)
        for symbol, units in amounts.items():
            self._must(command="Deposit", account=account, asset=symbol, amount_units=units)
        return account

    def _must(self, **words: Any) -> None:  # noqa: ANN401  # a command's fields
        """Apply one command that has to be accepted."""
        for event in self.apply(words):
            if event["event"] == "CommandRejected":
                raise CommandRefused(event)

    # Trading

    def place(  # noqa: PLR0913  # an order in the order people say it
        self,
        account: int,
        market: str | int,
        side: str,
        price: Amount | None = None,
        quantity: Amount | None = None,
        *,
        budget: Amount | None = None,
        display: Amount | None = None,
        trigger: str | None = None,
        trigger_price: Amount | None = None,
        peg: str | None = None,
        peg_offset: Amount | None = None,
        interval_s: Amount | None = None,
        expires_in_s: Amount | None = None,
        **more: int | str | bool,
    ) -> Answer:
        """Place an order and say what became of it.

        With a price it is a limit order, without one a market order by size, with a budget (in
        whole quote) a market order by budget. `more` are further fields of `PlaceSpecial`:
        `time_in_force="ioc"`, `post_only=True`, `self_trade="decrement"`, `key="my-id"`, ...

        `display` makes an iceberg. `trigger` ("stop", "take", or "trail" with `trail_ppm`) waits
        for a print at `trigger_price`. `peg` ("bid", "ask", "mid") follows the book at an offset of
        `peg_offset`, up to the price. `slices=10` with `interval_s` runs in ten parts.
        `expires_in_s` ends it.

        Raises:
            BadAmount: an amount is not exact, or no multiple of tick or lot.
            BadCommand: `more` or a name is wrong.
        """
        said = {
            "side": side, "price": price, "quantity": quantity, "budget": budget,
            "display": display, "trigger": trigger, "trigger_price": trigger_price, "peg": peg,
            "peg_offset": peg_offset, "interval_s": interval_s, "expires_in_s": expires_in_s,
        }  # fmt: skip
        rules = self._market(market)
        words = order_words(self.scale(rules.market), self._now_ns, said | more)
        return self.ask(
            {"command": "PlaceOrder", "account": account, "market": rules.market} | words
        )

    def place_list(
        self,
        account: int,
        market: str | int,
        kind: str,
        members: Sequence[Mapping[str, Any]],
        *,
        key: str = "",
    ) -> Answer:
        """Place a list: "oco", "oto" or "otoco", its members with the keywords of `place`.

        The answer's `order` is the first member, its `order_ids` are those of all.

        Raises:
            BadAmount: an amount is not exact, or no multiple of tick or lot.
            BadCommand: a name is wrong.
        """
        rules = self._market(market)
        scale = self.scale(rules.market)
        rows = [order_words(scale, self._now_ns, member) for member in members]
        header = {"account": account, "market": rules.market, "key": key}
        return self.ask({"command": "PlaceList", "list_kind": kind, "members": rows} | header)

    def cancel(
        self, account: int, order_id: int = 0, *, key: str = "", market: str | int = 0
    ) -> Answer:
        """Cancel an order, named by id or by the key it was placed with."""
        words = {"account": account, "market": market, "order_id": order_id, "target": key}
        return self.ask({"command": "CancelOrder", **words})

    def ask(self, command: Mapping[str, Any]) -> Answer:
        """Apply one command and say what became of it, and of the order it was about.

        Raises:
            BadCommand: the words are no command. Nothing has happened.
        """
        (read,) = self._read([command])
        named = self._named(command, read)
        (events,) = self._apply([read])
        reason, order_id = _outcome(events, type(read), named)
        accepted = not reason
        order = self.order(order_id) if order_id else None
        fills = tuple(fills_of(events, order_id))
        return Answer([event_words(event) for event in events], accepted, reason, order, fills)

    def _named(self, command: Mapping[str, Any], read: Command) -> int:
        """Return the id of the order that a command names, 0 where it names none."""
        target = command.get("target")
        if getattr(read, "order_id", 0) or not isinstance(target, str) or not target:
            return int(getattr(read, "order_id", 0))
        found = self._engine.core.find_key(read.account, target)
        return found[0] if found else 0

    def advance(
        self, seconds: Amount = 0, *, to_ns: int | None = None, **more: int | str
    ) -> list[Words]:
        """Let time pass, by seconds or up to a time, with a `Tick`; return what fell due.

        Raises:
            VenueError: that would be backwards.
            BadAmount: the seconds are a float, or finer than a nanosecond.
        """
        if to_ns is None:
            to_ns = self._now_ns + nanoseconds(seconds)
        if to_ns < self._now_ns:
            raise VenueError(f"time never goes back: {to_ns} is before {self._now_ns}")
        return self.apply({"command": "Tick", "time_ns": to_ns, **more})

    # Reading

    @property
    def mode(self) -> str:
        """The venue's mode, as in "normal"."""
        return VenueMode(self._engine.core.mode).name.lower()

    def assets(self) -> list[Asset]:
        """Return the assets by id."""
        return self._registry.assets()

    def markets(self) -> list[Market]:
        """Return the markets by id, with their rules, rates and states."""
        return self._registry.markets()

    def state(self, market: str | int) -> str:
        """Return a market's state, as in "trading"."""
        return MarketState(self._market(market).state).name.lower()

    def scale(self, market: str | int) -> Scale:
        """Return what turns a market's prices and quantities from text to ints, and back."""
        rules = self._market(market)
        return scale_of(rules, self._asset(rules.base), self._asset(rules.quote))

    def amount(self, asset: str | int, units: int) -> str:
        """Return units of an asset as decimal text."""
        return format_units(units, self._asset(asset).unit_decimals)

    def account_status(self, account: int) -> str:
        """Return an account's status, as in "active"; empty where it is not known."""
        status = self._engine.core.account_status(account)
        return AccountStatus(status).name.lower() if status >= 0 else ""

    def balance(self, account: int, asset: str | int) -> Balance:
        """Return what an account has of an asset, in units."""
        return Balance(*self._engine.core.balance(account, self._asset(asset).asset))

    def balances(self, account: int) -> dict[str, Balance]:
        """Return what an account has, by symbol, without rows of zeros."""
        rows = self._engine.core.balances(account)
        return {self._asset(row[0]).symbol: Balance(*row[1:]) for row in rows}

    def book(self, market: str | int, limit: int = 1_000) -> Book:
        """Return a market's displayed levels, best first, at most `limit` a side."""
        update_id, bids, asks = self._engine.core.depth(self._market(market).market, limit)
        return Book(update_id, [Level(*row) for row in bids], [Level(*row) for row in asks])

    def order(self, order_id: int) -> Order | None:
        """Return an order, open or ended; None where there never was one."""
        return self._orders.view(order_id, self._engine.core)

    def orders(self, account: int, market: str | int = 0) -> list[Order]:
        """Return an account's orders that have not ended, by id, of one market or (0) all."""
        number = self._market(market).market if market else 0
        rows = self._engine.core.open_orders(account, number)
        found = (self.order(row[0]) for row in rows)
        return [order for order in found if order is not None]

    def conservation(self) -> dict[str, AssetTotals]:
        """Return, by symbol, where all units of each asset are; `.balanced` says if they add up."""
        core = self._engine.core
        return {
            asset.symbol: AssetTotals(asset.asset, asset.symbol, *core.totals(asset.asset))
            for asset in self._registry.assets()
        }

    # In bulk

    def table(self, event: str) -> "np.ndarray[Any, np.dtype[np.void]]":
        """Return all remembered events of one kind as a numpy structured array.

        Its columns are the fields of the event's dict; enumerations stay numbers.

        Raises:
            VenueError: there is no such event, or numpy is not installed.
        """
        return array_of(event, self._history.events_after(0))

    def trades(self, market: str | int = 0) -> "np.ndarray[Any, np.dtype[np.void]]":
        """Return all trades, of one market or (0) all, as a numpy structured array."""
        trades = self.table("Trade")
        return trades[trades["market"] == self._market(market).market] if market else trades

    def arrow(self, event: str) -> Any:  # noqa: ANN401  # it may not be there
        """Return all remembered events of one kind as a `pyarrow.Table`.

        Raises:
            VenueError: there is no such event, or pyarrow is not installed.
        """
        return arrow_of(event, self._history.events_after(0))

    def _asset(self, asset: str | int) -> Asset:
        for known in self._registry.assets():
            if _names(asset, known.symbol, known.asset):
                return known
        symbols = [known.symbol for known in self._registry.assets()]
        raise BadCommand(f"no asset {asset!r}; {suggest(asset, symbols)}")

    def _market(self, market: str | int) -> Market:
        for known in self._registry.markets():
            if _names(market, known.symbol, known.market):
                return known
        symbols = [known.symbol for known in self._registry.markets()]
        raise BadCommand(f"no market {market!r}; {suggest(market, symbols)}")


def _names(said: object, symbol: str, number: int) -> bool:
    """Return whether a word names what has this symbol and this id. True is no id, nor is 1.0."""
    return type(said) in (str, int) and said in (symbol, number)


def _outcome(events: Sequence[Event], command: type, named: int) -> tuple[str, int]:
    """Return why a command was refused (empty: it was not) and the order it was about."""
    number, placed = NUMBER_OF[command], 0
    for event in events:
        if isinstance(event, CommandRejected | CommandReplayed) and event.command == number:
            said = str(event_words(event)["reason"])
            return "" if said == "accepted" else said, event.order_id or placed
        if isinstance(event, OrderAccepted):
            placed = placed or event.order_id
    return "", placed or named
