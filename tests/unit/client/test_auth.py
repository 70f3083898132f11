"""Signing: what is signed is what is sent, and nothing is signed the same way twice."""

import hmac
from base64 import b64decode

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from outcry.client import Bearer, Ed25519Key, HmacKey, Request
from outcry.client.auth import Auth

REQUEST = Request("POST", "localhost:8000", "/api/v1/order/?a=%20b", b'{"x":1}')
PEM = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def payload(headers: dict[str, str]) -> bytes:
    lines = (headers["X-Outcry-Time"], headers["X-Outcry-Window"])
    return "\n".join((*lines, "POST", "localhost:8000", "/api/v1/order/?a=%20b", "")).encode() + (
        b'{"x":1}'
    )


def test_hmac_signs_time_window_method_host_target_and_body() -> None:
    headers = dict(HmacKey("the-key", "the secret", window_ms=700).headers(REQUEST))
    assert (headers["X-Outcry-Key"], headers["X-Outcry-Window"]) == ("the-key", "700")
    expected = hmac.new(b"the secret", payload(headers), "sha256").hexdigest()
    assert headers["X-Outcry-Signature"] == expected


def test_ed25519_signs_the_same_bytes() -> None:
    private = Ed25519PrivateKey.generate()
    headers = dict(Ed25519Key("k", private.private_bytes(*PEM)).headers(REQUEST))
    signature = b64decode(headers["X-Outcry-Signature"], validate=True)
    private.public_key().verify(signature, payload(headers))


def test_no_two_requests_are_signed_alike() -> None:
    auth = HmacKey("k", "s")
    times = [int(auth.headers(REQUEST)["X-Outcry-Time"]) for _ in range(1_000)]
    assert times == sorted(set(times))


def test_key_of_another_kind_is_refused() -> None:
    other = generate_private_key(SECP256R1()).private_bytes(*PEM)
    with pytest.raises(ValueError, match="Ed25519"):
        Ed25519Key("k", other)


@pytest.mark.parametrize(
    ("auth", "says"), [(Auth(), None), (Bearer(""), None), (Bearer("t"), {"token": "t"})]
)
def test_stream_says_who_it_is_where_it_is_somebody(
    auth: Auth, says: dict[str, str] | None
) -> None:
    assert auth.greeting(REQUEST) == says
