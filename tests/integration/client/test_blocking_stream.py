"""Streams of a program without an event loop."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from outcry.client import Client, NotPossible
from outcry.client.live.messages import BookEvent, Connected, Disconnected, OrdersEvent
from tests.support.process import venue_process


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, Client]]:
    """Two funded traders of a venue that can be made to cut its streams."""
    data: Path = tmp_path_factory.mktemp("venue")
    with venue_process(data, "--demo", "--bench") as venue:
        url = venue.started()["url"]
        ann, bob = json.loads((data / "demo.json").read_text())["traders"]
        with Client(url, ann["token"]) as first, Client(url, bob["token"]) as second:
            yield first, second


def test_book_follows_the_venue_and_rests_between_two_events(
    clients: tuple[Client, Client],
) -> None:
    ann, bob = clients
    with ann.stream("book:TATA_INR") as stream:
        assert isinstance(next(stream), Connected)
        assert isinstance(next(stream), BookEvent)
        before = stream.book("TATA_INR").bids(1)
        bob.place(market="TATA_INR", side="buy", price="99.95", quantity=3)
        assert stream.book("TATA_INR").bids(1) == before
        assert isinstance(next(stream), BookEvent)
        assert stream.book("TATA_INR").bids(1) == [("99.95", "3")]
        assert stream.next(timeout_s=0.01) is None


def test_stream_that_was_cut_goes_on(clients: tuple[Client, Client]) -> None:
    ann, bob = clients
    with ann.stream("orders") as stream:
        assert isinstance(next(stream), Connected)
        assert isinstance(next(stream), OrdersEvent)
        bob.post("/api/v1/bench/disconnect", {})
        placed = ann.place(market="JIO_INR", side="buy", price="100.00", quantity=1)
        kinds = []
        for event in stream:
            kinds.append(type(event))
            if isinstance(event, OrdersEvent):
                break
        assert kinds == [Disconnected, Connected, OrdersEvent]
        assert isinstance(event, OrdersEvent)
        assert placed.order_id in [order.order_id for order in event.orders]


def test_order_goes_over_the_stream(clients: tuple[Client, Client]) -> None:
    ann, _ = clients
    with ann.stream("status") as stream:
        placed = stream.place(market="JIO_INR", side="buy", price="101.00", quantity=1)
        assert stream.cancel(placed.order_id).status == "cancelled"


def test_refusal_is_raised_and_leaves_nothing_open(clients: tuple[Client, Client]) -> None:
    ann, _ = clients
    with pytest.raises(NotPossible), ann.stream("book:NOBODY"):
        pass
