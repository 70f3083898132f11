"""What a script begins with: assets, markets, accounts, funds; different in every script."""

from dataclasses import dataclass
from random import Random

from outcry.domain import commands as c
from outcry.domain.market import FeeAsset, MarketState

START_NS = 1_700_000_000_000_000_000
ASSETS = {1: "AAA", 2: "BBB", 3: "QQQ", 4: "ZZZ"}
SUB_ACCOUNT = 5
"""Of the first account."""
ACCOUNTS = (1, 2, 3, 4, SUB_ACCOUNT)
RICH = 1 << 40
QUOTE_FEES = (
    (0, 0),
    (100, 200),
    (-50, 400),
    (10_000, 500),
    (-30_000, 30_000),
    (-200_000, 250_000),
    (250_000, 333_333),
)
RECEIVED_FEES = ((0, 0), (100, 200), (10_000, 500), (250_000, 333_333), (999_999, 1))


@dataclass(slots=True)
class Place:
    """A market as the generator sees it: around which price it trades, and in what steps."""

    market: int
    base: int
    quote: int
    centre_ticks: int
    definition: c.SetMarket

    @property
    def fees(self) -> tuple[tuple[int, int], ...]:
        """Return (maker, taker) rates that this market may have."""
        return RECEIVED_FEES if self.definition.fee_asset else QUOTE_FEES


def places(random: Random) -> tuple[list[c.Command], list[Place]]:
    """Return the commands that define assets and markets, and the markets."""
    decimals = {asset: random.randint(0, 2) for asset in ASSETS}
    commands: list[c.Command] = [
        c.SetAsset(asset=asset, symbol=symbol, unit_decimals=decimals[asset], chain_decimals=4)
        for asset, symbol in ASSETS.items()
    ]
    made = []
    for market, base, quote, fee_asset in (
        (1, 1, 3, FeeAsset.QUOTE),
        (2, 2, 3, FeeAsset.RECEIVED),
        (3, 1, 2, random.choice(tuple(FeeAsset))),
    ):
        centre = random.choice((4, 10, 100, 1000))
        definition = c.SetMarket(
            market=market,
            symbol=f"{ASSETS[base]}_{ASSETS[quote]}",
            base=base,
            quote=quote,
            tick_mantissa=random.choice((1, 5, 7)),
            tick_decimals=random.randint(0, decimals[quote]),
            lot_units=random.choice((1, 3)) * 10 ** decimals[base],
            fee_asset=fee_asset,
            allow_self_trade=random.randint(0, 1),
            **filters(random, centre),
        )
        made.append(Place(market, base, quote, centre, definition))
        commands.append(definition)
        maker_ppm, taker_ppm = random.choice(((0, 0), (0, 0), *made[-1].fees))
        commands.append(c.SetFees(market=market, maker_ppm=maker_ppm, taker_ppm=taker_ppm))
        commands.append(c.SetState(market=market, state=MarketState.TRADING))
    return commands, made


def filters(random: Random, centre_ticks: int) -> dict[str, int]:
    """Return the filters and limits of a market: mostly none, sometimes tight ones."""
    tight = {
        "min_lots": random.randint(2, 3),
        "max_lots": random.randint(8, 14),
        "market_max_lots": random.randint(4, 8),
        "min_notional_units": centre_ticks * random.randint(1, 4),
        "max_notional_units": centre_ticks * random.randint(60, 4000),
        "limit_order_notional_units": centre_ticks * random.randint(20, 2000),
        "limit_open_orders": random.randint(2, 5),
        "limit_daily_notional_units": centre_ticks * random.randint(100, 20_000),
        "limit_stop_orders": random.randint(0, 2),
        "limit_position_units": RICH + random.randint(-5, 40),
        "protection_ppm": random.choice((0, 1, 300_000, 999_999)),
    }
    return {name: value for name, value in tight.items() if random.random() < 0.07}


def funds(random: Random, made: list[Place]) -> list[c.Command]:
    """Return the commands that open and fund the accounts, some of them poor."""
    commands: list[c.Command] = []
    for account in ACCOUNTS:
        parent = ACCOUNTS[0] if account == SUB_ACCOUNT else 0
        commands.append(c.OpenAccount(account=account, parent=parent))
        for asset in (1, 2, 3):
            amount = RICH
            if random.random() < 0.12:
                place = next(p for p in made if asset in {p.base, p.quote})
                step = place.definition.lot_units if asset == place.base else place.centre_ticks
                amount = step * random.randint(1, 60) + random.randint(0, 3)
            commands.append(c.Deposit(account=account, asset=asset, amount_units=amount))
    if random.random() < 0.2:
        account, total = random.choice(ACCOUNTS), random.randint(2, 6)
        commands.append(c.SetLimits(account=account, open_orders_total=total))
    return commands
