"""Withdrawals and addresses as clients get them."""

from typing import Any

from outcry.domain.decimals import format_units
from outcry.gateway.withdrawals import schemas as s
from outcry.identity.records.money import Beneficiary, Withdrawal
from outcry.identity.withdrawals.withdrawals import (
    APPROVED,
    CANCELLED,
    FAILED,
    REJECTED,
    REQUESTED,
    SENT,
)
from outcry.marketdata.registry import Registry
from outcry.marketdata.text import time_text

_FUNDS = {
    REQUESTED: "in_flight",
    APPROVED: "in_flight",
    FAILED: "in_flight",
    SENT: "left",
    REJECTED: "returned",
    CANCELLED: "returned",
}


def withdrawal_fields(row: Withdrawal, registry: Registry) -> dict[str, Any]:
    """Return the fields of a withdrawal that its owner sees."""
    asset = registry.asset_by_symbol(row.asset)
    assert asset is not None, "assets stay"
    return {
        "withdrawal": row.number,
        "client_withdrawal_id": row.client_id,
        "asset": row.asset,
        "amount": format_units(row.amount_units, asset.unit_decimals),
        "address": row.address,
        "memo": row.memo or None,
        "state": row.state,
        "funds": _FUNDS[row.state],
        "reason": row.reason or None,
        "reference": row.reference or None,
        "created_at": time_text(row.created_ns),
        "updated_at": time_text(row.updated_ns),
    }


def withdrawal_out(row: Withdrawal, registry: Registry) -> s.WithdrawalOut:
    """Return a withdrawal as its owner sees it."""
    return s.WithdrawalOut(**withdrawal_fields(row, registry))


def beneficiary_out(row: Beneficiary) -> s.BeneficiaryOut:
    """Return an address that is kept."""
    return s.BeneficiaryOut(
        beneficiary=row.number,
        label=row.label,
        asset=row.asset,
        address=row.address,
        memo=row.memo or None,
        created_at=time_text(row.created_ns),
    )
