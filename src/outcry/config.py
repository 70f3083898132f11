"""The settings of a venue, assembled from the rooms' own, and read from OUTCRY_ variables.

A variable is `OUTCRY_` and a field of `Settings`, or of a room: `OUTCRY_PORT`, `OUTCRY_CORE`,
`OUTCRY_PIPELINE_QUEUE_COMMANDS`. `OUTCRY_PURE=1` is `OUTCRY_CORE=reference`. A name that is none of
these stops the start, and the answer names the nearest that is.
"""

import os
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Literal, get_type_hints

import msgspec

from outcry.gateway.limits.rates import LimitSettings
from outcry.gateway.services import GatewaySettings
from outcry.guard import GuardSettings
from outcry.pipeline import PipelineSettings

PREFIX = "OUTCRY_"
_LISTS = {"origins", "proxies", "sign_in_domains"}
OTHERS = {"OUTCRY_FAILPOINT", "OUTCRY_PURE"}
"""Variables that are read by their own rules."""


class ProcessSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the process lives and ends."""

    drain_timeout_s: float = 10.0
    """What is under way may take this long after SIGTERM."""
    watchdog_timeout_s: float = 30.0
    """A loop that does not turn for so long ends the process."""
    prompt_interval_s: float = 0.25
    """How late an order may end, or an auction be told of, in a quiet venue."""


class LedgerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who writes the ledger."""

    run: Literal["process", "thread", "off"] = "process"
    """A process of its own, a thread of this one, or nobody: then nothing of the ledger moves."""
    events_max: Annotated[int, msgspec.Meta(ge=1)] = 60_000
    """Events in one transaction."""


class DemoSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `--demo` brings along."""

    maker: bool = True
    """A market maker and a taker in BTC_USDT and ETH_USDT; without them the books rest."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that can be set."""

    data: str = "data"
    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65_535)] = 8000
    """0 takes any free port."""
    core: Literal["", "reference", "compiled"] = ""
    """Empty: the compiled core where it was built."""
    process: ProcessSettings = ProcessSettings()
    ledger: LedgerSettings = LedgerSettings()
    pipeline: PipelineSettings = PipelineSettings()
    guard: GuardSettings = GuardSettings()
    gateway: GatewaySettings = GatewaySettings()
    limits: LimitSettings = LimitSettings()
    demo: DemoSettings = DemoSettings()


ROOMS: dict[str, type] = {
    "process": ProcessSettings,
    "ledger": LedgerSettings,
    "pipeline": PipelineSettings,
    "guard": GuardSettings,
    "gateway": GatewaySettings,
    "limits": LimitSettings,
    "demo": DemoSettings,
}
PLAIN = tuple(name for name in get_type_hints(Settings) if name not in ROOMS)
NOT_FROM_OUTSIDE = {("gateway", "development"), ("gateway", "bench")}
"""Only `--demo` and `--bench` open what development mode and the bench open."""


class BadSettings(Exception):
    """A variable that is no setting, or a value that is none for it."""


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings that the environment asks for.

    Raises:
        BadSettings: a name or a value is wrong; the message names it.
    """
    places = _places()
    found: dict[str, Any] = {}
    for name, text in environ.items():
        if not name.startswith(PREFIX) or name in OTHERS or not text:
            continue
        if name not in places:
            near = get_close_matches(name, places, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise BadSettings(f"{name} is not a setting{hint}")
        room, field = places[name]
        value = text.split(",") if field in _LISTS else text
        target = found.setdefault(room, {}) if room else found
        target[field] = value
    if environ.get("OUTCRY_PURE", "0") not in ("", "0"):
        found["core"] = "reference"
    try:
        return msgspec.convert(found, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise BadSettings(f"a setting has no such value: {error}") from None


def _places() -> dict[str, tuple[str, str]]:
    """Return where each variable belongs: (room, field), the room "" for the venue itself."""
    places = {f"{PREFIX}{name.upper()}": ("", name) for name in PLAIN}
    for room, kind in ROOMS.items():
        for field in get_type_hints(kind):
            if (room, field) not in NOT_FROM_OUTSIDE:
                places[f"{PREFIX}{room.upper()}_{field.upper()}"] = (room, field)
    return places
