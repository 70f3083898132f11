"""What the gateway needs, assembled by the bootstrap."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from outcry.engine.engine import Engine
from outcry.gateway.live.private import PrivateFeed
from outcry.identity.identity import Identity
from outcry.ledger.orders import Orders
from outcry.marketdata.feed import Feed
from outcry.marketdata.market_data import MarketData
from outcry.marketdata.registry import Registry
from outcry.ports import Clock, LedgerStore, OrderEntry, ProofStore


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """How the doors behave."""

    development: bool = False
    """Offer the faucet and its like, and say so on every answer."""
    body_bytes_max: int = 65_536
    frame_bytes_max: int = 65_536
    socket_buffer_bytes: int = 1 << 20
    """What may wait for one subscriber before its book updates are conflated."""
    feed_interval_s: float = 0.02
    shutdown_timeout_s: float = 2.0
    """How long connections may take to end once nothing is under way any more."""
    hashes_at_once: int = 1
    """Passwords that are hashed at the same time; each takes a core for a tenth of a second."""
    hashes_waiting_max: int = 32
    """Registrations and logins that may wait for their turn."""
    origins: tuple[str, ...] = ()
    """Browser origins besides the venue's own that may open a WebSocket."""


@dataclass(slots=True)
class Services:
    """The rooms behind the gateway.

    `caught_up` waits until the history store holds everything sequenced so far. `ready` says
    whether orders can be placed. `gauges` are numbers read when somebody scrapes: name to value.
    """

    entry: OrderEntry
    engine: Engine
    registry: Registry
    market_data: MarketData
    feed: Feed
    orders: Orders
    history_store: LedgerStore
    caught_up: Callable[[], Awaitable[None]]
    identity: Identity
    clock: Clock
    private: PrivateFeed
    proofs: ProofStore
    settings: GatewaySettings = field(default_factory=GatewaySettings)
    ready: Callable[[], bool] = lambda: True
    gauges: Callable[[], dict[str, float]] = dict
    version: str = ""
