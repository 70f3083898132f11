"""What an operator may ask of a running venue over its control socket."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from outcry.adapters.control_socket import ControlError, Message
from outcry.adapters.lookout import Lookout
from outcry.adapters.mode_desk import NotChanged, Wish
from outcry.domain.market import VenueMode
from outcry.identity.email import normalise
from outcry.identity.errors import IdentityError
from outcry.identity.identity import Identity

MODES = {mode.name.lower().replace("_", "-"): mode for mode in VenueMode}
Asked = TypeVar("Asked")
REASON_CHARACTERS, NAME_CHARACTERS = 200, 64


class _Mode(msgspec.Struct, forbid_unknown_fields=True):
    """A mode is wanted."""

    op: str
    mode: str
    reason: Annotated[str, Meta(min_length=1, max_length=REASON_CHARACTERS)]
    by: Annotated[str, Meta(min_length=1, max_length=NAME_CHARACTERS)]


class _Staff(msgspec.Struct, forbid_unknown_fields=True):
    """Somebody is to have these roles and no others."""

    op: str
    email: Annotated[str, Meta(min_length=3, max_length=254)]
    roles: list[str]
    by: Annotated[str, Meta(min_length=1, max_length=NAME_CHARACTERS)]


class OperatorCalls:
    """`mode` and `status`, which answer with how the venue is, and `staff`."""

    def __init__(
        self, lookout: Lookout, status: Callable[[], dict[str, Any]], identity: Identity
    ) -> None:
        self._lookout = lookout
        self._status = status
        self._identity = identity

    async def handle(self, request: Message) -> Message:
        """Carry out a request.

        Raises:
            ControlError: it is none, or was not carried out.
        """
        match request.get("op"):
            case "status":
                return self._status()
            case "mode":
                await self._mode(request)
                return self._status()
            case "staff":
                return await asyncio.to_thread(self._staff, request)
            case other:
                raise ControlError(f"there is no {other!r}; there are mode, status and staff")

    def _staff(self, request: Message) -> Message:
        asked = _read(request, _Staff)
        try:
            account = self._identity.roles.give(normalise(asked.email), asked.roles, asked.by)
        except IdentityError as error:
            raise ControlError(str(error)) from None
        return {"account": account, "roles": sorted(self._identity.roles.of(account))}

    async def _mode(self, request: Message) -> None:
        asked = _read(request, _Mode)
        mode = MODES.get(asked.mode.replace("_", "-"))
        if mode is None:
            raise ControlError(f"there is no mode {asked.mode!r}; there are {', '.join(MODES)}")
        # What is written down is read by people, in a terminal and on pages: plain text only.
        if not (asked.reason + asked.by).isprintable():
            raise ControlError("reason and name are one line of text that can be printed")
        try:
            await self._lookout.operate(mode, Wish("operator", asked.reason, asked.by))
        except (NotChanged, OSError) as error:
            raise ControlError(str(error)) from None


def _read(request: Message, kind: type[Asked]) -> Asked:
    """Return a request as its struct."""
    try:
        return msgspec.convert(request, kind)
    except msgspec.ValidationError as error:
        raise ControlError(str(error)) from None
