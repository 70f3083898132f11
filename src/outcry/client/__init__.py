"""The venue from outside: REST and streams, blocking (`Client`) and awaiting (`AsyncClient`).

In: calls and subscriptions of a program.
Out: typed answers and events, refusals as classes.
Never: a decision about trading, a second order where one was meant, state that outlives its client.
"""

from typing import TYPE_CHECKING

from outcry.client.answers import exact
from outcry.client.auth import (
    Auth,
    Bearer,
    Ed25519Key,
    HmacKey,
    Password,
    Refreshing,
    Request,
    Signing,
)
from outcry.client.blocking import Client
from outcry.client.calls import Json
from outcry.client.errors import (
    ApiError,
    BadAnswer,
    BadRequest,
    BadValue,
    ClientError,
    LimitReached,
    NotAllowed,
    NotFollowed,
    NotPossible,
    RateLimited,
    UnknownOutcome,
    Unreachable,
    VenueTrouble,
)
from outcry.client.talk import NO_RETRIES, Retries

if TYPE_CHECKING:
    from outcry.client.awaiting import AsyncClient

__all__ = [
    "NO_RETRIES",
    "ApiError",
    "AsyncClient",
    "Auth",
    "BadAnswer",
    "BadRequest",
    "BadValue",
    "Bearer",
    "Client",
    "ClientError",
    "Ed25519Key",
    "HmacKey",
    "Json",
    "LimitReached",
    "NotAllowed",
    "NotFollowed",
    "NotPossible",
    "Password",
    "RateLimited",
    "Refreshing",
    "Request",
    "Retries",
    "Signing",
    "UnknownOutcome",
    "Unreachable",
    "VenueTrouble",
    "exact",
]


def __getattr__(name: str) -> object:
    """Import what needs aiohttp only where it is asked for."""
    if name == "AsyncClient":
        from outcry.client.awaiting import AsyncClient

        return AsyncClient
    raise AttributeError(f"module 'outcry.client' has no attribute {name!r}")
