"""How a client shows who it is. One object a client: what can be told about it is nobody else's.

A strategy adds headers to a request and may know how to become valid again. Whoever needs another
one subclasses `Auth`; both clients ask nothing else of it.
"""

from collections.abc import Mapping

from typing_extensions import override

from outcry.client import answers as a
from outcry.client import calls
from outcry.client.calls import Call


class Auth:
    """Nobody: the public calls need no more."""

    def headers(self, method: str, target: str, body: bytes) -> Mapping[str, str]:
        """Return the headers of one request; `target` is the path with its query, as sent."""
        return {}

    def token(self) -> str:
        """Return what a stream says who it is by; "" for nothing."""
        return ""

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
    def headers(self, method: str, target: str, body: bytes) -> Mapping[str, str]:
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
