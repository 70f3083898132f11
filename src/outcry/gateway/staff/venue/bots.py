"""The bots that this venue runs: how each is, and setting them."""

import msgspec
from aiohttp import web

from outcry.gateway.errors import ApiError
from outcry.gateway.http import Handler
from outcry.gateway.json_input import convert
from outcry.gateway.people.threads import text_of
from outcry.gateway.staff.access import ANYBODY, StaffAccess, check_reason
from outcry.gateway.staff.ports import NotDone
from outcry.gateway.staff.schemas import bots as b
from outcry.identity.staff.roles import ADMIN, RISK


class BotCalls:
    """What staff asks about bots."""

    def __init__(self, access: StaffAccess) -> None:
        self._access = access
        self._services = access.door.services

    def handlers(self) -> dict[str, Handler]:
        """Return the calls by the names of their routes."""
        return {
            "staff_bots": self.bots,
            "staff_start_bot": self.start,
            "staff_stop_bot": self.stop,
            "staff_change_bot": self.change,
        }

    async def bots(self, request: web.Request) -> str:
        """GET /api/v1/staff/bots."""
        await self._access.admit(request, *ANYBODY)
        return text_of(b.BotsOut(self._services.bots.all()))

    async def start(self, request: web.Request) -> str:
        """POST /api/v1/staff/bots/{bot}/start."""
        bot = await self._named(request)
        await self._access.note(request, "bot_started", 0, bot=bot)
        await self._services.bots.start(bot)
        return self._text(bot)

    async def stop(self, request: web.Request) -> str:
        """POST /api/v1/staff/bots/{bot}/stop."""
        bot = await self._named(request)
        await self._access.note(request, "bot_stopped", 0, bot=bot)
        await self._services.bots.stop(bot)
        return self._text(bot)

    async def change(self, request: web.Request) -> str:
        """POST /api/v1/staff/bots/{bot}/parameters."""
        await self._access.admit(request, RISK, ADMIN)
        wanted: b.BotParametersIn = convert(
            await self._access.door.object(request), b.BotParametersIn
        )
        check_reason(wanted.reason)
        bot = await self._named(request)
        told = {
            name: value
            for name, value in msgspec.to_builtins(wanted).items()
            if value is not None and name != "reason"
        }
        if not told:
            raise ApiError("MISSING_FIELD", "name what is to change", field="levels")
        await self._access.note(request, "bot_changed", 0, bot=bot, reason=wanted.reason, **told)
        try:
            await self._services.bots.change(bot, told)
        except NotDone as error:
            raise ApiError("BAD_VALUE", str(error)) from None
        return self._text(bot)

    async def _named(self, request: web.Request) -> str:
        """Return the bot of a path, for somebody who may act on it.

        Raises:
            ApiError: `FORBIDDEN`, `SECOND_FACTOR`, `UNKNOWN_BOT`.
        """
        facts, name = await self._access.admit(request, RISK, ADMIN), request.match_info["bot"]
        if all(bot.bot != name for bot in self._services.bots.all()):
            raise ApiError("UNKNOWN_BOT", field="bot", given=name)
        await self._access.fresh(facts)
        return name

    def _text(self, name: str) -> str:
        return text_of(next(bot for bot in self._services.bots.all() if bot.bot == name))
