"""Proofs as JSON: what the API answers and `outcry verify` reads, told once.

Bytes are base64. Whole numbers that may pass 2^53 are decimal text. Every field is checked by
whoever verifies, but for `shown`, which repeats facts of a trade in the words of the other calls.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Bytes = Annotated[str, Meta(description="base64")]
Whole = Annotated[str, Meta(description="a whole number as a string", examples=["100500000"])]
LogName = Literal["events", "trades"]
Note = Annotated[str, Meta(description="a signed note: C2SP signed-note, Ed25519")]


class Document(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Something that can be verified, or a part of it."""


class Keys(Document):
    """Who signs. Each key is in the form verifiers of notes take: name+id+key."""

    log_id: str
    public_key: Bytes
    events: str
    trades: str
    liabilities: str


class HeadProof(Document, tag_field="kind", tag="head"):
    """A signed tree head: a Merkle log as it was after `sequence`."""

    log: LogName
    size: int
    root: Bytes
    sequence: int
    time_ns: Whole
    note: Note


class HeadsPage(Document):
    """Signed tree heads, newest first."""

    heads: list[HeadProof]
    next_cursor: str | None


class TradeLeaf(Document):
    """The public facts of a trade, which are its leaf: 45 bytes, big-endian, in this order."""

    market: int
    trade_id: int
    sequence: int
    time_ns: Whole
    price_ticks: Whole
    lots: Whole
    taker_side: Literal["buy", "sell"]


class TradeShown(Document):
    """The same trade for people. Nothing of this is proven."""

    market: str
    price: str
    quantity: str
    time: str


class InclusionProof(Document, tag_field="kind", tag="inclusion"):
    """That a leaf is in a Merkle log. `proof` is lowest first.

    `note` is the signed head of this size, where there is one. `record` is the event itself, for
    its own account only.
    """

    log: LogName
    index: int
    size: int
    leaf_hash: Bytes
    root: Bytes
    proof: list[Bytes]
    note: Note | None
    trade: TradeLeaf | None = None
    shown: TradeShown | None = None
    record: Bytes | None = None


class ConsistencyProof(Document, tag_field="kind", tag="consistency"):
    """That a Merkle log of `second` leaves begins with the one of `first`."""

    log: LogName
    first: int
    second: int
    first_root: Bytes
    second_root: Bytes
    proof: list[Bytes]
    first_note: Note | None
    second_note: Note | None


class TradeEntry(Document):
    """A leaf of the log `trades`."""

    index: int
    leaf_hash: Bytes
    trade: TradeLeaf


class EntriesPage(Document):
    """Leaves of the log `trades`, in order."""

    entries: list[TradeEntry]


class LiabilitySet(Document, tag_field="kind", tag="liability_set"):
    """What was owed of an asset at a sequence: the top of a Merkle-sum tree."""

    asset: str
    asset_id: int
    decimals: int
    sequence: int
    time_ns: Whole
    total: str
    total_units: Whole
    leaves: int
    root: Bytes
    note: Note


class LiabilitySets(Document):
    """What was published, newest first."""

    sets: list[LiabilitySet]
    next_cursor: str | None


class PathStep(Document):
    """A node beside the way up, and on which side it is."""

    hash: Bytes
    sum_units: Whole
    side: Literal["left", "right"]


class Share(Document):
    """One's own balance in the published total of an asset."""

    asset: str
    asset_id: int
    decimals: int
    sequence: int
    time_ns: Whole
    amount: str
    amount_units: Whole
    salt: Bytes
    place: int
    leaves: int
    path: list[PathStep]
    total_units: Whole
    root: Bytes
    note: Note


class LiabilityProof(Document, tag_field="kind", tag="liabilities"):
    """That an account's balances are in what was published."""

    log_id: str
    account: int
    shares: list[Share]


Proof = HeadProof | InclusionProof | ConsistencyProof | LiabilitySet | LiabilityProof
"""What can be saved and verified alone."""


class NotAProof(Exception):
    """The text is none of these documents. It says why."""


def read_proof(text: bytes) -> Proof:
    """Return the proof that a JSON text holds.

    Raises:
        NotAProof: It holds none.
    """
    try:
        found: Proof = msgspec.json.decode(text, type=Proof)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise NotAProof(str(error)) from None
    return found


def read_sets(text: bytes) -> LiabilitySets:
    """Return what a JSON text says was published.

    Raises:
        NotAProof: It says nothing of the kind.
    """
    try:
        return msgspec.json.decode(text, type=LiabilitySets)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise NotAProof(str(error)) from None
