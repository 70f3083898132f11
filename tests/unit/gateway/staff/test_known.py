"""Own limits of accounts: as a state says them, and as events go on."""

from outcry import codec
from outcry.domain import commands as c
from outcry.engine.core import choose
from outcry.engine.engine import Engine
from outcry.engine.snapshot import own_limits
from outcry.gateway.staff.known import KnownLimits
from outcry.gateway.staff.venue.pace import Pace, Sample
from outcry.ports import EventBatch

COMMANDS: list[c.Command] = [
    c.SetAsset(asset=1, symbol="A", unit_decimals=0, chain_decimals=0),
    c.SetAsset(asset=2, symbol="B", unit_decimals=0, chain_decimals=0),
    c.SetMarket(
        market=1, symbol="A_B", base=1, quote=2, tick_mantissa=1, tick_decimals=0, lot_units=1
    ),
    *(c.OpenAccount(account=account) for account in (1, 2, 3)),
    c.Deposit(account=1, asset=2, amount_units=100),
    c.Withdraw(account=1, asset=2, amount_units=7),
    c.SetLimits(account=2, market=1, position_units=5, open_orders=3),
    c.SetLimits(account=1, market=1, order_notional_units=9),
    c.SetLimits(account=1, market=1),
    c.SetLimits(account=3, open_orders_total=4),
    c.SetLimits(account=2, open_orders_total=6),
    c.SetLimits(account=2),
]  # fmt: skip


def test_limits_followed_by_events_are_those_of_the_state() -> None:
    engine, known = Engine(choose()()), KnownLimits()
    for sequence, command in enumerate(COMMANDS, 1):
        record = bytearray(codec.encode_command(command))
        codec.STAMP.pack_into(record, codec.STAMP_OFFSET, sequence, sequence)
        events = codec.decode_events(engine.apply(bytes(record)))
        known.consume(EventBatch(sequence, sequence, sequence, b"", events))
        restored = KnownLimits()
        restored.restore(own_limits(engine.snapshot()))
        assert (known.accounts, known.of()) == (restored.accounts, restored.of()), command
    assert known.accounts == 3
    assert known.of() == [(3, 0, (4,)), (2, 1, (-1, 3, -1, -1, 5))]
    assert known.of(2) == [(2, 1, (-1, 3, -1, -1, 5))]


def test_pace_is_that_of_the_samples() -> None:
    pace = Pace(lambda: (0, 0))
    assert pace.per_second() == (0.0, 0.0)
    pace._samples.extend([Sample(1.0, 100, 10), Sample(2.0, 300, 10), Sample(5.0, 500, 16)])
    assert pace.per_second() == (100.0, 1.5)
