"""What is sent again, what is not, and what is said when nobody knows; no socket, no clock."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest
from typing_extensions import override

from outcry.client import answers as a
from outcry.client import calls
from outcry.client.auth import Auth, Bearer, Password, Refreshing
from outcry.client.calls import Again, Call, new_order_id
from outcry.client.errors import (
    ApiError,
    BadAnswer,
    BadRequest,
    BadValue,
    LimitReached,
    NotAllowed,
    NotPossible,
    RateLimited,
    UnknownOutcome,
    Unreachable,
    VenueTrouble,
    refusal_of,
)
from outcry.client.talk import Pause, Renew, Retries, Send, Talk
from outcry.client.wire.connection import Lost
from outcry.client.wire.reply import Reply
from outcry.gateway.errors import KINDS

ORDER = {
    "order_id": 7, "client_order_id": "mine", "market": "TATA_INR", "side": "buy", "type": "limit",
    "time_in_force": "gtc", "post_only": False, "price": "1.00", "quantity": "1", "budget": None,
    "filled_quantity": "0", "remaining_quantity": "1", "average_price": None,
    "quote_filled": "0.0000", "fee": "0.0000", "fee_asset": "INR", "status": "open",
    "reason": None, "created_at": "t", "updated_at": "t", "sequence": 9, "fills": [],
}  # fmt: skip
SESSION = {"token": "new", "refresh_token": "r2", "user_id": 1, "expires_at": "t"}
UNSENT, UNHEARD = Lost("refused", sent=False), Lost("reset", sent=True)
Came = Reply | Lost


def ok(body: Any, status: int = 200) -> Reply:
    return Reply(status, {}, json.dumps(body).encode())


def refused(code: str, *, after_s: int = 0, **more: Any) -> Reply:
    kind = KINDS[code]
    body = {"error": {"code": code, "number": kind.number, "message": "no", **more}}
    headers = {"retry-after": str(after_s)} if after_s else {}
    return Reply(kind.status, headers, json.dumps(body).encode())


@dataclass
class Told:
    """A conversation that was had: what was sent, how long was waited."""

    sent: list[Send] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)

    def have(self, talk: Talk, call: Call[Any], came: Iterable[Came]) -> Any:
        return self._go(talk, talk.conversation(call), iter(came))

    def _go(self, talk: Talk, steps: Any, came: Any) -> Any:
        outcome: Any = None
        try:
            while True:
                match steps.send(outcome):
                    case Send() as send:
                        self.sent.append(send)
                        outcome = next(came)
                    case Pause(seconds):
                        self.pauses.append(seconds)
                        outcome = None
                    case Renew():
                        outcome = self._go(talk, talk.renewal(), came)
        except StopIteration as end:
            return end.value


def have(call: Call[Any], *came: Came, auth: Auth | None = None) -> tuple[Any, Told]:
    told = Told()
    talk = Talk(auth or Bearer("token"), Retries(), "venue:1", chance=lambda: 1.0)
    return told.have(talk, call, came), told


def fails(call: Call[Any], *came: Came, auth: Auth | None = None) -> tuple[Any, Told]:
    told = Told()
    talk = Talk(auth or Bearer("token"), Retries(), "venue:1", chance=lambda: 1.0)
    with pytest.raises((ApiError, Unreachable)) as raised:
        told.have(talk, call, came)
    return raised.value, told


ORDER_IN = {"market": "TATA_INR", "side": "buy", "price": "1.00", "quantity": "1"}


@pytest.mark.parametrize(
    "lost",
    [UNHEARD, refused("UNKNOWN_OUTCOME"), Reply(502, {}, b"<html>"), refused("INTERNAL")],
    ids=["unheard", "unknown", "proxy", "mistake"],
)
def test_order_whose_fate_is_not_known_is_sent_again_with_the_same_id(lost: Came) -> None:
    order, told = have(calls.place(ORDER_IN), lost, ok(ORDER))
    first, second = (json.loads(send.body) for send in told.sent)
    assert first == second
    assert len(first["client_order_id"]) == 24
    assert order.order_id == 7


class Careless(Talk):
    """A broken client: what it sends again is another order."""

    @override
    def _request(self, call: Call[Any]) -> Send:
        return super()._request(
            replace(call, body={**call.body, "client_order_id": new_order_id()})
        )


def test_client_that_makes_another_order_of_a_second_attempt_is_caught() -> None:
    """The test above is able to fail."""
    told = Told()
    talk = Careless(Bearer("token"), Retries(), "venue:1", chance=lambda: 1.0)
    told.have(talk, calls.place(ORDER_IN), [UNHEARD, ok(ORDER)])
    assert told.sent[0].body != told.sent[1].body


def test_two_orders_never_have_the_same_id() -> None:
    ids = {calls.place(ORDER_IN).body["client_order_id"] for _ in range(1_000)}
    assert len(ids) == 1_000


def test_refusal_that_a_repeated_order_is_answered_with_is_its_refusal() -> None:
    error, _ = fails(calls.place(ORDER_IN), UNHEARD, refused("INSUFFICIENT_FUNDS", sequence=5))
    assert (type(error), error.code) == (LimitReached, "INSUFFICIENT_FUNDS")


@pytest.mark.parametrize(
    "last", [refused("BUSY"), UNSENT, refused("UNAUTHORIZED"), Reply(429, {}, b"")]
)
def test_order_that_was_in_doubt_stays_so_whatever_the_door_says(last: Came) -> None:
    """Only the engine knows what became of the first attempt."""
    error, _ = fails(calls.place({**ORDER_IN, "client_order_id": "k"}), UNHEARD, *[last] * 5)
    assert type(error) is UnknownOutcome
    assert error.refusal.client_order_id == "k"


@pytest.mark.parametrize("came", [UNSENT, refused("BUSY"), refused("RATE"), Reply(429, {}, b"")])
@pytest.mark.parametrize(
    "call",
    [
        calls.place(ORDER_IN),
        calls.faucet("INR", 1),
        calls.cancel_all(None, None),
        calls.depth("A_B", 1),
    ],
    ids=lambda call: call.name,
)
def test_what_was_surely_not_done_is_sent_again(call: Call[Any], came: Came) -> None:
    answers = {
        "place": ORDER, "faucet": {"balances": []}, "cancel_all": {"cancelled": 0},
        "depth": {"market": "A_B", "sequence": 1, "time": "t", "bids": [], "asks": []},
    }  # fmt: skip
    _, told = have(call, came, came, ok(answers[call.name]))
    assert len(told.sent) == 3


ONCE = [
    calls.faucet("INR", 1),
    calls.cancel_all(None, None),
    calls.change_order({"order_id": 7, "price": 1}),
    calls.reset(),
    calls.place_short("Buy", "Limit", "A_B", 1, 1),
    calls.batch([{"cancel": 7}]),
    calls.register("a@b.c", "password"),
    calls.refresh("r1"),
]


@pytest.mark.parametrize("call", ONCE, ids=lambda call: call.name)
@pytest.mark.parametrize("lost", [UNHEARD, refused("UNKNOWN_OUTCOME")], ids=["lost", "unknown"])
def test_what_a_second_time_might_do_twice_is_sent_once(call: Call[Any], lost: Came) -> None:
    assert call.again is Again.NEVER
    error, told = fails(call, lost)
    assert len(told.sent) == 1
    assert isinstance(error, UnknownOutcome) or error.maybe_done


def test_refusal_of_the_engine_is_final_even_for_too_many() -> None:
    """An order's id has the engine's answer for ever: another try would get the same."""
    error, told = fails(calls.place(ORDER_IN), refused("RATE", sequence=4))
    assert type(error) is RateLimited
    assert len(told.sent) == 1


def test_pauses_double_up_to_a_most() -> None:
    _, told = fails(calls.health(), *[UNSENT] * 5)
    assert told.pauses == [0.1, 0.2, 0.4, 0.8]
    told = Told()
    talk = Talk(Auth(), Retries(attempts=9, first_s=0.5, most_s=1.0), "venue:1", chance=lambda: 0.0)
    with pytest.raises(Unreachable):
        told.have(talk, calls.health(), [UNSENT] * 9)
    assert told.pauses == [0.25, *[0.5] * 7]


def test_venue_is_given_the_time_it_asks_for_but_no_more_than_the_caller_has() -> None:
    _, told = have(calls.place(ORDER_IN), refused("BUSY", after_s=3), ok(ORDER))
    assert told.pauses == [3.0]
    error, told = fails(calls.place(ORDER_IN), refused("VENUE_HALTED", after_s=30))
    assert (type(error), error.retry_after_s, told.pauses) == (VenueTrouble, 30.0, [])


CANCELLED = {**ORDER, "status": "cancelled", "reason": "cancelled"}


@pytest.mark.parametrize("name", [{"order_id": 7}, {"client_order_id": "mine"}])
def test_order_that_an_unheard_cancel_has_cancelled_is_the_answer(name: Any) -> None:
    call = calls.cancel(
        name.get("order_id"), client_order_id=name.get("client_order_id"), market=None
    )
    found = CANCELLED if "order_id" in name else {"orders": [CANCELLED], "next_cursor": None}
    order, told = have(call, UNHEARD, refused("UNKNOWN_ORDER", sequence=9), ok(found))
    assert order.status == "cancelled"
    assert [send.method for send in told.sent] == ["DELETE", "DELETE", "GET"]


def test_order_that_had_traded_before_an_unheard_cancel_is_not_called_cancelled() -> None:
    call = calls.cancel(7, client_order_id=None, market=None)
    filled = ok({**ORDER, "status": "filled"})
    error, _ = fails(call, UNHEARD, refused("UNKNOWN_ORDER", sequence=9), filled)
    assert (type(error), error.code) == (NotPossible, "UNKNOWN_ORDER")


def test_cancel_that_was_refused_at_once_is_not_looked_up() -> None:
    call = calls.cancel(7, client_order_id=None, market=None)
    _, told = fails(call, refused("UNKNOWN_ORDER", sequence=9))
    assert len(told.sent) == 1


# Who one is


def bearer(send: Send) -> str:
    return send.headers.get("Authorization", "")


def test_token_that_has_expired_is_refreshed_and_the_call_sent_again() -> None:
    auth = Refreshing(a.Session(token="old", refresh_token="r1", user_id=1, expires_at="t"))
    _, told = have(
        calls.balances(), refused("UNAUTHORIZED"), ok(SESSION), ok({"balances": []}), auth=auth
    )
    assert [send.target for send in told.sent] == [
        "/api/v1/balances",
        "/refresh",
        "/api/v1/balances",
    ]
    assert json.loads(told.sent[1].body) == {"refresh_token": "r1"}
    assert [bearer(send) for send in told.sent[::2]] == ["Bearer old", "Bearer new"]


def test_token_without_a_refresh_token_ends_with_its_refusal() -> None:
    error, told = fails(calls.balances(), refused("UNAUTHORIZED"))
    assert (type(error), error.code, len(told.sent)) == (NotAllowed, "UNAUTHORIZED", 1)


def test_new_token_that_is_refused_too_is_not_renewed_for_ever() -> None:
    auth = Refreshing(a.Session(token="old", refresh_token="r1", user_id=1, expires_at="t"))
    came = [refused("UNAUTHORIZED"), ok(SESSION), refused("UNAUTHORIZED")]
    _, told = fails(calls.balances(), *came, auth=auth)
    assert len(told.sent) == 3


def test_password_logs_in_when_first_needed_and_again_when_its_refresh_is_refused() -> None:
    auth = Password("ann@example.com", "correct horse battery")
    empty = ok({"balances": []})
    _, told = have(calls.balances(), refused("UNAUTHORIZED"), ok(SESSION), empty, auth=auth)
    assert [send.target for send in told.sent][1] == "/login"
    came = [refused("UNAUTHORIZED"), refused("WRONG_CREDENTIALS"), ok(SESSION), empty]
    _, told = have(calls.balances(), *came, auth=auth)
    assert [send.target for send in told.sent][1:3] == ["/refresh", "/login"]


def test_public_call_needs_no_login() -> None:
    auth = Password("ann@example.com", "correct horse battery")
    _, told = have(calls.assets(), ok({"assets": []}), auth=auth)
    assert len(told.sent) == 1


def test_wrong_password_is_said_at_once() -> None:
    auth = Password("ann@example.com", "wrong")
    error, told = fails(
        calls.balances(), refused("UNAUTHORIZED"), refused("WRONG_CREDENTIALS"), auth=auth
    )
    assert (error.code, len(told.sent)) == ("WRONG_CREDENTIALS", 2)


# What refusals are


FAMILY = {
    10: BadRequest, 11: NotAllowed, 12: BadValue, 13: NotPossible, 14: LimitReached,
    15: VenueTrouble,
}  # fmt: skip


@pytest.mark.parametrize("code", KINDS)
def test_every_code_of_the_venue_has_the_class_of_its_family(code: str) -> None:
    came = refused(code, field="price", given="1", valid=["2"])
    error = refusal_of(came.status, came.body)
    assert isinstance(error, FAMILY[KINDS[code].number // 100])
    assert (error.code, error.refusal.field, error.refusal.valid) == (code, "price", ["2"])


def sent(price: Any) -> Any:
    return calls.place({**ORDER_IN, "price": price}).body["price"]


@pytest.mark.parametrize(
    ("price", "text"),
    [(Decimal("1E+3"), "1000"), (Decimal("0.000010"), "0.000010"), (7, "7"), ("1.00", "1.00")],
)
def test_amount_is_sent_as_exact_text(price: Any, text: str) -> None:
    assert sent(price) == text


@pytest.mark.parametrize("price", [1.5, True, b"1", Decimal("NaN"), Decimal("Infinity")])
def test_amount_is_never_a_float_and_always_a_number(price: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="amount"):
        sent(price)


def test_answer_that_lacks_a_field_is_named() -> None:
    with pytest.raises(BadAnswer, match="order_id"):
        have(calls.place(ORDER_IN), ok({}))
