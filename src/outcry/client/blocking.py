"""The blocking client: one kept connection, one call at a time.

For scripts, replays, benches and tests. The typed calls are sent again where that is safe; `get`,
`post` and `call` send anything, exactly once.
"""

import time
from collections.abc import Generator, Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Self
from urllib.parse import urlencode

import msgspec
from typing_extensions import Unpack

from outcry.client import answers as a
from outcry.client import calls
from outcry.client.auth import Auth, Bearer, Refreshing
from outcry.client.calls import Amount, Call, Json, T
from outcry.client.money.blocking import BlockingMoney
from outcry.client.people import answers as p
from outcry.client.people import calls as people
from outcry.client.special import answers as s
from outcry.client.special import calls as special
from outcry.client.talk import Pause, Renew, Retries, Send, Step, Talk
from outcry.client.wire.connection import Connection, Lost, address_of
from outcry.client.wire.reply import Reply

if TYPE_CHECKING:
    from outcry.client.live.blocking import BlockingStream

TIMEOUT_S = 30.0


class Client(BlockingMoney):
    """One kept connection to a venue. Not for use by several threads at once."""

    def __init__(
        self,
        url: str,
        token: str = "",
        *,
        auth: Auth | None = None,
        timeout_s: float = TIMEOUT_S,
        retries: Retries = Retries(),  # noqa: B008  # a tuple: it cannot be changed
    ) -> None:
        """Prepare a connection to `url`; it opens with the first call.

        Raises:
            ValueError: `url` is not an http or https address.
        """
        address = address_of(url)
        self.url = address.url
        self._talk = Talk(auth or Bearer(token), retries, address.name)
        self._timeout_s = timeout_s
        self._connection = Connection(address, timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    @property
    def auth(self) -> Auth:
        """As whom this client speaks."""
        return self._talk.auth

    @auth.setter
    def auth(self, auth: Auth) -> None:
        self._talk.auth = auth

    @property
    def token(self) -> str:
        """The token of now; "" without one."""
        return self._talk.auth.token()

    def stream(self, *channels: str) -> "BlockingStream":
        """Return a stream that follows these channels once it is entered.

        Public: `book:MARKET`, `trades:MARKET`, `ticker:MARKET`, `kline:MARKET:INTERVAL`, `status`.
        Of this client's account: `orders`, `fills`, `balances`.
        """
        from outcry.client.awaiting import AsyncClient
        from outcry.client.live.blocking import BlockingStream

        def make() -> AsyncClient:
            return AsyncClient(
                self.url, auth=self.auth, timeout_s=self._timeout_s, retries=self._talk.retries
            )

        return BlockingStream(make, channels)

    # Anything, once

    def get(self, path: str, **parameters: str | int) -> Json:
        """Return the answer to a GET."""
        query = f"?{urlencode(parameters)}" if parameters else ""
        return msgspec.json.decode(self.call("GET", path + query))

    def post(self, path: str, body: Json, token: str | None = None) -> Json:
        """Return the answer to a POST; `token` speaks for somebody else."""
        return msgspec.json.decode(self.call("POST", path, body, token))

    def call(self, method: str, path: str, body: Json = None, token: str | None = None) -> bytes:
        """Return the body of any answer that is not a refusal.

        Raises:
            ApiError: the venue refused.
            Unreachable: no answer. It says whether the venue may have acted on the call.
        """
        return self._run(self._talk.once(method, path, body, token))

    def do(self, call: Call[T]) -> T:
        """Get one call done and return its answer.

        Raises:
            ApiError: the venue refused.
            Unreachable: no answer, after as many attempts as are safe.
        """
        return self._run(self._talk.conversation(call))

    def _run(self, steps: Generator[Step, Reply | Lost | bool | None, T]) -> T:
        outcome: Reply | Lost | bool | None = None
        try:
            while True:
                outcome = self._perform(steps.send(outcome))
        except StopIteration as end:
            answer: T = end.value
            return answer

    def _perform(self, step: Step) -> Reply | Lost | bool | None:
        match step:
            case Send():
                return self._connection.exchange(self._bytes_of(step))
            case Pause(seconds):
                time.sleep(seconds)
                return None
            case Renew():
                return self._run(self._talk.renewal())

    def _bytes_of(self, send: Send) -> bytes:
        lines = [f"{send.method} {send.target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in send.headers.items()]
        if send.body or send.method in {"POST", "PATCH"}:
            lines.append(f"Content-Length: {len(send.body)}")
        head = "\r\n".join(lines)
        if not head.count("\r") == head.count("\n") == len(lines) - 1:
            raise ValueError("a line break in a header or in a path")
        return head.encode("latin-1") + b"\r\n\r\n" + send.body

    # People

    def register(self, email: str, password: str) -> a.Session:
        """Register somebody; this client then speaks for them."""
        return self._speak_for(calls.register(email, password))

    def login(self, email: str, password: str, code: str | None = None) -> a.Session:
        """Log somebody in; this client then speaks for them. `code` is of a second factor."""
        return self._speak_for(calls.login(email, password, code))

    def refresh(self, refresh_token: str) -> a.Session:
        """Trade a refresh token in; this client then speaks for its owner."""
        return self._speak_for(calls.refresh(refresh_token))

    def _speak_for(self, call: Call[a.Session]) -> a.Session:
        session = self.do(call)
        self.auth = Refreshing(session)
        return session

    # Oneself. Staff has its calls in `people.calls`, for `do`.

    def me(self) -> p.Me:
        """Return who one is."""
        return self.do(people.me())

    def logout(self) -> p.Done:
        """End this session."""
        return self.do(people.logout())

    def sessions(self) -> p.OpenSessions:
        """Return one's open sessions, newest first."""
        return self.do(people.sessions())

    def end_sessions(self) -> p.Ended:
        """End all sessions but this one."""
        return self.do(people.end_sessions())

    def end_session(self, session: str) -> p.Done:
        """End a session."""
        return self.do(people.end_session(session))

    def logins(self) -> p.Logins:
        """Return the newest attempts to log in, newest first."""
        return self.do(people.logins())

    def change_password(self, password: str, new_password: str) -> p.Done:
        """Change the password."""
        return self.do(people.change_password(password, new_password))

    def new_factor(self, password: str) -> p.Factor:
        """Begin a second factor; what is returned goes into an authenticator."""
        return self.do(people.new_factor(password))

    def confirm_factor(self, code: str) -> p.Recovery:
        """Put the second factor in force; return the codes for whoever loses it."""
        return self.do(people.confirm_factor(code))

    def give_code(self, code: str) -> p.Done:
        """Give a code of the second factor, for what needs a fresh one."""
        return self.do(people.give_code(code))

    def remove_factor(self, password: str) -> p.Done:
        """Remove the second factor."""
        return self.do(people.remove_factor(password))

    def keys(self) -> p.Keys:
        """Return one's API keys, newest first."""
        return self.do(people.keys())

    def new_key(self, *scopes: str, **more: Unpack[people.KeyTerms]) -> p.NewKey:
        """Make an API key for these scopes: read, trade, withdraw. Its secret is told this once."""
        return self.do(people.new_key(scopes, more))

    def revoke_key(self, key: str) -> p.Key:
        """Revoke an API key."""
        return self.do(people.revoke_key(key))

    def sub_accounts(self) -> p.SubAccounts:
        """Return one's sub-accounts."""
        return self.do(people.sub_accounts())

    def new_sub_account(self, label: str = "") -> p.SubAccount:
        """Open a sub-account; keys made for it speak for it."""
        return self.do(people.new_sub_account(label))

    # Wallets

    def wallet_nonce(self) -> p.Nonce:
        """Return what a wallet's message has to name."""
        return self.do(people.wallet_nonce())

    def wallet_login(self, message: str, signature: str, code: str | None = None) -> a.Session:
        """Log in with a message of EIP-4361; this client then speaks for its wallet's person."""
        return self._speak_for(people.wallet_login(message, signature, code))

    def wallet_key(self, allowed: Mapping[str, object]) -> p.Key:
        """Make the API key that a wallet allows by its signature of EIP-712."""
        return self.do(people.wallet_key(allowed))

    def wallets(self) -> p.Wallets:
        """Return one's wallets."""
        return self.do(people.wallets())

    def link_wallet(self, message: str, signature: str) -> p.Wallet:
        """Link a wallet by a message of EIP-4361."""
        return self.do(people.link_wallet(message, signature))

    def unlink_wallet(self, address: str) -> p.Done:
        """Take a wallet away."""
        return self.do(people.unlink_wallet(address))

    # Orders

    def place(self, **order: Unpack[calls.NewOrder]) -> a.Order:
        """Place an order and return it as it stands after matching.

        Without a `client_order_id` it gets one, so that it can be sent again without doubling.

        Raises:
            ApiError: the venue refused.
            UnknownOutcome: nobody knows; the same order with the same id tells.
        """
        return self.do(calls.place(order))

    def place_short(
        self,
        order_type: str,
        order_kind: str,
        market: str,
        quantity: Amount,
        price: Amount | None = None,
    ) -> a.Order:
        """Place an order in the short form, once."""
        return self.do(calls.place_short(order_type, order_kind, market, quantity, price))

    def batch(self, members: Iterable[Mapping[str, object]]) -> a.Batch:
        """Place and cancel up to 100, in this order, each on its own."""
        return self.do(calls.batch(members))

    def replace(self, **change: Unpack[calls.Change]) -> a.Order:
        """Give an order a new price, a new total quantity, or both, once."""
        return self.do(calls.change_order(change))

    def cancel(
        self,
        order_id: int | str | None = None,
        *,
        client_order_id: str | None = None,
        market: str | None = None,
    ) -> a.Order:
        """Cancel an order by one of its ids."""
        return self.do(calls.cancel(order_id, client_order_id=client_order_id, market=market))

    def cancel_all(self, market: str | None = None, side: str | None = None) -> a.Cancelled:
        """Cancel all orders, those of a market, or of a side, once."""
        return self.do(calls.cancel_all(market, side))

    def place_list(self, **wanted: Unpack[special.NewList]) -> s.OrderList:
        """Place two or three orders that belong together, once, however often it is sent."""
        return self.do(special.place_list(wanted))

    def order_list(self, list_id: int | str) -> s.OrderList:
        """Return a list with its orders."""
        return self.do(special.one_list(list_id))

    def order_lists(self, **page: Unpack[special.OpenLists]) -> s.OrderLists:
        """Return open lists, by id."""
        return self.do(special.lists(page))

    def cancel_list(self, list_id: int | str) -> s.OrderList:
        """Cancel what is open of a list, once."""
        return self.do(special.cancel_list(list_id))

    def cancel_replace(
        self, cancel: calls.Named, order: calls.NewOrder, mode: str = "stop_on_failure"
    ) -> s.Replaced:
        """Cancel an order and place another in one command; see the guide for the modes."""
        return self.do(special.cancel_replace(cancel, order, mode))

    def dead_man_switch(self, timeout_ms: int) -> s.Switch:
        """Let all orders be cancelled unless this is called again in time; 0 for never."""
        return self.do(special.dead_man_switch(timeout_ms))

    def order(self, order_id: int | str) -> a.Order:
        """Return one order."""
        return self.do(calls.order(order_id))

    def open_orders(self, **page: Unpack[calls.OpenPage]) -> a.Orders:
        """Return open orders, oldest first."""
        return self.do(calls.open_orders(page))

    def orders(self, **page: Unpack[calls.Page]) -> a.Orders:
        """Return orders, newest first."""
        return self.do(calls.orders(page))

    def fills(self, **page: Unpack[calls.Page]) -> a.Fills:
        """Return fills, newest first."""
        return self.do(calls.fills(page))

    # An account's money

    def balances(self) -> a.Balances:
        """Return what the account has."""
        return self.do(calls.balances())

    def statement(self, **page: Unpack[calls.StatementPage]) -> a.Statement:
        """Return every change of a balance, newest first."""
        return self.do(calls.statement(page))

    def transfers(self, **page: Unpack[calls.AssetPage]) -> a.Transfers:
        """Return deposits, withdrawals, transfers and adjustments, newest first."""
        return self.do(calls.transfers(page))

    def volume(self, **page: Unpack[calls.Page]) -> a.Volume:
        """Return volume and fees by day and market, newest first."""
        return self.do(calls.volume(page))

    def export(self, table: str, format: str = "csv", **span: Unpack[calls.Span]) -> bytes:
        """Return one's own rows of a table as a file: csv or parquet."""
        return self.do(calls.export(table, {"format": format, **span}))

    # Markets

    def depth(self, market: str, limit: int = 100) -> a.Depth:
        """Return the book."""
        return self.do(calls.depth(market, limit))

    def trades(self, market: str, limit: int = 100, before: int | None = None) -> a.Trades:
        """Return public trades, newest first; those with ids below `before`."""
        return self.do(calls.trades(market, limit, before))

    def klines(self, market: str, interval: str, **page: Unpack[calls.KlinePage]) -> a.Klines:
        """Return candles, oldest first."""
        return self.do(calls.klines(market, interval, page))

    def tickers(self, market: str | None = None) -> a.Tickers:
        """Return the last 24 hours of a market, or of all."""
        return self.do(calls.tickers(market))

    def markets(self, market: str | None = None) -> a.Markets:
        """Return the rules of a market, or of all."""
        return self.do(calls.markets(market))

    def assets(self) -> a.Assets:
        """Return all assets."""
        return self.do(calls.assets())

    def statistics(self, **page: Unpack[calls.Page]) -> a.Statistics:
        """Return markets by day, newest first."""
        return self.do(calls.statistics(page))

    # Development

    def faucet(self, asset: str, amount: Amount) -> a.Balances:
        """Credit play money, once (development mode only)."""
        return self.do(calls.faucet(asset, amount))

    def new_asset(self, symbol: str, decimals: int, chain_decimals: int | None = None) -> a.Asset:
        """Define an asset (development mode only)."""
        return self.do(calls.new_asset(symbol, decimals, chain_decimals))

    def new_market(self, symbol: str, **rules: Unpack[calls.MarketRules]) -> a.NewMarket:
        """Define a market, which opens at once (development mode only)."""
        return self.do(calls.new_market(symbol, rules))

    def reset(self) -> a.Reset:
        """Cancel everything and take all balances back, once (development mode only)."""
        return self.do(calls.reset())

    # The venue

    def health(self) -> a.State:
        """Return whether the venue lives."""
        return self.do(calls.health())

    def ready(self) -> a.State:
        """Return the same if orders can be placed; else it is refused with BUSY."""
        return self.do(calls.ready())

    def status(self) -> a.Status:
        """Return mode, durability and ledger."""
        return self.do(calls.status())

    def metrics(self) -> bytes:
        """Return the metrics, in the text format of Prometheus."""
        return self.do(calls.metrics())

    def proof(self, what: str, **query: str | int) -> dict[str, Json]:
        """Return a document of `/api/v1/proofs/`, as it came; `outcry verify` checks it."""
        return self.do(calls.proof(what, query))
