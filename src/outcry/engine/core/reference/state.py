"""Everything the core remembers, as plain objects."""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from outcry.domain.commands import NO_LIMIT
from outcry.domain.market import AccountStatus, FeeAsset, MarketState
from outcry.domain.order import Kind, Side, TimeInForce
from outcry.domain.units import DAY_NS, hold_per_lot_units

OFF_LOW, OFF_HIGH = 0, (1 << 63) - 1
OPEN_ORDERS_TOTAL_DEFAULT = 1_000
# Plain numbers, because looking a member up in its enumeration costs more than the comparison.
BUY, SELL = (int(side) for side in Side)
LIMIT, MARKET, BUDGET = (int(kind) for kind in Kind)
GTC, IOC, FOK, GTD, DAY = (int(time_in_force) for time_in_force in TimeInForce)


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

    `funds` are the account's balances that a buy and a sell pay from: quote and base.
    """

    funds: tuple[Balance, Balance]
    open_orders: int = 0
    day: int = 0
    daily_units: int = 0
    order_notional_limit: int = NO_LIMIT
    open_orders_limit: int = NO_LIMIT
    daily_notional_limit: int = NO_LIMIT


@dataclass(slots=True)
class Account:
    """One account. `orders` holds its open orders by id."""

    account: int
    status: int = AccountStatus.ACTIVE
    open_orders_total_limit: int = NO_LIMIT
    key_count: int = 0
    balances: dict[int, Balance] = field(default_factory=dict)
    pairs: dict[int, Pair] = field(default_factory=dict)
    orders: "dict[int, Order]" = field(default_factory=dict)

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


Terms = tuple[int, ...]
"""What makes an order special: display_lots, expires_ns, trigger_ticks, trail_ppm,
peg_offset_ticks, interval_ns, session, slices, trigger, peg, time_in_force."""


@dataclass(slots=True)
class Order:
    """An order that is open, or the one being placed.

    Invariant: filled + open + prevented = lots. `paying` is the balance its hold comes from;
    `hold_per_lot` is in the quote asset for a buy, in base for a sell, 0 for a market order: held =
    open_lots x hold_per_lot. An order by budget has no size of its own: nothing of it is ever open
    and its lots grow with what it does.
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
    terms: Terms | None = None

    @property
    def filled_lots(self) -> int:
        """Return the lots that traded."""
        return self.lots - self.open_lots - self.prevented_lots

    @property
    def hold_units(self) -> int:
        """Return what the open lots hold."""
        return self.open_lots * self.hold_per_lot


@dataclass(slots=True)
class Level:
    """Open orders at one price, oldest first. Invariant: `lots` is the sum of their open lots."""

    price_ticks: int
    lots: int = 0
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

    def add(self, order: Order) -> Level:
        """Put an order at the back of its level."""
        price_ticks = order.price_ticks
        level = self.levels.get(price_ticks)
        if level is None:
            level = self.levels[price_ticks] = Level(price_ticks)
            insort(self.keys, self.sign * price_ticks)
        level.orders[order.order_id] = order
        level.lots += order.open_lots
        return level

    def take(self, order: Order, lots: int) -> Level:
        """Take lots that are no longer open off an order's level; it leaves at 0 open lots."""
        level = self.levels[order.price_ticks]
        level.lots -= lots
        if order.open_lots == 0:
            self.remove(order, level)
        return level

    def remove(self, order: Order, level: Level) -> None:
        """Take an order whose lots are already off its level out of it."""
        del level.orders[order.order_id]
        if not level.orders:
            del self.levels[level.price_ticks]
            del self.keys[bisect_left(self.keys, self.sign * level.price_ticks)]


class Market:
    """A market: its rules, its two sides, its counters."""

    __slots__ = (
        "allow_self_trade", "auction_ppm", "base", "cap_ppm", "fee_asset", "last_price",
        "limit_daily",
        "limit_open_orders", "limit_order_notional", "lot_units", "maker_ppm", "market",
        "market_max_lots", "max_lots", "max_notional", "min_lots", "min_notional", "next_trade_id",
        "quote", "seen_best", "sides", "state", "symbol", "taker_ppm", "tick_decimals",
        "tick_mantissa", "tick_value", "update_id", "version", "watch_high",
        "watch_low",
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
        self.version = 0
        self.state: int = MarketState.CLOSED
        self.maker_ppm = self.taker_ppm = self.auction_ppm = self.cap_ppm = 0
        self.next_trade_id = 1
        self.update_id = 0
        self.last_price = 0
        self.sides = (BookSide(BUY), BookSide(SELL))
        self.watch_low, self.watch_high = OFF_LOW, OFF_HIGH
        self.seen_best = (0, 0, 0, 0)

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

    def best_prices(self) -> tuple[int, int, int, int]:
        """Return best bid and its lots, best ask and its lots; zeros where a side is empty."""
        bid, ask = self.sides[0].best(), self.sides[1].best()
        return (
            bid.price_ticks if bid else 0,
            bid.lots if bid else 0,
            ask.price_ticks if ask else 0,
            ask.lots if ask else 0,
        )


@dataclass(slots=True)
class Withdrawal:
    """Units on their way out."""

    account: int
    asset: int
    amount_units: int


# The idempotency table: which keyed commands were seen, and what became of them

KEYS_OF_AN_ACCOUNT = 65_536
KEYS_OF_THE_VENUE = 10_000_000


@dataclass(slots=True)
class KeyEntry:
    """The first command under a key.

    `number` counts keys of the venue, `account_number` of the account (0 for the venue's own).
    """

    digest: bytes
    account: int
    order_id: int
    command: int
    reason: int
    first_sequence: int
    time_ns: int
    number: int
    account_number: int


class KeyTable:
    """Live keys by hash. An entry is live while it is young and recent enough, see `is_live`."""

    def __init__(self) -> None:
        self.count = 0
        self.entries: dict[bytes, KeyEntry] = {}
        self._oldest: deque[tuple[int, bytes]] = deque()

    def is_live(self, entry: KeyEntry, now_ns: int, account_key_count: int) -> bool:
        """Return whether an entry still answers.

        For 24 h of sequenced time, among the last 65,536 keys of its account and the last 10
        million of the venue.
        """
        return (
            entry.time_ns + DAY_NS > now_ns
            and entry.number > self.count - KEYS_OF_THE_VENUE
            and (
                entry.account == 0 or entry.account_number > account_key_count - KEYS_OF_AN_ACCOUNT
            )
        )

    def find(self, key_hash: bytes, now_ns: int, account_key_count: int) -> KeyEntry | None:
        """Return the live entry of a key."""
        entry = self.entries.get(key_hash)
        if entry is not None and self.is_live(entry, now_ns, account_key_count):
            return entry
        return None

    def add(self, key_hash: bytes, entry: KeyEntry) -> None:
        """Store an entry, whose number is one above the last; forget two that time has ended."""
        self.count = entry.number
        self.entries[key_hash] = entry
        self._oldest.append((entry.number, key_hash))
        for _ in range(2):
            number, oldest_hash = self._oldest[0]
            oldest = self.entries.get(oldest_hash)
            if oldest is not None and oldest.number == number:
                young = oldest.time_ns + DAY_NS > entry.time_ns
                if young and number > self.count - KEYS_OF_THE_VENUE:
                    return
                del self.entries[oldest_hash]
            self._oldest.popleft()
