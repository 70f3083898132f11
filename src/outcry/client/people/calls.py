"""Every call about people. What changes something is never repeated in doubt: look, and decide."""

from collections.abc import Collection, Mapping
from typing import TypedDict, TypeVar
from urllib.parse import quote

from outcry.client.answers import Session
from outcry.client.calls import Again, Call
from outcry.client.people import answers as p

T = TypeVar("T")
API = "/api/v1"


def _read(
    name: str, path: str, gives: type[T], query: Mapping[str, object] | None = None
) -> Call[T]:
    texts = {field: str(value) for field, value in (query or {}).items() if value is not None}
    return Call(name, "GET", f"{API}/{path}", gives, texts, None, Again.READ)


def _send(name: str, method: str, path: str, gives: type[T], **body: object) -> Call[T]:
    return Call(name, method, f"{API}/{path}", gives, {}, given(body) or None)


def given(body: Mapping[str, object], **more: object) -> dict[str, object]:
    """Return the fields of a body that are not None."""
    return {field: value for field, value in {**body, **more}.items() if value is not None}


class KeyTerms(TypedDict, total=False):
    """An API key to make: hmac, or ed25519 with the PEM of its public half.

    `networks`: from where it may be used, as CIDR. `account`: one of one's sub-accounts.
    """

    kind: str
    label: str
    networks: list[str]
    expires_at: str | None
    public_key: str | None
    account: int | None


def me() -> Call[p.Me]:
    """Oneself."""
    return _read("me", "me", p.Me)


def logout() -> Call[p.Done]:
    """End this session."""
    return _send("logout", "POST", "logout", p.Done)


def sessions() -> Call[p.OpenSessions]:
    """One's open sessions, newest first."""
    return _read("sessions", "sessions", p.OpenSessions)


def end_sessions() -> Call[p.Ended]:
    """End all sessions but this one."""
    return _send("end_sessions", "DELETE", "sessions", p.Ended)


def end_session(session: str) -> Call[p.Done]:
    """End a session."""
    return _send("end_session", "DELETE", f"sessions/{quote(session, safe='')}", p.Done)


def logins() -> Call[p.Logins]:
    """Attempts to log in, newest first."""
    return _read("logins", "logins", p.Logins)


def change_password(password: str, new_password: str) -> Call[p.Done]:
    """Change the password."""
    both = {"password": password, "new_password": new_password}
    return _send("change_password", "POST", "password", p.Done, **both)


def new_factor(password: str) -> Call[p.Factor]:
    """Begin a second factor."""
    return _send("new_factor", "POST", "second-factor", p.Factor, password=password)


def confirm_factor(code: str) -> Call[p.Recovery]:
    """Put a second factor in force."""
    return _send("confirm_factor", "POST", "second-factor/confirm", p.Recovery, code=code)


def give_code(code: str) -> Call[p.Done]:
    """Give a code, for what needs a fresh one."""
    return _send("give_code", "POST", "second-factor/code", p.Done, code=code)


def remove_factor(password: str) -> Call[p.Done]:
    """Remove the second factor."""
    return _send("remove_factor", "DELETE", "second-factor", p.Done, password=password)


def keys() -> Call[p.Keys]:
    """One's API keys, newest first."""
    return _read("keys", "keys", p.Keys)


def new_key(scopes: Collection[str], terms: Mapping[str, object]) -> Call[p.NewKey]:
    """Make an API key."""
    return _send("new_key", "POST", "keys", p.NewKey, scopes=list(scopes), **terms)


def revoke_key(key: str) -> Call[p.Key]:
    """Revoke an API key."""
    return _send("revoke_key", "DELETE", f"keys/{quote(key, safe='')}", p.Key)


def sub_accounts() -> Call[p.SubAccounts]:
    """One's sub-accounts."""
    return _read("sub_accounts", "sub-accounts", p.SubAccounts)


def new_sub_account(label: str) -> Call[p.SubAccount]:
    """Open a sub-account."""
    return _send("new_sub_account", "POST", "sub-accounts", p.SubAccount, label=label)


# Wallets


def wallet_nonce() -> Call[p.Nonce]:
    """What a wallet's message has to name."""
    return Call("wallet_nonce", "POST", "/wallet/nonce", p.Nonce, {}, again=Again.SAME)


def wallet_login(message: str, signature: str, code: str | None = None) -> Call[Session]:
    """Log in with a wallet: a message of EIP-4361 and its signature. Its nonce is good once."""
    body = {"message": message, "signature": signature}
    return Call("wallet_login", "POST", "/wallet/login", Session, {}, given(body, code=code))


def wallet_key(allowed: Mapping[str, object]) -> Call[p.Key]:
    """Make the API key that a wallet allows: what it has signed by EIP-712, and the signature."""
    return Call("wallet_key", "POST", "/wallet/keys", p.Key, {}, dict(allowed))


def wallets() -> Call[p.Wallets]:
    """One's wallets."""
    return _read("wallets", "wallets", p.Wallets)


def link_wallet(message: str, signature: str) -> Call[p.Wallet]:
    """Link a wallet (EIP-4361)."""
    body = {"message": message, "signature": signature}
    return _send("link_wallet", "POST", "wallets", p.Wallet, **body)


def unlink_wallet(address: str) -> Call[p.Done]:
    """Take a wallet away."""
    return _send("unlink_wallet", "DELETE", f"wallets/{quote(address, safe='')}", p.Done)


# Staff


def staff_person(email: str) -> Call[p.StaffPerson]:
    """Somebody, for staff."""
    return _read("staff_person", "staff/people", p.StaffPerson, {"email": email})


def staff_status(account: int, status: str, reason: str) -> Call[p.Done]:
    """Set what an account may do."""
    path = f"staff/people/{account}/status"
    return _send("staff_status", "POST", path, p.Done, status=status, reason=reason)


def staff_end_sessions(account: int) -> Call[p.Ended]:
    """End somebody's sessions."""
    return _send("staff_end_sessions", "DELETE", f"staff/people/{account}/sessions", p.Ended)


def staff_requests(limit: int | None = None, state: str | None = None) -> Call[p.Requests]:
    """Requests of staff, newest first."""
    query = {"limit": limit, "state": state}
    return _read("staff_requests", "staff/requests", p.Requests, query)


def staff_ask(
    act: str, account: int, reason: str, *, asset: str | None = None, amount: str | None = None
) -> Call[p.Request]:
    """Ask for what another has to approve."""
    body = {"act": act, "account": account, "reason": reason, "asset": asset, "amount": amount}
    return _send("staff_ask", "POST", "staff/requests", p.Request, **body)


def staff_approve(request: int) -> Call[p.Request]:
    """Approve a request."""
    return _send("staff_approve", "POST", f"staff/requests/{request}/approve", p.Request)


def staff_refuse(request: int) -> Call[p.Request]:
    """Refuse a request."""
    return _send("staff_refuse", "POST", f"staff/requests/{request}/refuse", p.Request)


def staff_trail(
    after: int | None = None, limit: int | None = None, before: int | None = None
) -> Call[p.Trail]:
    """Who did what, oldest first; with `before`, newest first."""
    query = {"after": after, "before": before, "limit": limit}
    return _read("staff_trail", "staff/trail", p.Trail, query)
