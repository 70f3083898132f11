"""Reading replies: in pieces cut anywhere, in every form a body can have, and nothing else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcry.client.wire.reply import BadReply, Reply, ReplyReader

LENGTH = b"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nX-Two:  2 \r\nContent-Length: 5\r\n\r\nhello"
CHUNKS = (
    b"HTTP/1.1 201 Made\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3\r\nhel\r\n2;name=x\r\nlo\r\n0\r\nTrailer: 1\r\n\r\n"
)
SHORT_CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
EMPTY = b"HTTP/1.1 204 No Content\r\n\r\n"
WAIT = b"HTTP/1.1 100 Continue\r\n\r\n" + LENGTH
WHOLE = {"length": LENGTH, "chunks": CHUNKS, "short": SHORT_CHUNKS, "empty": EMPTY, "wait": WAIT}


def read(pieces: list[bytes]) -> Reply | None:
    reader = ReplyReader()
    reply = None
    for piece in pieces:
        assert reply is None
        reply = reader.feed(piece)
    return reply


@pytest.mark.parametrize("kind", WHOLE)
@settings(deadline=None)
@given(cuts=st.lists(st.integers(0, 200), max_size=6))
def test_reply_is_read_however_it_is_cut(kind: str, cuts: list[int]) -> None:
    data = WHOLE[kind]
    places = sorted({min(cut, len(data)) for cut in cuts} | {0, len(data)})
    pieces = [data[a:b] for a, b in zip(places, places[1:], strict=False)]
    reply = read(pieces)
    assert reply is not None
    assert reply.body == (b"" if kind == "empty" else b"hello")


@pytest.mark.parametrize("kind", WHOLE)
def test_reply_is_whole_with_its_last_byte_and_not_before(kind: str) -> None:
    reader = ReplyReader()
    data = WHOLE[kind]
    replies = [reader.feed(data[at : at + 1]) for at in range(len(data))]
    assert replies[:-1] == [None] * (len(data) - 1)
    assert replies[-1] is not None


def test_headers_are_in_lower_case_and_without_blanks() -> None:
    reply = read([LENGTH])
    assert reply is not None
    assert reply.headers == {"content-type": "a/b", "x-two": "2", "content-length": "5"}


def test_body_without_a_length_ends_with_the_connection() -> None:
    reader = ReplyReader()
    assert reader.feed(b"HTTP/1.0 200 OK\r\n\r\nhel") is None
    assert reader.feed(b"lo") is None
    assert reader.end().body == b"hello"
    assert not reader.keep


@pytest.mark.parametrize("data", [b"", LENGTH[:-1], CHUNKS[:-1], LENGTH[:20]])
def test_reply_that_is_cut_is_none(data: bytes) -> None:
    reader = ReplyReader()
    assert reader.feed(data) is None
    with pytest.raises(BadReply, match="ended"):
        reader.end()


def test_connection_that_will_be_closed_is_not_kept() -> None:
    reader = ReplyReader()
    reader.feed(b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n")
    assert not reader.keep


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/2 200 OK\r\n\r\n",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno header\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nName : x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0x5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 2_000,
        LENGTH + b"more",
        SHORT_CHUNKS + b"more",
        b"x" * 70_000,
    ],
)
def test_what_is_no_reply_is_refused(data: bytes) -> None:
    with pytest.raises(BadReply):
        ReplyReader().feed(data)
