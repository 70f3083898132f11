"""Small scripts of commands, as unstamped records, for tests that need a venue with trade in it."""

from collections.abc import Iterator
from random import Random

from outcry import codec
from outcry.adapters.memory import ManualClock
from outcry.domain import commands as c
from outcry.domain.market import MarketState
from outcry.ports import Batch, Log
from outcry.sequencer.sequencer import Sequencer

BTC, USDT, MARKET = 1, 2, 1
ACCOUNTS = (1, 2, 3)
START_NS = 1_700_000_000_000_000_000


def opening() -> list[bytes]:
    """Return the commands that define two assets and a market and fund three accounts."""
    commands: list[c.Command] = [
        c.SetAsset(asset=BTC, symbol="BTC", unit_decimals=8, chain_decimals=8),
        c.SetAsset(asset=USDT, symbol="USDT", unit_decimals=6, chain_decimals=6),
        c.SetMarket(
            market=MARKET,
            symbol="BTC_USDT",
            base=BTC,
            quote=USDT,
            tick_mantissa=1,
            tick_decimals=2,
            lot_units=10_000,
        ),
        c.SetFees(market=MARKET, maker_ppm=100, taker_ppm=200),
        c.SetState(market=MARKET, state=MarketState.TRADING),
    ]
    for account in ACCOUNTS:
        commands.append(c.OpenAccount(account=account))
        commands.append(c.Deposit(account=account, asset=BTC, amount_units=10**12))
        commands.append(c.Deposit(account=account, asset=USDT, amount_units=10**12))
    return [codec.encode_command(command) for command in commands]


def order(account: int, key: str, side: int, price_ticks: int, lots: int) -> bytes:
    """Return a GTC limit order."""
    return codec.place_order(account, MARKET, key, side, 0, 0, 0, 0, price_ticks, lots, 0)


def orders(seed: int) -> Iterator[bytes]:
    """Yield orders and cancels without end, the same for the same seed."""
    random = Random(seed)
    number = 0
    while True:
        number += 1
        account = random.choice(ACCOUNTS)
        if random.random() < 0.2:
            cancel = c.CancelOrder(
                account=account, market=MARKET, order_id=random.randint(1, number)
            )
            yield codec.encode_command(cancel)
        else:
            price = random.randint(990, 1010)
            yield order(account, f"k{number}", random.randint(0, 1), price, random.randint(1, 9))


def some_orders(seed: int, count: int) -> list[bytes]:
    """Return the first `count` of `orders(seed)`."""
    source = orders(seed)
    return [next(source) for _ in range(count)]


def fill(log: Log, seed: int, batches: int, batch_size: int = 3) -> list[Batch]:
    """Write the opening and random orders to a log; return its batches."""
    clock = ManualClock(START_NS)
    sequencer = Sequencer(log, clock, log.tail())
    written = [sequencer.commit(b"".join(opening()))]
    source = orders(seed)
    for _ in range(batches - 1):
        clock.advance(1_000_000)
        written.append(sequencer.commit(b"".join(next(source) for _ in range(batch_size))))
    return written
