"""The gate: what passes, what is refused, and who is shut out."""

import pytest

from outcry.adapters.memory import ManualClock
from outcry.adapters.memory_limits import MemoryLimits
from outcry.gateway.errors import ApiError
from outcry.gateway.limits.gate import Gate, TooMuch
from outcry.gateway.limits.rates import GENEROUS, LimitSettings
from tests.support import scoreboard

SECOND_NS = 1_000_000_000
START_NS = 1_800_000_000 * SECOND_NS
IP = "192.0.2.1"
SMALL = LimitSettings(
    ip_weight_1m=10,
    key_weight_1m=4,
    account_weight_1m=6,
    orders_10s=3,
    orders_1d=5,
    refusals_1m=2,
    sockets_per_account=2,
)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START_NS)


@pytest.fixture
def gate(clock: ManualClock) -> Gate:
    return Gate(MemoryLimits(), clock, SMALL)


def refusal(gate: Gate, *asked: int, cancels: bool = False) -> TooMuch:
    with pytest.raises(TooMuch) as caught:
        gate.request(IP, *asked, cancels=cancels)
    return caught.value


def test_requests_of_an_address_pass_until_their_weight_is_used_up(gate: Gate) -> None:
    gate.request(IP, 6)
    gate.request(IP, 4)
    error = refusal(gate)
    assert (error.kind.status, error.kind.code) == (429, "RATE")
    assert error.retry_after_s == 60
    assert gate.weight_headers(IP)["X-MBX-USED-WEIGHT-1M"] == "10"
    gate.request("192.0.2.2", 10)


def test_retry_after_is_kept_by_who_waits_so_long(gate: Gate, clock: ManualClock) -> None:
    clock.set(START_NS + 59 * SECOND_NS - 1)
    gate.request(IP, 10)
    wait_s = refusal(gate).retry_after_s
    assert wait_s == 2
    clock.set(clock.now_ns() + wait_s * SECOND_NS)
    gate.request(IP, 10)


def test_who_goes_on_after_429_is_shut_out_with_418(gate: Gate) -> None:
    gate.request(IP, 10)
    errors = [refusal(gate) for _ in range(4)]
    assert [error.kind.status for error in errors] == [429, 429, 418, 418]
    assert [error.retry_after_s for error in errors[2:]] == [120, 120]
    assert errors[2].until_ns == START_NS + 120 * SECOND_NS


def test_who_is_shut_out_may_come_again_in_time_and_is_out_longer_each_time(
    gate: Gate, clock: ManualClock
) -> None:
    waits = []
    for _ in range(3):
        gate.request(IP, 10)
        errors = [refusal(gate) for _ in range(3)]
        waits.append(errors[-1].retry_after_s)
        clock.set(clock.now_ns() + waits[-1] * SECOND_NS - 1)
        assert refusal(gate).kind.code == "SHUT_OUT"
        clock.set(clock.now_ns() + 1)
    assert waits == [120, 240, 480]


def test_nobody_is_shut_out_for_longer_than_the_longest_time(clock: ManualClock) -> None:
    settings = LimitSettings(ip_weight_1m=1, refusals_1m=1, shut_out_s=60, shut_out_max_s=100)
    gate = Gate(MemoryLimits(), clock, settings)
    for expected_s in (60, 100, 100):
        gate.request(IP)
        assert [refusal(gate).retry_after_s for _ in range(2)][-1] == expected_s
        clock.set(clock.now_ns() + 120 * SECOND_NS)


def test_cancels_pass_when_everything_else_is_used_up_and_even_when_shut_out(gate: Gate) -> None:
    gate.request(IP, 10)
    for _ in range(3):
        refusal(gate)
    gate.request(IP, cancels=True)
    gate.request(IP, cancels=True)
    assert refusal(gate, cancels=True).kind.status == 418
    scoreboard.note("S10", cancels_passed_while_shut_out=2)


def test_cancels_of_a_busy_account_and_key_keep_their_reserve(gate: Gate) -> None:
    for _ in range(4):
        gate.caller(7, key="k")
    with pytest.raises(TooMuch, match="with your key"):
        gate.caller(7, key="k")
    gate.caller(7, key="k", cancels=True)
    gate.caller(7)
    with pytest.raises(TooMuch, match="of your account"):
        gate.caller(7)
    gate.caller(7, cancels=True)


def test_key_and_account_are_counted_apart(gate: Gate) -> None:
    for key in ("a", "b"):
        for _ in range(3):
            gate.caller(7, key=key)
    with pytest.raises(TooMuch, match="of your account"):
        gate.caller(7, key="c")
    gate.caller(8, key="c")


def test_orders_are_counted_for_ten_seconds_and_for_the_day(gate: Gate, clock: ManualClock) -> None:
    gate.orders(7, 3)
    with pytest.raises(TooMuch, match="3 orders of your account in 10 seconds"):
        gate.orders(7)
    clock.set(START_NS + 10 * SECOND_NS)
    gate.orders(7, 2)
    assert gate.order_headers(7) == {"X-MBX-ORDER-COUNT-10S": "2", "X-MBX-ORDER-COUNT-1D": "5"}
    with pytest.raises(TooMuch, match="5 orders of your account in a day") as caught:
        gate.orders(7)
    assert caught.value.retry_after_s > 3_600
    gate.orders(8)


def test_settings_can_change_while_counts_stay(gate: Gate) -> None:
    gate.request(IP, 8)
    gate.set(LimitSettings(ip_weight_1m=9))
    gate.request(IP)
    assert refusal(gate).rate.tokens == 9


def test_development_mode_allows_what_was_not_set(clock: ManualClock) -> None:
    gate = Gate(MemoryLimits(), clock, LimitSettings(orders_10s=1), development=True)
    assert gate.rates.ip.tokens == gate.rates.orders_1d.tokens == GENEROUS
    assert gate.rates.orders_10s.tokens == 1


def test_only_so_many_connections_speak_for_one_account(gate: Gate) -> None:
    gate.enter(7)
    gate.enter(7)
    with pytest.raises(ApiError, match="2 connections") as caught:
        gate.enter(7)
    assert caught.value.kind.code == "SOCKETS"
    gate.enter(8)
    gate.leave(7)
    gate.enter(7)
