"""Whether a proof holds. Every way in which it does not is one exception that says why."""

from collections.abc import Sequence
from re import ASCII, fullmatch
from struct import error as PackError  # noqa: N812  # the class has a name like a variable

from outcry.domain.decimals import format_units
from outcry.ledger.proofs.facts import TradeFacts
from outcry.ledger.proofs.liabilities import (
    BadAmount,
    Node,
    Step,
    account_hash,
    height_of,
    leaf_node,
    verify_liability,
)
from outcry.ledger.proofs.merkle import leaf_hash, verify_consistency, verify_inclusion
from outcry.ledger.proofs.note import (
    BadNote,
    CheckSignature,
    Head,
    NoteKey,
    base64_bytes,
    open_note,
    origin_of,
    read_head,
    text_of,
)
from outcry.ledger.proofs.publication import NAME, Statement, read_statement
from outcry.ledger.verify.documents import (
    ConsistencyProof,
    HeadProof,
    InclusionProof,
    LiabilityProof,
    LiabilitySet,
    LiabilitySets,
    Proof,
    Share,
    TradeLeaf,
)

SIDES = ("buy", "sell")
DECIMALS_MAX = 18
_ORIGIN = r"outcry/([0-9a-f]{1,64})/[a-z]+"


class DoesNotVerify(Exception):
    """A proof does not hold. The text says why."""


class Trust:
    """Whose signatures count. Without a key notes are read, and nobody vouches for them."""

    def __init__(self, check: CheckSignature, key: NoteKey | None = None) -> None:
        """Trust the owner of `key` under every name it signs with.

        Raises:
            DoesNotVerify: It is not the key of a venue.
        """
        self._check = check
        self._key = key
        self.log_id = "" if key is None else _log_id_of(key.name)

    @property
    def has_key(self) -> bool:
        """Whether signatures are checked at all."""
        return self._key is not None

    @property
    def owner(self) -> str:
        """The key as it signs liabilities, or nothing: one text for whoever it is."""
        if self._key is None:
            return ""
        return str(NoteKey(origin_of(self.log_id, NAME), self._key.public_key))

    def text(self, note: str, name: str) -> str:
        """Return the text of a note that was signed under a name.

        Raises:
            DoesNotVerify: It was not.
        """
        try:
            if self._key is None:
                return text_of(note)
            own = NoteKey(origin_of(self.log_id, name), self._key.public_key)
            return open_note(note, own, self._check)
        except BadNote as error:
            raise DoesNotVerify(f"the note of {name}: {error}") from None

    def check_origin(self, origin: str, name: str) -> None:
        """Refuse a note that speaks for another log.

        Raises:
            DoesNotVerify: It does.
        """
        if origin != origin_of(self.log_id or _log_id_of(origin), name):
            raise DoesNotVerify(f"the note of {name} speaks for {origin!r}")

    def head(self, note: str, log: str) -> Head:
        """Return the head that a note tells of a log.

        Raises:
            DoesNotVerify: It tells none, or is not signed as it has to be.
        """
        text = self.text(note, log)
        try:
            head = read_head(text)
        except BadNote as error:
            raise DoesNotVerify(f"the note of {log}: {error}") from None
        self.check_origin(head.origin, log)
        return head

    def statement(self, note: str) -> Statement:
        """Return what a note says is owed.

        Raises:
            DoesNotVerify: It says nothing, or is not signed as it has to be.
        """
        text = self.text(note, NAME)
        try:
            found = read_statement(text)
        except BadNote as error:
            raise DoesNotVerify(f"the note of {NAME}: {error}") from None
        self.check_origin(found.origin, NAME)
        return found


def check_proof(proof: Proof, trust: Trust) -> list[str]:
    """Return what a proof shows, in sentences.

    Raises:
        DoesNotVerify: It does not hold.
    """
    if isinstance(proof, HeadProof):
        said = check_head(proof, trust)
    elif isinstance(proof, InclusionProof):
        said = check_inclusion(proof, trust)
    elif isinstance(proof, ConsistencyProof):
        said = check_consistency(proof, trust)
    elif isinstance(proof, LiabilitySet):
        said = check_set(proof, trust)
    else:
        said = check_liabilities(proof, trust)
    if not trust.has_key:
        return [*said, "Signatures were not checked: no key was given."]
    return said


