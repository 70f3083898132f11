"""What an operator may ask of a running venue over its control socket."""

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from outcry.adapters.control_socket import ControlError, Message
from outcry.adapters.lookout import Lookout
from outcry.adapters.mode_desk import NotChanged, Wish
from outcry.domain.market import VenueMode

MODES = {mode.name.lower().replace("_", "-"): mode for mode in VenueMode}
REASON_CHARACTERS, NAME_CHARACTERS = 200, 64


class _Mode(msgspec.Struct, forbid_unknown_fields=True):
    """A mode is wanted."""

    op: str
    mode: str
    reason: Annotated[str, Meta(min_length=1, max_length=REASON_CHARACTERS)]
    by: Annotated[str, Meta(min_length=1, max_length=NAME_CHARACTERS)]


class OperatorCalls:
    """`mode` and `status`. Both answer with how the venue is."""

    def __init__(self, lookout: Lookout, status: Callable[[], dict[str, Any]]) -> None:
        self._lookout = lookout
        self._status = status

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
            case other:
                raise ControlError(f"there is no {other!r}; there are mode and status")

    async def _mode(self, request: Message) -> None:
        try:
            asked = msgspec.convert(request, _Mode)
        except msgspec.ValidationError as error:
            raise ControlError(str(error)) from None
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
