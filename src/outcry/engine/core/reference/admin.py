"""The commands that name no order: accounts, money, definitions, states and modes."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from outcry.codec import FLAG_STAFF
from outcry.domain.commands import NO_LIMIT
from outcry.domain.events import Cause, ModeCause
from outcry.domain.market import AccountStatus, FeeAsset, MarketState, VenueMode, tick_value_units
from outcry.domain.order import BOTH_SIDES
from outcry.domain.rejects import Reject
from outcry.domain.units import ACCOUNT_LIMIT, ASSET_LIMIT, MARKET_LIMIT, PPM, UNITS_LIMIT
from outcry.engine.core.reference.change import close_all
from outcry.engine.core.reference.orders import Body, Refusal, Result
from outcry.engine.core.reference.state import Account, AssetState, Market, Withdrawal

if TYPE_CHECKING:
    from outcry.engine.core.reference.core import Core

_ASSET_SYMBOL = re.compile(rb"[A-Z0-9]{1,16}")
_MARKET_SYMBOL = re.compile(rb"[A-Z0-9][A-Z0-9_]*_[A-Z0-9_]*[A-Z0-9]")
_CREDITED_LIMIT = 1 << 63
"""What ever came in is one word of the snapshot, however much has left since."""
_OK: Result = (0, None)
_SHAPE: Result = (0, Refusal(Reject.SHAPE))


def _no(reason: int, given: int = 0, bound: int = 0) -> Result:
    return 0, Refusal(reason, given, bound)


def open_account(core: "Core", account_id: int, _market_id: int, _body: Body) -> Result:
    """Open an account."""
    if not 1 <= account_id < ACCOUNT_LIMIT:
        return _SHAPE
    if account_id in core.accounts:
        return _no(Reject.EXISTS)
    core.accounts[account_id] = Account(account_id)
    core.emit(11, account_id, 0)
    return _OK


def _money(core: "Core", asset_id: int, amount: int) -> Refusal | None:
    if asset_id not in core.assets:
        return Refusal(Reject.UNKNOWN_ASSET, asset_id)
    return None if 1 <= amount < UNITS_LIMIT else Refusal(Reject.SHAPE)


def _short(account: Account, asset_id: int, amount: int) -> Refusal | None:
    available = account.balance(asset_id).available
    return Refusal(Reject.FUNDS, amount, available) if amount > available else None


def _too_much(asset: AssetState, amount: int) -> Refusal | None:
    if asset.outstanding + amount >= UNITS_LIMIT:
        return Refusal(Reject.OVERFLOW, amount, UNITS_LIMIT)
    return None


class _Move(NamedTuple):
    """What moved, why, against whom, and under which withdrawal."""

    asset_id: int
    cause: Cause
    amount: int
    counter_account: int = 0
    withdrawal_id: int = 0


def _emit_balance(core: "Core", account: Account, move: _Move) -> None:
    core.emit(
        9, account.account, 0,
        move.asset_id, move.cause, move.counter_account, move.amount,
        account.balance(move.asset_id).available, move.withdrawal_id,
    )  # fmt: skip


def deposit(core: "Core", account_id: int, _market_id: int, body: Body) -> Result:
    """Credit units that arrived from outside."""
    asset_id, amount = body
    refusal = _money(core, asset_id, amount) or _too_much(core.assets[asset_id], amount)
    if not refusal and core.assets[asset_id].credited + amount >= _CREDITED_LIMIT:
        refusal = Refusal(Reject.OVERFLOW, amount, UNITS_LIMIT)
    if refusal:
        return 0, refusal
    account = core.accounts[account_id]
    account.balance(asset_id).available += amount
    core.assets[asset_id].credited += amount
    _emit_balance(core, account, _Move(asset_id, Cause.DEPOSIT, amount))
    return _OK


def withdraw(core: "Core", account_id: int, _market_id: int, body: Body) -> Result:
    """Move available units to in flight."""
    asset_id, amount = body
    account = core.accounts[account_id]
    refusal = _frozen(account) or _money(core, asset_id, amount) or _short(account, *body)
    if refusal:
        return 0, refusal
    account.balance(asset_id).available -= amount
    core.assets[asset_id].in_flight += amount
    withdrawal_id = core.next_withdrawal_id
    core.next_withdrawal_id += 1
    core.withdrawals[withdrawal_id] = Withdrawal(account_id, asset_id, amount)
    cause = Cause.WITHDRAWAL_REQUESTED
    _emit_balance(core, account, _Move(asset_id, cause, amount, 0, withdrawal_id))
    return _OK


def _frozen(account: Account) -> Refusal | None:
    if account.status == AccountStatus.FROZEN:
        return Refusal(Reject.ACCOUNT_FROZEN, account.status)
    return None


def finish_withdrawal(core: "Core", _account_id: int, _market_id: int, body: Body) -> Result:
    """End a withdrawal: its units left, or they return."""
    withdrawal_id, failed = body
    if failed > 1:
        return _SHAPE
    withdrawal = core.withdrawals.pop(withdrawal_id, None)
    if withdrawal is None:
        return _no(Reject.UNKNOWN_WITHDRAWAL, withdrawal_id)
    asset, amount = core.assets[withdrawal.asset], withdrawal.amount_units
    account = core.accounts[withdrawal.account]
    asset.in_flight -= amount
    if failed:
        account.balance(withdrawal.asset).available += amount
    else:
        asset.withdrawn += amount
    cause = Cause.WITHDRAWAL_FAILED if failed else Cause.WITHDRAWAL_FINAL
    _emit_balance(core, account, _Move(withdrawal.asset, cause, amount, 0, withdrawal_id))
    return _OK


def transfer(core: "Core", account_id: int, _market_id: int, body: Body) -> Result:
    """Move available units to another account."""
    to_account, asset_id, amount = body
    account = core.accounts[account_id]
    refusal = _frozen(account) or _money(core, asset_id, amount)
    if not refusal and to_account == account_id:
        refusal = Refusal(Reject.SHAPE)
    if not refusal and (to_account not in core.accounts or not core.flags & FLAG_STAFF):
        refusal = Refusal(Reject.UNKNOWN_ACCOUNT, to_account)
    refusal = refusal or _short(account, asset_id, amount)
    if refusal:
        return 0, refusal
    account.balance(asset_id).available -= amount
    core.accounts[to_account].balance(asset_id).available += amount
    _emit_balance(core, account, _Move(asset_id, Cause.TRANSFER, amount, to_account))
    return _OK


def adjust(core: "Core", account_id: int, _market_id: int, body: Body) -> Result:
    """Credit or debit an account against the venue's loss account."""
    asset_id, amount = body
    account = core.accounts[account_id]
    refusal = _money(core, asset_id, abs(amount))
    if not refusal and amount > 0:
        refusal = _too_much(core.assets[asset_id], amount)
    elif not refusal:
        refusal = _short(account, asset_id, -amount)
    if refusal:
        return 0, refusal
    account.balance(asset_id).available += amount
    core.assets[asset_id].loss -= amount
    cause = Cause.ADJUST_CREDIT if amount > 0 else Cause.ADJUST_DEBIT
    _emit_balance(core, account, _Move(asset_id, cause, abs(amount)))
    return _OK


