"""Development only: play money, new assets and markets, a reset. All by sequenced commands."""

import asyncio
import re
from collections.abc import Iterator, Sequence

from aiohttp import web

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.events import CommandRejected
from outcry.domain.market import Market, MarketState
from outcry.gateway.errors import ApiError
from outcry.gateway.http import Door
from outcry.gateway.json_input import convert
from outcry.gateway.native.schemas import AssetIn, FaucetIn, MarketIn
from outcry.gateway.staff.markets.defining import (
    amount_units,
    asset_of,
    check_fees,
    check_symbol,
    definition,
)

RESET_COMMANDS = 1_000
_SYMBOL = re.compile(r"[A-Z0-9]{1,16}", re.ASCII)


class DevCalls:
    """What only a venue for play and tests may offer."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self._registry = door.services.registry
        self._core = door.services.engine.core
        self._defining = asyncio.Lock()
        """The next number is free until the events of a definition have come back."""

    async def faucet(self, request: web.Request) -> str:
        """POST /api/v1/dev/faucet."""
        account = self.door.account(request)
        wanted: FaucetIn = convert(await self.door.object(request), FaucetIn)
        asset = asset_of(self._registry, wanted.asset, "asset")
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
        async with self._defining:
            await self._define_asset(wanted, chain)
        return (
            f'{{"asset":"{wanted.symbol}","decimals":{wanted.decimals},"chain_decimals":{chain}}}'
        )

    async def _define_asset(self, wanted: AssetIn, chain_decimals: int) -> None:
        known = self._registry.asset_by_symbol(wanted.symbol)
        if known is not None:
            if (known.unit_decimals, known.chain_decimals) == (wanted.decimals, chain_decimals):
                return
            why = f"{wanted.symbol} exists with other decimals"
            raise ApiError("EXISTS", why, field="symbol", given=wanted.symbol)
        number = max((asset.asset for asset in self._registry.assets()), default=0) + 1
        command = c.SetAsset(
            asset=number,
            symbol=wanted.symbol,
            unit_decimals=wanted.decimals,
            chain_decimals=chain_decimals,
        )
        await self._do([codec.encode_command(command)])

    async def market(self, request: web.Request) -> str:
        """POST /api/v1/dev/markets. The same definition again only sets the limits again."""
        self.door.account(request)
        wanted: MarketIn = convert(await self.door.object(request), MarketIn)
        check_symbol(wanted.symbol)
        check_fees(wanted)
        async with self._defining:
            known = self._registry.market_by_symbol(wanted.symbol)
            await self._do(
                [codec.encode_command(command) for command in self._to_do(wanted, known)]
            )
        defined = self._registry.market_by_symbol(wanted.symbol)
        assert defined is not None
        return f'{{"market":"{wanted.symbol}","state":"{defined.state.name.lower()}"}}'

    def _to_do(self, wanted: MarketIn, known: Market | None) -> list[c.Command]:
        """Return what makes a definition true.

        Raises:
            ApiError: `EXISTS` if the market has other rules: what was traded was traded by them.
        """
        if known is None:
            number = max((market.market for market in self._registry.markets()), default=0) + 1
            return [
                definition(self._registry, wanted, number),
                c.SetFees(market=number, maker_ppm=wanted.maker_ppm, taker_ppm=wanted.taker_ppm),
                c.SetState(market=number, state=MarketState.TRADING),
            ]
        command = definition(self._registry, wanted, known.market)
        others = list(_differences(command, wanted, known))
        if others:
            why = f"{known.symbol} exists with another {', '.join(others)}"
            raise ApiError("EXISTS", why, field="symbol", given=wanted.symbol)
        return [command]

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


_RULES = {
    "base": "base",
    "quote": "quote",
    "tick_mantissa": "tick",
    "tick_decimals": "tick",
    "lot_units": "lot",
    "fee_asset": "fee_asset",
    "allow_self_trade": "allow_self_trade",
    "min_lots": "min_quantity",
    "max_lots": "max_quantity",
    "market_max_lots": "market_max_quantity",
    "min_notional_units": "min_notional",
    "max_notional_units": "max_notional",
}
"""A rule of a market, and the field that sets it."""


def _differences(command: c.SetMarket, wanted: MarketIn, known: Market) -> Iterator[str]:
    """Yield the fields that would change a market's rules, each once."""
    names = [
        field for rule, field in _RULES.items() if getattr(command, rule) != getattr(known, rule)
    ]
    rates = (("maker_ppm", known.maker_ppm), ("taker_ppm", known.taker_ppm))
    names += [field for field, rate in rates if getattr(wanted, field) != rate]
    yield from dict.fromkeys(names)
