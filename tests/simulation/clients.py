"""Clients that want every command done exactly once over a network that loses and repeats.

What they send is drawn from the whole vocabulary, by a pen that sees the venue as it stands. A
command with a key is sent again until it is answered; one without is sent once, and what became of
it may stay unknown.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.events import Event
from outcry.engine.core import Core
from outcry.ports import Outcomes
from tests.property import odd
from tests.property.opening import funds, places
from tests.property.script.pen import Pen
from tests.property.script.scene import Scene
from tests.simulation.scheduler import MS, US, Scheduler

TIMEOUT_NS = 60 * MS
AT_ONCE = 4
"""Commands one client has under way at a time."""
KEYLESS = 0.1

Reply = Callable[[Outcomes | None], None]
Deliver = Callable[[bytes, Reply], None]


class Drawer:
    """Draws what is sent next, looking at the venue as it is or was last."""

    def __init__(self, scheduler: Scheduler, core: Core) -> None:
        self.scheduler = scheduler
        self.scene = Scene(scheduler.random, core, scheduler.now_ns())
        self.opening, self.scene.places = places(scheduler.random)
        self.opening += funds(scheduler.random, self.scene.places)
        self._pen = Pen(self.scene, whole=True)

    def draw(self, key: str) -> c.Command | bytes:
        """Return a command under a key, seldom one that is odd, without a key, or another's."""
        random, scene = self.scheduler.random, self.scene
        scene.time_ns = self.scheduler.now_ns()
        command = self._pen.draw()
        if isinstance(command, bytes):
            return command
        if not command.key and random.random() >= KEYLESS:
            command = replace(command, key=key)
            scene.keyed.append((command, scene.time_ns))
        return odd.misfit(random, command) if random.random() < 0.02 else command


@dataclass
class Request:
    """One command of a client and what is known of it."""

    record: bytes
    command: c.Command | None
    key: str
    """Its own: nobody else has sent anything under it."""
    sends: int = 0
    ended: bool = False

    def __post_init__(self) -> None:
        self.digest = codec.payload_digest(self.record)


@dataclass
class Client:
    """Somebody who sends a command again, with its key, until it is answered."""

    name: str
    commands: int
    drawer: Drawer
    deliver: Deliver
    told: Callable[[Request, list[Event]], None]
    """Called for every answer."""
    requests: list[Request] = field(default_factory=list)
    finished: int = 0

    @property
    def done(self) -> bool:
        return self.finished == self.commands

    @property
    def scheduler(self) -> Scheduler:
        return self.drawer.scheduler

    def start(self) -> None:
        for _ in range(AT_ONCE):
            self._next()

    def _next(self) -> None:
        if len(self.requests) < self.commands:
            request = self._draw(f"{self.name}{len(self.requests)}")
            self.requests.append(request)
            self._send(request)

    def _draw(self, key: str) -> Request:
        drawn = self.drawer.draw(key)
        if isinstance(drawn, bytes):
            return Request(drawn, None, "")
        own = key if drawn.key == key else ""
        return Request(codec.encode_command(drawn), drawn, own)

    def _send(self, request: Request) -> None:
        if request.ended:
            return
        if request.sends and not request.key:
            self._end(request)  # What became of it stays unknown.
            return
        request.sends += 1
        self.deliver(request.record, lambda outcomes: self._answered(request, outcomes))
        self.scheduler.after(TIMEOUT_NS, lambda: self._send(request))

    def _answered(self, request: Request, outcomes: Outcomes | None) -> None:
        if outcomes is None:
            return  # Unknown: the next timeout asks again with the same key.
        self.told(request, outcomes[0])
        if not request.ended:
            self._end(request)

    def _end(self, request: Request) -> None:
        request.ended = True
        self.finished += 1
        self.scheduler.soon(10 * US, 2 * MS, self._next)
