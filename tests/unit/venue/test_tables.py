"""Events in bulk say what the events say one by one."""

import sys
from types import SimpleNamespace

import pytest

from outcry.venue import BadCommand, VenueError
from outcry.venue.words.fields import EVENT_FIELDS
from tests.support.venue import ANN, BOB, open_venue

np = pytest.importorskip("numpy")


def test_trades_are_a_table() -> None:
    venue = open_venue()
    for price in ("100", "101"):
        venue.place(ANN, "BTC_USDT", "sell", price, "1")
    venue.place(BOB, "BTC_USDT", "buy", "101", "1.5")
    trades = venue.trades("BTC_USDT")
    assert trades["price_ticks"].tolist() == [10_000, 10_100]
    assert trades["lots"].tolist() == [10_000, 5_000]
    assert len(venue.trades()) == 2


@pytest.mark.parametrize("event", EVENT_FIELDS)
def test_every_event_has_a_table(event: str) -> None:
    venue = open_venue()
    venue.place(ANN, "BTC_USDT", "sell", "100", "1", key="k")
    told = [words for words in venue.events() if words["event"] == event]
    table = venue.table(event)
    assert len(table) == len(told)
    assert all(int(row["sequence"]) == w["sequence"] for row, w in zip(table, told, strict=True))


def test_text_and_negative_numbers_survive() -> None:
    venue = open_venue()
    venue.place(ANN, "BTC_USDT", "sell", "100", "1", key="my-id")
    venue.apply({"command": "Adjust", "account": ANN, "asset": "BTC", "amount_units": -5})
    assert venue.table("OrderAccepted")["key"].tolist() == ["my-id"]
    assert venue.table("BalanceChanged")["amount_units"].tolist()[-1] == 5
    assert venue.table("AssetSet")["symbol"].tolist() == ["BTC", "USDT"]


def test_an_event_that_is_none_is_named() -> None:
    with pytest.raises(BadCommand, match="did you mean 'Trade'"):
        open_venue().table("Trades")


def test_arrow_comes_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    venue = open_venue()
    monkeypatch.setitem(sys.modules, "pyarrow", SimpleNamespace(table=dict))
    table = venue.arrow("AssetSet")
    assert table["asset"].tolist() == [1, 2]
    assert table["symbol"].tolist() == ["BTC", "USDT"]


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(VenueError, match="pyarrow is not installed"):
        open_venue().arrow("Trade")
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(VenueError, match=r"pip install 'outcry\[research\]'"):
        open_venue().trades()
