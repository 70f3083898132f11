"""The streams of tickers, of one market or of all in an array."""

from outcry.gateway.binance.door import BinanceDoor
from outcry.gateway.binance.market.info import json_text
from outcry.gateway.binance.market.tickers import TickerCalls, Window, changes
from outcry.gateway.binance.orders.report import ms
from outcry.gateway.binance.symbols import Form

WINDOWS = ("1h", "4h", "1d")
"""Rolling windows that have a stream."""


class Tickers:
    """One kind of ticker of some markets: of each, when something in it has changed.

    `window` is empty for the last 24 hours, else the length of a rolling window.
    """

    def __init__(
        self, door: BinanceDoor, form: Form | None, *, mini: bool = False, window: str = ""
    ) -> None:
        self._door = door
        self._form = form
        self._mini = mini
        self._window = window
        self._calls = TickerCalls(door)
        self._last: dict[int, tuple[object, ...]] = {}

    def news(self, now_ns: int) -> list[str]:
        """Return the tickers that have changed: one, or an array of them."""
        forms = [self._form] if self._form is not None else self._door.symbols.all()
        bodies = [body for form in forms if (body := self._body(form, now_ns))]
        if not bodies:
            return []
        return [bodies[0] if self._form is not None else f"[{','.join(bodies)}]"]

    def _body(self, form: Form, now_ns: int) -> str:
        if self._window:
            window = self._calls.rolling(form, self._window)
        else:
            window = self._calls.day_window(form)
        best = {} if self._mini or self._window else self._calls.best(form)
        seen = (*window[2:], *best.values())
        if self._last.get(form.number) == seen:
            return ""
        self._last[form.number] = seen
        return json_text(self._words(form, window, best, now_ns))

    def _words(
        self, form: Form, window: Window, best: dict[str, str], now_ns: int
    ) -> dict[str, object]:
        prices: dict[str, object] = {
            "c": form.price(window.last),
            "o": form.price(window.open),
            "h": form.price(window.high),
            "l": form.price(window.low),
            "v": form.quantity(window.volume_lots),
            "q": form.quote_text(window.quote_units),
        }
        if self._mini:
            return {"e": "24hrMiniTicker", "E": ms(now_ns), "s": form.symbol, **prices}
        name = f"{self._window}Ticker" if self._window else "24hrTicker"
        moved = changes(form, window)
        first_id, last_id = self._calls.ids(form, window)
        words: dict[str, object] = {
            "e": name,
            "E": ms(now_ns),
            "s": form.symbol,
            "p": moved["priceChange"],
            "P": moved["priceChangePercent"],
            "w": moved["weightedAvgPrice"],
            **prices,
            "O": ms(window.open_ns),
            "C": ms(window.close_ns),
            "F": first_id,
            "L": last_id,
            "n": window.trades,
        }
        if best:
            words |= {
                "x": form.price(self._calls.close_before(form, window)),
                "Q": form.quantity(self._calls.last_lots(form)),
                "b": best["bidPrice"],
                "B": best["bidQty"],
                "a": best["askPrice"],
                "A": best["askQty"],
            }
        return words

    def again(self) -> None:
        """Speak at the next opportunity: somebody new listens."""
        self._last.clear()

    def close(self) -> None:
        """Nothing is kept."""
