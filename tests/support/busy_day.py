"""Days of a busy venue, as long as one likes: orders of all kinds, and money that moves."""

from collections.abc import Iterator
from random import Random

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.market import FeeAsset, MarketState
from outcry.domain.order import Kind, SelfTrade, TimeInForce

ACCOUNTS = range(1, 41)
FAMILY = (1, 2, 3)
"""An account and those below it."""
MARKETS = {1: (2, 1), 2: (3, 1), 3: (2, 3)}
"""Base and quote by market."""
MIDDLE_TICKS = 10_000
START_NS = 1_700_000_000_000_000_000
STEPS_NS = (0, 1_000, 20_000_000, 20_000_000, 1_500_000_000)
LIVES = (TimeInForce.GTC, TimeInForce.GTC, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK)


def opening() -> list[c.Command]:
    """Return the commands that make three markets and fund everybody."""
    commands: list[c.Command] = [
        c.SetAsset(asset=asset, symbol=f"A{asset}", unit_decimals=6, chain_decimals=6)
        for asset in (1, 2, 3)
    ]
    for market, (base, quote) in MARKETS.items():
        received = FeeAsset.RECEIVED if market == 2 else FeeAsset.QUOTE
        rules = c.SetMarket(
            market=market, symbol=f"A{base}_A{quote}", base=base, quote=quote, tick_mantissa=1,
            tick_decimals=2, lot_units=10_000, fee_asset=received,
            allow_self_trade=market == 1, limit_open_orders=-1,
        )  # fmt: skip
        rates = c.SetFees(market=market, maker_ppm=-50 if market == 1 else 100, taker_ppm=400)
        commands += [rules, rates, c.SetState(market=market, state=MarketState.TRADING)]
    for account in ACCOUNTS:
        parent = FAMILY[0] if account in FAMILY[1:] else 0
        commands += [c.OpenAccount(account=account, parent=parent)]
        commands += [c.SetLimits(account=account, open_orders_total=1_000_000)]
        commands += [c.Deposit(account=account, asset=a, amount_units=1 << 50) for a in (1, 2, 3)]
    return commands


class BusyDay:
    """Writes commands without looking at what becomes of them."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._orders = 0
        self._withdrawals = 0

    def records(self, commands: int) -> Iterator[bytes]:
        """Yield the stamped record of each command, the opening first."""
        sequence, time_ns = 0, START_NS
        first = map(codec.encode_command, opening())
        rest = (self._next() for _ in range(commands))
        for part in (first, rest):
            for record in part:
                sequence += 1
                time_ns += self._random.choice(STEPS_NS)
                stamped = bytearray(record)
                codec.stamp(stamped, sequence, time_ns)
                yield bytes(stamped)

    def _next(self) -> bytes:
        pick = self._random.random()
        if pick < 0.85:
            return self._order()
        if pick < 0.985:
            return codec.encode_command(self._change())
        return codec.encode_command(self._money())

    def _order(self) -> bytes:
        random = self._random
        self._orders += 1
        kind = random.choices((Kind.LIMIT, Kind.MARKET, Kind.BUDGET), (18, 1, 1))[0]
        is_limit, is_budget = kind == Kind.LIMIT, kind == Kind.BUDGET
        return codec.place_order(
            random.choice(ACCOUNTS),
            random.choice((1, 1, 2, 3)),
            f"k{self._orders}" if random.random() < 0.5 else "",
            random.getrandbits(1),
            kind,
            random.choice(LIVES) if is_limit else TimeInForce.IOC,
            random.choice(tuple(SelfTrade)),
            0,
            MIDDLE_TICKS + random.randint(-25, 25) if is_limit else 0,
            0 if is_budget else random.randint(1, 40),
            random.randint(1, 9) * 10**9 if is_budget else 0,
        )

    def _change(self) -> c.Command:
        random = self._random
        account = random.choice(ACCOUNTS)
        order_id = random.randint(max(1, self._orders - 200), max(1, self._orders))
        pick = random.random()
        if pick < 0.02:
            return c.CancelAll(account=account, market=1, side=2)
        if pick < 0.5:
            price = MIDDLE_TICKS + random.randint(-25, 25)
            lots = random.randint(1, 40)
            return c.ReplaceOrder(account=account, order_id=order_id, price_ticks=price, lots=lots)
        if pick < 0.6:
            return c.ReduceOrder(account=account, order_id=order_id, lots=random.randint(1, 5))
        return c.CancelOrder(account=account, order_id=order_id)

    def _money(self) -> c.Command:
        random = self._random
        account, asset = random.choice(ACCOUNTS), random.choice((1, 2, 3))
        amount = random.randint(1, 10**9)
        pick = random.randrange(6)
        if pick == 0:
            return c.Deposit(account=account, asset=asset, amount_units=amount)
        if pick == 1:
            account, to = random.sample(FAMILY, 2)
            return c.Transfer(account=account, to_account=to, asset=asset, amount_units=amount)
        if pick == 2:
            units = amount * random.choice((1, -1))
            return c.Adjust(account=account, asset=asset, amount_units=units)
        if pick == 3 or not self._withdrawals:
            self._withdrawals += 1
            return c.Withdraw(account=account, asset=asset, amount_units=amount)
        number = random.randint(max(1, self._withdrawals - 3), self._withdrawals)
        return c.FinishWithdrawal(withdrawal_id=number, failed=random.getrandbits(1))
