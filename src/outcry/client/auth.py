"""How a client shows who it is. One object a client: what can be told about it is nobody else's.

A strategy adds headers to a request and may know how to become valid again. Whoever needs another
one subclasses `Auth`; both clients ask nothing else of it.
"""

import hmac
import threading
import time
from abc import abstractmethod
from base64 import b64encode
from collections.abc import Mapping
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from typing_extensions import override

from outcry.client import answers as a
from outcry.client import calls
from outcry.client.calls import Call

WINDOW_MS = 5_000
"""For how long after it was signed a request is good."""


class Request(NamedTuple):
    """What a request will be, to the last byte: what is signed is what is sent."""

    method: str
    host: str
    """As its header says."""
    target: str
    """The path with its query."""
    body: bytes


class Auth:
    """Nobody: the public calls need no more."""

    def headers(self, request: Request) -> Mapping[str, str]:
        """Return the headers that one attempt of a request needs."""
        return {}

    def token(self) -> str:
        """Return the token of now; "" where there is none."""
        return ""

    def greeting(self, request: Request) -> Mapping[str, str] | None:
        """Return what a stream says who it is by; None for nobody.

        `request` is the one that opens the stream.
        """
        return {"token": token} if (token := self.token()) else None

    def renewal(self) -> Call[a.Session] | None:
        """Return the call that makes this valid again; None where there is none."""
        return None

    def renewed(self, session: a.Session) -> None:
        """Take in what a renewal has brought."""

    def failed(self) -> bool:
        """Take in that a renewal was refused; return whether another one is worth trying."""
        return False


class Bearer(Auth):
    """A token, until it expires."""

    def __init__(self, token: str) -> None:
        self._token = token

    @override
    def headers(self, request: Request) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self._token}"} if self._token else {}

    @override
    def token(self) -> str:
        return self._token


class Refreshing(Bearer):
    """A token that is renewed with its refresh token, each good once."""

    def __init__(self, session: a.Session) -> None:
        super().__init__(session.token)
        self._refresh_token = session.refresh_token

    @override
    def renewal(self) -> Call[a.Session] | None:
        return calls.refresh(self._refresh_token) if self._refresh_token else None

    @override
    def renewed(self, session: a.Session) -> None:
        self._token, self._refresh_token = session.token, session.refresh_token

    @override
    def failed(self) -> bool:
        self._refresh_token = ""
        return False


class Password(Bearer):
    """E-mail and password: logs in when first needed, refreshes, and logs in again if it must."""

    def __init__(self, email: str, password: str) -> None:
        super().__init__("")
        self._email = email
        self._password = password
        self._refresh_token = ""

    @override
    def renewal(self) -> Call[a.Session] | None:
        if self._refresh_token:
            return calls.refresh(self._refresh_token)
        return calls.login(self._email, self._password)

    @override
    def renewed(self, session: a.Session) -> None:
        self._token, self._refresh_token = session.token, session.refresh_token

    @override
    def failed(self) -> bool:
        once_more, self._refresh_token = bool(self._refresh_token), ""
        return once_more


class Signing(Auth):
    """An API key: every attempt is signed anew, and none is good a second time.

    What is signed: time, window, method, host and target, a line each, then the body. No two have
    the same time.
    """

    def __init__(self, key: str, window_ms: int = WINDOW_MS) -> None:
        self._key = key
        self._window_ms = str(window_ms)
        self._last_ms = 0
        self._lock = threading.Lock()

    @abstractmethod
    def sign(self, payload: bytes) -> str:
        """Return the signature of these bytes, as text."""

    def _signed(self, request: Request) -> tuple[str, str, str, str]:
        """Return (key, time, window, signature)."""
        with self._lock:
            now_ms = self._last_ms = max(time.time_ns() // 1_000_000, self._last_ms + 1)
        method, host, target, body = request
        lines = (str(now_ms), self._window_ms, method, host, target, "")
        signature = self.sign("\n".join(lines).encode() + body)
        return self._key, str(now_ms), self._window_ms, signature

    @override
    def headers(self, request: Request) -> Mapping[str, str]:
        names = ("X-Outcry-Key", "X-Outcry-Time", "X-Outcry-Window", "X-Outcry-Signature")
        return dict(zip(names, self._signed(request), strict=True))

    @override
    def greeting(self, request: Request) -> Mapping[str, str] | None:
        return dict(zip(("key", "time", "window", "signature"), self._signed(request), strict=True))


class HmacKey(Signing):
    """An API key with a secret: HMAC-SHA256, in hexadecimal. Source: RFC 2104."""

    def __init__(self, key: str, secret: str, window_ms: int = WINDOW_MS) -> None:
        super().__init__(key, window_ms)
        self._secret = secret.encode()

    @override
    def sign(self, payload: bytes) -> str:
        return hmac.digest(self._secret, payload, "sha256").hex()


class Ed25519Key(Signing):
    """An API key whose private half only this program has: Ed25519, in base64. Source: RFC 8032."""

    def __init__(self, key: str, private_key_pem: bytes, window_ms: int = WINDOW_MS) -> None:
        """Take the private key in.

        Raises:
            ValueError: it is no Ed25519 key in PEM without a password.
        """
        super().__init__(key, window_ms)
        found = load_pem_private_key(private_key_pem, password=None)
        if not isinstance(found, Ed25519PrivateKey):
            raise ValueError("the key is not of Ed25519")
        self._private_key = found

    @override
    def sign(self, payload: bytes) -> str:
        return b64encode(self._private_key.sign(payload)).decode()