def check_head(proof: HeadProof, trust: Trust) -> list[str]:
    """Check a signed tree head.

    Raises:
        DoesNotVerify: It does not hold.
    """
    head = trust.head(proof.note, proof.log)
    time_ns = _whole(proof.time_ns, "time_ns")
    shown = Head(head.origin, proof.size, _hash(proof.root), proof.sequence, time_ns)
    _same(shown, head, "the head and its note")
    return [f"The log {proof.log} had {head.size} leaves at sequence {head.sequence}."]


def check_inclusion(proof: InclusionProof, trust: Trust) -> list[str]:
    """Check that a leaf is in a log, and what it says.

    Raises:
        DoesNotVerify: It does not hold.
    """
    found, root = _hash(proof.leaf_hash), _hash(proof.root)
    if not verify_inclusion(found, proof.index, proof.size, _hashes(proof.proof), root):
        raise DoesNotVerify("the leaf is not in a log with this size and root")
    sequence = _check_note(proof.note, proof.log, proof.size, root, trust)
    said = [f"Leaf {proof.index} is in the log {proof.log} of {proof.size} leaves."]
    if (proof.trade is not None) != (proof.log == "trades"):
        raise DoesNotVerify("the facts of a trade belong to the log trades, and only there")
    if proof.trade is not None:
        facts = _facts_of(proof.trade)
        if leaf_hash(leaf_of(proof.trade)) != found:
            raise DoesNotVerify("the leaf is not that of this trade")
        if sequence is not None and facts.sequence > sequence:
            raise DoesNotVerify("the trade is younger than the head")
        said.append(
            f"It is trade {facts.trade_id} of market {facts.market}: {facts.lots} lots at"
            f" {facts.price_ticks} ticks, sequence {facts.sequence}."
        )
    if proof.record is not None:
        if leaf_hash(_bytes(proof.record, "the record")) != found:
            raise DoesNotVerify("the leaf is not that of this record")
        said.append("Its record is the one that was shown.")
    return said


def check_consistency(proof: ConsistencyProof, trust: Trust) -> list[str]:
    """Check that a log only grew.

    Raises:
        DoesNotVerify: It does not hold.
    """
    first_root, second_root = _hash(proof.first_root), _hash(proof.second_root)
    path = _hashes(proof.proof)
    if not verify_consistency(proof.first, proof.second, path, first_root, second_root):
        raise DoesNotVerify("the longer log does not begin with the shorter one")
    _check_note(proof.second_note, proof.log, proof.second, second_root, trust)
    if proof.first_note is not None:
        _check_note(proof.first_note, proof.log, proof.first, first_root, trust)
    return [f"The log {proof.log} of {proof.second} leaves begins with that of {proof.first}."]


def check_set(proof: LiabilitySet, trust: Trust) -> list[str]:
    """Check that a venue has signed what it says it owes of an asset.

    Raises:
        DoesNotVerify: It does not hold.
    """
    shown = _statement(proof, trust)
    total = _amount(shown.total_units, shown.decimals)
    _same(proof.total, total, "the total and its units")
    return [f"{total} {shown.symbol} were owed to {shown.leaves} accounts at {shown.sequence}."]


def check_liabilities(proof: LiabilityProof, trust: Trust) -> list[str]:
    """Check that an account's balances are in the totals.

    Raises:
        DoesNotVerify: It does not hold.
    """
    if trust.log_id and proof.log_id != trust.log_id:
        raise DoesNotVerify("the proof is of another log than the key")
    try:
        account = account_hash(proof.log_id, proof.account)
    except UnicodeEncodeError:
        raise DoesNotVerify("the log id is not ASCII") from None
    return [_check_share(share, proof.log_id, account, trust) for share in proof.shares] or [
        "The account had nothing when liabilities were published."
    ]


def check_published(proof: LiabilityProof, sets: LiabilitySets, trust: Trust) -> list[str]:
    """Check that an account's balances are in the totals that everybody is shown.

    Raises:
        DoesNotVerify: They are in others.
    """
    public = {(found.asset_id, found.sequence): found for found in sets.sets}
    for share in proof.shares:
        found = public.get((share.asset_id, share.sequence))
        if found is None:
            message = f"nothing is published of {share.asset} at sequence {share.sequence}"
            raise DoesNotVerify(message)
        check_set(found, trust)
        told = (found.root, found.total_units, found.leaves)
        _same(told, (share.root, share.total_units, share.leaves), "the proof and what is public")
    return ["The totals are those that are published."]