def set_asset(core: "Core", _account_id: int, _market_id: int, body: Body) -> Result:
    """Define an asset."""
    asset_id, unit_decimals, padded, chain_decimals = body
    symbol = padded.rstrip(b"\0")
    fits = 1 <= asset_id < ASSET_LIMIT and unit_decimals <= 18
    fits = fits and unit_decimals <= chain_decimals <= 36
    if not fits or not _ASSET_SYMBOL.fullmatch(symbol):
        return _SHAPE
    if asset_id in core.assets or any(a.symbol == symbol for a in core.assets.values()):
        return _no(Reject.EXISTS)
    core.assets[asset_id] = AssetState(asset_id, unit_decimals, chain_decimals, symbol)
    core.emit(13, 0, 0, asset_id, unit_decimals, padded, chain_decimals)
    return _OK


def set_market(core: "Core", _account_id: int, market_id: int, body: Body) -> Result:
    """Define a market or change its filters."""
    padded, base, quote, mantissa, decimals, fee_asset, allow, _, lot_units, *rest = body
    tick_value, refusal = _tick_value(core, market_id, body)
    if refusal:
        return 0, refusal
    symbol = padded.rstrip(b"\0")
    market = core.markets.get(market_id) or Market(market_id, symbol, base, quote)
    scale = (mantissa, decimals, lot_units)
    rescaled = scale != (market.tick_mantissa, market.tick_decimals, market.lot_units)
    if _taken(core, market_id, symbol) or (market.symbol, market.base, market.quote) != (
        symbol, base, quote,
    ):  # fmt: skip
        return _no(Reject.EXISTS)
    if fee_asset == FeeAsset.RECEIVED and market.maker_ppm < 0:
        return _no(Reject.FEES)
    open_orders = sum(len(lv.orders) for side in market.sides for lv in side.levels.values())
    if open_orders and (rescaled or fee_asset != market.fee_asset):
        return _no(Reject.TRANSITION, open_orders)
    core.markets[market_id] = market
    market.tick_mantissa, market.tick_decimals, market.lot_units = scale
    market.tick_value, market.fee_asset, market.allow_self_trade = tick_value, fee_asset, allow
    market.version += 1 if rescaled else 0
    market.min_lots, market.max_lots, market.market_max_lots = rest[:3]
    market.min_notional, market.max_notional = rest[3:5]
    market.limit_order_notional, market.limit_open_orders, market.limit_daily = rest[5:]
    core.emit(14, 0, market_id, *body, tick_value, market.version)
    return _OK


