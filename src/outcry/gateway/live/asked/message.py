"""The parts of a message, by name."""

from typing import Any

from outcry.gateway.errors import ApiError
from outcry.gateway.json_input import convert
from outcry.gateway.native.schemas import In


class Message(In):
    """What a client sends."""

    op: str
    id: Any = None
    channels: list[str] | None = None
    token: str | None = None
    key: str | None = None
    time: str | None = None
    window: str | None = None
    signature: str | None = None
    cancel_on_disconnect: bool = False
    args: dict[str, Any] | None = None


class ShortMessage(In):
    """The short form of following a book."""

    SubscribeOrderbook: str


def message_of(value: dict[str, Any]) -> Message:
    """Return the message that a decoded object is.

    Raises:
        ApiError: it is none.
    """
    if "method" in value:
        raise ApiError("BAD_REQUEST", "this venue speaks `op`; `method` is not served")
    if "SubscribeOrderbook" in value:
        short: ShortMessage = convert(value, ShortMessage)
        return Message(op="subscribe", channels=[f"book:{short.SubscribeOrderbook}"])
    message: Message = convert(value, Message)
    return message


def channels_of(message: Message) -> list[str]:
    """Return the channels that a message names, each once.

    Raises:
        ApiError: it names none.
    """
    if not message.channels:
        raise ApiError("MISSING_FIELD", "name at least one channel", field="channels")
    return list(dict.fromkeys(message.channels))
