"""How wide to quote, and how far to lean: volatility, and the model of Avellaneda and Stoikov.

Distances are in basis points of the reference price and times in seconds. They are estimates of a
model and therefore floats; money begins where `quotes` makes whole ticks of them.
"""

import math
from dataclasses import dataclass

BPS = 10_000
NS_PER_S = 1_000_000_000


@dataclass(slots=True)
class Volatility:
    """The spread of a price's changes, in basis points per square root of a second.

    An average of squared changes in which those `half_life_s` ago count half.
    """

    half_life_s: float = 60.0
    start_bps: float = 1.0
    _variance: float = -1.0
    _price: float = 0.0
    _time_ns: int = 0

    def take(self, price: float, time_ns: int) -> None:
        """Take in the price of now. Two prices of one moment say nothing."""
        seconds = (time_ns - self._time_ns) / NS_PER_S
        if self._price and seconds > 0:
            change_bps = (price / self._price - 1) * BPS
            kept = 0.5 ** (seconds / self.half_life_s)
            before = self._variance if self._variance >= 0 else self.start_bps**2
            self._variance = kept * before + (1 - kept) * change_bps**2 / seconds
        if seconds > 0 or not self._price:
            self._price, self._time_ns = price, time_ns

    @property
    def bps(self) -> float:
        """The volatility of now."""
        return math.sqrt(self._variance) if self._variance >= 0 else self.start_bps


@dataclass(frozen=True, slots=True)
class Inventory:
    """The model for a market without an end: `horizon_s` takes the place of the time that is left.

    Source: M. Avellaneda, S. Stoikov, "High-frequency trading in a limit order book", Quantitative
    Finance 8 (2008) 217-224: reservation price r = s - q g v (T-t), in its section 2.4, and spread
    g v (T-t) + (2/g) ln(1 + g/k), equation (30), with variance v, risk aversion g and decay of
    arrivals k. Here s, r and the spread are in basis points, q in clips of one level's quantity.
    """

    risk_aversion: float = 0.01
    """Per basis point and clip. Larger: gets rid of inventory sooner, and quotes wider."""
    arrival_decay: float = 0.3
    """Per basis point: how fast takers become fewer with the distance."""
    horizon_s: float = 60.0

    def lean_bps(self, clips: float, volatility_bps: float) -> float:
        """Return how far the middle of the quotes moves for an inventory.

        >>> round(Inventory(risk_aversion=0.01, horizon_s=60).lean_bps(3, 2), 6)
        -7.2
        """
        return -clips * self.risk_aversion * volatility_bps**2 * self.horizon_s

    def spread_bps(self, volatility_bps: float) -> float:
        """Return the distance between bid and ask.

        >>> model = Inventory(risk_aversion=0.01, arrival_decay=0.2, horizon_s=60)
        >>> round(model.spread_bps(2), 3)                      # 2.4 + 200 ln 1.05
        12.158
        """
        g, k = self.risk_aversion, self.arrival_decay
        return g * volatility_bps**2 * self.horizon_s + (2 / g) * math.log(1 + g / k)
