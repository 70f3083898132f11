"""What a request carries: parameters from its query and its body, whatever its headers say of them.

Clients send them in the query or as a form, with the wrong content type or none, so content alone
decides. Values stay text; each getter reads one and names it in its refusal.
"""

import re
from collections.abc import Iterable
from typing import cast
from urllib.parse import unquote_plus

import msgspec

from outcry.gateway.binance.wire.errors import (
    DUPLICATE_PARAMETER,
    BinanceError,
    illegal,
    invalid,
    missing,
)

_ID = re.compile(r"[.A-Za-z:/0-9_-]{1,36}", re.ASCII)
_LEGAL_INTEGER = r"^[0-9]{1,20}$"
_LEGAL_ID = r"^[\.A-Z\:/a-z0-9_-]{1,36}$"
_DIGITS_MAX = 20
PARAMETERS_MAX = 100
LARGEST = (1 << 63) - 1


class Parameters(dict[str, str]):
    """The parameters of one request by name. One that is empty is not there."""

    def need(self, name: str) -> str:
        """Return a parameter that has to be there."""
        text = self.get(name, "")
        if not text:
            raise missing(name)
        return text

    def integer(self, name: str, default: int = 0, most: int = LARGEST) -> int:
        """Return a whole number of at most `most`, or the default where it is not sent."""
        text = self.get(name, "")
        if not text:
            return default
        if len(text) > _DIGITS_MAX or not text.isdigit() or not text.isascii():
            raise illegal(name, _LEGAL_INTEGER)
        return min(int(text), most)

    def limit(self, default: int, most: int) -> int:
        """Return `limit`; Binance takes any number above the most for the most."""
        found = self.integer("limit", default)
        if found < 1:
            raise invalid("limit")
        return min(found, most)

    def time_ns(self, name: str) -> int | None:
        """Return a time sent in milliseconds or microseconds; None where it is not sent."""
        found = self.integer(name, -1)
        return None if found < 0 else as_ns(found)

    def client_id(self, name: str) -> str:
        """Return a client's own id, empty where it is not sent."""
        text = self.get(name, "")
        if text and _ID.fullmatch(text) is None:
            raise illegal(name, _LEGAL_ID)
        return text

    def names(self, name: str) -> list[str] | None:
        """Return a list of names, sent as JSON; None where it is not sent."""
        text = self.get(name, "")
        if not text:
            return None
        try:
            found = msgspec.json.decode(text, type=list[str])
        except (msgspec.DecodeError, UnicodeError):
            raise illegal(name, r'^\["[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}"){0,}\]$') from None
        if not found:
            raise missing(name)
        return found

    def flag(self, name: str) -> bool:
        """Return whether a parameter says `true`."""
        text = self.get(name, "").lower()
        if text not in {"", "true", "false"}:
            raise invalid(name)
        return text == "true"


def as_ns(number: int) -> int:
    """Return a time as nanoseconds: what is too large for milliseconds counts microseconds."""
    return min(number * 1_000 if number >= 10**15 else number * 1_000_000, LARGEST)


def parsed(parts: Iterable[bytes]) -> Parameters:
    """Return the parameters of texts like `a=1&b=2`.

    Raises:
        BinanceError: one comes twice, or there are too many.
    """
    found, count = Parameters(), 0
    for part in filter(None, parts):
        pairs = _pairs(part)
        count += len(pairs)
        found.update(pairs)
    if len(found) < count:
        raise DUPLICATE_PARAMETER()
    if count > PARAMETERS_MAX:
        raise BinanceError(-1101, "Too many parameters.")
    return found


def _pairs(part: bytes) -> list[tuple[str, str]]:
    """Return the names and values of one text."""
    pairs = part.decode("latin-1").split("&")
    found = [tuple(pair.split("=")) for pair in pairs]
    if part.isascii() and b"%" not in part and b"+" not in part and set(map(len, found)) == {2}:
        return cast("list[tuple[str, str]]", found)  # As nearly all are sent: nothing to decode.
    split = [pair.partition("=") for pair in pairs if pair]
    return [(_decoded(name), _decoded(value)) for name, _, value in split]


def _decoded(text: str) -> str:
    # What arrived was bytes; beyond ASCII they are UTF-8.
    return unquote_plus(text.encode("latin-1").decode("utf-8", "replace"), errors="replace")


def without_signature(part: bytes) -> bytes:
    """Return a query or a body as it was signed: without its `signature`, every other byte kept."""
    start = part.rfind(b"&signature=")
    if start >= 0 and part.find(b"&", start + 1) < 0 and part.find(b"signature=") == start + 1:
        return part[:start]  # As every client sends it: at the end.
    if b"signature=" not in part:
        return part
    return b"&".join(pair for pair in part.split(b"&") if not pair.startswith(b"signature="))
