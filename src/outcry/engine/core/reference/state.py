"""Everything the core remembers, as plain objects."""

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from outcry.domain.commands import NO_LIMIT
from outcry.domain.market import AccountStatus, FeeAsset, MarketState
from outcry.domain.order import Kind, OrderFlag, Side, TimeInForce
from outcry.domain.units import PPM, hold_per_lot_units

OFF_LOW, OFF_HIGH = 0, (1 << 63) - 1
OPEN_ORDERS_TOTAL_DEFAULT = 1_000
NO_BANDS = ((OFF_LOW, OFF_HIGH), (OFF_LOW, OFF_HIGH))
"""Between which prices a buyer and a seller may take, where there is no band."""
# Plain numbers, because looking a member up in its enumeration costs more than the comparison.
BUY, SELL = (int(side) for side in Side)
LIMIT, MARKET, BUDGET = (int(kind) for kind in Kind)
GTC, IOC, FOK, GTD, DAY = (int(time_in_force) for time_in_force in TimeInForce)
POST_ONLY, SLIDE, WAITING, PENDING, QUEUED, LINKED, BOOKED = (int(flag) for flag in OrderFlag)
TRADING = int(MarketState.TRADING)
CALL_PHASES = frozenset((MarketState.PRE_OPEN, MarketState.AUCTION))
RESTING = frozenset((GTC, GTD, DAY))
"""The times in force of orders that may stay open."""


@dataclass(slots=True)
class Balance:
    """What an account has of one asset, in its units."""

    available: int = 0
    held: int = 0


@dataclass(slots=True)
class AssetState:
    """An asset and the venue's own purposes in it, in its units."""

    asset: int
    unit_decimals: int
    chain_decimals: int
    symbol: bytes
    credited: int = 0
    withdrawn: int = 0
    fees: int = 0
    in_flight: int = 0
    loss: int = 0

    @property
    def outstanding(self) -> int:
        """Return everything that accounts, fees and withdrawals in flight add up to."""
        return self.credited - self.withdrawn - self.loss


@dataclass(slots=True)
class Pair:
    """What is paid, counted and limited per account and market.

    `funds` are the account's balances that a buy and a sell pay from: quote and base. Of what it
    traded today, `daily_units`, `inside_units` were traded inside its group. `rates` are its own
    (maker, taker) in ppm, where it has any.
    """

    funds: tuple[Balance, Balance]
    open_orders: int = 0
    day: int = 0
    daily_units: int = 0
    inside_units: int = 0
    rates: tuple[int, int] | None = None
    order_notional_limit: int = NO_LIMIT
    open_orders_limit: int = NO_LIMIT
    daily_notional_limit: int = NO_LIMIT
    stop_orders_limit: int = NO_LIMIT
    position_limit: int = NO_LIMIT

    @property
    def limits(self) -> tuple[int, ...]:
        """Return its own limits, in the order of `SetLimits`; `NO_LIMIT` for the market's."""
        return (
            self.order_notional_limit,
            self.open_orders_limit,
            self.daily_notional_limit,
            self.stop_orders_limit,
            self.position_limit,
        )

    def set_limits(self, limits: tuple[int, ...]) -> None:
        """Set all of its own limits."""
        (
            self.order_notional_limit, self.open_orders_limit, self.daily_notional_limit,
            self.stop_orders_limit, self.position_limit,
        ) = limits  # fmt: skip


@dataclass(slots=True)
class Account:
    """One account. `orders` holds its open orders by id; `group` is its parent, or itself."""

    account: int
    status: int = AccountStatus.ACTIVE
    parent: int = 0
    open_orders_total_limit: int = NO_LIMIT
    key_count: int = 0
    balances: dict[int, Balance] = field(default_factory=dict)
    pairs: dict[int, Pair] = field(default_factory=dict)
    orders: "dict[int, Order]" = field(default_factory=dict)
    group: int = 0

    def __post_init__(self) -> None:
        self.group = self.parent or self.account

    def balance(self, asset: int) -> Balance:
        """Return the balance of an asset, made on first use."""
        balance = self.balances.get(asset)
        if balance is None:
            balance = self.balances[asset] = Balance()
        return balance

    def pair(self, market: "Market") -> Pair:
        """Return what is counted in a market, made on first use."""
        pair = self.pairs.get(market.market)
        if pair is None:
            funds = self.balance(market.quote), self.balance(market.base)
            pair = self.pairs[market.market] = Pair(funds)
        return pair


