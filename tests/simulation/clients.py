"""Clients that want every command done exactly once over a network that loses and repeats."""

from collections.abc import Callable
from dataclasses import dataclass, field

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.events import CommandRejected, CommandReplayed, Event, OrderAccepted
from outcry.ports import Outcomes
from tests.simulation.scheduler import MS, US, Scheduler
from tests.support.script import BTC, MARKET, USDT

TIMEOUT_NS = 60 * MS
AT_ONCE = 4
"""Commands one client has under way at a time."""

Reply = Callable[[Outcomes | None], None]
Deliver = Callable[[bytes, Reply], None]


@dataclass(frozen=True)
class Result:
    """What a client was told: where the command stands in the log and what came of it."""

    sequence: int
    reason: int
    order_id: int


@dataclass
class Request:
    """One command of a client and what is known of it."""

    key: str
    record: bytes
    deposit_units: int = 0
    sends: int = 0
    result: Result | None = None


@dataclass
class Client:
    """Somebody with one account who sends a command again, with its key, until it is answered."""

    account: int
    commands: int
    scheduler: Scheduler
    deliver: Deliver
    told: Callable[["Client", Request], None]
    """Called for every answer."""
    requests: list[Request] = field(default_factory=list)
    finished: int = 0

    @property
    def done(self) -> bool:
        return self.finished == self.commands

    def start(self) -> None:
        for _ in range(AT_ONCE):
            self._next()

    def _next(self) -> None:
        if len(self.requests) < self.commands:
            request = self._draw(f"{self.account}-{len(self.requests)}")
            self.requests.append(request)
            self._send(request)

    def _draw(self, key: str) -> Request:
        random, account = self.scheduler.random, self.account
        kind = random.random()
        if kind < 0.15:
            asset, amount = random.choice((BTC, USDT)), random.randint(1, 10**6)
            deposit = c.Deposit(account=account, key=key, asset=asset, amount_units=amount)
            return Request(key, codec.encode_command(deposit), amount)
        if kind < 0.3 and self.requests:
            target = codec.key_hash(account, random.choice(self.requests).key)
            cancel = c.CancelOrder(account=account, market=MARKET, key=key, target=target)
            return Request(key, codec.encode_command(cancel))
        side, force = random.randint(0, 1), random.choice((0, 0, 0, 1, 2))
        price, lots = random.randint(990, 1010), random.randint(1, 20)
        self_trade = random.randint(0, 3)
        record = codec.place_order(
            account, MARKET, key, side, 0, force, self_trade, 0, price, lots, 0
        )
        return Request(key, record)

    def _send(self, request: Request) -> None:
        if request.result:
            return
        request.sends += 1
        self.deliver(request.record, lambda outcomes: self._answered(request, outcomes))
        self.scheduler.after(TIMEOUT_NS, lambda: self._send(request))

    def _answered(self, request: Request, outcomes: Outcomes | None) -> None:
        if outcomes is None:
            return  # Unknown: the next timeout asks again with the same key.
        result = result_of(outcomes[0])
        if request.result is None:
            request.result = result
            self.finished += 1
            self.scheduler.soon(10 * US, 2 * MS, self._next)
        assert result == request.result, f"{request.key}: {result} after {request.result}"
        self.told(self, request)


def result_of(events: list[Event]) -> Result:
    """Return what the events of one command tell its sender."""
    first = events[0]
    if isinstance(first, CommandReplayed):
        return Result(first.first_sequence, first.reason, first.order_id)
    reason = first.reason if isinstance(first, CommandRejected) else 0
    placed = isinstance(first, OrderAccepted | CommandRejected)
    order_id = first.order_id if placed else getattr(first, "order_id", 0)
    return Result(first.sequence, reason, order_id)
