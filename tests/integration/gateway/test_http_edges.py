"""What is no good request at all: broken JSON, sizes, encodings, types, methods, paths."""

import asyncio
import gzip
import json
import re
import zlib

import pytest
import pytest_asyncio
import structlog
from aiohttp import web

from outcry.gateway import http
from outcry.gateway.errors import ApiError
from outcry.gateway.http import Wrapper
from outcry.gateway.openapi import ROUTES
from outcry.identity.staff.roles import ROLES
from tests.support.gateway import TATA_INR, Answer, House, Person
from tests.support.people import staff

pytestmark = pytest.mark.asyncio(loop_scope="module")

ORDER = b'{"market":"TATA_INR","side":"buy","price":"50.00","quantity":"1"}'
BODIES = [(route.method, route.path) for route in ROUTES if route.takes is not None]
"""Every call that takes a body."""
NOT_JSON = {
    "nothing": b" ",
    "text": b"hello",
    "null": b"null",
    "number": b"1",
    "list": b"[]",
    "list-of-objects": b"[{}]",
    "cut": ORDER[:-1],
    "rest-after": ORDER + b"x",
    "two-objects": ORDER + ORDER,
    "trailing-comma": ORDER[:-1] + b",}",
    "comment": ORDER[:-1] + b"/* */}",
    "single-quotes": ORDER.replace(b'"', b"'"),
    "nan": b'{"a":NaN}',
    "infinity": b'{"a":-Infinity}',
    "plus": b'{"a":+1}',
    "leading-zero": b'{"a":01}',
    "byte-order-mark": b"\xef\xbb\xbf" + ORDER,
    "utf-16": ORDER.decode().encode("utf-16"),
    "utf-16-without-mark": ORDER.decode().encode("utf-16-le"),
    "nul-before": b"\0" + ORDER,
    "nul-in-text": ORDER.replace(b"TATA_INR", b"TATA\0INR"),
    "newline-in-text": ORDER.replace(b"TATA_INR", b"TATA\nINR"),
    "invalid-utf-8": ORDER.replace(b"TATA", b"\xff\xfe"),
    "overlong-utf-8": ORDER.replace(b"TATA", b"\xc0\xaf"),
    "surrogate-in-utf-8": ORDER.replace(b"TATA", b"\xed\xa0\x80"),
    "lone-surrogate": ORDER.replace(b"TATA", b"\\ud800"),
    "reversed-surrogates": ORDER.replace(b"TATA", b"\\udc00\\ud800"),
    "surrogate-in-key": b'{"\\ud800":1}',
    "duplicate": ORDER[:-1] + b',"price":"60.00"}',
    "duplicate-with-a-space": b'{"price" :"50.00",' + ORDER[1:],
    "duplicate-with-a-line": b'{"price"\n\t\r :"50.00",' + ORDER[1:],
    "duplicate-escaped": b'{"\\u0070rice":"50.00",' + ORDER[1:],
    "duplicate-and-colons": b'{"price" :"\\":\\":",' + ORDER[1:],
    "duplicate-inside": b'{"orders":[{"cancel":1,"cancel" :2}]}',
    "duplicate-deep": b'{"a":{"b":{"c":{"d":{"e":{"f" :1,"f":2}}}}}}',
    "duplicate-in-lists": b'{"a":[[[{"f" :1,"f":2}]]]}',
    "17-lists": b'{"a":' + b"[" * 16 + b"]" * 16 + b"}",
    "17-objects": b'{"a":' * 17 + b"1" + b"}" * 17,
    "17-of-both": b'{"a":[' * 9 + b"]}" * 9,
    "30000-lists": b'{"a":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "10000-objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "open-lists": b'{"a":' + b"[" * 60_000,
}


async def send(person: Person, method: str, path: str, data: bytes, **headers: str) -> Answer:
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    headers["Authorization"] = f"Bearer {person.token}"
    return await person.house.call(method, path, data=data, headers=headers)


async def raw(house: House, request: bytes) -> bytes:
    """Send bytes as they are; return the head of the first answer."""
    host, port = house.venue.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request)
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    writer.close()
    await writer.wait_closed()
    return head


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def finn(house: House) -> Person:
    return await staff(house, *ROLES)


def asked_of(ann: Person, finn: Person, method: str, path: str) -> tuple[Person, str, str]:
    """Return who may make a call, and where it can be made."""
    if "/staff/" not in path:
        return ann, method, path
    return finn, method, re.sub(r"{\w+}", "1", path)


