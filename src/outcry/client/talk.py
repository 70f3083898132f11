"""What is said to a venue to get one call done: sent, waited, renewed, sent again; or given up.

No socket and no clock: a conversation is a generator that yields what to do next and is sent what
came of it, so that the blocking and the awaiting client behave alike to the letter.

The rule: a call that the venue surely has not acted on is sent again; one that it may have acted
on only if a second time cannot do it a second time. After a doubt only the engine's word, which
has a sequence, ends it.
"""

import itertools
import random
from collections.abc import Callable, Generator, Mapping
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlencode

import msgspec
from typing_extensions import override

from outcry.client import answers as a
from outcry.client import calls
from outcry.client.answers import decode
from outcry.client.auth import Auth, Request
from outcry.client.calls import Again, Call
from outcry.client.errors import (
    ApiError,
    NotAllowed,
    Refusal,
    UnknownOutcome,
    Unreachable,
    refusal_of,
)
from outcry.client.wire.connection import Lost
from outcry.client.wire.reply import Reply

T = TypeVar("T")
JSON = "application/json"
_REFUSED = 400
_FOUND_IN = 1_000
_NOTHING_DONE = frozenset({"BUSY", "DRAINING", "VENUE_HALTED", "RATE"})
_MAYBE_DONE = frozenset({"UNKNOWN_OUTCOME", "INTERNAL"})
_PEOPLE = frozenset({"register", "login", "refresh", "wallet_login"})
_GATEWAY_ERRORS = frozenset({502, 503, 504})
_TOO_MANY = frozenset({418, 429})
_encode = msgspec.json.Encoder().encode


