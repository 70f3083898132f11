"""What the bench is told and what it answers, as structs: the OpenAPI document is made of these."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from outcry.gateway.native.schemas import In, Time

MS_MAX = 600_000
Milliseconds = Annotated[int, Meta(ge=0, le=MS_MAX)]
HeaderName = Annotated[str, Meta(pattern="^[A-Za-z0-9-]{1,64}$")]
HeaderText = Annotated[str, Meta(pattern="^[ -~]{0,256}$")]
Count = Annotated[int, Meta(ge=1, le=1_000_000)]


class FaultIn(In):
    """What happens to the next requests whose path begins so.

    `refuse` answers with a code of the venue's errors, `answer` with any status and body, `cut`
    ends the connection, `delay` waits. With `when` after, the request is done first.
    """

    do: Literal["refuse", "answer", "cut", "delay"]
    path: str = "/"
    method: Literal["GET", "POST", "PATCH", "PUT", "DELETE"] | None = None
    when: Literal["before", "after"] = "before"
    count: Count | None = 1
    """How many requests; null: all, until the faults are taken back."""
    skip: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    """How many requests pass before."""
    code: str = "BUSY"
    status: Annotated[int, Meta(ge=200, le=599)] = 503
    body: Any = None
    headers: dict[HeaderName, HeaderText] = {}
    """Of an `answer`, besides those that every answer has."""
    delay_ms: Milliseconds = 0


class LatencyIn(In):
    """How long every request waits: so long, and up to `jitter_ms` more by chance."""

    latency_ms: Milliseconds = 0
    jitter_ms: Milliseconds = 0


class GapIn(In):
    """How many of a channel's next messages are not sent."""

    channel: str
    messages: Count = 1


class DisconnectIn(In):
    """Whose WebSockets are cut: those whose path begins so."""

    path: str = "/"


class ClockIn(In):
    """Another time: `time`, or so much later than now. Time in the log never goes back."""

    time: str | int | None = None
    advance_ms: Annotated[int, Meta(ge=0, le=10 * 365 * 86_400_000)] = 0


class ClockOut(msgspec.Struct):
    """What time it is here, and how far that is from the machine's."""

    time: Time
    offset_ms: int


class DisconnectedOut(msgspec.Struct):
    """How many connections were cut."""

    disconnected: int


class FaultOut(msgspec.Struct):
    """A fault that is waiting; `struck` requests had it."""

    do: str
    method: str | None
    path: str
    when: str
    left: int | None
    skip: int
    struck: int


class BenchOut(msgspec.Struct):
    """How the bench is set."""

    time: Time
    offset_ms: int
    latency_ms: int
    jitter_ms: int
    faults: list[FaultOut]
    gaps: dict[str, int]
    sockets: int