@pytest.mark.parametrize("data", NOT_JSON.values(), ids=NOT_JSON.keys())
@pytest.mark.parametrize(("method", "path"), BODIES, ids=lambda part: part.strip("/"))
async def test_body_that_is_not_one_sound_object_is_refused(
    house: House, ann: Person, finn: Person, method: str, path: str, data: bytes
) -> None:
    before = house.state()
    answer = await send(*asked_of(ann, finn, method, path), data)
    assert (answer.status, answer.code) == (400, "BAD_JSON")
    assert len(answer.error["message"]) <= 200
    assert house.state() == before


def is_text(data: bytes) -> bool:
    """Return whether a text frame can hold this; RFC 6455 wants it to be UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


TEXTS = {name: data.decode() for name, data in NOT_JSON.items() if is_text(data)}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
async def test_frame_that_is_not_one_sound_object_is_refused(house: House, text: str) -> None:
    stream = await house.stream()
    answer = await stream.raw(text)
    assert (answer["ok"], answer["error"]["code"]) == (False, "BAD_JSON")
    assert await stream.ask(op="ping") == "pong"


async def test_16_levels_are_not_too_deep(ann: Person) -> None:
    data = b'{"a":' + b"[" * 15 + b"]" * 15 + b"}"
    answer = await send(ann, "POST", "/api/v1/order/", data)
    assert answer.code == "UNKNOWN_FIELD"


@pytest.mark.parametrize("spaces", [b' { "a" : 1 } ', b'{"a"\t:\r\n1}', b'{"a:b":"c:d"}'])
async def test_spaces_and_colons_are_no_duplicates(ann: Person, spaces: bytes) -> None:
    answer = await send(ann, "POST", "/api/v1/order/", spaces)
    assert answer.code == "UNKNOWN_FIELD"


@pytest.mark.parametrize(("method", "path"), BODIES, ids=lambda part: part.strip("/"))
async def test_body_beyond_64_kilobytes_is_refused(
    house: House, ann: Person, finn: Person, method: str, path: str
) -> None:
    before = house.state()
    answer = await send(*asked_of(ann, finn, method, path), ORDER + b" " * 65_536)
    assert (answer.status, answer.code) == (413, "TOO_LARGE")
    assert house.state() == before


async def test_body_of_exactly_64_kilobytes_is_read(ann: Person) -> None:
    answer = await send(ann, "POST", "/api/v1/order/", ORDER.ljust(65_536))
    assert answer.status == 201


async def test_announced_gigabyte_is_refused_before_it_is_sent(house: House, ann: Person) -> None:
    head = (
        f"POST /api/v1/order/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ann.token}\r\n"
        "Content-Type: application/json\r\nContent-Length: 1073741824\r\n\r\n"
    )
    answer = await raw(house, head.encode() + b" " * 70_000)
    assert b" 413 " in answer.split(b"\r\n")[0]


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "GZIP"])
async def test_compressed_body_is_read(ann: Person, encoding: str) -> None:
    packed = zlib.compress(ORDER) if encoding == "deflate" else gzip.compress(ORDER)
    answer = await send(ann, "POST", "/api/v1/order/", packed, Content_Encoding=encoding)
    assert answer.status == 201


@pytest.mark.parametrize("size", [70_000, 50_000_000])
async def test_small_body_that_becomes_large_is_refused(ann: Person, size: int) -> None:
    packed = gzip.compress(ORDER + b" " * size)
    answer = await send(ann, "POST", "/api/v1/order/", packed, Content_Encoding="gzip")
    assert (answer.status, answer.code) == (413, "TOO_LARGE")


async def test_body_that_is_not_what_its_encoding_says_is_refused(ann: Person) -> None:
    answer = await send(ann, "POST", "/api/v1/order/", ORDER, Content_Encoding="gzip")
    assert (answer.status, answer.code) == (400, "BAD_JSON")


async def test_cut_gzip_is_refused(ann: Person) -> None:
    packed = gzip.compress(ORDER)[:-12]
    answer = await send(ann, "POST", "/api/v1/order/", packed, Content_Encoding="gzip")
    assert (answer.status, answer.code) == (400, "BAD_JSON")


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "compress", "x", "gzip\xff"])
async def test_unknown_encoding_is_refused(ann: Person, encoding: str) -> None:
    answer = await send(ann, "POST", "/api/v1/order/", ORDER, Content_Encoding=encoding)
    assert (answer.status, answer.code) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "json", "*/*",
     "multipart/form-data; boundary=x", "application/\xff", "text/json"],
)  # fmt: skip
@pytest.mark.parametrize(("method", "path"), BODIES, ids=lambda part: part.strip("/"))
async def test_other_content_type_is_refused(
    ann: Person, finn: Person, method: str, path: str, kind: str
) -> None:
    answer = await send(*asked_of(ann, finn, method, path), ORDER, Content_Type=kind)
    assert (answer.status, answer.code) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert answer.error["field"] == "Content-Type"


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON"])
async def test_content_type_is_read_as_http_says(ann: Person, kind: str) -> None:
    answer = await send(ann, "POST", "/api/v1/order/", ORDER, Content_Type=kind)
    assert answer.status == 201


async def test_body_without_a_type_is_refused(house: House, ann: Person) -> None:
    head = (
        f"POST /api/v1/order/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ann.token}\r\n"
        f"Content-Length: {len(ORDER)}\r\n\r\n"
    )
    answer = await raw(house, head.encode() + ORDER)
    assert b" 415 " in answer.split(b"\r\n")[0]


@pytest.mark.parametrize(
    "path", ["/nothing", "/api/v2/order/", "/api/v1/order/open/x", "/%ff", "/api/v1/", "/.git/"]
)
async def test_unknown_path_is_not_found_in_the_same_shape(house: House, path: str) -> None:
    answer = await house.call("GET", path)
    assert (answer.status, answer.code) == (404, "NOT_FOUND")
    assert answer.error["request_id"] == answer.headers["X-Request-Id"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/register", "POST"),
        ("PUT", "/api/v1/order/", "DELETE,PATCH,POST"),
        ("POST", "/api/v1/depth", "GET"),
        ("DELETE", "/api/v1/balances", "GET"),
        ("TRACE", "/api/v1/balances", "GET"),
        ("OPTIONS", "/order", "POST"),
    ],
)
async def test_wrong_method_is_told_what_is_allowed(
    house: House, method: str, path: str, allowed: str
) -> None:
    answer = await house.call(method, path)
    assert (answer.status, answer.code) == (405, "METHOD_NOT_ALLOWED")
    assert set(allowed.split(",")) <= set(answer.headers["Allow"].split(","))


async def conversation(house: House, request: bytes) -> bytes:
    """Send bytes as they are; return all that is said before the venue closes."""
    host, port = house.venue.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request)
    said = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    await writer.wait_closed()
    return said


CHUNKED = (
    b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)
LONG, MANY = b"a" * 20_000, b"".join(b"X%d: a\r\n" % number for number in range(500))
BROKEN = {
    "no-host": b"GET /health HTTP/1.1\r\n\r\n",
    "garbage": b"GARBAGE\r\n\r\n",
    "version": b"GET /health HTTP/9.9\r\nHost: x\r\n\r\n",
    "http-2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 40 + b"\r\n\r\n",
    "method": b"G\0T /health HTTP/1.1\r\nHost: x\r\n\r\n",
    "url": b"GET http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n",
    "no-ascii-url": b"GET /health?\xff\x80 HTTP/1.1\r\nHost: x\r\n\r\n",
    "header-name": b"GET /health HTTP/1.1\r\nHost: x\r\nBad Header: 1\r\n\r\n",
    "many-headers": b"GET /health HTTP/1.1\r\nHost: x\r\n" + MANY + b"\r\n",
    "long-header": b"GET /health HTTP/1.1\r\nHost: x\r\nX: " + LONG + b"\r\n\r\n",
    "long-path": b"GET /" + LONG + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "two-lengths": b"POST /order HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2"
    b"\r\n\r\n{}",
    "negative-length": b"POST /order HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n{}",
    "smuggling": b"POST /order HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
    b"Content-Length: 2\r\n\r\n{}",
    "chunk-size": CHUNKED + b"ZZ\r\n{}\r\n0\r\n\r\n",
    "chunk-end": CHUNKED + b"2\r\n{}XX\r\n0\r\n\r\n",
    "expectation": b"GET /health HTTP/1.1\r\nHost: x\r\nExpect: wonders\r\n\r\n",
}


@pytest.mark.parametrize("name", BROKEN)
async def test_broken_http_is_refused_in_the_same_shape(
    house: House, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    with structlog.testing.capture_logs() as lines:
        head, _, body = (await conversation(house, BROKEN[name])).partition(b"\r\n\r\n")
    first, *fields = head.decode().split("\r\n")
    headers = dict(field.split(": ", 1) for field in fields)
    error = json.loads(body)["error"]
    too_long = name.startswith("long")
    assert int(first.split()[1]) == (413 if too_long else 400)
    assert error["code"] == ("TOO_LARGE" if too_long else "BAD_REQUEST")
    assert error["request_id"] == headers["X-Request-Id"]
    assert (headers["Server"], headers["X-Outcry-Mode"]) == ("outcry", "development")
    assert headers["Content-Type"] == "application/json"
    assert len(error["message"]) < 150
    assert [line for line in lines if line["log_level"] != "debug"] == caplog.records == []


async def test_broken_http_after_a_good_request_is_refused_after_its_answer(house: House) -> None:
    good = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
    said = await conversation(house, good + BROKEN["garbage"])
    assert said.startswith(b"HTTP/1.1 200 ")
    assert said.count(b'"code":"BAD_REQUEST"') == 1


async def test_mistake_behind_the_frame_is_told_in_the_same_shape(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_wrapper: Wrapper, error: ApiError, request_id: str | None = None) -> web.Response:
        monkeypatch.undo()
        raise RuntimeError("inside")

    monkeypatch.setattr(Wrapper, "error", broken)
    with structlog.testing.capture_logs() as lines:
        answer = await house.call("GET", "/nothing")
    assert (answer.status, answer.code) == (500, "INTERNAL")
    assert [line["request_id"] for line in lines] == [answer.error["request_id"]]
    assert "inside" not in str(answer.body)


async def test_body_that_does_not_come_is_not_waited_for(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "BODY_TIMEOUT_S", 0.05)
    head = await raw(house, CHUNKED + b"2\r\n{")
    assert b" 400 " in head.split(b"\r\n")[0]
    assert b"Server: outcry" in head


async def test_pipelined_requests_are_answered_in_order(house: House) -> None:
    host, port = house.venue.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    lines = [
        b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n",
    ]
    writer.write(b"".join(lines * 20))
    statuses = []
    for _ in range(40):
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
        statuses.append(int(head.split()[1]))
        length = next(
            int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length")
        )
        await reader.readexactly(length)
    writer.close()
    await writer.wait_closed()
    assert statuses == [200, 404] * 20


async def test_every_answer_has_a_request_id_of_its_own(house: House, ann: Person) -> None:
    answers = [
        await house.call("GET", "/health"),
        await house.call("GET", "/nothing"),
        await house.call("GET", "/docs"),
        await house.call("GET", "/metrics"),
        await ann.call("POST", "/api/v1/order/", {"market": TATA_INR}),
        await house.call("GET", "/api/v1/balances"),
    ]
    ids = [answer.headers["X-Request-Id"] for answer in answers]
    assert len(set(ids)) == len(ids)
    assert {answer.headers["X-Outcry-Mode"] for answer in answers} == {"development"}
    assert {answer.headers["Server"] for answer in answers} == {"outcry"}


@pytest.mark.parametrize("path", ["/ws", "/ws/", "/ws/x", "/api/v1/ws", "/api/v1/ws/"])
async def test_handshake_of_a_socket_has_the_headers_of_every_answer(
    house: House, path: str
) -> None:
    head = (
        f"GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    first, *fields = (await raw(house, head.encode())).decode().strip().split("\r\n")
    headers = dict(field.split(": ", 1) for field in fields)
    assert first.split()[1] == "101"
    assert (headers["Server"], headers["X-Outcry-Mode"]) == ("outcry", "development")
    assert headers["X-Request-Id"]


@pytest.mark.parametrize(
    "path", ["/docs", "/docs.js", "/openapi.json", "/asyncapi.json", "/health", "/metrics"]
)
async def test_page_has_a_trailing_slash_or_none(house: House, path: str) -> None:
    with_slash, without = [await house.call("GET", path + slash) for slash in ("/", "")]
    assert (with_slash.status, without.status) == (200, 200)
    assert with_slash.headers["Content-Type"] == without.headers["Content-Type"]
