"""What a trade has to cost: each fee from the rates that were told, rounded for the house."""

from outcry.domain import events as e
from outcry.domain.events import TradeFlag
from outcry.domain.market import FeeAsset

PPM = 10**6
AUCTION = int(TradeFlag.AUCTION)


class Charges:
    """The rates of markets, and of accounts that have rates of their own."""

    def __init__(self) -> None:
        self._markets: dict[int, tuple[int, int, int]] = {}
        self._own: dict[tuple[int, int], tuple[int, int]] = {}

    def see_market(self, event: e.FeesSet) -> None:
        """Learn the rates of a market."""
        self._markets[event.market] = (event.maker_ppm, event.taker_ppm, event.auction_ppm)

    def see_account(self, event: e.RatesSet) -> None:
        """Learn the rates of an account."""
        whose = (event.account, event.market)
        if event.own:
            self._own[whose] = (event.maker_ppm, event.taker_ppm)
        else:
            self._own.pop(whose, None)

    def fees(
        self, trade: e.Trade, market: e.MarketSet, taker_cap_ppm: int, maker_cap_ppm: int
    ) -> tuple[int, int]:
        """Return what the taker and the maker of a trade have to pay."""
        maker_ppm, taker_ppm, auction_ppm = self._markets.get(trade.market, (0, 0, 0))
        if trade.flags & AUCTION:
            maker_ppm = taker_ppm = auction_ppm
        else:
            taker_ppm = self._own.get((trade.account, trade.market), (0, taker_ppm))[1]
            maker_ppm = self._own.get((trade.maker_account, trade.market), (maker_ppm, 0))[0]
        amounts = [trade.notional_units, trade.notional_units]
        if market.fee_asset == FeeAsset.RECEIVED:
            amounts[1 if trade.taker_side else 0] = trade.lots * market.lot_units
        taker_fee = rounded_up(amounts[0] * min(taker_ppm, taker_cap_ppm))
        maker_rate = min(maker_ppm, maker_cap_ppm)
        if maker_rate >= 0:
            return taker_fee, rounded_up(amounts[1] * maker_rate)
        return taker_fee, -min(amounts[1] * -maker_rate // PPM, taker_fee)


def rounded_up(millionths: int) -> int:
    """Return a sum of millionths of units in units, in the venue's favour."""
    return -(-millionths // PPM)