class Terms(NamedTuple):
    """What makes an order special, as in the command. See `commands.PlaceSpecial`."""

    display_lots: int
    expires_ns: int
    trigger_ticks: int
    trail_ppm: int
    peg_offset_ticks: int
    interval_ns: int
    session: int
    slices: int
    api_key: int
    trigger: int
    peg: int


@dataclass(slots=True, eq=False)
class Order:
    """An order that is open, or the one being placed.

    Invariant: filled + open + prevented = lots. `paying` is the balance its hold comes from;
    `hold_per_lot` is in the quote asset for a buy, in base for a sell, 0 for a market order: held =
    open_lots x hold_per_lot. An order by budget has no size of its own: nothing of it is ever open
    and its lots grow with what it does.

    `joined` says when it last joined its level. An iceberg shows `shown_lots` of what is open while
    it is in the book. `limit_ticks` is the cap of a pegged order. It shares one hold with its
    `partner`, if it has one: both have the same open lots and the same hold per lot.
    """

    order_id: int
    account: Account
    market: "Market"
    pair: Pair
    paying: Balance
    side: int
    price_ticks: int
    lots: int
    open_lots: int
    prevented_lots: int
    cap_ppm: int
    self_trade: int
    flags: int
    hold_per_lot: int
    kind: int = LIMIT
    time_in_force: int = GTC
    budget_units: int = 0
    watched: bool = False
    joined: int = 0
    terms: Terms | None = None
    display_lots: int = 0
    shown_lots: int = 0
    limit_ticks: int = 0
    partner: "Order | None" = None

    @property
    def filled_lots(self) -> int:
        """Return the lots that traded."""
        return self.lots - self.open_lots - self.prevented_lots

    @property
    def hold_units(self) -> int:
        """Return what the open lots hold, a partner's included."""
        return self.open_lots * self.hold_per_lot

    @property
    def told_hold_units(self) -> int:
        """Return what the open lots hold; of a pair the one with the lower id tells it."""
        if self.partner is not None and self.partner.order_id < self.order_id:
            return 0
        return self.hold_units

    @property
    def visible_lots(self) -> int:
        """Return the lots that its level shows while it is in the book."""
        return self.shown_lots if self.display_lots else self.open_lots

    def draft(self, price_ticks: int, lots: int, open_lots: int) -> "Order":
        """Return the same order with another price and size, to be checked."""
        return Order(
            self.order_id, self.account, self.market, self.pair, self.paying, self.side,
            price_ticks, lots, open_lots, self.prevented_lots, self.cap_ppm, self.self_trade,
            self.flags, self.hold_per_lot, self.kind, self.time_in_force, self.budget_units,
            self.watched, self.joined, self.terms, self.display_lots, 0, self.limit_ticks,
            self.partner,
        )  # fmt: skip

    @property
    def trigger(self) -> int:
        """Return what kind of print it waits for, or waited for."""
        return self.terms.trigger if self.terms else 0

    @property
    def peg(self) -> int:
        """Return what its price follows."""
        return self.terms.peg if self.terms else 0

    def link(self, partner: "Order") -> None:
        """Share one hold with a partner: per lot the higher of the two."""
        shared = max(self.own_hold_per_lot, partner.own_hold_per_lot)
        for order, other in ((self, partner), (partner, self)):
            order.partner, order.hold_per_lot = other, shared
            order.flags |= LINKED

    def unlink(self) -> None:
        """End a pair: the partner holds for itself again."""
        partner = self.partner
        if partner is not None:
            for order in (self, partner):
                order.partner = None
                order.flags &= ~LINKED
            partner.hold_per_lot = partner.own_hold_per_lot

    @property
    def is_stop_market(self) -> bool:
        """Return whether it is a market order with a trigger: once fired, a limit."""
        return self.kind == MARKET and self.trigger > 0

    @property
    def own_hold_per_lot(self) -> int:
        """Return what a lot of it holds by itself, whatever its partner holds."""
        if self.flags & PENDING or (self.kind == MARKET and not self.price_ticks):
            return 0
        price_ticks = self.limit_ticks if self.peg else self.price_ticks
        return self.market.hold_per_lot(self.side, price_ticks, self.cap_ppm)


