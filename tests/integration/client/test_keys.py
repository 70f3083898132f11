"""A program that gets in with an API key: calls and streams are signed, each anew."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from outcry.client import AsyncClient, Auth, Client, Ed25519Key, HmacKey, NotAllowed
from outcry.client.live.messages import Connected, Disconnected, OrdersEvent
from tests.integration.client.conftest import QUICK
from tests.support.cable import Cable
from tests.support.gateway import House, Person

pytestmark = pytest.mark.asyncio(loop_scope="module")
PRIVATE = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
PUBLIC = (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest_asyncio.fixture(loop_scope="module")
async def owner(house: House) -> AsyncIterator[Person]:
    yield await house.person()


async def key_of(house: House, owner: Person, kind: str, *scopes: str) -> Auth:
    """Make an API key of a kind; return the way in with it."""
    async with AsyncClient(house.venue.url, owner.token) as person:
        if kind == "hmac":
            made = await person.new_key(*scopes)
            assert made.secret is not None
            return HmacKey(made.key, made.secret)
        private = Ed25519PrivateKey.generate()
        public = private.public_key().public_bytes(*PUBLIC).decode()
        made = await person.new_key(*scopes, kind=kind, public_key=public)
        return Ed25519Key(made.key, private.private_bytes(*PRIVATE))


@pytest.mark.parametrize("kind", ["hmac", "ed25519"])
async def test_calls_and_streams_are_let_in_by_a_key(
    house: House, cable: Cable, owner: Person, kind: str
) -> None:
    market = await house.market()
    auth = await key_of(house, owner, kind, "read", "trade")
    async with (
        AsyncClient(cable.url, auth=auth, retries=QUICK) as bot,
        bot.stream("orders") as stream,
    ):
        assert isinstance(await anext(stream), Connected)
        placed = await bot.place(market=market, side="sell", price="5.00", quantity=1)
        assert (await stream.cancel(placed.order_id)).status == "cancelled"
        page = await bot.orders(market=market, limit=10)
        assert [order.status for order in page.orders] == ["cancelled"]
        cable.cut()
        kinds = [type(await anext(stream))]
        while kinds[-1] is not Connected:
            kinds.append(type(await anext(stream)))
        assert Disconnected in kinds
        assert isinstance(await anext(stream), OrdersEvent)


async def test_key_for_reading_places_nothing(house: House, owner: Person) -> None:
    auth = await key_of(house, owner, "hmac", "read")
    async with AsyncClient(house.venue.url, auth=auth) as bot:
        await bot.balances()
        with pytest.raises(NotAllowed) as refused:
            await bot.place(market="TATA_INR", side="buy", price="1.00", quantity=1)
    assert refused.value.code == "SCOPE"


async def test_wrong_secret_is_refused_once_and_for_all(house: House, owner: Person) -> None:
    async with AsyncClient(house.venue.url, owner.token) as person:
        made = await person.new_key("read")
    async with AsyncClient(house.venue.url, auth=HmacKey(made.key, "wrong")) as bot:
        with pytest.raises(NotAllowed) as refused:
            await bot.balances()
        assert refused.value.code == "BAD_SIGNATURE"
        with pytest.raises(NotAllowed):
            async with bot.stream("balances"):
                pass


async def test_order_whose_answer_was_lost_is_signed_anew_and_placed_once(
    house: House, cable: Cable, owner: Person
) -> None:
    market = await house.market()
    auth = await key_of(house, owner, "hmac", "read", "trade")
    async with AsyncClient(cable.url, auth=auth, retries=QUICK) as bot:
        await bot.balances()
        cable.deaf_once = True
        placed = await bot.place(market=market, side="sell", price="5.00", quantity=1)
        (only,) = (await bot.open_orders(market=market)).orders
        assert only.order_id == placed.order_id


async def test_blocking_client_is_let_in_too(house: House, owner: Person) -> None:
    auth = await key_of(house, owner, "ed25519", "read")

    def ask() -> int:
        with Client(house.venue.url, auth=auth) as bot:
            return len(bot.balances().balances)

    assert await asyncio.to_thread(ask) > 0


async def test_account_is_looked_after_over_its_own_calls(house: House, owner: Person) -> None:
    async with AsyncClient(house.venue.url, owner.token) as person:
        me = await person.me()
        assert (me.email, me.second_factor) == (owner.email, False)
        assert [session.current for session in (await person.sessions()).sessions] == [True]
        made = await person.new_key("read", label="one")
        assert (await person.revoke_key(made.key)).revoked_at is not None
        sub = await person.new_sub_account("desk")
        assert [s.account for s in (await person.sub_accounts()).sub_accounts] == [sub.account]
        assert (await person.logout()).done
        with pytest.raises(NotAllowed):
            await person.me()
