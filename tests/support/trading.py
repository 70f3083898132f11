"""A venue of two markets with every kind of order in it, as the event batches its readers see."""

from collections.abc import Iterator
from random import Random

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.market import FeeAsset, MarketState
from outcry.domain.order import BOTH_SIDES, Kind, OrderFlag, ReplaceMode, SelfTrade, TimeInForce
from outcry.engine.core import choose
from outcry.engine.engine import Engine
from outcry.ports import EventBatch

BTC, USDT = 1, 2
QUOTE_MARKET, RECEIVED_MARKET = 1, 2
ACCOUNTS = (1, 2, 3)
START_NS = 1_700_000_000_000_000_000
PLAIN_LIVES = (TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK)


def opening() -> list[c.Command]:
    """Return the commands that define both markets and fund three accounts."""
    commands: list[c.Command] = [
        c.SetAsset(asset=BTC, symbol="BTC", unit_decimals=8, chain_decimals=8),
        c.SetAsset(asset=USDT, symbol="USDT", unit_decimals=6, chain_decimals=6),
    ]
    for market, symbol, fee_asset, maker_ppm in (
        (QUOTE_MARKET, "BTC_USDT", FeeAsset.QUOTE, -50),
        (RECEIVED_MARKET, "XBT_USDT", FeeAsset.RECEIVED, 200),
    ):
        commands += [
            c.SetMarket(
                market=market,
                symbol=symbol,
                base=BTC,
                quote=USDT,
                tick_mantissa=5,
                tick_decimals=2,
                lot_units=10_000,
                fee_asset=fee_asset,
                allow_self_trade=1,
            ),
            c.SetFees(market=market, maker_ppm=maker_ppm, taker_ppm=500),
            c.SetState(market=market, state=MarketState.TRADING),
        ]
    for account in ACCOUNTS:
        commands.append(c.OpenAccount(account=account))
        commands.append(c.Deposit(account=account, asset=BTC, amount_units=10**15))
        commands.append(c.Deposit(account=account, asset=USDT, amount_units=10**15))
    return commands


class TradingVenue:
    """An engine, a stamp that only moves when told, and one event batch a call."""

    def __init__(self, engine: Engine | None = None) -> None:
        self.engine = engine or Engine(choose("reference")())
        self.now_ns = max(START_NS, self.engine.core.now_ns)

    def run(self, *commands: c.Command) -> EventBatch:
        """Apply commands as one batch; return what its readers see."""
        records = bytearray(b"".join(codec.encode_command(command) for command in commands))
        first = self.engine.core.sequence + 1
        count = codec.stamp(records, first, self.now_ns)
        told = self.engine.apply(bytes(records))
        last = first + count - 1
        chain_hash = last.to_bytes(32, "big")
        return EventBatch(first, last, self.now_ns, chain_hash, codec.decode_events(told), told)


def limit(
    account: int, side: int, price_ticks: int, lots: int, *, market: int = QUOTE_MARKET
) -> c.PlaceOrder:
    """Return a plain GTC limit order."""
    return c.PlaceOrder(
        account=account, market=market, side=side, price_ticks=price_ticks, lots=lots
    )


def random_command(random: Random, last_order_id: int) -> c.Command:
    """Return one command of a busy day; about half of them trade or end an order."""
    account, market = random.choice(ACCOUNTS), random.choice((QUOTE_MARKET, RECEIVED_MARKET))
    order_id = random.randint(max(1, last_order_id - 30), max(1, last_order_id))
    pick = random.random()
    if pick < 0.12:
        return c.CancelOrder(account=account, order_id=order_id)
    if pick < 0.17:
        return c.ReduceOrder(account=account, order_id=order_id, lots=random.randint(1, 5))
    if pick < 0.25:
        return c.ReplaceOrder(
            account=account,
            order_id=order_id,
            price_ticks=random.randint(980, 1020),
            lots=random.randint(1, 20),
        )
    if pick < 0.255:
        return c.CancelAll(account=account, market=market, side=BOTH_SIDES)
    return _random_order(random, account, market, order_id, pick)


def _random_order(
    random: Random, account: int, market: int, order_id: int, pick: float
) -> c.Command:
    kind = random.choices((Kind.LIMIT, Kind.MARKET, Kind.BUDGET), (8, 1, 1))[0]
    lasting = random.choices(PLAIN_LIVES, (8, 1, 1))[0] if kind == Kind.LIMIT else 0
    fields = {
        "account": account,
        "market": market,
        "key": f"k{random.getrandbits(40)}" if random.random() < 0.5 else "",
        "side": random.randint(0, 1),
        "kind": kind,
        "time_in_force": lasting,
        "self_trade": random.choice(tuple(SelfTrade)),
        "price_ticks": random.randint(980, 1020) if kind == Kind.LIMIT else 0,
        "lots": random.randint(1, 12) if kind != Kind.BUDGET else 0,
        "budget_units": random.randint(1, 9) * 10**6 if kind == Kind.BUDGET else 0,
    }
    if kind == Kind.LIMIT and not lasting and random.random() < 0.2:
        fields["flags"] = OrderFlag.POST_ONLY
    if pick < 0.32:
        return c.CancelReplace(order_id=order_id, mode=random.choice(tuple(ReplaceMode)), **fields)
    if kind == Kind.LIMIT and not lasting and random.random() < 0.15:
        return c.PlaceSpecial(**fields | {"time_in_force": TimeInForce.DAY})
    return c.PlaceOrder(**fields)


STEPS_NS = (0, 0, 1_000, 400_000_000, 7_000_000_000, 90_000_000_000, 5_000_000_000_000)
"""How far time moves between two batches: mostly little, sometimes past an hour."""


def random_batches(seed: int, batches: int) -> Iterator[tuple[TradingVenue, EventBatch]]:
    """Yield the venue and each batch of a random day, the same for the same seed."""
    random, venue = Random(seed), TradingVenue()
    yield venue, venue.run(*opening())
    last_order_id = 0
    for _ in range(batches - 1):
        venue.now_ns += random.choice(STEPS_NS)
        commands = [random_command(random, last_order_id) for _ in range(random.randint(1, 6))]
        batch = venue.run(*commands)
        last_order_id = max(
            [last_order_id, *(e.order_id for e in batch.events if hasattr(e, "order_id"))]
        )
        yield venue, batch
