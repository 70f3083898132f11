"""What a stranger can send is read in a time that does not matter, however odd it is."""

import contextlib
import time
from collections.abc import Callable

import pytest

from outcry.gateway.errors import ApiError
from outcry.gateway.express.head import HEAD_BYTES_MAX, read_head
from outcry.gateway.json_input import convert, decode_object
from outcry.gateway.native.parse import Number, parse_time
from outcry.gateway.native.schemas import PlainOrder
from outcry.identity.email import normalise
from outcry.identity.errors import BadEmail
from outcry.identity.passwords import _canonical

SIZE = 65_536
MOST_S = 0.1


def fill(start: bytes, part: bytes, end: bytes, size: int = SIZE) -> bytes:
    """Return start, as many parts as fit, and end."""
    return start + part * ((size - len(start) - len(end)) // len(part)) + end


def many_keys(end: bytes) -> bytes:
    return b"{" + b",".join(b'"%x":0' % i for i in range(7_000)) + end


HEAD = b"GET / HTTP/1.1\r\nHost: x\r\nX:"
INPUTS: dict[str, Callable[[], object]] = {
    "many-keys": lambda: convert(decode_object(many_keys(b"}")), PlainOrder),
    "many-keys-and-a-duplicate": lambda: decode_object(many_keys(b',"z":1,"z":2}')),
    "many-duplicates": lambda: decode_object(fill(b'{"a":1', b',"a":1', b"}")),
    "many-objects": lambda: decode_object(fill(b'{"a":[0', b",{}", b"]}")),
    "many-lists": lambda: decode_object(fill(b'{"a":[0', b",[]", b"]}")),
    "deep-lists": lambda: decode_object(fill(b'{"a":', b"[", b"")),
    "deep-objects": lambda: decode_object(fill(b"", b'{"a":', b"")),
    "digits": lambda: decode_object(fill(b'{"a":', b"9", b"}")),
    "exponent": lambda: decode_object(fill(b'{"a":1e', b"9", b"}")),
    "fraction": lambda: decode_object(fill(b'{"a" :0.', b"9", b"}")),
    "escapes": lambda: decode_object(fill(b'{"a":"', b"\\ud83d\\udca9", b'"}')),
    "colons": lambda: decode_object(fill(b'{"a":"', b":", b'"}')),
    "email-ligatures": lambda: normalise("\ufdfa" * 30_000),
    "email-dots": lambda: normalise("a." * 120 + "@b"),
    "email-labels": lambda: normalise("a@" + "a." * 120 + "!"),
    "email-hyphens": lambda: normalise("a@" + "a-" * 120 + "!"),
    "password-ligatures": lambda: _canonical("\ufdfa" * 1_024),
    "number": lambda: Number("price", "BAD_TICK", 2, 5).units("9" * SIZE),
    "time": lambda: parse_time("9" * SIZE, "start_time"),
    "header-blanks": lambda: read_head(fill(HEAD, b" ", b"\0", HEAD_BYTES_MAX)),
    "header-blanks-after": lambda: read_head(fill(HEAD + b"a", b" ", b"\0", HEAD_BYTES_MAX)),
    "header-blanks-between": lambda: read_head(fill(HEAD, b"a ", b"\0", HEAD_BYTES_MAX)),
    "header-name": lambda: read_head(fill(HEAD[:-3], b"X", b"", HEAD_BYTES_MAX)),
    "header-lines": lambda: read_head(fill(HEAD, b"\r\nX:", b"\0", HEAD_BYTES_MAX)),
}


def seconds(read: Callable[[], object]) -> float:
    start = time.thread_time()
    with contextlib.suppress(ApiError, BadEmail):
        read()
    return time.thread_time() - start


@pytest.mark.parametrize("name", INPUTS)
def test_odd_input_is_read_fast(name: str) -> None:
    # The garbage collector may look at everything that other tests left, but not each time.
    assert min(seconds(INPUTS[name]) for _ in range(4)) < MOST_S
