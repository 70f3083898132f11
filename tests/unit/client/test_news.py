"""Events in line: what may be replaced by something newer, and what may not be too much."""

from typing import Any

import pytest

from outcry.client import NotFollowed
from outcry.client.awaiting import AsyncClient
from outcry.client.live import messages as m
from outcry.client.live import news as news_module
from outcry.client.live.news import News


def following(*channels: str) -> News:
    return News(AsyncClient("http://nowhere"), frozenset(channels))


async def taken(news: News) -> list[Any]:
    """Return what is in line."""
    return [await news.next() for _ in range(news.waiting)]


def ticker(price: str) -> m.Told:
    text = f'"market":"A_B","last_price":"{price}","volume":"1","quote_volume":"1","trades":1'
    rest = ('best_bid', 'best_ask', 'open_price', 'high_price', 'low_price', 'price_change',
            'price_change_percent')  # fmt: skip
    nothing = "".join(f',"{name}":null' for name in rest)
    return m.told(
        f'{{"channel":"ticker:A_B","type":"update","ticker":{{{text}{nothing},"time":"t"}}}}'
    )


async def test_newer_ticker_takes_the_place_of_one_that_still_waits() -> None:
    news = following("ticker:A_B", "status")
    await news.receive(ticker("1"))
    await news.receive(m.told('{"channel":"status","type":"update","mode":"normal","sequence":1}'))
    await news.receive(ticker("2"))
    first, second = await taken(news)
    assert (first.ticker.last_price, second.mode) == ("2", "normal")
    await news.receive(ticker("3"))
    assert [event.ticker.last_price for event in await taken(news)] == ["3"]


async def test_what_must_not_be_lost_waits_in_line_and_not_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(news_module, "WAITING_MAX", 3)
    news = following("status")
    for number in range(4):
        await news.receive(
            m.told(f'{{"channel":"status","type":"update","mode":"x","sequence":{number}}}')
        )
    assert news.has_ended
    assert [(await news.next()).sequence for _ in range(4)] == [0, 1, 2, 3]  # type: ignore[union-attr]
    with pytest.raises(NotFollowed, match="nobody takes them"):
        await news.next()


async def test_channel_that_nobody_asked_for_is_no_news() -> None:
    news = following("status")
    assert await news.receive(ticker("1"))
    assert await taken(news) == []
