"""What an account pays, in Binance's words."""

from outcry.engine.core import Core
from outcry.gateway.binance.symbols import Form
from outcry.gateway.binance.wire.decimals import ppm_text

NO_RATES = '{"maker":"0.00000000","taker":"0.00000000","buyer":"0.00000000","seller":"0.00000000"}'
"""A part of the rates that this venue does not have."""
NO_DISCOUNT = (
    '{"enabledForAccount":false,"enabledForSymbol":false,"discountAsset":"",'
    '"discount":"0.00000000"}'
)


def rates_of(core: Core, account: int, form: Form) -> tuple[int, int]:
    """Return an account's (maker, taker) rates in a market, in ppm."""
    for owner, maker_ppm, taker_ppm in core.own_rates(form.number):
        if owner == account:
            return maker_ppm, taker_ppm
    return form.market.maker_ppm, form.market.taker_ppm


def rates_text(maker_ppm: int, taker_ppm: int) -> str:
    """Return rates as JSON text; nobody pays for being buyer or seller."""
    return (
        f'{{"maker":"{ppm_text(maker_ppm)}","taker":"{ppm_text(taker_ppm)}",'
        '"buyer":"0.00000000","seller":"0.00000000"}'
    )


def bips(ppm: int) -> int:
    """Return a rate in whole hundredths of a percent, rounded up: the form of old fields."""
    return -(-ppm // 100)
