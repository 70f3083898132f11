"""API keys: made once, signed with, limited, revoked; and the published vectors of both kinds."""

import hmac
import json
import lzma
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from random import Random
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from outcry.adapters.memory import ManualClock
from outcry.adapters.sqlite_identity import SqliteIdentity
from outcry.identity import api_keys
from outcry.identity.api_keys import ApiKey, ApiKeys, NewKey
from outcry.identity.errors import BadKey, UnknownKey
from outcry.identity.records.kept import SUB_ACCOUNTS, SubAccount
from outcry.identity.records.people import add_person, next_account
from outcry.identity.records.trail import Trail
from tests.support.shared import shared

NOW_NS = 1_800_000_000_000_000_000
HMAC = NewKey("hmac", ["read", "trade"])
PAYLOAD = b"symbol=BTCUSDT&timestamp=1800000000000"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "identity.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteIdentity]:
    opened = SqliteIdentity(path)
    with opened.work() as work:
        for name in ("ann", "bob"):
            add_person(work, f"{name}@x.org", "hash", NOW_NS)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW_NS)


@pytest.fixture
def keys(store: SqliteIdentity, clock: ManualClock) -> ApiKeys:
    return ApiKeys(store, clock, b"s" * 32, Trail(clock, b"s" * 32))


def pem(private_key: Any) -> str:
    public = private_key.public_key()
    return str(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


def hmac_of(secret: str, payload: bytes) -> str:
    return api_keys.hmac.new(secret.encode(), payload, "sha256").hexdigest()


def got(keys: ApiKeys, key: str) -> ApiKey:
    found = keys.get(key)
    assert found is not None
    return found


def test_key_is_made_with_what_was_asked_and_its_secret_signs(keys: ApiKeys) -> None:
    wanted = NewKey("hmac", ["trade", "read"], "bot", ["10.0.0.0/8", "::1"], NOW_NS + 5)
    row, secret = keys.create(1, wanted)
    assert secret is not None
    key = got(keys, row.key)
    assert (key.account, key.kind, key.scopes) == (1, "hmac", {"read", "trade"})
    assert key.networks == (ip_network("10.0.0.0/8"), ip_network("::1/128"))
    assert (key.expires_ns, key.revoked, len(key.key)) == (NOW_NS + 5, False, 64)
    assert key.signed_by(PAYLOAD, hmac_of(secret, PAYLOAD))
    assert key.signed_by(PAYLOAD, hmac_of(secret, PAYLOAD).upper())


@pytest.mark.parametrize("change", ["", "0", "é", "\ud800", " ", "\0", "x" * 10_000])
def test_changed_signature_is_none(keys: ApiKeys, change: str) -> None:
    row, secret = keys.create(1, HMAC)
    signature = hmac_of(secret or "", PAYLOAD)
    key = got(keys, row.key)
    if signature.endswith(change or "-"):
        change = "1"
    assert not key.signed_by(PAYLOAD, signature[:-1] + change)
    assert not key.signed_by(PAYLOAD, signature + (change or "0"))
    assert not key.signed_by(PAYLOAD + b"&", signature)


def test_secrets_of_two_keys_do_not_stand_in_for_each_other(keys: ApiKeys) -> None:
    (one, secret), (other, _) = keys.create(1, HMAC), keys.create(1, HMAC)
    signature = hmac_of(secret or "", PAYLOAD)
    assert got(keys, one.key).signed_by(PAYLOAD, signature)
    assert not got(keys, other.key).signed_by(PAYLOAD, signature)


def test_ed25519_key_checks_what_its_owner_signed(keys: ApiKeys) -> None:
    private = Ed25519PrivateKey.generate()
    row, secret = keys.create(1, NewKey("ed25519", ["trade"], public_key=pem(private)))
    key = got(keys, row.key)
    signature = b64encode(private.sign(PAYLOAD)).decode()
    assert secret is None
    assert key.signed_by(PAYLOAD, signature)
    for wrong in ("", "!", signature[:-4], signature.replace("=", ""), "A" * 88, signature + "A"):
        assert not key.signed_by(PAYLOAD, wrong)
    assert not key.signed_by(PAYLOAD + b" ", signature)


def test_key_is_known_after_a_restart_and_stolen_stores_tell_no_secret(
    keys: ApiKeys, store: SqliteIdentity, clock: ManualClock, path: Path
) -> None:
    row, secret = keys.create(1, HMAC)
    assert secret is not None
    restarted = ApiKeys(store, clock, b"s" * 32, Trail(clock, b"s" * 32))
    assert got(restarted, row.key).signed_by(PAYLOAD, hmac_of(secret, PAYLOAD))
    stolen = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert row.key.encode() in stolen
    assert secret.encode() not in stolen
    assert secret not in repr([row, got(keys, row.key), keys])


def test_key_under_another_secret_of_the_venue_is_dead(
    keys: ApiKeys, store: SqliteIdentity, clock: ManualClock
) -> None:
    row, secret = keys.create(1, HMAC)
    moved = got(ApiKeys(store, clock, b"o" * 32, Trail(clock, b"s" * 32)), row.key)
    assert moved.revoked
    assert not moved.signed_by(PAYLOAD, hmac_of(secret or "", PAYLOAD))


def test_sealed_secret_opens_for_its_own_key_only(
    keys: ApiKeys, store: SqliteIdentity, clock: ManualClock
) -> None:
    (one, _), (other, secret) = keys.create(1, HMAC), keys.create(2, HMAC)
    with store.work() as work:
        api_keys.KEYS.put(work, replace(one, secret=other.secret))
    swapped = got(ApiKeys(store, clock, b"s" * 32, Trail(clock, b"s" * 32)), one.key)
    assert swapped.revoked
    assert not swapped.signed_by(PAYLOAD, hmac_of(secret or "", PAYLOAD))


def test_revoked_key_is_so_at_once_and_for_good(
    keys: ApiKeys, store: SqliteIdentity, clock: ManualClock
) -> None:
    row, _ = keys.create(1, HMAC)
    before = got(keys, row.key)
    first = keys.revoke(1, row.key)
    clock.advance(5)
    assert keys.revoke(1, row.key) == first
    assert (before.valid_at(NOW_NS), got(keys, row.key).valid_at(NOW_NS)) == (True, False)
    restarted = ApiKeys(store, clock, b"s" * 32, Trail(clock, b"s" * 32)).get(row.key)
    assert restarted is None or restarted.revoked
    assert [kept.revoked_ns for kept in keys.of(1)] == [NOW_NS]


@pytest.mark.parametrize("owner", [2, 3])
def test_nobody_sees_or_revokes_a_key_of_somebody_else(keys: ApiKeys, owner: int) -> None:
    row, _ = keys.create(1, HMAC)
    with pytest.raises(UnknownKey):
        keys.revoke(owner, row.key)
    assert keys.of(owner) == []
    assert got(keys, row.key).valid_at(NOW_NS)


def test_key_ends_at_its_nanosecond(keys: ApiKeys) -> None:
    row, _ = keys.create(1, replace(HMAC, expires_ns=NOW_NS + 2))
    key = got(keys, row.key)
    assert [key.valid_at(NOW_NS + late) for late in (1, 2)] == [True, False]


@pytest.mark.parametrize(
    ("networks", "address", "allowed"),
    [
        ([], None, True),
        (["192.0.2.0/24"], "192.0.2.7", True),
        (["192.0.2.0/24"], "::ffff:192.0.2.7", True),
        (["192.0.2.0/24"], "192.0.3.7", False),
        (["192.0.2.7"], "192.0.2.8", False),
        (["2001:db8::/32", "192.0.2.0/24"], "2001:db8::1", True),
        (["2001:db8::/32"], "192.0.2.1", False),
        (["0.0.0.0/0"], "::1", False),
        (["192.0.2.0/24"], None, False),
        (["192.0.2.0/24"], "localhost", False),
        (["192.0.2.0/24"], "3221225991", False),
    ],
)
def test_key_is_used_from_its_networks_alone(
    keys: ApiKeys, networks: list[str], address: str | None, allowed: bool
) -> None:
    row, _ = keys.create(1, replace(HMAC, networks=networks))
    assert got(keys, row.key).allows(address) is allowed


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 200])
def test_signatures_of_secrets_of_any_length_are_those_of_the_standard_library(size: int) -> None:
    random = Random(size)
    for payload in (b"", PAYLOAD, random.randbytes(1_000)):
        secret = random.randbytes(size)
        key = api_keys.ApiKey("k", 1, "hmac", frozenset(), (), None, revoked=False, secret=secret)
        signature = hmac.digest(secret, payload, "sha256").hex()
        assert key.signed_by(payload, signature)
        assert key.signed_by(payload, signature.upper())
        assert not key.signed_by(payload + b"x", signature)


