"""The `sapi` calls that clients of spot markets make: coins, fees, deposits, withdrawals.

Funds do not move over a chain yet, so every network says that it neither takes nor pays out.
"""

from outcry.domain.events import Cause
from outcry.gateway.binance.account.rates import rates_of
from outcry.gateway.binance.door import BinanceDoor
from outcry.gateway.binance.market.info import json_text
from outcry.gateway.binance.orders.report import ZERO, ms
from outcry.gateway.binance.wire.decimals import ppm_text, text_of
from outcry.gateway.binance.wire.errors import BinanceError
from outcry.gateway.binance.wire.parameters import LARGEST
from outcry.gateway.binance.wire.signing import Call
from outcry.ledger.reads.statement import StatementFilter
from outcry.ledger.reads.transfers import Transfer, transfers

LIMIT_DEFAULT, LIMIT_MAX = 1_000, 1_000
NETWORK = "OUTCRY"
_IN, _OUT = (Cause.DEPOSIT, Cause.ADJUST_CREDIT), (Cause.WITHDRAWAL_REQUESTED,)
_DONE_IN, _PROCESSING, _DONE_OUT, _FAILED_OUT = 1, 4, 6, 5


class WalletCalls:
    """Coins and how they come and go."""

    def __init__(self, door: BinanceDoor) -> None:
        self.door = door

    async def coins(self, call: Call) -> str:
        """GET /sapi/v1/capital/config/getall."""
        found = {
            asset: (available, held)
            for asset, available, held in self.door.core.balances(call.account)
        }
        bodies = []
        for asset in self.door.services.registry.assets():
            available, held = found.get(asset.asset, (0, 0))
            step = text_of(1, asset.unit_decimals)
            network = {
                "network": NETWORK,
                "coin": asset.symbol,
                "name": NETWORK,
                "isDefault": True,
                "depositEnable": False,
                "withdrawEnable": False,
                "withdrawFee": ZERO,
                "withdrawMin": step,
                "withdrawMax": ZERO,
                "withdrawIntegerMultiple": step,
                "minConfirm": 0,
                "unLockConfirm": 0,
            }
            bodies.append(
                {
                    "coin": asset.symbol,
                    "name": asset.symbol,
                    "trading": True,
                    "isLegalMoney": False,
                    "depositAllEnable": False,
                    "withdrawAllEnable": False,
                    "free": text_of(available, asset.unit_decimals),
                    "locked": text_of(held, asset.unit_decimals),
                    "freeze": ZERO,
                    "withdrawing": ZERO,
                    "ipoing": ZERO,
                    "ipoable": ZERO,
                    "storage": ZERO,
                    "networkList": [network],
                }
            )
        return json_text(bodies)

    async def fees(self, call: Call) -> str:
        """GET /sapi/v1/asset/tradeFee."""
        named = "symbol" in call.params
        forms = [self.door.form(call.params)] if named else self.door.symbols.all()
        bodies = []
        for form in forms:
            maker, taker = rates_of(self.door.core, call.account, form)
            bodies.append(
                {
                    "symbol": form.symbol,
                    "makerCommission": ppm_text(maker),
                    "takerCommission": ppm_text(taker),
                }
            )
        return json_text(bodies)

    async def address(self, call: Call) -> str:
        """GET /sapi/v1/capital/deposit/address: there is none yet."""
        self._asset(call.params.need("coin"))
        raise BinanceError(-4024, "Deposits of this coin are closed.")

    async def withdraw(self, call: Call) -> str:
        """POST /sapi/v1/capital/withdraw/apply: closed."""
        self._asset(call.params.need("coin"))
        raise BinanceError(-4026, "Withdrawals of this coin are closed.")

    def _asset(self, symbol: str) -> int:
        asset = self.door.services.registry.asset_by_symbol(symbol)
        if asset is None:
            raise BinanceError(-4018, "Asset is not supported.")
        return asset.asset

    async def deposits(self, call: Call) -> str:
        """GET /sapi/v1/capital/deposit/hisrec."""
        rows = [t for t in self._transfers(call) if t.cause in _IN]
        return json_text([self._deposit(row) for row in rows])

    async def withdrawals(self, call: Call) -> str:
        """GET /sapi/v1/capital/withdraw/history."""
        rows = self._transfers(call)
        ends = {row.reference: row.cause for row in rows if row.cause not in _OUT}
        return json_text(
            [self._withdrawal(row, ends.get(row.reference, 0)) for row in rows if row.cause in _OUT]
        )

    def _transfers(self, call: Call) -> list[Transfer]:
        params = call.params
        coin = params.get("coin", "")
        start, end = params.time_ns("startTime"), params.time_ns("endTime")
        wanted = StatementFilter(
            asset=self._asset(coin) if coin else 0,
            start_ns=start or 0,
            end_ns=LARGEST if end is None else end,
        )
        limit = params.limit(LIMIT_DEFAULT, LIMIT_MAX)
        return transfers(self.door.services.history_store, call.account, wanted, limit).items

    def _deposit(self, row: Transfer) -> dict[str, object]:
        asset = self.door.services.registry.asset(row.asset)
        return {
            "id": f"{row.sequence}-{row.event_index}",
            "amount": text_of(row.amount_units, asset.unit_decimals),
            "coin": asset.symbol,
            "network": NETWORK,
            "status": _DONE_IN,
            "address": "",
            "addressTag": "",
            "txId": f"{row.sequence}-{row.event_index}",
            "insertTime": ms(row.time_ns),
            "completeTime": ms(row.time_ns),
            "transferType": 1,
            "walletType": 0,
        }

    def _withdrawal(self, row: Transfer, end: int) -> dict[str, object]:
        asset = self.door.services.registry.asset(row.asset)
        status = {Cause.WITHDRAWAL_FINAL: _DONE_OUT, Cause.WITHDRAWAL_FAILED: _FAILED_OUT}.get(
            Cause(end) if end else Cause.DEPOSIT, _PROCESSING
        )
        return {
            "id": str(row.reference),
            "amount": text_of(row.amount_units, asset.unit_decimals),
            "transactionFee": ZERO,
            "coin": asset.symbol,
            "status": status,
            "address": "",
            "txId": f"{row.sequence}-{row.event_index}",
            "network": NETWORK,
            "applyTime": ms(row.time_ns),
            "transferType": 0,
            "walletType": 0,
        }

    async def nothing(self, _: Call) -> str:
        """Calls about what this venue does not have, such as margin: there is none of it."""
        return "[]"
