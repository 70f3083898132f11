"""Wallets: who signs is let in, once, at the venue's own domain; and may allow a key to trade."""

import time
from base64 import b64encode
from typing import Any

import pytest

from tests.support.gateway import PASSWORD, Answer, House, Person
from tests.support.people import with_factor
from tests.support.wallets import Signer

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def nonce(house: House) -> dict[str, Any]:
    answer = await house.call("POST", "/wallet/nonce")
    assert answer.status == 200, answer
    found: dict[str, Any] = answer.body
    return found


async def log_in(house: House, wallet: Signer, **changes: Any) -> Answer:
    signed = wallet.sign_in(await nonce(house), **changes)
    return await house.call("POST", "/wallet/login", signed)


async def test_wallet_is_the_same_person_each_time(house: House) -> None:
    wallet = Signer(11)
    first, again = [await log_in(house, wallet) for _ in range(2)]
    assert (first.status, again.status) == (200, 200)
    assert first.body["user_id"] == again.body["user_id"]
    owner = Person(house, "", again.body)
    assert await owner.get("/api/v1/balances") == {"balances": []}
    (linked,) = (await owner.get("/api/v1/wallets"))["wallets"]
    assert linked["address"] == wallet.address


async def test_nonce_is_good_once(house: House) -> None:
    signed = Signer(12).sign_in(await nonce(house))
    answers = [await house.call("POST", "/wallet/login", signed) for _ in range(2)]
    assert [(a.status, a.code) for a in answers] == [(200, ""), (401, "WRONG_CREDENTIALS")]


@pytest.mark.parametrize(
    "changes",
    [
        {"domain": "evil.example"},
        {"uri": "http://evil.example"},
        {"scheme": "ftp"},
        {"chain_id": 5},
        {"nonce": "neverGivenOut"},
        {"issued_at": "2020-01-01T00:00:00Z"},
        {"issued_at": "2999-01-01T00:00:00Z"},
        {"expiration_time": "2020-01-01T00:00:00Z"},
        {"not_before": "2999-01-01T00:00:00Z"},
        {"address": Signer(99).address},
    ],
    ids=str,
)
async def test_message_that_was_not_asked_for_is_refused(
    house: House, changes: dict[str, Any]
) -> None:
    answer = await log_in(house, Signer(13), **changes)
    assert (answer.status, answer.code) == (401, "WRONG_CREDENTIALS")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"message": "hello"}, "message"),
        ({"message": ""}, "message"),
        ({"signature": "0x"}, "signature"),
        ({"signature": "x" * 132}, "signature"),
    ],
)
async def test_what_no_wallet_signs_is_refused(
    house: House, change: dict[str, str], field: str
) -> None:
    signed = Signer(14).sign_in(await nonce(house)) | change
    answer = await house.call("POST", "/wallet/login", signed)
    assert (answer.status, answer.code, answer.error["field"]) == (422, "BAD_VALUE", field)


async def test_message_for_another_site_is_not_taken_under_its_name(house: House) -> None:
    """A site that shows our nonce to its visitors sends what they sign under its own name."""
    headers = {"Host": "evil.example"}
    assert (await house.call("POST", "/wallet/nonce", headers=headers)).code == "FORBIDDEN"
    given = {**await nonce(house), "domain": "evil.example"}
    signed = Signer(15).sign_in(given)
    assert (await house.call("POST", "/wallet/login", signed, headers=headers)).code == "FORBIDDEN"


async def test_linked_wallet_lets_its_person_in_until_it_is_taken_away(
    house: House, ann: Person
) -> None:
    wallet = Signer(16)
    signed = wallet.sign_in(await nonce(house))
    assert (await ann.call("POST", "/api/v1/wallets", signed)).status == 201
    assert (await ann.get("/api/v1/me"))["withdrawals_held_until"] is not None
    assert (await log_in(house, wallet)).body["user_id"] == ann.account
    bob = await house.person()
    signed = wallet.sign_in(await nonce(house))
    assert (await bob.call("POST", "/api/v1/wallets", signed)).code == "WALLET_TAKEN"
    path = f"/api/v1/wallets/{wallet.address}"
    assert (await bob.call("DELETE", path)).code == "UNKNOWN_WALLET"
    assert (await ann.call("DELETE", path)).status == 200
    assert (await log_in(house, wallet)).body["user_id"] not in {ann.account, bob.account}


