"""Balances, rates, and how many orders were placed."""

from outcry.gateway.binance.account.rates import (
    NO_DISCOUNT,
    NO_RATES,
    bips,
    rates_of,
    rates_text,
)
from outcry.gateway.binance.door import BinanceDoor
from outcry.gateway.binance.market.info import json_text
from outcry.gateway.binance.wire.decimals import text_of
from outcry.gateway.binance.wire.limits import order_rows
from outcry.gateway.binance.wire.signing import TRADE, WITHDRAW, Call


class AccountCalls:
    """What an account has and pays."""

    def __init__(self, door: BinanceDoor) -> None:
        self.door = door

    async def account(self, call: Call) -> str:
        """GET /api/v3/account. The rates are the highest of all markets."""
        forms = self.door.symbols.all()
        rates = [rates_of(self.door.core, call.account, form) for form in forms] or [(0, 0)]
        maker, taker = max(rate[0] for rate in rates), max(rate[1] for rate in rates)
        changed_ms = self.door.core.now_ns // 1_000_000
        status = self.door.core.account_status(call.account)
        return (
            f'{{"makerCommission":{bips(maker)},"takerCommission":{bips(taker)},'
            '"buyerCommission":0,"sellerCommission":0,'
            f'"commissionRates":{rates_text(maker, taker)},'
            f'"canTrade":{_bool(status <= 1 and TRADE in call.scopes)},'
            f'"canWithdraw":{_bool(status <= 1 and WITHDRAW in call.scopes)},"canDeposit":true,'
            '"brokered":false,"requireSelfTradePrevention":false,"preventSor":true,'
            f'"updateTime":{changed_ms},"accountType":"SPOT",'
            f'"balances":[{self._balances(call)}],"permissions":["SPOT"],"uid":{call.account}}}'
        )

    def _balances(self, call: Call) -> str:
        omit = call.params.flag("omitZeroBalances")
        found = {
            asset: (available, held)
            for asset, available, held in self.door.core.balances(call.account)
        }
        rows = []
        for asset in self.door.services.registry.assets():
            if omit and asset.asset not in found:
                continue
            free, locked = (
                text_of(units, asset.unit_decimals) for units in found.get(asset.asset, (0, 0))
            )
            rows.append(f'{{"asset":"{asset.symbol}","free":"{free}","locked":"{locked}"}}')
        return ",".join(rows)

    async def commission(self, call: Call) -> str:
        """GET /api/v3/account/commission."""
        form = self.door.form(call.params)
        rates = rates_text(*rates_of(self.door.core, call.account, form))
        return (
            f'{{"symbol":"{form.symbol}","standardCommission":{rates},'
            f'"specialCommission":{NO_RATES},"taxCommission":{NO_RATES},"discount":{NO_DISCOUNT}}}'
        )

    async def order_counts(self, call: Call) -> str:
        """GET /api/v3/rateLimit/order."""
        return json_text(order_rows(self.door.services.gate, call.account))

    async def prevented(self, call: Call) -> str:
        """GET /api/v3/myPreventedMatches and /api/v3/myAllocations: nothing has these names."""
        self.door.form(call.params)
        return "[]"


def _bool(value: bool) -> str:
    return "true" if value else "false"