@dataclass(slots=True)
class Level:
    """Open orders at one price, oldest first. Invariant: `lots` is the sum of what they show.

    `icebergs` counts those that may have more than they show.
    """

    price_ticks: int
    lots: int = 0
    icebergs: int = 0
    orders: dict[int, Order] = field(default_factory=dict)


class BookSide:
    """One side of a book: levels by price, and the prices sorted with the best one last."""

    __slots__ = ("keys", "levels", "sign")

    def __init__(self, side: int) -> None:
        self.sign = 1 if side == BUY else -1
        self.keys: list[int] = []
        self.levels: dict[int, Level] = {}

    def best(self) -> Level | None:
        """Return the best level."""
        return self.levels[self.sign * self.keys[-1]] if self.keys else None

    def best_first(self) -> Iterator[Level]:
        """Yield the levels, best price first."""
        for key in reversed(self.keys):
            yield self.levels[self.sign * key]

    def orders(self) -> Iterator[Order]:
        """Yield the orders, best price first, oldest first."""
        for level in self.best_first():
            yield from level.orders.values()

    def add(self, order: Order) -> Level:
        """Put an order at the back of its level; an iceberg shows what it may."""
        price_ticks = order.price_ticks
        level = self.levels.get(price_ticks)
        if level is None:
            level = self.levels[price_ticks] = Level(price_ticks)
            insort(self.keys, self.sign * price_ticks)
        level.orders[order.order_id] = order
        if order.display_lots:
            level.icebergs += 1
            order.shown_lots = min(order.display_lots, order.open_lots)
            level.lots += order.shown_lots
        else:
            level.lots += order.open_lots
        return level

    def take(self, order: Order, lots: int) -> Level:
        """Take lots that are no longer open off an order's level; it leaves at 0 open lots.

        Those that are shown go first.
        """
        level = self.levels[order.price_ticks]
        if order.display_lots:
            lots = min(lots, order.shown_lots)
            order.shown_lots -= lots
        level.lots -= lots
        if order.open_lots == 0:
            self.remove(order, level)
        return level

    def trim(self, order: Order, lots: int) -> Level:
        """Take lots that are no longer open off an order's level, those that are hidden first."""
        if order.display_lots:
            lots = max(order.shown_lots - order.open_lots, 0)
        return self.take(order, lots)

    def remove(self, order: Order, level: Level) -> None:
        """Take an order whose lots are already off its level out of it."""
        del level.orders[order.order_id]
        if order.display_lots:
            level.icebergs -= 1
            order.shown_lots = 0
        if not level.orders:
            del self.levels[level.price_ticks]
            del self.keys[bisect_left(self.keys, self.sign * level.price_ticks)]


