"""Price bands: between which prices a taker may trade in the next command."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from outcry.domain.commands import PutBand, SetRules
from outcry.domain.units import PPM

BUCKETS = 16
NO_LOW, NO_HIGH = 0, (1 << 63) - 1
Band = tuple[int, int, int, int]
"""Lowest and highest price of a buyer, then of a seller."""
NO_BAND: Band = (NO_LOW, NO_HIGH, NO_LOW, NO_HIGH)


def low_ticks(price_ticks: int, ppm: int) -> int:
    """Return the lowest tick that is at most so far below a price."""
    return -(-price_ticks * (PPM - ppm) // PPM)


def high_ticks(price_ticks: int, ppm: int) -> int:
    """Return the highest tick that is at most so far above a price."""
    return min(price_ticks * (PPM + ppm) // PPM, NO_HIGH)


@dataclass(slots=True)
class Bands:
    """The bands of one market, and the prices they stand on.

    `window` holds the lowest and the highest print of each bucket of time that had one. `put` is
    the band that the core has.
    """

    rules: SetRules
    static_ticks: int = 0
    window: dict[int, tuple[int, int]] = field(default_factory=dict)
    put: Band = NO_BAND

    @property
    def bucket_ns(self) -> int:
        """Return how long a bucket of the window is."""
        return max(self.rules.window_ns // BUCKETS, 1)

    @property
    def narrow(self) -> bool:
        """Return whether there is a band, or was one that the core still has."""
        r = self.rules
        return bool(r.dynamic_ppm or r.static_ppm or r.window_ppm or self.put != NO_BAND)

    def see(self, price_ticks: int, now_ns: int) -> None:
        """Take in a print."""
        if self.rules.window_ppm:
            bucket = now_ns // self.bucket_ns
            low, high = self.window.get(bucket, (price_ticks, price_ticks))
            self.window[bucket] = min(low, price_ticks), max(high, price_ticks)

    def next_roll_ns(self) -> int:
        """Return when the oldest bucket leaves the window; never if there is none."""
        return (min(self.window) + BUCKETS) * self.bucket_ns if self.window else NO_HIGH

    def now(self, last_ticks: int, now_ns: int) -> Band:
        """Return the band of a command at this time, after a last print (0: none)."""
        low, high = NO_LOW, NO_HIGH
        for price, ppm in (
            (last_ticks, self.rules.dynamic_ppm), (self.static_ticks, self.rules.static_ppm),
        ):  # fmt: skip
            if price and ppm:
                low, high = max(low, low_ticks(price, ppm)), min(high, high_ticks(price, ppm))
        buy_high, sell_low = high, low
        if not self.window:
            return low, buy_high, sell_low, high
        oldest = now_ns // self.bucket_ns - (BUCKETS - 1)
        self.window = {bucket: seen for bucket, seen in self.window.items() if bucket >= oldest}
        if self.window and self.rules.window_ppm:
            lowest = min(seen[0] for seen in self.window.values())
            highest = max(seen[1] for seen in self.window.values())
            buy_high = min(high, high_ticks(lowest, self.rules.window_ppm))
            sell_low = max(low, low_ticks(highest, self.rules.window_ppm))
        return low, buy_high, sell_low, high

    def command(self, market: int, band: Band) -> PutBand:
        """Return the command that gives the core a band."""
        self.put = band
        buy_low, buy_high, sell_low, sell_high = band
        return PutBand(
            market=market,
            buy_low_ticks=buy_low,
            buy_high_ticks=buy_high,
            sell_low_ticks=sell_low,
            sell_high_ticks=sell_high,
        )

    def notes(self) -> list[object]:
        """Return what there is to keep, as `restored` takes it."""
        r = self.rules
        rules = [
            r.dynamic_ppm, r.static_ppm, r.window_ppm, r.window_ns, r.collar_ppm, r.halt_ns,
            r.auction_ns, r.extension_ns, r.on_band,
        ]  # fmt: skip
        window = [[bucket, *seen] for bucket, seen in sorted(self.window.items())]
        return [rules, self.static_ticks, window, list(self.put)]

    @classmethod
    def restored(
        cls,
        market: int,
        rules: Sequence[int],
        static_ticks: int,
        window: Sequence[Sequence[int]],
        put: Sequence[int],
    ) -> "Bands":
        """Return the bands that notes tell of."""
        dynamic, static, moving, window_ns, collar, halt_ns, auction_ns, extension_ns, on_band = (
            rules
        )
        command = SetRules(
            market=market,
            dynamic_ppm=dynamic,
            static_ppm=static,
            window_ppm=moving,
            window_ns=window_ns,
            collar_ppm=collar,
            halt_ns=halt_ns,
            auction_ns=auction_ns,
            extension_ns=extension_ns,
            on_band=on_band,
        )
        seen = {bucket: (low, high) for bucket, low, high in window}
        buy_low, buy_high, sell_low, sell_high = put
        return cls(command, static_ticks, seen, (buy_low, buy_high, sell_low, sell_high))