def _check_share(share: Share, log_id: str, account: bytes, trust: Trust) -> str:
    shown = _statement(share, trust)
    _same(origin_of(log_id, NAME), shown.origin, "the log id and the note")
    units = _whole(share.amount_units, "amount_units")
    try:
        leaf = leaf_node(_bytes(share.salt, "the salt"), account, units)
        path = [
            Step(Node(_hash(step.hash), _whole(step.sum_units, "sum_units")), step.side == "left")
            for step in share.path
        ]
    except (BadAmount, ValueError) as error:
        raise DoesNotVerify(str(error)) from None
    if len(path) != height_of(share.leaves) or not 0 <= share.place < share.leaves:
        raise DoesNotVerify("place, path and number of leaves do not go together")
    if not verify_liability(leaf, share.place, path, shown.root, shown.total_units):
        raise DoesNotVerify(f"the balance of {share.asset} is not in the total")
    amount = _amount(units, shown.decimals)
    _same(share.amount, amount, "the amount and its units")
    total = _amount(shown.total_units, shown.decimals)
    return f"{amount} {share.asset} is in the total of {total} owed at sequence {share.sequence}."


def _statement(proof: LiabilitySet | Share, trust: Trust) -> Statement:
    """Return what the note says, which is what the document says."""
    found = trust.statement(proof.note)
    shown = Statement(
        found.origin,
        proof.asset_id,
        proof.asset,
        proof.decimals,
        proof.sequence,
        _whole(proof.time_ns, "time_ns"),
        _whole(proof.total_units, "total_units"),
        proof.leaves,
        _hash(proof.root),
    )
    _same(shown, found, "what is owed and its note")
    return found


def _check_note(note: str | None, log: str, size: int, root: bytes, trust: Trust) -> int | None:
    """Hold a note against a tree; return the note's sequence."""
    if note is None:
        if trust.has_key:
            raise DoesNotVerify(f"no signed head of {size} leaves comes with it")
        return None
    head = trust.head(note, log)
    _same((size, root), (head.size, head.root), "the tree and its note")
    return head.sequence


def leaf_of(trade: TradeLeaf) -> bytes:
    """Return the leaf that a document tells of a trade.

    Raises:
        DoesNotVerify: A number is none, or does not fit.
    """
    try:
        return _facts_of(trade).leaf()
    except PackError as error:
        raise DoesNotVerify(f"the facts are not those of a trade: {error}") from None


def _facts_of(trade: TradeLeaf) -> TradeFacts:
    return TradeFacts(
        trade.market,
        trade.trade_id,
        trade.sequence,
        _whole(trade.time_ns, "time_ns"),
        _whole(trade.price_ticks, "price_ticks"),
        _whole(trade.lots, "lots"),
        SIDES.index(trade.taker_side),
    )


def _log_id_of(origin: str) -> str:
    found = fullmatch(_ORIGIN, origin, ASCII)
    if found is None:
        raise DoesNotVerify(f"{origin!r} is not the name of a venue's key")
    return found[1]


def _same(shown: object, signed: object, what: str) -> None:
    if shown != signed:
        raise DoesNotVerify(f"{what} contradict each other")


def _amount(units: int, decimals: int) -> str:
    if not 0 <= decimals <= DECIMALS_MAX:
        raise DoesNotVerify(f"no asset has {decimals} decimals")
    return format_units(units, decimals)


def _whole(text: str, what: str) -> int:
    if fullmatch("0|[1-9][0-9]{0,18}", text, ASCII) is None:
        raise DoesNotVerify(f"{what} is not a whole number")
    return int(text)


def _bytes(text: str, what: str) -> bytes:
    try:
        return base64_bytes(text, what)
    except BadNote as error:
        raise DoesNotVerify(str(error)) from None


def _hash(text: str) -> bytes:
    return _bytes(text, "a hash")


def _hashes(texts: Sequence[str]) -> list[bytes]:
    return [_hash(text) for text in texts]
