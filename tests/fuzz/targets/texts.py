"""Readers of short texts: numbers, times, cursors, tokens, addresses, heads of requests."""

import sys
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction

from outcry.adapters.memory import ManualClock
from outcry.cli.past.point import BadPoint, time_ns_of, time_text
from outcry.domain.decimals import BadDecimal, TooPrecise, format_units, parse_units
from outcry.domain.market import Asset
from outcry.gateway.binance.orders.wanted import RESPONSES, response_of, wanted_of
from outcry.gateway.binance.wire.errors import BinanceError
from outcry.gateway.binance.wire.parameters import as_ns, parsed, without_signature
from outcry.gateway.binance.wire.signing import _window_ms
from outcry.gateway.errors import ApiError
from outcry.gateway.express.head import BODY_BYTES_MAX, Head, read_head
from outcry.gateway.native.parse import parse_time
from outcry.gateway.native.render import error_json
from outcry.identity.access_tokens import AccessTokens
from outcry.identity.email import normalise
from outcry.identity.errors import BadEmail
from outcry.ledger.reads.history import BadCursor, decode_cursor, encode_cursor
from outcry.ports import NEVER_NS
from outcry.venue.amounts import Scale
from outcry.venue.errors import BadAmount
from tests.fuzz.targets.target import Read, Target
from tests.support.usual import binance_form

START_NS = 1_700_000_000_000_000_000
SCALE = Scale(Asset(1, "BTC", 8, 8), Asset(2, "USDT", 6, 6), 5, 2, 10_000)
SECRET = bytes(range(32))
ACCOUNT = 7
CURSORS = (("p", 1), ("h", 2), ("t", 3))


