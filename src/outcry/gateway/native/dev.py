"""Development only: play money, new assets and markets, a reset. All by sequenced commands."""

import asyncio
import re
from collections.abc import Iterator, Sequence

from aiohttp import web

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.commands import NO_LIMIT
from outcry.domain.decimals import BadDecimal, TooPrecise, parse_units
from outcry.domain.events import CommandRejected
from outcry.domain.market import Asset, FeeAsset, Market, MarketState, tick_value_units
from outcry.domain.units import PPM, UNITS_LIMIT
from outcry.gateway.errors import ApiError
from outcry.gateway.http import Door
from outcry.gateway.json_input import convert
from outcry.gateway.native.schemas import AssetIn, FaucetIn, MarketIn

ORDER_NOTIONAL_DEFAULT, DAILY_NOTIONAL_DEFAULT, OPEN_ORDERS_DEFAULT = 1_000_000, 10_000_000, 100
"""The limits of an account in a new market; the first two in whole units of the quote asset."""
RESET_COMMANDS = 1_000
MARKET_SYMBOL_MAX, TICK_DECIMALS_MAX = 32, 18
_SYMBOL = re.compile(r"[A-Z0-9]{1,16}", re.ASCII)
_MARKET_SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9_]*_[A-Z0-9_]*[A-Z0-9]", re.ASCII)


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
        if len(wanted.symbol) > MARKET_SYMBOL_MAX or not _MARKET_SYMBOL.fullmatch(wanted.symbol):
            why = f"a symbol has at most {MARKET_SYMBOL_MAX} of A-Z 0-9 and _ inside"
            raise ApiError("BAD_VALUE", why, field="symbol", given=wanted.symbol)
        _check_fees(wanted)
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
                self._definition(wanted, number),
                c.SetFees(market=number, maker_ppm=wanted.maker_ppm, taker_ppm=wanted.taker_ppm),
                c.SetState(market=number, state=MarketState.TRADING),
            ]
        command = self._definition(wanted, known.market)
        others = list(_differences(command, wanted, known))
        if others:
            why = f"{known.symbol} exists with another {', '.join(others)}"
            raise ApiError("EXISTS", why, field="symbol", given=wanted.symbol)
        return [command]

    def _definition(self, wanted: MarketIn, number: int) -> c.SetMarket:
        first, _, second = wanted.symbol.partition("_")
        base = self._asset(wanted.base or first, "base")
        quote = self._asset(wanted.quote or second, "quote")
        tick_mantissa, tick_decimals, lot_units = _scale(wanted, base, quote)

        def lots(text: str | None, field: str, default: int) -> int:
            if text is None:
                return default
            whole, rest = divmod(amount_units(text, base.unit_decimals, field), lot_units)
            if rest:
                why = f"{field} must be a multiple of the lot"
                raise ApiError("BAD_LOT", why, field=field, given=text)
            return whole

        def units(text: str | None, field: str, default: int) -> int:
            return default if text is None else amount_units(text, quote.unit_decimals, field)

        return c.SetMarket(
            market=number,
            symbol=wanted.symbol,
            base=base.asset,
            quote=quote.asset,
            tick_mantissa=tick_mantissa,
            tick_decimals=tick_decimals,
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


def _scale(wanted: MarketIn, base: Asset, quote: Asset) -> tuple[int, int, int]:
    """Return (tick mantissa, tick decimals, lot units).

    Raises:
        ApiError: `BAD_DECIMAL`, or `CONTRADICTION` if a trade would not be whole quote units.
    """
    decimals = min(len(wanted.tick.partition(".")[2]), TICK_DECIMALS_MAX)
    mantissa = amount_units(wanted.tick, decimals, "tick")
    lot_units = amount_units(wanted.lot, base.unit_decimals, "lot")
    scale = (mantissa, decimals, lot_units)
    if not 0 < tick_value_units(*scale, base.unit_decimals, quote.unit_decimals) < UNITS_LIMIT:
        why = f"tick x lot must be a whole number of the smallest unit of {quote.symbol}"
        raise ApiError("CONTRADICTION", why, field="tick", given=wanted.tick)
    return scale


def _check_fees(wanted: MarketIn) -> None:
    """Refuse what the engine would, before the market is there without its fees.

    Raises:
        ApiError: `FEES`.
    """
    maker, taker = wanted.maker_ppm, wanted.taker_ppm
    if not (0 <= taker < PPM and -PPM < maker < PPM and maker + taker >= 0):
        why = f"rates are below {PPM} ppm, taker_ppm is not negative, nor is their sum"
        raise ApiError("FEES", why, field="taker_ppm", given=taker)
    if wanted.fee_asset == "received" and maker < 0:
        why = "a rebate can only be paid in the quote asset"
        raise ApiError("FEES", why, field="maker_ppm", given=maker)


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
