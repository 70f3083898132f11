"""Accounts and their money."""

from typing import TYPE_CHECKING, NamedTuple

from outcry.codec import FLAG_STAFF
from outcry.domain.events import Cause
from outcry.domain.market import AccountStatus
from outcry.domain.order import BOTH_SIDES
from outcry.domain.rejects import Reject
from outcry.domain.units import ACCOUNT_LIMIT, UNITS_LIMIT
from outcry.engine.core.reference.change import close_all
from outcry.engine.core.reference.checks import SHAPE, Body, Refusal, Result
from outcry.engine.core.reference.state import Account, AssetState, Withdrawal

if TYPE_CHECKING:
    from outcry.engine.core.reference.core import Core

_CREDITED_LIMIT = 1 << 63
"""What ever came in is one word of the snapshot, however much has left since."""
OK: Result = (0, None)
SHAPE_RESULT: Result = (0, SHAPE)


def no(reason: int, given: int = 0, bound: int = 0) -> Result:
    """Return the refusal of a command that names no order."""
    return 0, Refusal(reason, given, bound)


def open_account(core: "Core", account_id: int, _market_id: int, body: Body) -> Result:
    """Open an account, or a sub-account of one that is none itself."""
    parent_id: int = body[0]
    if not 1 <= account_id < ACCOUNT_LIMIT:
        return SHAPE_RESULT
    if account_id in core.accounts:
        return no(Reject.EXISTS)
    if parent_id:
        parent = core.accounts.get(parent_id)
        if parent is None:
            return no(Reject.UNKNOWN_ACCOUNT, parent_id)
        if parent.parent:
            return SHAPE_RESULT
    core.accounts[account_id] = Account(account_id, parent=parent_id)
    core.emit(11, account_id, 0, parent_id)
    return OK


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
    return OK


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
    return OK


def _frozen(account: Account) -> Refusal | None:
    if account.status == AccountStatus.FROZEN:
        return Refusal(Reject.ACCOUNT_FROZEN, account.status)
    return None


def finish_withdrawal(core: "Core", _account_id: int, _market_id: int, body: Body) -> Result:
    """End a withdrawal: its units left, or they return."""
    withdrawal_id, failed = body
    if failed > 1:
        return SHAPE_RESULT
    withdrawal = core.withdrawals.pop(withdrawal_id, None)
    if withdrawal is None:
        return no(Reject.UNKNOWN_WITHDRAWAL, withdrawal_id)
    asset, amount = core.assets[withdrawal.asset], withdrawal.amount_units
    account = core.accounts[withdrawal.account]
    asset.in_flight -= amount
    if failed:
        account.balance(withdrawal.asset).available += amount
    else:
        asset.withdrawn += amount
    cause = Cause.WITHDRAWAL_FAILED if failed else Cause.WITHDRAWAL_FINAL
    _emit_balance(core, account, _Move(withdrawal.asset, cause, amount, 0, withdrawal_id))
    return OK


def transfer(core: "Core", account_id: int, _market_id: int, body: Body) -> Result:
    """Move available units to another account."""
    to_account, asset_id, amount = body
    account = core.accounts[account_id]
    refusal = _frozen(account) or _money(core, asset_id, amount)
    if not refusal and to_account == account_id:
        refusal = Refusal(Reject.SHAPE)
    target = core.accounts.get(to_account)
    may_reach = target is not None and (
        target.group == account.group or bool(core.flags & FLAG_STAFF)
    )
    if not refusal and not may_reach:
        refusal = Refusal(Reject.UNKNOWN_ACCOUNT, to_account)
    refusal = refusal or _short(account, asset_id, amount)
    if refusal:
        return 0, refusal
    account.balance(asset_id).available -= amount
    core.accounts[to_account].balance(asset_id).available += amount
    _emit_balance(core, account, _Move(asset_id, Cause.TRANSFER, amount, to_account))
    return OK


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
    return OK


def set_account_status(core: "Core", account_id: int, _market_id: int, body: Body) -> Result:
    """Move an account to another status; freezing cancels its open orders."""
    status: int = body[0]
    account = core.accounts[account_id]
    if status > AccountStatus.FROZEN:
        return SHAPE_RESULT
    if status == account.status:
        return no(Reject.TRANSITION, status, account.status)
    if status == AccountStatus.FROZEN:
        close_all(core, account, 0, BOTH_SIDES)
    previous, account.status = account.status, status
    core.emit(12, account_id, 0, status, previous)
    return OK
