"""The venue at a glance: numbers, services, mode, snapshots, digests, the trail's soundness."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from outcry.gateway.native.schemas import Amount, In, Time
from outcry.gateway.people.schemas import RequestOut

Fact = int | float | str | bool | None
UNLIMITED = "unlimited"
Count = int | Literal["unlimited"]
LimitText = Annotated[
    str,
    Meta(
        description="a decimal number as a string, or unlimited",
        extra_json_schema={"examples": ["100.05"], "pattern": r"^(unlimited|[0-9]+(\.[0-9]+)?)$"},
    ),
]
Mode = Literal["normal", "cancel_only", "read_only", "halted"]


class MarketDayOut(msgspec.Struct, kw_only=True):
    """A market: what it traded in the last 24 hours, and the fees of this UTC day and the last.

    Fees are by asset, as far as the ledger has written them.
    """

    market: str
    state: str
    last_price: Amount | None
    trades_24h: int
    volume_24h: Amount
    quote: str
    quote_volume_24h: Amount
    fees_today: dict[str, Amount]
    fees_yesterday: dict[str, Amount]


class AssetSumsOut(msgspec.Struct, kw_only=True):
    """Where the units of an asset are; `supply` is what came in less what left for good.

    available + held + in_flight + fees + loss = supply, so `difference` is 0. `loss` is what
    adjustments gave (below 0) or took. Nothing ever rounds, so there is no dust.
    """

    asset: str
    available: Amount
    held: Amount
    in_flight: Amount
    fees: Amount
    loss: Amount
    credited: Amount
    withdrawn: Amount
    supply: Amount
    difference: Amount


class OverviewOut(msgspec.Struct, kw_only=True):
    """The venue in numbers. Those per second are of the last ten seconds."""

    time: Time
    sequence: int
    mode: Mode
    people: int
    accounts: int
    open_orders: int
    commands: int
    commands_per_second: float
    trades: int
    trades_per_second: float
    waiting_requests: int
    waiting_withdrawals: int
    markets: list[MarketDayOut]
    assets: list[AssetSumsOut]


class ServiceOut(msgspec.Struct, kw_only=True):
    """A part of the venue: how it is, and its numbers by name, each with its unit at its end."""

    service: str
    state: Literal["ok", "degraded", "down", "off"]
    detail: str | None
    facts: dict[str, Fact]


class HealthOut(msgspec.Struct, kw_only=True):
    """How the parts of the venue are. `runbook` names the page that says what to do."""

    version: str
    core: str
    started_at: Time
    uptime_s: int
    mode: Mode
    wanted_mode: Mode
    reason: str | None
    by: str | None
    held: str | None
    disk: Literal["ok", "low", "reserve"]
    disk_free_bytes: int
    disk_total_bytes: int
    memory_bytes: int
    circuits: dict[str, Literal["closed", "open", "half_open"]]
    services: list[ServiceOut]
    runbook: str | None


class ModeIn(In):
    """What the venue is to take in from now on, and why."""

    mode: Mode
    reason: str


class ModeOut(msgspec.Struct, kw_only=True):
    """What the venue takes in. `request` is what another has to approve where money may be wrong.

    Its trading goes on then only once it was approved.
    """

    mode: Mode
    wanted_mode: Mode
    request: RequestOut | None


class SnapshotOut(msgspec.Struct, kw_only=True):
    """The state after a sequence, on disk; `digest` is its SHA-256, null where it is damaged."""

    sequence: int
    digest: str | None
    fault: str | None


class SnapshotsOut(msgspec.Struct, kw_only=True):
    """What recovery would start from, newest first; how many were taken and lost since the start.

    `every_commands`: after so many commands one is taken; 0: at the end alone.
    """

    snapshots: list[SnapshotOut]
    every_commands: int
    taken: int
    failed: int


class TakenOut(msgspec.Struct):
    """A snapshot that is being written."""

    sequence: int


class DigestOut(msgspec.Struct):
    """SHA-256 of the whole state after a sequence."""

    sequence: int
    digest: str


class TrailStateOut(msgspec.Struct):
    """Whether the trail is what was written: `findings` says what is not.

    `head` is to be kept elsewhere, and compared.
    """

    sound: bool
    entries: int
    head: str
    findings: list[str]


class RateOut(msgspec.Struct, kw_only=True):
    """So many in an interval; `cancels_besides`: so many more of what only cancels."""

    name: str
    limit: Count
    interval_s: int
    cancels_besides: Count


class LimitedOut(msgspec.Struct):
    """Somebody at their limit now: an address, an account, or the first characters of a key."""

    rate: str
    who: str
    used: int
    limit: int
    until: Time


class ShutOutOut(msgspec.Struct):
    """An address that is shut out."""

    address: str
    until: Time


class RatesOut(msgspec.Struct, kw_only=True):
    """How much anybody may ask, and who may not just now."""

    rates: list[RateOut]
    sockets_per_account: Count
    refusals: int
    shut_outs: int
    limited: list[LimitedOut]
    shut_out: list[ShutOutOut]


class AccountLimitsOut(msgspec.Struct, kw_only=True):
    """Limits that an account has for itself; null: the market's. `market` null: over all."""

    account: int
    market: str | None
    order_notional: LimitText | None
    open_orders: Count | None
    daily_notional: LimitText | None
    stop_orders: Count | None
    position: LimitText | None
    open_orders_total: Count | None


class RiskOut(msgspec.Struct, kw_only=True):
    """What holds trading back: the mode, own limits of accounts, rates, and the guard's limits.

    Bands and breakers of each market are told with the markets.
    """

    mode: Mode
    wanted_mode: Mode
    held: str | None
    concerns: list[str]
    ledger_lag_s_max: float
    ledger_lag_events_max: int
    disk_reserve_bytes: int
    limits: list[AccountLimitsOut]
    rates: RatesOut
