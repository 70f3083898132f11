"""The books judge what only a host's odd command brings about as the core's rules have it."""

from collections import Counter
from dataclasses import replace

import pytest

from outcry import codec
from outcry.domain import commands as c
from outcry.domain import events as e
from outcry.domain.market import MarketState
from outcry.domain.order import SelfTrade, Side
from tests.property.generator import Script
from tests.property.invariants import audit
from tests.property.opening import START_NS
from tests.property.script.stage import Bare
from tests.support.cores import CORES, core_factory

SLICES_IN_A_CALL = (
    c.SetAsset(asset=1, symbol="AAA", unit_decimals=0, chain_decimals=0),
    c.SetAsset(asset=2, symbol="QQQ", unit_decimals=0, chain_decimals=0),
    c.SetMarket(
        market=1, symbol="AAA_QQQ", base=1, quote=2, tick_mantissa=1, tick_decimals=0, lot_units=1
    ),
    c.PutState(market=1, state=MarketState.TRADING),
    c.OpenAccount(account=1),
    c.OpenAccount(account=2),
    c.Deposit(account=1, asset=1, amount_units=10_000),
    c.Deposit(account=1, asset=2, amount_units=10_000),
    c.Deposit(account=2, asset=2, amount_units=10_000),
    c.PlaceSpecial(
        account=1, market=1, side=Side.SELL, price_ticks=10, lots=20, slices=2, interval_ns=1,
        self_trade=SelfTrade.DECREMENT,
    ),
    c.PutState(market=1, state=MarketState.PRE_OPEN),
    c.PlaceSpecial(account=1, market=1, side=0, price_ticks=12, lots=6, display_lots=4),
    c.PlaceSpecial(account=2, market=1, side=0, price_ticks=11, lots=12, display_lots=4),
    c.RunSlice(order_id=1, lots=1),
    c.RunSlice(order_id=1, lots=8),
)  # fmt: skip
"""They meet an iceberg of their own account, then one of another's."""


def records_of(commands: tuple[c.Command, ...]) -> list[bytes]:
    """Return records, each internal one behind a tick, as whoever stands above a core sends it."""
    records = []
    for sequence, command in enumerate(commands, 1):
        internal = isinstance(command, c.PutState | c.RunSlice)
        for each in [c.Tick()] * internal + [replace(command, internal=internal)]:
            record = bytearray(codec.encode_command(each))
            codec.STAMP.pack_into(record, codec.STAMP_OFFSET, sequence, START_NS + sequence)
            records.append(bytes(record))
    return records


@pytest.mark.parametrize("core", CORES)
def test_a_slice_that_nobody_holds_back_walks_through_a_call(core: str) -> None:
    script = Script(0, 0, records=records_of(SLICES_IN_A_CALL))
    events = codec.decode_events(Bare(core_factory(core)()).apply(b"".join(script.records)))
    told = Counter(type(event) for event in events)
    assert told[e.CommandRejected] == 0
    assert (told[e.MatchPrevented], told[e.Trade], told[e.OrderShown]) == (3, 1, 1)
    assert audit(script, core_factory(core)) == len(script.records)
