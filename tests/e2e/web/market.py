"""A market that moves: one quotes around a price that wanders, another takes."""

import contextlib
import json
from pathlib import Path
from random import Random
from types import TracebackType

from outcry.client import ApiError, Client

LEVELS = 20
OPEN = ("open", "partially_filled")
RULES = {
    "symbol": "BTC_USDT",
    "tick": "0.01",
    "lot": "0.0001",
    "fee_asset": "received",
    "maker_ppm": 200,
    "taker_ppm": 500,
    "daily_notional_limit": "1000000000",
    "open_orders_limit": 5_000,
}
"""The demo's own, but that more may be traded in a day."""


class Moving:
    """BTC_USDT, moved by the demo's two traders. Prices and sizes follow from the seed."""

    MARKET = "BTC_USDT"

    def __init__(self, url: str, data: Path, seed: int = 11) -> None:
        self.url = url
        tokens = [one["token"] for one in json.loads((data / "demo.json").read_text())["traders"]]
        self._maker, self._taker = (Client(url, token) for token in tokens)
        self._random = Random(seed)
        self._middle_ticks = 6_000_000
        self._drift = 0.0
        self._quotes: list[int] = []
        self._maker.post("/api/v1/dev/markets", RULES)
        for client in (self._maker, self._taker):
            for asset, amount in (("BTC", "5000"), ("USDT", "300000000")):
                client.faucet(asset, amount)

    def __enter__(self) -> "Moving":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._maker.close()
        self._taker.close()

    def step(self) -> None:
        """Move on a little."""
        chance = self._random
        self._drift = 0.97 * self._drift + chance.gauss(0, 55)
        pull = (6_020_000 - self._middle_ticks) * 0.002
        self._middle_ticks += int(self._drift + pull + chance.gauss(0, 900))
        self._quote()
        for _ in range(chance.choice((0, 1, 1, 2, 4))):
            side = "buy" if chance.random() < 0.5 + self._drift / 2_000 else "sell"
            self._take(side, f"{chance.paretovariate(1.6) * 0.02:.4f}")

    def _quote(self) -> None:
        orders: list[dict[str, object]] = [{"cancel": number} for number in self._quotes]
        for level in range(1, LEVELS + 1):
            for side, way in (("buy", -1), ("sell", 1)):
                away = level * 60 + level * level * 14 + self._random.randint(-25, 25)
                size = self._random.paretovariate(1.8) * 0.05 * (1 + level / 5)
                orders.append(
                    {
                        "market": self.MARKET,
                        "side": side,
                        "price": f"{(self._middle_ticks + way * away) / 100:.2f}",
                        "quantity": f"{size:.4f}",
                        "self_trade_prevention": "expire_maker",
                    }
                )
        told = self._maker.batch(orders).results
        self._quotes = [one["order_id"] for one in told if one.get("status") in OPEN]
        assert len(self._quotes) > LEVELS, told[-1]

    def _take(self, side: str, quantity: str) -> None:
        with contextlib.suppress(ApiError):  # The book may not have it.
            self._taker.place(market=self.MARKET, side=side, type="market", quantity=quantity)
