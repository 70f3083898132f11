"""Every call about withdrawals. One that is asked for again under its id is the same one."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeVar

from outcry.client.calls import Again, Call
from outcry.client.money import answers as m
from outcry.client.people.answers import Done
from outcry.client.people.calls import given

T = TypeVar("T")
API = "/api/v1"
Number = str | int | Decimal


def _read(name: str, path: str, gives: type[T], query: Mapping[str, object]) -> Call[T]:
    texts = {field: str(value) for field, value in query.items() if value is not None}
    return Call(name, "GET", f"{API}/{path}", gives, texts, None, Again.READ)


def withdraw(
    asset: str, amount: Number, address: str, client_withdrawal_id: str, memo: str | None = None
) -> Call[m.Withdrawal]:
    """Ask for a withdrawal."""
    body = given(
        {
            "asset": asset,
            "amount": str(amount),
            "address": address,
            "client_withdrawal_id": client_withdrawal_id,
            "memo": memo,
        }
    )
    return Call("withdraw", "POST", f"{API}/withdrawals", m.Withdrawal, {}, body, Again.SAME)


def withdrawals(query: Mapping[str, object]) -> Call[m.Withdrawals]:
    """One's withdrawals, newest first."""
    return _read("withdrawals", "withdrawals", m.Withdrawals, query)


def withdrawal(number: int) -> Call[m.Withdrawal]:
    """One withdrawal."""
    return _read("withdrawal", f"withdrawals/{number}", m.Withdrawal, {})


def cancel_withdrawal(number: int) -> Call[m.Withdrawal]:
    """Take a withdrawal back that nobody has approved yet."""
    return Call("cancel_withdrawal", "DELETE", f"{API}/withdrawals/{number}", m.Withdrawal, {})


def beneficiaries() -> Call[m.Beneficiaries]:
    """One's addresses, by name."""
    return _read("beneficiaries", "beneficiaries", m.Beneficiaries, {})


def new_beneficiary(
    label: str, asset: str, address: str, memo: str | None = None
) -> Call[m.Beneficiary]:
    """Keep an address under a name."""
    body = given({"label": label, "asset": asset, "address": address, "memo": memo})
    return Call("new_beneficiary", "POST", f"{API}/beneficiaries", m.Beneficiary, {}, body)


def remove_beneficiary(number: int) -> Call[Done]:
    """Forget an address."""
    return Call("remove_beneficiary", "DELETE", f"{API}/beneficiaries/{number}", Done, {})