class Send(NamedTuple):
    """Send this request and give back a `Reply` or a `Lost`."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class Pause(NamedTuple):
    """Wait so long."""

    seconds: float


class Renew(NamedTuple):
    """This token is not valid: get another, and give back whether there is one now."""

    token: str

    @override
    def __repr__(self) -> str:
        return "Renew()"


Step = Send | Pause | Renew
Conversation = Generator[Step, Any, T]


class Retries(NamedTuple):
    """How often a call is sent and how long is waited between, doubling, with chance in it."""

    attempts: int = 5
    first_s: float = 0.1
    most_s: float = 2.0
    patience_s: float = 10.0
    """A call waits no longer than this between its attempts, all together."""


NO_RETRIES = Retries(attempts=1)


class Talk:
    """How one client speaks: as whom, and how patiently."""

    def __init__(
        self, auth: Auth, retries: Retries, host: str, chance: Callable[[], float] = random.random
    ) -> None:
        """Speak to `host`, as the header of that name says it."""
        self.auth = auth
        self._host = host
        self.retries = retries
        self._chance = chance

    def conversation(self, call: Call[T]) -> Conversation[T]:
        """Get one call done and return its answer.

        Raises:
            ApiError: the venue refused.
            Unreachable: no answer.
            BadAnswer: an answer that is none.
        """
        attempts = _Attempts(call, self.retries, self._chance)
        renewed = False
        while True:
            token = self.auth.token()
            outcome = yield self._request(call)
            if isinstance(outcome, Reply) and outcome.status < _REFUSED:
                return _answer(call, outcome)
            error = _error_of(outcome)
            if _is_stale(call, error) and not renewed:
                renewed = bool((yield Renew(token)))
                if renewed:
                    continue
            if call.name == "cancel" and attempts.in_doubt and _is_gone(error):
                return (yield from self._cancelled(call, error))
            yield Pause(attempts.pause_after(outcome, error))

    def once(
        self, method: str, path: str, body: object, token: str | None
    ) -> Generator[Step, Any, bytes]:
        """Send one request, whatever it does, and return its body; it is never sent again."""
        data = b"" if body is None else _encode(body)
        headers = self._headers(method, path, data)
        if token is not None:
            for name in self.auth.headers(Request(method, self._host, path, data)):
                del headers[name]
            if token:
                headers["Authorization"] = f"Bearer {token}"
        outcome = yield Send(method, path, headers, data)
        if isinstance(outcome, Reply) and outcome.status < _REFUSED:
            return outcome.body
        raise _error_of(outcome)

    def renewal(self) -> Conversation[bool]:
        """Make the auth valid again; return whether it is.

        Raises:
            ApiError: the venue refused for good.
            Unreachable: no answer.
        """
        while (call := self.auth.renewal()) is not None:
            try:
                session = yield from self.conversation(call)
            except NotAllowed:
                if not self.auth.failed():
                    raise
            else:
                self.auth.renewed(session)
                return True
        return False

    def _request(self, call: Call[Any]) -> Send:
        target = f"{call.path}?{urlencode(call.query)}" if call.query else call.path
        data = b"" if call.body is None else _encode(call.body)
        return Send(call.method, target, self._headers(call.method, target, data), data)

    def _headers(self, method: str, target: str, data: bytes) -> dict[str, str]:
        signed = self.auth.headers(Request(method, self._host, target, data))
        headers = {"Host": self._host, "Accept": JSON, **signed}
        if data:
            headers["Content-Type"] = JSON
        return headers

    def _cancelled(self, call: Call[T], refused: Exception) -> Conversation[T]:
        """Return the order that an earlier attempt to cancel has cancelled.

        Raises:
            ApiError: the refusal, if it was not cancelled: it has traded, or never was.
        """
        found = yield from self._find(call.query)
        if found is None or found.status != "cancelled":
            raise refused
        return found  # type: ignore[return-value]  # a cancel answers with an order

    def _find(self, query: Mapping[str, str]) -> Conversation[a.Order | None]:
        if "order_id" in query:
            return (yield from self.conversation(calls.order(query["order_id"])))
        page = yield from self.conversation(calls.orders({"limit": _FOUND_IN}))
        key = query["client_order_id"]
        return next((order for order in page.orders if order.client_order_id == key), None)


class _Attempts:
    """The attempts of one call, and what is known after each."""

    def __init__(self, call: Call[Any], retries: Retries, chance: Callable[[], float]) -> None:
        self._call = call
        self._retries = retries
        self._chance = chance
        self._number = itertools.count(1)
        self._waited_s = 0.0
        self.in_doubt = call.in_doubt
        """Whether an attempt may have been acted on."""

    def pause_after(self, outcome: Reply | Lost, error: Exception) -> float:
        """Return how long to wait before the next attempt.

        Raises:
            ApiError: there is none: the refusal, or that nobody knows.
            Unreachable: the same, without an answer.
        """
        number, doubtful = next(self._number), _is_doubtful(outcome, error)
        self.in_doubt = self.in_doubt or doubtful
        nothing_done = _nothing_done(outcome, error)
        again = nothing_done or (doubtful and self._call.again is not Again.NEVER)
        pause_s = self._pause_s(number, error)
        too_long = self._waited_s + pause_s > self._retries.patience_s
        if not again or number >= self._retries.attempts or too_long:
            raise self._last(error) from error.__cause__
        self._waited_s += pause_s
        return pause_s

    def _pause_s(self, number: int, error: Exception) -> float:
        most_s = min(self._retries.most_s, self._retries.first_s * (1 << (number - 1)))
        asked_s = error.retry_after_s if isinstance(error, ApiError) else 0.0
        return max(most_s * (0.5 + self._chance() / 2), asked_s)

    def _last(self, error: Exception) -> Exception:
        """Return what the caller is told: with a doubt, not that nothing was done."""
        if not self.in_doubt or _is_final(error):
            return error
        if self._call.key is not None:
            text = f"whether it was done is not known: {error}"
            told = Refusal("UNKNOWN_OUTCOME", text, 1506, client_order_id=self._call.key)
            return UnknownOutcome(504, told.code, text, told)
        return error


def _answer(call: Call[T], reply: Reply) -> T:
    if call.gives is bytes:
        return reply.body  # type: ignore[return-value]  # a file
    return decode(reply.body, call.gives)


def _error_of(outcome: Reply | Lost) -> ApiError | Unreachable:
    if isinstance(outcome, Lost):
        return Unreachable(outcome.why, maybe_done=outcome.sent)
    error = refusal_of(outcome.status, outcome.body)
    after = outcome.headers.get("retry-after", "")
    error.retry_after_s = float(after) if after.isascii() and after.isdigit() else 0.0
    return error


def _is_stale(call: Call[Any], error: Exception) -> bool:
    stale = isinstance(error, ApiError) and error.code == "UNAUTHORIZED"
    return stale and call.name not in _PEOPLE


def _is_final(error: Exception) -> bool:
    """Return whether the engine said it: the same call would be answered the same."""
    return isinstance(error, ApiError) and error.refusal.sequence is not None


def _is_gone(error: Exception) -> bool:
    return isinstance(error, ApiError) and error.code == "UNKNOWN_ORDER"


def _nothing_done(outcome: Reply | Lost, error: Exception) -> bool:
    """Return whether the venue surely did nothing and may do it another time."""
    if isinstance(outcome, Lost):
        return not outcome.sent
    assert isinstance(error, ApiError)
    if _is_final(error):
        return False
    return error.code in _NOTHING_DONE or outcome.status in _TOO_MANY


def _is_doubtful(outcome: Reply | Lost, error: Exception) -> bool:
    """Return whether the venue may have done it."""
    if isinstance(outcome, Lost):
        return outcome.sent
    assert isinstance(error, ApiError)
    if not error.code:
        return outcome.status in _GATEWAY_ERRORS
    return error.code in _MAYBE_DONE
