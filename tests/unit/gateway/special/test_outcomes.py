"""The answer to a command is found among what was due before it and what followed from it."""

from typing import Any

import pytest

from outcry.codec.layouts import NUMBER_OF
from outcry.domain import commands as c
from outcry.domain.events import CommandRejected, CommandReplayed, Event, OrderAccepted, OrderDone
from outcry.domain.order import DoneReason
from outcry.domain.rejects import Reject
from outcry.gateway.special.outcomes import answer_of, old_is_gone, rejection_of, was_replayed

ANN, BOB = 1, 2


def done(account: int, reason: DoneReason) -> OrderDone:
    return OrderDone(0, 9, 1, account, 1, 5, reason, 0, 0, 0, 0, 0, 0, 0, 0, 0)


def rejected(command: type[c.Command]) -> CommandRejected:
    return CommandRejected(0, 9, 1, ANN, 1, NUMBER_OF[command], Reject.FUNDS, 0, 0, 0)


ACCEPTED = OrderAccepted(0, 9, 1, ANN, 1, 6, 0, 0, 0, 0, 0, 100, 1, 0, 100, 0, 0, 0, 0, "")
REPLAYED = CommandReplayed(0, 9, 1, ANN, 1, 1, 0, 6, 3)
EXPIRED, PARTNER = done(BOB, DoneReason.EXPIRED), done(ANN, DoneReason.OCO)


@pytest.mark.parametrize("answer", [ACCEPTED, REPLAYED, rejected(c.PlaceOrder)])
@pytest.mark.parametrize("before", [[], [EXPIRED], [rejected(c.FireOrder)]])
@pytest.mark.parametrize("after", [[], [PARTNER], [rejected(c.PlaceChildren)]])
def test_answer_is_found_wherever_it_stands(
    answer: Any, before: list[Event], after: list[Event]
) -> None:
    events = [*before, answer, *after]
    assert answer_of(events) is answer
    assert was_replayed(events) is (answer is REPLAYED)
    assert rejection_of(events) is (answer if type(answer) is CommandRejected else None)


def test_what_only_changed_orders_has_no_answer_of_its_own() -> None:
    events = [EXPIRED, done(ANN, DoneReason.CANCELLED), PARTNER, rejected(c.FireOrder)]
    assert answer_of(events) is None


def test_old_order_is_gone_only_if_the_very_command_cancelled_it() -> None:
    refused = rejected(c.CancelReplace)
    assert old_is_gone([EXPIRED, done(ANN, DoneReason.REPLACED), refused], refused)
    assert not old_is_gone([EXPIRED, refused], refused)
    other = rejected(c.PlaceOrder)
    assert not old_is_gone([PARTNER, other], other)