def test_unknown_key_costs_the_same_work_and_is_taken_by_nobody(
    keys: ApiKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, _ = keys.create(1, HMAC)
    worked: list[int] = []
    compare = api_keys.hmac.compare_digest

    def watched(expected: str, signature: str) -> bool:
        worked.append(len(expected))
        return compare(expected, signature)

    monkeypatch.setattr(api_keys.hmac, "compare_digest", watched)
    assert keys.get("nobody's") is None
    for key in (got(keys, row.key), keys.unknown()):
        assert not key.signed_by(PAYLOAD, "0" * 64)
    assert worked == [64, 64]
    assert (keys.unknown().account, keys.unknown().valid_at(NOW_NS)) == (0, False)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["admin"]}, "scopes"),
        ({"scopes": ["read", "READ"]}, "scopes"),
        ({"label": "x" * 65}, "label"),
        ({"label": "two\nlines"}, "label"),
        ({"networks": ["10.0.0.1/8"]}, "networks"),
        ({"networks": ["example.com"]}, "networks"),
        ({"networks": ["10.0.0.0/8"] * 31}, "networks"),
        ({"expires_ns": NOW_NS}, "expires_at"),
        ({"public_key": "x"}, "public_key"),
        ({"kind": "ed25519"}, "public_key"),
        ({"kind": "ed25519", "public_key": "x"}, "public_key"),
        ({"kind": "ed25519", "public_key": "é"}, "public_key"),
        ({"kind": "ed25519", "public_key": "x" * 5_000}, "public_key"),
        ({"kind": "ed25519", "public_key": pem(Ed448PrivateKey.generate())}, "public_key"),
        ({"account": 2}, "account"),
        ({"account": 99}, "account"),
        ({"account": 0}, "account"),
    ],
)
def test_key_that_cannot_be_is_refused_and_none_is_kept(
    keys: ApiKeys, change: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadKey) as refused:
        keys.create(1, replace(HMAC, **change))
    assert refused.value.field == field
    assert keys.of(1) == []


