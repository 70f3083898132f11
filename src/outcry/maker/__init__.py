"""Liquidity from outside: the market maker, noise takers for the demo, and what runs strategies.

In: strategies, a venue's address, who they trade as.
Out: orders through the public API; metrics of profit, inventory and refusals.
Never: a way to the engine that other people do not have.
"""

from outcry.maker.live.run import Live
from outcry.maker.maker import Maker
from outcry.maker.noise import NoiseTaker
from outcry.maker.quotes import QuoteSettings

__all__ = ["Live", "Maker", "NoiseTaker", "QuoteSettings"]