def _tick_value(core: "Core", market_id: int, body: Sequence[Any]) -> tuple[int, Refusal | None]:
    """Return tick x lot in quote units, or why the definition cannot be."""
    padded, base, quote, mantissa, decimals, _, _, _, lot_units, *_ = body
    if not _market_shape(market_id, padded.rstrip(b"\0"), body):
        return 0, Refusal(Reject.SHAPE)
    for asset_id in (base, quote):
        if asset_id not in core.assets:
            return 0, Refusal(Reject.UNKNOWN_ASSET, asset_id)
    base_decimals, quote_decimals = (core.assets[a].unit_decimals for a in (base, quote))
    value = tick_value_units(mantissa, decimals, lot_units, base_decimals, quote_decimals)
    return value, None if 1 <= value < UNITS_LIMIT else Refusal(Reject.SHAPE)


def _market_shape(market_id: int, symbol: bytes, body: Sequence[Any]) -> bool:
    _, base, quote, mantissa, decimals, fee_asset, allow, _, lot_units, *rest = body
    min_lots, max_lots, market_max, min_notional, max_notional, *limits = rest
    maxima = ((max_lots, min_lots), (market_max, min_lots), (max_notional, min_notional))
    return (
        1 <= market_id < MARKET_LIMIT
        and 3 <= len(symbol) <= 32
        and _MARKET_SYMBOL.fullmatch(symbol) is not None
        and base != quote
        and fee_asset <= FeeAsset.RECEIVED
        and allow <= 1
        and 1 <= mantissa < UNITS_LIMIT
        and 1 <= lot_units < UNITS_LIMIT
        and decimals <= 18
        and 1 <= min_lots < UNITS_LIMIT
        and 0 <= min_notional < UNITS_LIMIT
        and all(top == 0 or least <= top < UNITS_LIMIT for top, least in maxima)
        and all(NO_LIMIT <= limit < UNITS_LIMIT for limit in limits)
    )


