"""Readers of what wallets send: sign-in messages, typed data, signatures, URIs and times."""

import json
from collections.abc import Iterator

import msgspec

from outcry.gateway.limits.origin import Origins, counted
from outcry.identity.wallet.address import read_address
from outcry.identity.wallet.grammar import is_authority, is_uri, time_ns
from outcry.identity.wallet.sign_in import BadSignIn, SignIn, parse
from outcry.identity.wallet.signature import BadSignature, recover, verify
from outcry.identity.wallet.typed_data import BadTypedData, typed_digest
from tests.fuzz.targets.target import Read, Target

ADDRESS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
SIGN_IN = SignIn(
    domain="example.com:8080",
    address=ADDRESS,
    uri="https://example.com:8080/login?a=%20#b",
    chain_id=31337,
    nonce="abcDEF0123456789",
    issued_at="2026-01-01T00:00:00.5+01:00",
    scheme="https",
    statement="I accept the Terms: https://example.com/tos",
    expiration_time="2026-01-01T00:10:00Z",
    not_before="2016-12-31T23:59:60Z",
    request_id="req-1",
    resources=("https://[::1]/a", "ipfs://b"),
).text()
TYPED = {
    "types": {
        "A": [{"name": "b", "type": "B[2][]"}, {"name": "n", "type": "int128"}],
        "B": [{"name": "s", "type": "string"}, {"name": "x", "type": "bytes7[]"}],
    },
    "primaryType": "A",
    "domain": {"name": "n", "chainId": "1", "verifyingContract": ADDRESS},
    "message": {"b": [[{"s": "t", "x": []}, {"s": "", "x": ["0x00010203040506"]}]], "n": -5},
}


def _sign_ins() -> Read:
    def read(data: bytes) -> None:
        text = data.decode("utf-8", "surrogateescape")
        try:
            message = parse(text)
        except BadSignIn as error:
            lines = range(1, text.count("\n") + 3)
            if error.line in lines:
                return
            raise
        assert parse(message.text()) == message
        assert text.isascii()
        assert is_authority(message.domain)
        assert is_uri(message.uri)
        assert time_ns(message.issued_at) is not None
        read_address(message.address)

    return read


def _sign_in_seeds() -> Iterator[bytes]:
    lines = SIGN_IN.split("\n")
    yield SIGN_IN.encode()
    yield SIGN_IN.replace("\n", "\r\n").encode()
    for number in range(len(lines)):
        yield "\n".join(lines[:number] + lines[number + 1 :]).encode()


def _typed() -> Read:
    def read(data: bytes) -> None:
        try:
            given = msgspec.json.decode(data)
        except (msgspec.DecodeError, UnicodeError):
            return
        if not isinstance(given, dict):
            return
        parts = [given.get(name) for name in ("domain", "types", "primaryType", "message")]
        try:
            assert len(typed_digest(*parts)) == 32
        except BadTypedData:
            return

    return read


def _typed_seeds() -> Iterator[bytes]:
    yield json.dumps(TYPED).encode()
    yield json.dumps(TYPED | {"types": {"A": [{"name": "a", "type": "A[]"}]}}).encode()


def _signatures() -> Read:
    def read(data: bytes) -> None:
        digest, signature, key = data[:32].ljust(32, b"\0"), data[32:97], data[97:]
        verify(key, digest, signature[:64])
        try:
            read_address(recover(digest, signature))
        except BadSignature:
            return

    return read


def _signature_seeds() -> Iterator[bytes]:
    for v in (0, 1, 27, 28, 29):
        yield bytes(32) + bytes(31) + b"\2" + bytes(31) + b"\1" + bytes((v,)) + b"\2" * 33


def _origins() -> Read:
    origins = Origins(("10.0.0.0/8", "fd00::/8"))

    def read(data: bytes) -> None:
        client = origins.client("10.0.0.1", data.decode("latin-1"))
        assert client == "10.0.0.1" or counted(client)

    return read


FORWARDED = (b"203.0.113.9, 10.0.0.2", b"::1,fd00::1", b"::ffff:1.2.3.4", b",,", b"[::1]:80")

TARGETS = (
    Target("sign-in messages", _sign_ins, _sign_in_seeds, 5_000, 3_000, longest=2_048),
    Target("typed data", _typed, _typed_seeds, 5_000, 3_000, longest=2_048),
    Target("signatures", _signatures, _signature_seeds, 2_000, 1_000, longest=162),
    Target("origins", _origins, lambda: FORWARDED, 5_000, 3_000, longest=256),
)