def text_of(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _decimals() -> Read:
    def read(data: bytes) -> None:
        decimals, text = (data[0] % 19 if data else 0), text_of(data[1:])
        lower, upper = _neighbours(text, decimals)
        if upper >= 0:
            assert lower <= Fraction(text) * 10**decimals <= upper <= lower + 1
            assert Fraction(format_units(lower, decimals)) <= Fraction(text)
        for read_amount in (SCALE.ticks, SCALE.lots, SCALE.budget_units):
            with suppress(BadAmount):
                assert read_amount(text) >= 0

    return read


def _neighbours(text: str, decimals: int) -> tuple[int, int]:
    """Return the numbers of units at or beside a text; below 0 for one that is no number."""
    try:
        units = parse_units(text, decimals)
    except TooPrecise as error:
        return error.lower, error.upper
    except BadDecimal:
        return -1, -1
    return units, units


def _decimal_seeds() -> Iterator[bytes]:
    texts = (
        "0", "1", "100.05", "0.0001", "1e1000000", "-1", "+1", "1.", ".1", "00.1", "9" * 20,
        "9" * 21, "0." + "0" * 17 + "1", "\u0661", "NaN", "Infinity", "0x10", "1_000", " 1", "1\n",
    )  # fmt: skip
    return (bytes([number]) + text.encode() for number, text in enumerate(texts))


def _times() -> Read:
    def read(data: bytes) -> None:
        text = text_of(data)
        try:
            assert 0 <= parse_time(text, "start_time") <= NEVER_NS
        except ApiError as error:
            error_json(error)
        try:
            time_ns = time_ns_of(text)
        except BadPoint:
            return
        if 0 <= time_ns <= NEVER_NS:
            assert time_ns_of(time_text(time_ns)) == time_ns

    return read


TIMES = (
    b"2026-01-02T03:04:05Z", b"2026-01-02T03:04:05.123456789+05:30", b"1767323045500", b"0",
    b"9999-12-31T23:59:59.999999Z", b"0001-01-01T00:00:00+23:59", b"2026-W01-1", b"2026-01-02",
    b"1969-12-31T23:59:59-00:00", b"2026-02-30T00:00:00Z", b"20260102T030405Z",
    b"99999999999999999",
)  # fmt: skip


def _cursors() -> Read:
    def read(data: bytes) -> None:
        text = text_of(data)
        for kind, count in CURSORS:
            try:
                numbers = decode_cursor(kind, count, text)
            except BadCursor:
                continue
            assert len(numbers) == count
            assert encode_cursor(kind, *numbers) == text

    return read


def _cursor_seeds() -> Iterator[bytes]:
    for kind, count in CURSORS:
        for number in (0, 1, 2**63 - 1):
            yield encode_cursor(kind, *[number] * count).encode()
    yield b"cC4w=="
    yield b"A" * 400


def _issuer() -> AccessTokens:
    return AccessTokens(SECRET, 3_600, ManualClock(START_NS))


def _tokens() -> Read:
    tokens = _issuer()

    def read(data: bytes) -> None:
        found = tokens.read(text_of(data))
        assert found is None or found.account == ACCOUNT

    return read


def _token_seeds() -> Iterator[bytes]:
    token = _issuer().issue(ACCOUNT, "session")[0]
    head, body, signature = token.split(".")
    none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0"
    for text in (token, f"{none}.{body}.", f"{head}.{body}.", f"{head}..{signature}", "...", ""):
        yield text.encode()


def _heads() -> Read:
    def read(data: bytes) -> None:
        head = read_head(data)
        assert head is None or isinstance(head, Head)
        if head is not None:
            assert 0 <= head.length <= BODY_BYTES_MAX
            assert head.token.isascii()

    return read


HEADS = (
    b"POST /api/v1/order/ HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    b"Authorization: Bearer abc.def.ghi\r\nContent-Length: 12",
    b"GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nX: y",
    b"POST /api/v1/orders HTTP/1.1\r\nhost:a\r\ntransfer-encoding: chunked",
    b"POST /api/v1/order HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2",
    b"DELETE /x?y=z HTTP/1.1\r\nHost:\r\n a: b",
    b"A: " + b" " * 200 + b"\t" * 200,
)


def _signed_orders() -> Read:
    form = binance_form()
    read_usual = getattr(sys.modules.get("outcry.gateway.binance.compiled.usual"), "read", None)

    def read(data: bytes) -> None:
        found = read_usual and read_usual(data, {"BTCUSDT": form}.get)
        if found is None:
            with suppress(BinanceError):
                wanted_of(parsed((data,)), form)
            return
        _, _, payload, signature, sent_ns, window_ns, client_id, response, fields = found
        params = parsed((data,))
        assert (payload, signature) == (without_signature(data), params["signature"])
        assert fields == wanted_of(params, form)[:8]
        assert sent_ns == as_ns(params.integer("timestamp"))
        assert window_ns == _window_ms(params.get("recvWindow", "")) * 1_000_000
        assert client_id == params.client_id("newClientOrderId")
        assert RESPONSES[response] == response_of(params, params["type"])

    return read


SIGNED = b"timestamp=1700000000000&signature=" + b"0aF" * 21 + b"0"
SIGNED_ORDERS = (
    b"symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.0010&price=100.25&" + SIGNED,
    b"symbol=BTCUSDT&side=SELL&type=MARKET&quoteOrderQty=5.5&recvWindow=5000&" + SIGNED,
    b"symbol=BTCUSDT&side=SELL&type=LIMIT_MAKER&quantity=7&price=1&newOrderRespType=RESULT&"
    b"newClientOrderId=a-1&" + SIGNED,
)


def _addresses() -> Read:
    def read(data: bytes) -> None:
        try:
            address = normalise(data.decode("utf-8", "replace"))
        except BadEmail:
            return
        assert address.isascii()
        assert normalise(address) == address

    return read


ADDRESSES = (b"a@b.cd", b"A.B+c@Example.COM ", "ⓐ@ｂ.com".encode(), b"a@" + b"b." * 100 + b"cd")

TARGETS = (
    Target("decimals", _decimals, _decimal_seeds, 10_000, 14_000, longest=64),
    Target("times", _times, lambda: TIMES, 10_000, 14_000, longest=64),
    Target("cursors", _cursors, _cursor_seeds, 10_000, 14_000, longest=256),
    Target("tokens", _tokens, _token_seeds, 5_000, 4_000, longest=600),
    Target("heads", _heads, lambda: HEADS, 10_000, 14_000, longest=2_048),
    Target("signed orders", _signed_orders, lambda: SIGNED_ORDERS, 10_000, 14_000, longest=600),
    Target("addresses", _addresses, lambda: ADDRESSES, 10_000, 14_000, longest=300),
)