async def test_only_way_in_is_not_taken_away(house: House) -> None:
    wallet = Signer(17)
    owner = Person(house, "", (await log_in(house, wallet)).body)
    path = f"/api/v1/wallets/{wallet.address}"
    assert (await owner.call("DELETE", path)).code == "WALLET_TAKEN"
    other = Signer(18)
    await owner.call("POST", "/api/v1/wallets", other.sign_in(await nonce(house)))
    assert (await owner.call("DELETE", path)).status == 200
    assert (await log_in(house, wallet)).code == "WRONG_CREDENTIALS"
    assert (await log_in(house, other)).body["user_id"] == owner.account


async def test_wallet_stands_in_for_the_password_not_for_the_second_factor(
    house: House, ann: Person
) -> None:
    wallet = Signer(19)
    await ann.call("POST", "/api/v1/wallets", wallet.sign_in(await nonce(house)))
    await with_factor(ann)
    assert (await log_in(house, wallet)).code == "SECOND_FACTOR"
    me = await ann.get("/api/v1/me")
    assert me["email"] == ann.email


async def test_nobody_registers_as_a_wallet_or_logs_in_without_one(house: House) -> None:
    wallet = Signer(20)
    owner = Person(house, "", (await log_in(house, wallet)).body)
    email = (await owner.get("/api/v1/me"))["email"]
    for path in ("/register", "/login"):
        for password in (PASSWORD, ""):
            answer = await house.call("POST", path, {"email": email, "password": password})
            assert answer.code in {"BAD_EMAIL", "WRONG_CREDENTIALS", "WEAK_PASSWORD"}


# Keys that wallets allow


async def allowed(house: House, wallet: Signer, **changes: Any) -> Answer:
    return await house.call("POST", "/wallet/keys", wallet.allow(await nonce(house), **changes))


async def test_allowed_key_trades_for_the_wallets_owner(house: House) -> None:
    wallet = Signer(21)
    owner = Person(house, "", (await log_in(house, wallet)).body)
    made = await allowed(house, wallet)
    assert (made.status, made.body["scopes"]) == (201, ["read", "trade"])
    moment = str(time.time_ns() // 1_000_000)
    host = house.venue.url.removeprefix("http://")
    payload = f"{moment}\n5000\nGET\n{host}\n/api/v1/balances\n".encode()
    headers = {
        "X-Outcry-Key": made.body["key"],
        "X-Outcry-Time": moment,
        "X-Outcry-Signature": b64encode(wallet.private_key.sign(payload)).decode(),
    }
    assert (await house.call("GET", "/api/v1/balances", headers=headers)).status == 200
    assert [key["key"] for key in (await owner.get("/api/v1/keys"))["keys"]] == [made.body["key"]]
    await owner.call("DELETE", f"/api/v1/keys/{made.body['key']}")
    answer = await house.call("GET", "/api/v1/balances", headers=headers)
    assert answer.code == "BAD_SIGNATURE"


async def test_permission_is_good_once_and_of_the_wallet_alone(house: House) -> None:
    wallet = Signer(22)
    await log_in(house, wallet)
    asked = wallet.allow(await nonce(house))
    assert (await house.call("POST", "/wallet/keys", asked)).status == 201
    assert (await house.call("POST", "/wallet/keys", asked)).code == "WRONG_CREDENTIALS"
    for change in ({"scopes": ["read"]}, {"public_key": "00" * 32}, {"wallet": Signer(23).address}):
        asked = wallet.allow(await nonce(house)) | change
        assert (await house.call("POST", "/wallet/keys", asked)).code == "WRONG_CREDENTIALS"
    stranger = await allowed(house, Signer(24))
    assert (stranger.status, stranger.code) == (401, "WRONG_CREDENTIALS")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"markets": ("TATA_INR",)}, "markets"),
        ({"cap": "5", "cap_asset": "INR"}, "cap"),
        ({"expires": "2020-01-01T00:00:00Z"}, "expires"),
        ({"expires": "2099-01-01T00:00:00Z"}, "expires"),
        ({"chain_id": 5}, "chain_id"),
    ],
    ids=str,
)
async def test_permission_for_what_is_not_held_to_is_refused(
    house: House, changes: dict[str, Any], field: str
) -> None:
    wallet = Signer(25)
    await log_in(house, wallet)
    answer = await allowed(house, wallet, **changes)
    assert (answer.status, answer.code, answer.error["field"]) == (422, "BAD_VALUE", field)


async def test_no_permission_withdraws(house: House) -> None:
    wallet = Signer(26)
    await log_in(house, wallet)
    asked = wallet.allow(await nonce(house)) | {"scopes": ["read", "withdraw"]}
    answer = await house.call("POST", "/wallet/keys", asked)
    assert (answer.code, answer.error["field"]) == ("BAD_VALUE", "scopes")
