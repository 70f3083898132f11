"""Every 10,000 commands the sums of each asset are taken; one that disagrees stops the venue."""

from struct import Struct

import pytest

from outcry import codec
from outcry.domain import commands as c
from outcry.domain import events as e
from outcry.domain.events import ModeCause
from outcry.domain.market import VenueMode
from outcry.domain.rejects import Reject
from outcry.engine.core import Core, CoreFactory
from tests.property.script.stage import Bare
from tests.support.cores import CORES, core_factory

NAME = b"BADCOIN"
ASSET_ROW = Struct("<3q16s5q")
FEES = 6
each_core = pytest.mark.parametrize("core", CORES)


def send(core: Core, *commands: c.Command) -> list[e.Event]:
    records = bytearray(b"".join(codec.encode_command(command) for command in commands))
    codec.stamp(records, core.sequence + 1, 0)
    return codec.decode_events(Bare(core).apply(bytes(records)))


def venue(factory: CoreFactory, sequence: int, stray_units: int = 0) -> Core:
    """Return a venue that is about to reach `sequence`; stray units lie in asset 2's fees."""
    core = factory()
    send(
        core,
        c.SetAsset(asset=1, symbol="GOOD", unit_decimals=0, chain_decimals=0),
        c.SetAsset(asset=2, symbol=NAME.decode(), unit_decimals=0, chain_decimals=0),
        c.OpenAccount(account=1),
        c.Deposit(account=1, asset=1, amount_units=100),
        c.Deposit(account=1, asset=2, amount_units=100),
    )
    snapshot = bytearray(core.snapshot())
    snapshot[8:16] = (sequence - 1).to_bytes(8, "little")
    offset = snapshot.index(NAME) - 3 * 8
    row = list(ASSET_ROW.unpack_from(snapshot, offset))
    row[FEES] += stray_units
    ASSET_ROW.pack_into(snapshot, offset, *row)
    return factory.restore(bytes(snapshot))


@each_core
def test_a_violation_stops_the_venue_and_names_the_asset(core: str) -> None:
    built = venue(core_factory(core), 19_999, stray_units=7)
    assert built.conservation_failure() == 2
    events = send(built, c.Tick(), c.Tick(), c.Deposit(account=1, asset=1, amount_units=1))
    changed, refused = events
    assert isinstance(changed, e.ModeChanged)
    assert changed[5:] == (VenueMode.HALTED, VenueMode.NORMAL, ModeCause.CONSERVATION, 2)
    assert (changed.sequence, changed.event_index) == (20_000, 0)
    assert isinstance(refused, e.CommandRejected)
    assert refused.reason == Reject.VENUE_HALTED


@each_core
def test_the_command_itself_comes_first(core: str) -> None:
    built = venue(core_factory(core), 10_000, stray_units=3)
    events = send(built, c.Deposit(account=1, asset=1, amount_units=1))
    assert [type(event) for event in events] == [e.BalanceChanged, e.ModeChanged]
    assert [event.event_index for event in events] == [0, 1]


@each_core
def test_a_refused_command_is_counted_too(core: str) -> None:
    built = venue(core_factory(core), 10_000, stray_units=1)
    events = send(built, c.Deposit(account=9, asset=1, amount_units=1))
    assert [type(event) for event in events] == [e.CommandRejected, e.ModeChanged]


@each_core
def test_an_operator_may_go_on_until_the_next_sums(core: str) -> None:
    built = venue(core_factory(core), 10_000, stray_units=1)
    send(built, c.Tick(), c.SetMode(mode=VenueMode.NORMAL))
    assert built.mode == VenueMode.NORMAL
    assert send(built, *[c.Tick()] * 9_998) == []
    (changed,) = send(built, c.Tick())
    assert isinstance(changed, e.ModeChanged)
    assert changed.sequence == 20_000


@each_core
def test_a_venue_that_is_halted_already_says_nothing(core: str) -> None:
    built = venue(core_factory(core), 9_999, stray_units=1)
    events = send(built, c.SetMode(mode=VenueMode.HALTED), c.Tick())
    assert [type(event) for event in events] == [e.ModeChanged, e.CommandRejected]


@each_core
def test_sums_that_agree_stop_nothing(core: str) -> None:
    built = venue(core_factory(core), 9_999)
    assert send(built, *[c.Tick()] * 3) == []
    assert built.conservation_failure() == 0
    assert built.mode == VenueMode.NORMAL
