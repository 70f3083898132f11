"""Requests of the WebSocket API: numbers keep their text, for the grammar and for the signature."""

from decimal import Decimal, InvalidOperation
from typing import NamedTuple

import msgspec

from outcry.gateway.binance.wire.errors import BinanceError
from outcry.gateway.binance.wire.parameters import Parameters

_NULL = msgspec.Raw(b"null")
ID_LENGTH_MAX = 64
EXPONENT_MAX = 30
_BAD = BinanceError(-1135, "The request is not valid: JSON with id, method and params is wanted.")


class _Envelope(msgspec.Struct):
    method: str
    id: msgspec.Raw = _NULL
    params: dict[str, msgspec.Raw] = {}


_decode = msgspec.json.Decoder(_Envelope).decode
_text = msgspec.json.Decoder(str).decode


class Message(NamedTuple):
    """A request: the text of its id, its method, its parameters, and the bytes that are signed."""

    number: str
    method: str
    params: Parameters
    payload: bytes


def number_of(data: bytes) -> str:
    """Return the text of the id of a message that may be broken; `null` where there is none."""
    try:
        found = msgspec.json.decode(data, type=dict[str, msgspec.Raw]).get("id", _NULL)
    except (msgspec.DecodeError, UnicodeError):
        return "null"
    return _id(bytes(found)) or "null"


def read(data: bytes) -> Message:
    """Return the request that a text frame is.

    Raises:
        BinanceError: -1135.
    """
    try:
        envelope = _decode(data)
        number = _id(bytes(envelope.id))
        found = {name: _value(bytes(raw)) for name, raw in envelope.params.items()}
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise _BAD from None
    if number is None:
        raise _BAD
    signed = "&".join(
        f"{name}={text}" for name, (text, _) in sorted(found.items()) if name != "signature"
    )
    params = Parameters({name: plain for name, (_, plain) in found.items() if plain is not None})
    return Message(number, envelope.method, params, signed.encode())


def _id(raw: bytes) -> str | None:
    """Return an id as it was sent: a whole number, a short text, or null."""
    if len(raw) > ID_LENGTH_MAX or raw[:1] in b"{[tf":
        return None
    return raw.decode()


def _value(raw: bytes) -> tuple[str, str | None]:
    """Return a value's text as it is signed, and as the calls read it; null is not there."""
    first = raw[:1]
    if first == b'"':
        text = _text(raw)
        return text, text
    text = raw.decode()
    if first in b"-0123456789":
        return text, _plain(text)
    return text, None if text == "null" else text


def _plain(text: str) -> str:
    """Return a number without an exponent: only here clients may send `1e-05`."""
    if "e" not in text and "E" not in text:
        return text
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or abs(exponent) > EXPONENT_MAX:
        return text
    return format(number, "f")