class Market:
    """A market: its rules, its two sides, its counters."""

    __slots__ = (
        "allow_self_trade", "auction_ppm", "bands", "base", "cap_ppm", "fee_asset", "floors",
        "last_price", "limit_daily", "limit_open_orders", "limit_order_notional", "limit_position",
        "limit_stop_orders", "lot_units", "maker_ppm", "market", "market_max_lots", "max_lots",
        "max_notional", "min_lots", "min_notional", "next_trade_id", "protection_ppm", "quote",
        "seen_best", "sides", "state", "symbol", "taker_ppm", "tick_decimals", "tick_mantissa",
        "tick_value", "update_id", "version", "waiting", "watch_high", "watch_low",
    )  # fmt: skip

    def __init__(self, market: int, symbol: bytes, base: int, quote: int) -> None:
        self.market = market
        self.symbol = symbol
        self.base = base
        self.quote = quote
        self.tick_mantissa = self.tick_decimals = self.lot_units = self.tick_value = 0
        self.fee_asset: int = FeeAsset.QUOTE
        self.allow_self_trade = 0
        self.min_lots = self.max_lots = self.market_max_lots = 0
        self.min_notional = self.max_notional = 0
        self.limit_order_notional = self.limit_open_orders = self.limit_daily = NO_LIMIT
        self.limit_stop_orders = self.limit_position = NO_LIMIT
        self.protection_ppm = 0
        self.version = 0
        self.state: int = MarketState.CLOSED
        self.maker_ppm = self.taker_ppm = self.auction_ppm = self.cap_ppm = 0
        self.floors = (PPM, PPM)
        self.next_trade_id = 1
        self.update_id = 0
        self.last_price = 0
        self.sides = (BookSide(BUY), BookSide(SELL))
        self.waiting: dict[int, Order] = {}
        self.bands = NO_BANDS
        self.watch_low, self.watch_high = OFF_LOW, OFF_HIGH
        self.seen_best: tuple[int, ...] = ()

    @property
    def open_orders(self) -> int:
        """Return how many orders are open, waiting ones included."""
        levels = sum(len(level.orders) for side in self.sides for level in side.levels.values())
        return levels + len(self.waiting)

    @property
    def crossed(self) -> bool:
        """Return whether the best bid reaches the best ask."""
        bids, asks = (side.keys for side in self.sides)
        return bool(bids and asks) and bids[-1] >= -asks[-1]

    def own_cap_ppm(self, pair: Pair) -> int:
        """Return the most that an order of an account, accepted now, can ever be charged."""
        return max(*pair.rates, self.auction_ppm, 0) if pair.rates else self.cap_ppm

    def set_rates(self, maker_ppm: int, taker_ppm: int, auction_ppm: int) -> None:
        """Set the rates; `cap_ppm` is the most an order accepted under them can ever be charged."""
        self.maker_ppm, self.taker_ppm, self.auction_ppm = maker_ppm, taker_ppm, auction_ppm
        self.cap_ppm = max(taker_ppm, maker_ppm, auction_ppm, 0)

    def hold_per_lot(self, side: int, price_ticks: int, cap_ppm: int) -> int:
        """Return what one lot of a resting order holds, in quote units (buy) or base (sell)."""
        if side:
            return self.lot_units
        if self.fee_asset:
            return price_ticks * self.tick_value
        return hold_per_lot_units(price_ticks, self.tick_value, cap_ppm)

    def crosses(self, side: int, price_ticks: int) -> bool:
        """Return whether a limit of this side and price would trade with the best opposite one."""
        keys = self.sides[1 - side].keys
        if not keys:
            return False
        return keys[-1] >= price_ticks if side else -keys[-1] <= price_ticks

    def reference_price(self, side: int) -> int:
        """Return the best price at which an order without peg rests; 0 for none."""
        for level in self.sides[side].best_first():
            if any(not order.peg for order in level.orders.values()):
                return level.price_ticks
        return 0

    def best_prices(self) -> tuple[int, ...]:
        """Return of either side the best price, the lots at it, and the reference of pegs."""
        bid, ask = self.sides[0].best(), self.sides[1].best()
        return (
            bid.price_ticks if bid else 0,
            bid.lots if bid else 0,
            ask.price_ticks if ask else 0,
            ask.lots if ask else 0,
            self.reference_price(BUY),
            self.reference_price(SELL),
        )


@dataclass(slots=True)
class Withdrawal:
    """Units on their way out."""

    account: int
    asset: int
    amount_units: int
