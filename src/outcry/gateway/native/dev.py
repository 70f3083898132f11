"""Development only: play money, new assets and markets, a reset. All by sequenced commands."""

import re
from collections.abc import Sequence

from aiohttp import web

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.commands import NO_LIMIT
from outcry.domain.decimals import BadDecimal, TooPrecise, parse_units
from outcry.domain.events import CommandRejected
from outcry.domain.market import Asset, FeeAsset, MarketState
from outcry.domain.units import UNITS_LIMIT
from outcry.gateway.errors import ApiError
from outcry.gateway.http import Door
from outcry.gateway.json_input import convert
from outcry.gateway.native.schemas import AssetIn, FaucetIn, MarketIn

ORDER_NOTIONAL_DEFAULT, DAILY_NOTIONAL_DEFAULT, OPEN_ORDERS_DEFAULT = 1_000_000, 10_000_000, 100
"""The limits of an account in a new market; the first two in whole units of the quote asset."""
RESET_COMMANDS = 1_000
_SYMBOL = re.compile(r"[A-Z0-9]{1,16}", re.ASCII)


class DevCalls:
    """What only a venue for play and tests may offer."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self._registry = door.services.registry
        self._core = door.services.engine.core

    async def faucet(self, request: web.Request) -> str:
        """POST /api/v1/dev/faucet."""
        account = self.door.account(request)
        wanted: FaucetIn = convert(await self.door.object(request), FaucetIn)
        asset = self._asset(wanted.asset, "asset")
        amount = amount_units(wanted.amount, asset.unit_decimals, "amount")
        deposit = c.Deposit(account=account, asset=asset.asset, amount_units=amount)
        await self._do([codec.encode_command(deposit)])
        return f'{{"balances":[{self.door.renderer.balances(self._core.balances(account))}]}}'

    async def asset(self, request: web.Request) -> str:
        """POST /api/v1/dev/assets."""
        self.door.account(request)
        wanted: AssetIn = convert(await self.door.object(request), AssetIn)
        if not _SYMBOL.fullmatch(wanted.symbol):
            why = "a symbol has 1 to 16 of A-Z 0-9"
            raise ApiError("BAD_VALUE", why, field="symbol", given=wanted.symbol)
        chain = wanted.decimals if wanted.chain_decimals is None else wanted.chain_decimals
        if not 0 <= wanted.decimals <= 18 or not wanted.decimals <= chain <= 36:
            why = "decimals must be 0 to 18, chain_decimals not less and at most 36"
            raise ApiError("BAD_VALUE", why, field="decimals", given=wanted.decimals)
        number = max((asset.asset for asset in self._registry.assets()), default=0) + 1
        command = c.SetAsset(
            asset=number,
            symbol=wanted.symbol,
            unit_decimals=wanted.decimals,
            chain_decimals=chain,
        )
        await self._do([codec.encode_command(command)])
        return (
            f'{{"asset":"{wanted.symbol}","decimals":{wanted.decimals},"chain_decimals":{chain}}}'
        )

    async def market(self, request: web.Request) -> str:
        """POST /api/v1/dev/markets."""
        self.door.account(request)
        wanted: MarketIn = convert(await self.door.object(request), MarketIn)
        if self._registry.market_by_symbol(wanted.symbol) is not None:
            raise ApiError("EXISTS", field="symbol", given=wanted.symbol)
        number = max((market.market for market in self._registry.markets()), default=0) + 1
        commands: list[c.Command] = [
            self._definition(wanted, number),
            c.SetFees(market=number, maker_ppm=wanted.maker_ppm, taker_ppm=wanted.taker_ppm),
            c.SetState(market=number, state=MarketState.TRADING),
        ]
        await self._do([codec.encode_command(command) for command in commands])
        return f'{{"market":"{wanted.symbol}","state":"trading"}}'

    def _definition(self, wanted: MarketIn, number: int) -> c.SetMarket:
        first, _, second = wanted.symbol.partition("_")
        base = self._asset(wanted.base or first, "base")
        quote = self._asset(wanted.quote or second, "quote")
        tick_decimals = len(wanted.tick.partition(".")[2])
        lot_units = amount_units(wanted.lot, base.unit_decimals, "lot")

        def lots(text: str | None, field: str, default: int) -> int:
            if text is None:
                return default
            return amount_units(text, base.unit_decimals, field) // lot_units or 1

        def units(text: str | None, field: str, default: int) -> int:
            return default if text is None else amount_units(text, quote.unit_decimals, field)

        return c.SetMarket(
            market=number,
            symbol=wanted.symbol,
            base=base.asset,
            quote=quote.asset,
            tick_mantissa=amount_units(wanted.tick, min(tick_decimals, 18), "tick"),
            tick_decimals=min(tick_decimals, 18),
            lot_units=lot_units,
            fee_asset=FeeAsset.RECEIVED if wanted.fee_asset == "received" else FeeAsset.QUOTE,
            allow_self_trade=int(wanted.allow_self_trade),
            min_lots=lots(wanted.min_quantity, "min_quantity", 1),
            max_lots=lots(wanted.max_quantity, "max_quantity", 0),
            market_max_lots=lots(wanted.market_max_quantity, "market_max_quantity", 0),
            min_notional_units=units(wanted.min_notional, "min_notional", 0),
            max_notional_units=units(wanted.max_notional, "max_notional", 0),
            limit_order_notional_units=units(
                wanted.order_notional_limit,
                "order_notional_limit",
                _whole(ORDER_NOTIONAL_DEFAULT, quote),
            ),
            limit_open_orders=(
                OPEN_ORDERS_DEFAULT
                if wanted.open_orders_limit is None
                else max(NO_LIMIT, min(wanted.open_orders_limit, UNITS_LIMIT - 1))
            ),
            limit_daily_notional_units=units(
                wanted.daily_notional_limit,
                "daily_notional_limit",
                _whole(DAILY_NOTIONAL_DEFAULT, quote),
            ),
        )

    async def reset(self, request: web.Request) -> str:
        """POST /api/v1/dev/reset: cancel every order, take every balance back."""
        self.door.account(request)
        accounts = [a for a in range(1, self._last_account() + 1) if self._core.balances(a)]
        await self._do([codec.encode_command(c.CancelAll(account=a)) for a in accounts])
        debits = [
            c.Adjust(account=account, asset=asset, amount_units=-available)
            for account in accounts
            for asset, available, _held in self._core.balances(account)
            if available
        ]
        await self._do([codec.encode_command(debit) for debit in debits])
        return f'{{"accounts":{len(accounts)},"open_orders":{self._core.open_order_count()}}}'

    def _last_account(self) -> int:
        account = 0
        while self._core.account_status(account + 1) >= 0:
            account += 1
        return account

    async def _do(self, records: Sequence[bytes]) -> None:
        """Send records into the flow; the first refusal is the answer."""
        for start in range(0, len(records), RESET_COMMANDS):
            part = records[start : start + RESET_COMMANDS]
            outcomes = await self.door.submit(b"".join(part), len(part), reserve=False)
            for events in outcomes:
                if events and isinstance(events[-1], CommandRejected):
                    raise self.door.renderer.refusal(events[-1])

    def _asset(self, symbol: str, field: str) -> Asset:
        asset = self._registry.asset_by_symbol(symbol)
        if asset is None:
            raise ApiError("UNKNOWN_ASSET", field=field, given=symbol)
        return asset


def _whole(amount: int, quote: Asset) -> int:
    """Return a whole amount in units; where that is more than any balance, no limit."""
    units: int = amount * 10**quote.unit_decimals
    return units if units < UNITS_LIMIT else NO_LIMIT


def amount_units(text: str, decimals: int, field: str) -> int:
    """Return an amount above 0 in units of 10^-decimals.

    Raises:
        ApiError: `BAD_DECIMAL`.
    """
    try:
        units = parse_units(text, decimals)
    except (BadDecimal, TooPrecise):
        units = 0
    if not 0 < units < UNITS_LIMIT:
        why = f"{field} must be a decimal number above 0 with at most {decimals} decimals"
        raise ApiError("BAD_DECIMAL", why, field=field, given=text)
    return units
