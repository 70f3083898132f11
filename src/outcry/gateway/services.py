"""What the gateway needs, assembled by the bootstrap."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from outcry.engine.engine import Engine
from outcry.gateway.binance.feeds import BinanceFeeds
from outcry.gateway.limits.gate import Gate
from outcry.gateway.live.private import PrivateFeed
from outcry.gateway.native.schemas import StatusOut
from outcry.gateway.special.known import Specials
from outcry.gateway.staff.known import KnownLimits
from outcry.gateway.staff.ports import Bots, NoBots, Operator
from outcry.identity.identity import Identity
from outcry.ledger.reads.live import LiveOrders
from outcry.marketdata.feed import Feed
from outcry.marketdata.market_data import MarketData
from outcry.marketdata.registry import Registry
from outcry.ports import Clock, LedgerStore, OrderEntry, ProofStore


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """How the doors behave."""

    development: bool = False
    """Offer the faucet and its like, and say so on every answer."""
    bench: bool = False
    """Let an operator make things go wrong for clients; every request takes the long way."""
    connections_max: int = 20_000
    """Connections that may be open; fewer, where the process may not open so many files."""
    silence_max_s: float = 30.0
    """A client that takes none of what was sent to it for so long is disconnected."""
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
    exports_at_once: int = 2
    """Accounts that may export at the same time; each is written in a thread, piece by piece."""
    proxies: tuple[str, ...] = ()
    """Addresses or networks of proxies whose `X-Forwarded-For` is believed; nobody else's is."""
    origins: tuple[str, ...] = ()
    """Browser origins besides the venue's own that may open a WebSocket."""
    sign_in_domains: tuple[str, ...] = ()
    """Hosts besides this machine's own names whose messages wallets sign to log in."""


class LedgerFacts(Protocol):
    """How far the ledger is."""

    stored_sequence: int
    """Its store is complete up to here."""

    async def caught_up(self) -> None:
        """Wait until the store has everything so far, but not for long."""


@dataclass(slots=True)
class Services:
    """The rooms behind the gateway.

    `history_store` is read only; what it does not have yet, `orders` and `market_data` still know.
    `ready` says whether orders can be placed, `status` how the venue is. `gauges` are numbers read
    when somebody scrapes. `bots` are those that this venue itself runs.
    """

    entry: OrderEntry
    engine: Engine
    registry: Registry
    market_data: MarketData
    feed: Feed
    orders: LiveOrders
    specials: Specials
    limits: KnownLimits
    history_store: LedgerStore
    ledger: LedgerFacts
    identity: Identity
    clock: Clock
    private: PrivateFeed
    binance: BinanceFeeds
    proofs: ProofStore
    gate: Gate
    status: Callable[[], StatusOut]
    operator: Callable[[], Operator]
    settings: GatewaySettings = field(default_factory=GatewaySettings)
    ready: Callable[[], bool] = lambda: True
    gauges: Callable[[], dict[str, float]] = dict
    version: str = ""
    bots: Bots = field(default_factory=NoBots)