def _taken(core: "Core", market_id: int, symbol: bytes) -> bool:
    """Return whether another market's symbol is the same without underscores."""
    plain = symbol.replace(b"_", b"")
    return any(
        other.symbol.replace(b"_", b"") == plain
        for other in core.markets.values()
        if other.market != market_id
    )


def set_fees(core: "Core", _account_id: int, market_id: int, body: Body) -> Result:
    """Set a market's rates."""
    maker, taker, auction = body
    market = core.markets.get(market_id)
    if market is None:
        return _no(Reject.UNKNOWN_MARKET, market_id)
    auction = max(maker, 0) if auction == -1 else auction
    in_range = 0 <= taker < PPM and 0 <= auction < PPM and -PPM < maker < PPM
    funded = taker + maker >= 0 and (maker >= 0 or market.fee_asset == FeeAsset.QUOTE)
    if not in_range or not funded:
        return _no(Reject.FEES)
    market.set_rates(maker, taker, auction)
    core.emit(15, 0, market_id, maker, taker, auction)
    return _OK


def set_limits(core: "Core", account_id: int, market_id: int, body: Body) -> Result:
    """Set an account's own limits."""
    if market_id and market_id not in core.markets:
        return _no(Reject.UNKNOWN_MARKET, market_id)
    order_notional, open_orders, daily_notional, total = body
    in_market = (order_notional, open_orders, daily_notional)
    misplaced = total != NO_LIMIT if market_id else any(v != NO_LIMIT for v in in_market)
    if misplaced or not all(NO_LIMIT <= v < UNITS_LIMIT for v in body):
        return _SHAPE
    account = core.accounts[account_id]
    if market_id:
        pair = account.pair(core.markets[market_id])
        pair.order_notional_limit, pair.open_orders_limit = order_notional, open_orders
        pair.daily_notional_limit = daily_notional
    else:
        account.open_orders_total_limit = total
    core.emit(16, account_id, market_id, *body)
    return _OK


def set_state(core: "Core", _account_id: int, market_id: int, body: Body) -> Result:
    """Move a market to another state."""
    market = core.markets.get(market_id)
    if market is None:
        return _no(Reject.UNKNOWN_MARKET, market_id)
    state: int = body[0]
    if state > MarketState.CANCEL_ONLY:
        return _SHAPE
    stuck = market.state == MarketState.HALTED and state != MarketState.CLOSED
    if state in {market.state, MarketState.PRE_OPEN, MarketState.AUCTION} or stuck:
        return _no(Reject.TRANSITION, state, market.state)
    previous, market.state = market.state, state
    core.emit(17, 0, market_id, state, previous)
    return _OK


def set_mode(core: "Core", _account_id: int, _market_id: int, body: Body) -> Result:
    """Move the venue to another mode."""
    mode: int = body[0]
    if mode > VenueMode.HALTED:
        return _SHAPE
    if mode == core.mode:
        return _no(Reject.TRANSITION, mode, core.mode)
    previous, core.mode = core.mode, mode
    core.emit(18, 0, 0, mode, previous, ModeCause.COMMAND, 0)
    core.touched = True
    return _OK


def set_account_status(core: "Core", account_id: int, _market_id: int, body: Body) -> Result:
    """Move an account to another status; freezing cancels its open orders."""
    status: int = body[0]
    account = core.accounts[account_id]
    if status > AccountStatus.FROZEN:
        return _SHAPE
    if status == account.status:
        return _no(Reject.TRANSITION, status, account.status)
    if status == AccountStatus.FROZEN:
        close_all(core, account, 0, BOTH_SIDES)
    previous, account.status = account.status, status
    core.emit(12, account_id, 0, status, previous)
    return _OK


def tick(_core: "Core", _account_id: int, _market_id: int, _body: Body) -> Result:
    """Let what is due happen; the conductor has done it before this."""
    return _OK
