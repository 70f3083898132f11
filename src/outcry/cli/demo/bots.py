"""The demo's bots as staff sets them: one child process that trades in the markets that are on.

A change lets the process end, which cancels everything, and another begin. What staff has set is
kept in the data folder.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from typing_extensions import override

from outcry.bootstrap import Venue
from outcry.cli.demo.liquidity import QUOTED, DemoMaker, demo_config
from outcry.cli.demo.seeding import LIQUIDITY
from outcry.domain.decimals import BadDecimal, parse_units
from outcry.gateway.staff.ports import Bots, NotDone
from outcry.gateway.staff.schemas.bots import BotMetricsOut, BotOut, BotParametersOut
from outcry.maker.quotes import QuoteSettings
from outcry.maker.service import MarketSettings
from outcry.marketdata.text import time_text

FILE = "bots.json"
REPORT_S = 1.0
AMOUNTS = ("price", "quantity", "position_max", "noise_quantity")
_OF_QUOTES = frozenset(QuoteSettings.__struct_fields__)
_NAMES = {"strategy": "model"}
_STATES = {True: "running", False: "starting"}


class Kept(msgspec.Struct, forbid_unknown_fields=True):
    """What staff has set of one bot."""

    on: bool = True
    changes: dict[str, Any] = {}


@dataclass(slots=True)
class _Bot:
    """A bot: what it is by itself, what staff has set, and what it said last."""

    own: MarketSettings
    kept: Kept
    said: dict[str, Any] = field(default_factory=dict)
    said_ns: int = 0

    @property
    def settings(self) -> MarketSettings:
        """What it goes by."""
        return changed(self.own, self.kept.changes)


class DemoBots(Bots):
    """The bots of a demo."""

    def __init__(self, venue: Venue) -> None:
        """Prepare; what was set before is read from the data folder."""
        self._venue = venue
        self._path = Path(venue.settings.data) / FILE
        self._turn = asyncio.Lock()
        self._child: DemoMaker | None = None
        self._listening: asyncio.Task[None] | None = None
        self._since_ns = 0
        kept = self._read()
        self._bots = {own.market: _Bot(own, kept.get(own.market, Kept())) for own in QUOTED}
        person = venue.services.identity.person_of(LIQUIDITY)
        self._account = person.account if person else None

    def _read(self) -> dict[str, Kept]:
        if not self._path.exists():
            return {}
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, Kept])
        except msgspec.DecodeError:
            return {}

    def _write(self) -> None:
        kept = {name: bot.kept for name, bot in self._bots.items()}
        aside = self._path.with_suffix(".part")
        aside.write_bytes(msgspec.json.format(msgspec.json.encode(kept)) + b"\n")
        aside.replace(self._path)

    # The process

    async def begin(self) -> None:
        """Let those trade that are on."""
        async with self._turn:
            await self._renew()

    async def end(self) -> None:
        """Let everything be cancelled, while the venue still answers."""
        async with self._turn:
            await self._stop()

    async def _renew(self) -> None:
        await self._stop()
        markets = [bot.settings for bot in self._bots.values() if bot.kept.on]
        for bot in self._bots.values():
            bot.said, bot.said_ns = {}, 0
        if not markets:
            return
        config = msgspec.structs.replace(
            demo_config(self._venue), markets=markets, report_s=REPORT_S
        )
        self._since_ns = self._venue.services.clock.now_ns()
        self._child = child = await DemoMaker.start(config)
        self._listening = asyncio.create_task(self._listen(child), name="bots")

    async def _stop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            await child.end()
        if self._listening is not None:
            await self._listening
            self._listening = None

    async def _listen(self, child: DemoMaker) -> None:
        """Take in what the process says, until it has ended."""
        async for line in child.lines():
            now_ns = self._venue.services.clock.now_ns()
            for said in msgspec.json.decode(line):
                bot = self._bots.get(said["market"])
                if bot is not None and said["bot"] == "maker":
                    bot.said, bot.said_ns = said, now_ns

    # What staff asks

    @override
    def all(self) -> list[BotOut]:
        return [self._out(name, bot) for name, bot in self._bots.items()]

    @override
    async def start(self, bot: str) -> None:
        await self._set(bot, on=True)

    @override
    async def stop(self, bot: str) -> None:
        await self._set(bot, on=False)

    async def _set(self, bot: str, *, on: bool) -> None:
        found = self._found(bot)
        async with self._turn:
            if found.kept.on == on and (not on or self._alive):
                return
            found.kept.on = on
            self._write()
            await self._renew()

    @override
    async def change(self, bot: str, changes: Mapping[str, Any]) -> None:
        found = self._found(bot)
        wanted = {**found.kept.changes, **changes}
        changed(found.own, wanted)
        async with self._turn:
            found.kept.changes = wanted
            self._write()
            if found.kept.on:
                await self._renew()

    def _found(self, name: str) -> _Bot:
        if name not in self._bots:
            raise NotDone(f"there is no bot {name}")
        return self._bots[name]

    @property
    def _alive(self) -> bool:
        return self._child is not None and self._child.alive

    def _out(self, name: str, bot: _Bot) -> BotOut:
        state = "stopped"
        if bot.kept.on:
            state = _STATES[bool(bot.said)] if self._alive else "ended"
        running = bot.kept.on and self._alive
        return BotOut(
            bot=name,
            market=bot.own.market,
            state=state,  # type: ignore[arg-type]  # one of the states
            account=self._account,
            since=time_text(self._since_ns) if running else None,
            parameters=_parameters(bot.settings),
            metrics=_metrics(bot) if running and bot.said else None,
        )


def changed(own: MarketSettings, changes: Mapping[str, Any]) -> MarketSettings:
    """Return the settings of a bot with changes by the names of `BotParametersIn`.

    Raises:
        NotDone: a value cannot be.
    """
    for name in AMOUNTS:
        if name in changes:
            _check_amount(name, changes[name])
    found: dict[str, Any] = msgspec.to_builtins(own)
    for name, value in changes.items():
        place = found["quotes"] if name in _OF_QUOTES else found
        if name != "noise":
            place[_NAMES.get(name, name)] = value
    if changes.get("noise") is False:
        found["noise_quantity"] = ""
    try:
        return msgspec.convert(found, MarketSettings)
    except msgspec.ValidationError as error:
        raise NotDone(str(error)) from None


def _check_amount(name: str, text: str) -> None:
    try:
        units = parse_units(text, 18)
    except BadDecimal:
        units = 0
    if not units:
        raise NotDone(f"{name} is a decimal number above 0")


def _parameters(settings: MarketSettings) -> BotParametersOut:
    quotes = settings.quotes
    return BotParametersOut(
        reference=settings.reference,
        price=settings.price or None,
        strategy=settings.model,
        levels=quotes.levels,
        spacing_bps=quotes.spacing_bps,
        spread_bps=quotes.spread_bps,
        spread_max_bps=quotes.spread_max_bps,
        quantity=quotes.quantity,
        growth_percent=quotes.growth_percent,
        position_max=quotes.position_max,
        keep_bps=quotes.keep_bps,
        refresh_s=quotes.refresh_s,
        noise_quantity=settings.noise_quantity or None,
        noise_every_s=settings.noise_every_s,
    )


def _metrics(bot: _Bot) -> BotMetricsOut:
    said = {name: value for name, value in bot.said.items() if name not in {"market", "bot"}}
    return msgspec.convert({**said, "at": time_text(bot.said_ns)}, BotMetricsOut)
