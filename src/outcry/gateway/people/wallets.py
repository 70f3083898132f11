"""Letting wallets in, linking them, and the keys they allow."""

from collections.abc import Awaitable, Callable
from functools import partial

from aiohttp import web

from outcry.gateway.errors import ApiError
from outcry.gateway.http import CALLER, Door, Handler
from outcry.gateway.json_input import convert
from outcry.gateway.people import schemas as s
from outcry.gateway.people.guard import origin_of
from outcry.gateway.people.threads import in_thread, text_of
from outcry.identity.access.wallets import Signed
from outcry.identity.errors import BadWallet
from outcry.identity.identity import Session
from outcry.identity.records.kept import Wallet
from outcry.identity.wallet.delegation import BadDelegation, Delegation
from outcry.marketdata.text import time_text

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
Welcome = Callable[[web.Request, Session], Awaitable[tuple[int, str] | web.Response]]
"""Opens the account of a new session, and returns what its person is told."""


class WalletCalls:
    """What wallets sign, over HTTP."""

    def __init__(self, door: Door, welcome: Welcome) -> None:
        self.door = door
        self._welcome = welcome
        self._identity = door.services.identity

    def handlers(self) -> dict[str, Handler]:
        """Return the calls by the names of their routes."""
        return {
            "wallet_nonce": self.nonce,
            "wallet_login": self.login,
            "wallet_key": self.key,
            "wallets": self.wallets,
            "link_wallet": self.link,
            "unlink_wallet": self.unlink,
        }

    async def nonce(self, request: web.Request) -> str:
        """POST /wallet/nonce."""
        nonce, ends_ns = self._identity.wallets.nonce()
        return text_of(s.NonceOut(nonce, self._domain(request), time_text(ends_ns)))

    async def login(self, request: web.Request) -> tuple[int, str] | web.Response:
        """POST /wallet/login."""
        given: s.WalletLoginIn = convert(await self.door.object(request), s.WalletLoginIn)
        signed = Signed(given.message, given.signature, self._domain(request))
        login, origin = self._identity.wallet_login, origin_of(request)
        session = await in_thread(partial(login, signed, given.code, origin))
        return await self._welcome(request, session)

    async def key(self, request: web.Request) -> tuple[int, str]:
        """POST /wallet/keys."""
        given: s.WalletKeyIn = convert(await self.door.object(request), s.WalletKeyIn)
        wanted = await in_thread(partial(_delegation, given))
        create, origin = self._identity.create_delegated_key, origin_of(request)
        row = await in_thread(partial(create, wanted, given.signature, origin))
        return 201, text_of(s.key_out(row))

    async def wallets(self, request: web.Request) -> str:
        """GET /api/v1/wallets."""
        rows = await in_thread(partial(self._identity.wallets.of, request[CALLER].account))
        return text_of(s.WalletsOut([_wallet_out(row) for row in rows]))

    async def link(self, request: web.Request) -> tuple[int, str]:
        """POST /api/v1/wallets."""
        given: s.WalletIn = convert(await self.door.object(request), s.WalletIn)
        signed = Signed(given.message, given.signature, self._domain(request))
        link, origin = self._identity.link_wallet, origin_of(request)
        row = await in_thread(partial(link, request[CALLER].facts, signed, origin))
        return 201, text_of(_wallet_out(row))

    async def unlink(self, request: web.Request) -> str:
        """DELETE /api/v1/wallets/{address}."""
        address, unlink = request.match_info["address"], self._identity.unlink_wallet
        await in_thread(partial(unlink, request[CALLER].facts, address, origin_of(request)))
        return text_of(s.DoneOut())

    def _domain(self, request: web.Request) -> str:
        """Return the domain that messages are for.

        What a request says is its host is not proof of it: a site that shows its visitors our
        message could send on what they sign. So it has to be one of ours, or of this machine.

        Raises:
            ApiError: `FORBIDDEN`.
        """
        host: str = request.host
        if host in self.door.settings.sign_in_domains or host.rpartition(":")[0] in LOOPBACK:
            return host
        raise ApiError("FORBIDDEN", "wallets sign in at the venue's own domain", field="Host")


def _delegation(given: s.WalletKeyIn) -> Delegation:
    try:
        public_key = bytes.fromhex(given.public_key.removeprefix("0x"))
    except ValueError:
        raise BadWallet("A public key is hexadecimal.", "public_key") from None
    try:
        return Delegation(
            wallet=given.wallet,
            chain_id=given.chain_id,
            key_type=given.key_type,
            public_key=public_key,
            scopes=tuple(given.scopes),
            markets=tuple(given.markets),
            cap=given.cap,
            cap_asset=given.cap_asset,
            expires=given.expires,
            nonce=given.nonce,
        )
    except BadDelegation as error:
        raise BadWallet(str(error), error.field) from None


def _wallet_out(row: Wallet) -> s.WalletOut:
    return s.WalletOut(row.address, time_text(row.created_ns))
