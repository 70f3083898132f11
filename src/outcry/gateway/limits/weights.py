"""What the native calls weigh. What is not here weighs 1."""

from outcry.gateway.limits.charges import Charge

_HASH, _STORE = Charge(50), Charge(10)
"""A password's hash costs a tenth of a second of a core; a row of a person is kept durably."""
_CANCELS = Charge(1, cancels=True)
WEIGHTS: dict[str, Charge] = {
    # A password is hashed.
    "register": _HASH,
    "login": _HASH,
    "change_password": _HASH,
    "new_factor": _HASH,
    "remove_factor": _HASH,
    # A signature is checked, or something is kept of a person.
    "refresh": _STORE,
    "wallet_nonce": Charge(2),
    "wallet_login": _STORE,
    "wallet_key": _STORE,
    "link_wallet": _STORE,
    "unlink_wallet": _STORE,
    "confirm_factor": _STORE,
    "give_code": _STORE,
    "new_key": _STORE,
    "revoke_key": _STORE,
    "new_sub_account": _STORE,
    "logins": _STORE,
    "staff_trail": _STORE,
    "withdraw": _STORE,
    "withdrawals": _STORE,
    "withdrawal": _STORE,
    "cancel_withdrawal": _STORE,
    "new_beneficiary": _STORE,
    "remove_beneficiary": _STORE,
    # The whole trail or the whole state is read.
    "staff_trail_state": _HASH,
    "staff_digest": _HASH,
    "staff_publish": _HASH,
    "cancel": _CANCELS,
    "cancel_all": _CANCELS,
    "cancel_list": _CANCELS,
    "dead_man_switch": _CANCELS,
    # Read from memory.
    "open_orders": Charge(5),
    "lists": Charge(5),
    "depth": Charge(5),
    "trades": Charge(5),
    "klines": Charge(2),
    "tickers": Charge(5),
    # Read from the ledger.
    "orders": Charge(10),
    "fills": Charge(10),
    "statement": Charge(10),
    "transfers": Charge(10),
    "volume": Charge(10),
    "statistics": Charge(10),
    "export": Charge(100),
    "liabilities": Charge(5),
    "my_liabilities": Charge(10),
    "trade_entries": Charge(10),
}
"""By the name of the call in the OpenAPI document, which tells them as `x-weight`."""


def weight_of(name: str) -> Charge:
    """Return what a call of this name weighs."""
    return WEIGHTS.get(name, Charge())
