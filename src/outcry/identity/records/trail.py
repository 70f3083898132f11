"""The trail: who did what that matters to security, in a chain that only grows.

An entry is written in the transaction of the act, so neither is there without the other. Each holds
the hash of the one before. The head is sealed under the venue's secret: whoever changes, removes or
adds a row without it is found out. What the trail cannot show by itself is that the whole store was
put back to an earlier moment; for that its head is told, to be compared with one kept elsewhere.
"""

import hmac
from collections.abc import Iterator
from dataclasses import astuple, dataclass, replace
from hashlib import blake2b
from typing import Any

import msgspec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from outcry.identity.records.kept import TRAIL, TRAIL_HEADS, TrailEntry, TrailHead
from outcry.ports import Clock, IdentityUnusable, IdentityWork

HASH_BYTES = 32
_ONE = 1
"""The number of the one trail."""
_PAGE = 1_000
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Origin:
    """From where somebody asks."""

    address: str = ""
    agent: str = ""


NOWHERE = Origin()
"""The venue itself."""


class Trail:
    """Adds entries."""

    def __init__(self, clock: Clock, secret: bytes) -> None:
        self._clock = clock
        self._key = _key(secret)

    def add(
        self,
        work: IdentityWork,
        act: str,
        actor: int,
        subject: int,
        origin: Origin = NOWHERE,
        **details: Any,  # noqa: ANN401 - whatever the act has
    ) -> None:
        """Write down an act, in the transaction that does it. Details never hold a secret."""
        head = TRAIL_HEADS.one(work, "trail = ?", _ONE)
        number, previous = (head.number, head.hash) if head else (0, bytes(HASH_BYTES))
        bare = TrailEntry(
            number=number + 1,
            time_ns=self._clock.now_ns(),
            actor=actor,
            act=act,
            subject=subject,
            address=origin.address,
            details=_encode(details).decode(),
            previous=previous,
            hash=b"",
        )
        entry = replace(bare, hash=entry_hash(bare))
        TRAIL.add(work, entry)
        seal = _seal(self._key, entry.number, entry.hash)
        TRAIL_HEADS.put(work, TrailHead(_ONE, entry.number, entry.hash, seal))


def entries(work: IdentityWork, after: int, limit: int) -> list[TrailEntry]:
    """Return entries after a number, oldest first."""
    return TRAIL.find(work, "number > ? ORDER BY number LIMIT ?", after, limit)


def entries_before(work: IdentityWork, before: int, limit: int) -> list[TrailEntry]:
    """Return entries before a number, newest first."""
    return TRAIL.find(work, "number < ? ORDER BY number DESC LIMIT ?", before, limit)


@dataclass(frozen=True, slots=True)
class TrailReport:
    """What a look at the whole trail found. `head` is to be kept elsewhere, and compared."""

    entries: int
    head: str
    findings: tuple[str, ...]


def verify(work: IdentityWork, secret: bytes, told: str = "") -> TrailReport:
    """Look at every entry, at what chains them, and at the seal of the last.

    `told` is a head of before: where it is not in the trail, the store was put back or replaced.
    """
    findings: list[str] = []
    number, previous = 0, bytes(HASH_BYTES)
    missing = bool(told)
    for entry in _all(work, findings):
        number += 1
        if entry.number != number:
            findings.append(f"entries {number} to {entry.number - 1} are gone")
            number = entry.number
        elif entry.previous != previous:
            findings.append(f"entry {number} does not follow from the one before it")
        if entry_hash(entry) != entry.hash:
            findings.append(f"entry {number} was changed")
        previous = entry.hash
        missing = missing and told != _head_text(number, previous)
    if missing:
        findings.append(f"the head {told} is not in the trail")
    findings += _of_head(work, secret, number, previous)
    return TrailReport(number, _head_text(number, previous), tuple(findings))


def _head_text(number: int, entry_hash: bytes) -> str:
    return f"{number}-{entry_hash.hex()}"


def _of_head(work: IdentityWork, secret: bytes, number: int, last: bytes) -> list[str]:
    """Return what is wrong with the head, of a trail that ends with this entry."""
    try:
        head = TRAIL_HEADS.one(work, "trail = ?", _ONE)
    except IdentityUnusable as error:
        return [str(error)]
    if head is None:
        return ["the head is gone"] if number else []
    if not hmac.compare_digest(_seal(_key(secret), head.number, head.hash), head.seal):
        return ["the head was not sealed by this venue"]
    if (head.number, head.hash) != (number, last):
        return [f"the head names entry {head.number}, the last one is {number}"]
    return []


def entry_hash(entry: TrailEntry) -> bytes:
    """Return BLAKE2b-256 over the canonical JSON of everything but the hash."""
    *facts, previous, _ = astuple(entry)
    return blake2b(_encode([*facts, previous.hex()]), digest_size=HASH_BYTES).digest()


def _all(work: IdentityWork, findings: list[str]) -> Iterator[TrailEntry]:
    after = 0
    while True:
        try:
            page = entries(work, after, _PAGE)
        except IdentityUnusable as error:
            findings.append(f"behind entry {after}: {error}")
            return
        yield from page
        if len(page) < _PAGE:
            return
        after = page[-1].number


def _key(secret: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"outcry identity trail").derive(secret)


def _seal(key: bytes, number: int, entry_hash: bytes) -> bytes:
    return hmac.digest(key, f"{number} ".encode() + entry_hash, "sha256")