def test_key_speaks_for_a_sub_account_of_its_owner(keys: ApiKeys, store: SqliteIdentity) -> None:
    with store.work() as work:
        account = next_account(work)
        SUB_ACCOUNTS.add(work, SubAccount(account, 1, "grid", NOW_NS))
    row, _ = keys.create(1, replace(HMAC, account=account))
    key = got(keys, row.key)
    assert (key.account, key.owner) == (account, 1)
    with pytest.raises(BadKey, match="no such sub-account"):
        keys.create(2, replace(HMAC, account=account))


def test_nobody_has_more_keys_than_fit(keys: ApiKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_keys, "KEYS_MAX", 2)
    made = [keys.create(1, HMAC)[0] for _ in range(2)]
    with pytest.raises(BadKey, match="revoke one first"):
        keys.create(1, HMAC)
    keys.revoke(1, made[0].key)
    keys.create(1, HMAC)
    keys.create(2, HMAC)


# Published vectors


def vectors(name: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    with lzma.open(shared(f"data/vectors/wycheproof_{name}_test.json.xz")) as file:
        for group in json.load(file)["testGroups"]:
            for test in group["tests"]:
                yield group, test


def plain_key(secret: bytes, public_key: Ed25519PublicKey | None = None) -> ApiKey:
    kind: api_keys.Kind = "ed25519" if public_key else "hmac"
    return ApiKey("k", 1, kind, frozenset(), (), None, False, 1, secret, public_key)


def test_hmac_vectors_are_judged_as_published() -> None:
    """A tag that was cut is refused, however right the rest is: only whole ones are signatures."""
    seen = {"valid": 0, "invalid": 0}
    for group, test in vectors("hmac_sha256"):
        taken = plain_key(bytes.fromhex(test["key"])).signed_by(
            bytes.fromhex(test["msg"]), test["tag"]
        )
        assert taken == (test["result"] == "valid" and group["tagSize"] == 256), test
        seen[test["result"]] += 1
    assert min(seen.values()) > 50


def test_ed25519_vectors_are_judged_as_published() -> None:
    seen = {"valid": 0, "invalid": 0}
    for group, test in vectors("ed25519"):
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(group["publicKey"]["pk"]))
        signature = b64encode(bytes.fromhex(test["sig"])).decode()
        taken = plain_key(b"", public).signed_by(bytes.fromhex(test["msg"]), signature)
        assert taken == (test["result"] == "valid"), test
        seen[test["result"]] += 1
    assert min(seen.values()) > 50
