"""The awaiting client: as many calls at a time as there are tasks, and streams.

The calls are those of the blocking client, word for word; a test holds the two together.
"""

import asyncio
from collections.abc import Generator, Iterable, Mapping
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

import aiohttp
import msgspec
from typing_extensions import Unpack
from yarl import URL

from outcry.client import answers as a
from outcry.client import calls
from outcry.client.auth import Auth, Bearer, Refreshing
from outcry.client.blocking import TIMEOUT_S
from outcry.client.calls import Amount, Call, Json, T
from outcry.client.live.stream import Stream
from outcry.client.money.awaiting import AwaitingMoney
from outcry.client.people import answers as p
from outcry.client.people import calls as people
from outcry.client.special import answers as s
from outcry.client.special import calls as special
from outcry.client.talk import Pause, Renew, Retries, Send, Step, Talk
from outcry.client.wire.connection import Lost, address_of
from outcry.client.wire.reply import Reply


class AsyncClient(AwaitingMoney):
    """A venue as seen from one event loop. `async with` closes what it opened."""

    def __init__(
        self,
        url: str,
        token: str = "",
        *,
        auth: Auth | None = None,
        timeout_s: float = TIMEOUT_S,
        retries: Retries = Retries(),  # noqa: B008  # a tuple: it cannot be changed
    ) -> None:
        """Prepare for `url`; connections open with the first calls.

        Raises:
            ValueError: `url` is not an http or https address.
        """
        address = address_of(url)
        self.url, self.host = address.url, address.name
        self._talk = Talk(auth or Bearer(token), retries, address.name)
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._http: aiohttp.ClientSession | None = None
        self._renewing = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    def session(self) -> aiohttp.ClientSession:
        """Return what holds the connections; it opens when it is first needed."""
        if self._http is None:
            self._http = aiohttp.ClientSession(timeout=self._timeout)
            # It would send a DELETE a second time on its own; what is repeated is decided here.
            self._http._retry_connection = False
        return self._http

    @property
    def auth(self) -> Auth:
        """As whom this client speaks."""
        return self._talk.auth

    @auth.setter
    def auth(self, auth: Auth) -> None:
        self._talk.auth = auth

    @property
    def retries(self) -> Retries:
        """How patient this client is."""
        return self._talk.retries

    @property
    def token(self) -> str:
        """The token of now; "" without one."""
        return self._talk.auth.token()

    def stream(self, *channels: str) -> Stream:
        """Return a stream that follows these channels once it is entered.

        Public: `book:MARKET`, `trades:MARKET`, `ticker:MARKET`, `kline:MARKET:INTERVAL`, `status`.
        Of this client's account: `orders`, `fills`, `balances`.
        """
        return Stream(self, channels)

    # Anything, once

    async def get(self, path: str, **parameters: str | int) -> Json:
        """Return the answer to a GET."""
        query = f"?{urlencode(parameters)}" if parameters else ""
        return msgspec.json.decode(await self.call("GET", path + query))

    async def post(self, path: str, body: Json, token: str | None = None) -> Json:
        """Return the answer to a POST; `token` speaks for somebody else."""
        return msgspec.json.decode(await self.call("POST", path, body, token))

    async def call(
        self, method: str, path: str, body: Json = None, token: str | None = None
    ) -> bytes:
        """Return the body of any answer that is not a refusal.

        Raises:
            ApiError: the venue refused.
            Unreachable: no answer. It says whether the venue may have acted on the call.
        """
        return await self._run(self._talk.once(method, path, body, token))

    async def do(self, call: Call[T]) -> T:
        """Get one call done and return its answer.

        Raises:
            ApiError: the venue refused.
            Unreachable: no answer, after as many attempts as are safe.
        """
        return await self._run(self._talk.conversation(call))

    async def renew(self, token: str) -> bool:
        """Get another token in place of one that is not valid; return whether there is one.

        Many tasks may find out at once; the first one asks, and the others have what it got.
        """
        async with self._renewing:
            if self.token != token:
                return True
            return await self._run(self._talk.renewal())

    async def _run(self, steps: Generator[Step, Reply | Lost | bool | None, T]) -> T:
        outcome: Reply | Lost | bool | None = None
        try:
            while True:
                outcome = await self._perform(steps.send(outcome))
        except StopIteration as end:
            answer: T = end.value
            return answer

    async def _perform(self, step: Step) -> Reply | Lost | bool | None:
        match step:
            case Send():
                return await self._exchange(step)
            case Pause(seconds):
                await asyncio.sleep(seconds)
                return None
            case Renew(token):
                return await self.renew(token)

    async def _exchange(self, send: Send) -> Reply | Lost:
        # What was signed and is sent has to stay as it is, to the last percent sign.
        url = URL(self.url + send.target, encoded=True)
        try:
            async with self.session().request(
                send.method, url, headers=dict(send.headers), data=send.body or None
            ) as answer:
                headers = {name.lower(): value for name, value in answer.headers.items()}
                return Reply(answer.status, headers, await answer.read())
        except aiohttp.ClientConnectorError as error:
            return Lost(f"{self.url} does not answer: {error}", sent=False)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return Lost(f"{self.url} does not answer: {error!r}", sent=True)

    # People

    async def register(self, email: str, password: str) -> a.Session:
        """Register somebody; this client then speaks for them."""
        return await self._speak_for(calls.register(email, password))

    async def login(self, email: str, password: str, code: str | None = None) -> a.Session:
        """Log somebody in; this client then speaks for them. `code` is of a second factor."""
        return await self._speak_for(calls.login(email, password, code))

    async def refresh(self, refresh_token: str) -> a.Session:
        """Trade a refresh token in; this client then speaks for its owner."""
        return await self._speak_for(calls.refresh(refresh_token))

    async def _speak_for(self, call: Call[a.Session]) -> a.Session:
        session = await self.do(call)
        self.auth = Refreshing(session)
        return session

    # Oneself. Staff has its calls in `people.calls`, for `do`.

    async def me(self) -> p.Me:
        """Return who one is."""
        return await self.do(people.me())

    async def logout(self) -> p.Done:
        """End this session."""
        return await self.do(people.logout())

    async def sessions(self) -> p.OpenSessions:
        """Return one's open sessions, newest first."""
        return await self.do(people.sessions())

    async def end_sessions(self) -> p.Ended:
        """End all sessions but this one."""
        return await self.do(people.end_sessions())

    async def end_session(self, session: str) -> p.Done:
        """End a session."""
        return await self.do(people.end_session(session))

    async def logins(self) -> p.Logins:
        """Return the newest attempts to log in, newest first."""
        return await self.do(people.logins())

    async def change_password(self, password: str, new_password: str) -> p.Done:
        """Change the password."""
        return await self.do(people.change_password(password, new_password))

    async def new_factor(self, password: str) -> p.Factor:
        """Begin a second factor; what is returned goes into an authenticator."""
        return await self.do(people.new_factor(password))

    async def confirm_factor(self, code: str) -> p.Recovery:
        """Put the second factor in force; return the codes for whoever loses it."""
        return await self.do(people.confirm_factor(code))

    async def give_code(self, code: str) -> p.Done:
        """Give a code of the second factor, for what needs a fresh one."""
        return await self.do(people.give_code(code))

    async def remove_factor(self, password: str) -> p.Done:
        """Remove the second factor."""
        return await self.do(people.remove_factor(password))

    async def keys(self) -> p.Keys:
        """Return one's API keys, newest first."""
        return await self.do(people.keys())

    async def new_key(self, *scopes: str, **more: Unpack[people.KeyTerms]) -> p.NewKey:
        """Make an API key for these scopes: read, trade, withdraw. Its secret is told this once."""
        return await self.do(people.new_key(scopes, more))

    async def revoke_key(self, key: str) -> p.Key:
        """Revoke an API key."""
        return await self.do(people.revoke_key(key))

    async def sub_accounts(self) -> p.SubAccounts:
        """Return one's sub-accounts."""
        return await self.do(people.sub_accounts())

    async def new_sub_account(self, label: str = "") -> p.SubAccount:
        """Open a sub-account; keys made for it speak for it."""
        return await self.do(people.new_sub_account(label))

    # Wallets

    async def wallet_nonce(self) -> p.Nonce:
        """Return what a wallet's message has to name."""
        return await self.do(people.wallet_nonce())

    async def wallet_login(
        self, message: str, signature: str, code: str | None = None
    ) -> a.Session:
        """Log in with a message of EIP-4361; this client then speaks for its wallet's person."""
        return await self._speak_for(people.wallet_login(message, signature, code))

    async def wallet_key(self, allowed: Mapping[str, object]) -> p.Key:
        """Make the API key that a wallet allows by its signature of EIP-712."""
        return await self.do(people.wallet_key(allowed))

    async def wallets(self) -> p.Wallets:
        """Return one's wallets."""
        return await self.do(people.wallets())

    async def link_wallet(self, message: str, signature: str) -> p.Wallet:
        """Link a wallet by a message of EIP-4361."""
        return await self.do(people.link_wallet(message, signature))

    async def unlink_wallet(self, address: str) -> p.Done:
        """Take a wallet away."""
        return await self.do(people.unlink_wallet(address))

    # Orders

    async def place(self, **order: Unpack[calls.NewOrder]) -> a.Order:
        """Place an order and return it as it stands after matching.

        Without a `client_order_id` it gets one, so that it can be sent again without doubling.

        Raises:
            ApiError: the venue refused.
            UnknownOutcome: nobody knows; the same order with the same id tells.
        """
        return await self.do(calls.place(order))

    async def place_short(
        self,
        order_type: str,
        order_kind: str,
        market: str,
        quantity: Amount,
        price: Amount | None = None,
    ) -> a.Order:
        """Place an order in the short form, once."""
        return await self.do(calls.place_short(order_type, order_kind, market, quantity, price))

    async def batch(self, members: Iterable[Mapping[str, object]]) -> a.Batch:
        """Place and cancel up to 100, in this order, each on its own."""
        return await self.do(calls.batch(members))

    async def replace(self, **change: Unpack[calls.Change]) -> a.Order:
        """Give an order a new price, a new total quantity, or both, once."""
        return await self.do(calls.change_order(change))

    async def cancel(
        self,
        order_id: int | str | None = None,
        *,
        client_order_id: str | None = None,
        market: str | None = None,
    ) -> a.Order:
        """Cancel an order by one of its ids."""
        return await self.do(calls.cancel(order_id, client_order_id=client_order_id, market=market))

    async def cancel_all(self, market: str | None = None, side: str | None = None) -> a.Cancelled:
        """Cancel all orders, those of a market, or of a side, once."""
        return await self.do(calls.cancel_all(market, side))

    async def place_list(self, **wanted: Unpack[special.NewList]) -> s.OrderList:
        """Place two or three orders that belong together, once, however often it is sent."""
        return await self.do(special.place_list(wanted))

    async def order_list(self, list_id: int | str) -> s.OrderList:
        """Return a list with its orders."""
        return await self.do(special.one_list(list_id))

    async def order_lists(self, **page: Unpack[special.OpenLists]) -> s.OrderLists:
        """Return open lists, by id."""
        return await self.do(special.lists(page))

    async def cancel_list(self, list_id: int | str) -> s.OrderList:
        """Cancel what is open of a list, once."""
        return await self.do(special.cancel_list(list_id))

    async def cancel_replace(
        self, cancel: calls.Named, order: calls.NewOrder, mode: str = "stop_on_failure"
    ) -> s.Replaced:
        """Cancel an order and place another in one command; see the guide for the modes."""
        return await self.do(special.cancel_replace(cancel, order, mode))

    async def dead_man_switch(self, timeout_ms: int) -> s.Switch:
        """Let all orders be cancelled unless this is called again in time; 0 for never."""
        return await self.do(special.dead_man_switch(timeout_ms))

    async def order(self, order_id: int | str) -> a.Order:
        """Return one order."""
        return await self.do(calls.order(order_id))

    async def open_orders(self, **page: Unpack[calls.OpenPage]) -> a.Orders:
        """Return open orders, oldest first."""
        return await self.do(calls.open_orders(page))

    async def orders(self, **page: Unpack[calls.Page]) -> a.Orders:
        """Return orders, newest first."""
        return await self.do(calls.orders(page))

    async def fills(self, **page: Unpack[calls.Page]) -> a.Fills:
        """Return fills, newest first."""
        return await self.do(calls.fills(page))

    # An account's money

    async def balances(self) -> a.Balances:
        """Return what the account has."""
        return await self.do(calls.balances())

    async def statement(self, **page: Unpack[calls.StatementPage]) -> a.Statement:
        """Return every change of a balance, newest first."""
        return await self.do(calls.statement(page))

    async def transfers(self, **page: Unpack[calls.AssetPage]) -> a.Transfers:
        """Return deposits, withdrawals, transfers and adjustments, newest first."""
        return await self.do(calls.transfers(page))

    async def volume(self, **page: Unpack[calls.Page]) -> a.Volume:
        """Return volume and fees by day and market, newest first."""
        return await self.do(calls.volume(page))

    async def export(self, table: str, format: str = "csv", **span: Unpack[calls.Span]) -> bytes:
        """Return one's own rows of a table as a file: csv or parquet."""
        return await self.do(calls.export(table, {"format": format, **span}))

    # Markets

    async def depth(self, market: str, limit: int = 100) -> a.Depth:
        """Return the book."""
        return await self.do(calls.depth(market, limit))

    async def trades(self, market: str, limit: int = 100, before: int | None = None) -> a.Trades:
        """Return public trades, newest first; those with ids below `before`."""
        return await self.do(calls.trades(market, limit, before))

    async def klines(self, market: str, interval: str, **page: Unpack[calls.KlinePage]) -> a.Klines:
        """Return candles, oldest first."""
        return await self.do(calls.klines(market, interval, page))

    async def tickers(self, market: str | None = None) -> a.Tickers:
        """Return the last 24 hours of a market, or of all."""
        return await self.do(calls.tickers(market))

    async def markets(self, market: str | None = None) -> a.Markets:
        """Return the rules of a market, or of all."""
        return await self.do(calls.markets(market))

    async def assets(self) -> a.Assets:
        """Return all assets."""
        return await self.do(calls.assets())

    async def statistics(self, **page: Unpack[calls.Page]) -> a.Statistics:
        """Return markets by day, newest first."""
        return await self.do(calls.statistics(page))

    # Development

    async def faucet(self, asset: str, amount: Amount) -> a.Balances:
        """Credit play money, once (development mode only)."""
        return await self.do(calls.faucet(asset, amount))

    async def new_asset(
        self, symbol: str, decimals: int, chain_decimals: int | None = None
    ) -> a.Asset:
        """Define an asset (development mode only)."""
        return await self.do(calls.new_asset(symbol, decimals, chain_decimals))

    async def new_market(self, symbol: str, **rules: Unpack[calls.MarketRules]) -> a.NewMarket:
        """Define a market, which opens at once (development mode only)."""
        return await self.do(calls.new_market(symbol, rules))

    async def reset(self) -> a.Reset:
        """Cancel everything and take all balances back, once (development mode only)."""
        return await self.do(calls.reset())

    # The venue

    async def health(self) -> a.State:
        """Return whether the venue lives."""
        return await self.do(calls.health())

    async def ready(self) -> a.State:
        """Return the same if orders can be placed; else it is refused with BUSY."""
        return await self.do(calls.ready())

    async def status(self) -> a.Status:
        """Return mode, durability and ledger."""
        return await self.do(calls.status())

    async def metrics(self) -> bytes:
        """Return the metrics, in the text format of Prometheus."""
        return await self.do(calls.metrics())

    async def proof(self, what: str, **query: str | int) -> dict[str, Json]:
        """Return a document of `/api/v1/proofs/`, as it came; `outcry verify` checks it."""
        return await self.do(calls.proof(what, query))
