"""What a venue shows in public, fetched and verified, and heads that are remembered."""

import os
from pathlib import Path
from typing import TypeVar

import msgspec

from outcry.adapters.signing import check_signature
from outcry.client import ApiError, Client
from outcry.ledger.proofs.heads import LOGS
from outcry.ledger.proofs.merkle import leaf_hash
from outcry.ledger.proofs.note import Head, base64_text, read_key
from outcry.ledger.proofs.tree import MerkleLog
from outcry.ledger.verify import documents as d
from outcry.ledger.verify.check import (
    DoesNotVerify,
    Trust,
    check_consistency,
    check_head,
    check_inclusion,
    check_set,
    leaf_of,
)

NOT_PUBLISHED = "NOT_PUBLISHED"
HEADS_LOOKED_AT = 20
"""Of each log, the newest: each has to continue the one before."""
SETS_LOOKED_AT = 100
ENTRIES_AT_ONCE = 1_000
_Document = TypeVar("_Document", bound=d.Document)


class Refused(DoesNotVerify):
    """A venue does not say what it would have to say. `code` is its reason."""

    def __init__(self, path: str, error: ApiError) -> None:
        super().__init__(f"the venue refuses {path}: {error}")
        self.code = error.code


class Remembered(msgspec.Struct, forbid_unknown_fields=True):
    """A file of heads: the key of a venue, and the newest note of each log that was seen."""

    key: str
    heads: dict[str, str]


def keys_of(client: Client, trust: Trust) -> Trust:
    """Return whom to trust: the venue's own word for its key, unless a key was given.

    Raises:
        DoesNotVerify: The venue signs with another key than the one that was given.
    """
    keys = fetch(client, d.Keys, "/api/v1/proofs/key")
    own = Trust(check_signature, read_key(keys.events))
    if trust.has_key and trust.owner != own.owner:
        raise DoesNotVerify("the venue signs with another key")
    return own


def fetch(client: Client, kind: type[_Document], path: str, **query: str | int) -> _Document:
    """Return an answer of a venue.

    Raises:
        Refused: The venue does not answer this.
        DoesNotVerify: The answer is not what it has to be.
    """
    try:
        return msgspec.convert(client.get(path, **query), kind)
    except ApiError as error:
        raise Refused(path, error) from None
    except (msgspec.ValidationError, msgspec.DecodeError, RecursionError) as error:
        raise DoesNotVerify(f"{path} answers something else: {error}") from None


class Remote:
    """A venue that is asked."""

    def __init__(self, client: Client, trust: Trust) -> None:
        self.client = client
        self.trust = trust
        self._heads: dict[str, Head] = {}

    def everything(self, since: Path | None) -> list[str]:
        """Verify all that is public, and that nothing remembered was taken back.

        Raises:
            DoesNotVerify: Something does not hold.
        """
        known = self._recall(since)
        said = [f"The venue is {self.trust.log_id}."]
        notes = {}
        for log in LOGS:
            found = self._newest(log)
            before = known.get(log)
            if found is None:
                if before is not None:
                    raise DoesNotVerify(f"the log {log} is gone; it had {before.size} leaves")
                said.append(f"No head of the log {log} has been signed yet.")
                continue
            said += check_head(found, self.trust)
            head = self._heads[log] = self.trust.head(found.note, log)
            notes[log] = found.note
            said += self._history(log, head)
            if before is not None:
                self._continues(log, before, head)
                said.append(f"It continues the {before.size} leaves that were remembered.")
        said += self._sets()
        if since is not None:
            _remember(since, Remembered(self.trust.owner, notes))
        return said

    def _newest(self, log: str) -> d.HeadProof | None:
        try:
            return fetch(self.client, d.HeadProof, f"/api/v1/proofs/{log}/head")
        except Refused as refused:
            if refused.code == NOT_PUBLISHED:
                return None
            raise

    def _history(self, log: str, newest: Head) -> list[str]:
        """Verify that the last heads continue each other."""
        path = f"/api/v1/proofs/{log}/heads"
        page = fetch(self.client, d.HeadsPage, path, limit=HEADS_LOOKED_AT)
        after = newest
        for found in page.heads:
            check_head(found, self.trust)
            head = self.trust.head(found.note, log)
            if head.size <= after.size:
                self._continues(log, head, after)
                after = head
        return [f"Its last {len(page.heads)} heads continue each other."]

    def _continues(self, log: str, before: Head, after: Head) -> None:
        """Refuse a log that is shorter than it was, or another one.

        Raises:
            DoesNotVerify: It is.
        """
        if after.size < before.size:
            raise DoesNotVerify(
                f"the log {log} has shrunk from {before.size} to {after.size} leaves"
            )
        if after.size == before.size:
            if after.root != before.root:
                raise DoesNotVerify(f"the log {log} has two roots at {after.size} leaves")
            return
        if after.sequence < before.sequence:
            raise DoesNotVerify(f"the log {log} has grown while its sequence went back")
        found = fetch(
            self.client,
            d.ConsistencyProof,
            f"/api/v1/proofs/{log}/consistency",
            first=before.size,
            second=after.size,
        )
        asked = (log, before.size, after.size, base64_text(before.root), base64_text(after.root))
        if (found.log, found.first, found.second, found.first_root, found.second_root) != asked:
            message = f"the log {log} of {before.size} leaves is told with another root now"
            raise DoesNotVerify(message)
        check_consistency(found, self.trust)

    def _sets(self) -> list[str]:
        path = "/api/v1/proofs/liabilities"
        page = fetch(self.client, d.LiabilitySets, path, limit=SETS_LOOKED_AT)
        said = [sentence for found in page.sets for sentence in check_set(found, self.trust)]
        newest = sum(found.sequence == page.sets[0].sequence for found in page.sets)
        return said[:newest]

    def trade(self, market: str, trade_id: int) -> list[str]:
        """Verify that a trade is in the log.

        Raises:
            DoesNotVerify: It is not.
        """
        path = "/api/v1/proofs/trades/inclusion"
        found = fetch(self.client, d.InclusionProof, path, market=market, trade_id=trade_id)
        if found.trade is None or found.trade.trade_id != trade_id:
            raise DoesNotVerify("the venue proves another trade than the one that was asked for")
        said = check_inclusion(found, self.trust)
        if found.note is not None:
            self._continues("trades", self._heads["trades"], self.trust.head(found.note, "trades"))
        return said

    def entries(self) -> list[str]:
        """Fetch all trades and make the root of the newest head from them.

        Raises:
            DoesNotVerify: It is another root.
        """
        head = self._heads.get("trades")
        if head is None:
            return ["There is no trade to count."]
        log = MerkleLog("trades")
        while log.size < head.size:
            limit = min(ENTRIES_AT_ONCE, head.size - log.size)
            path = "/api/v1/proofs/trades/entries"
            page = fetch(self.client, d.EntriesPage, path, start=log.size, limit=limit)
            for entry in page.entries:
                leaf = leaf_of(entry.trade)
                if log.add(leaf) != entry.index or base64_text(leaf_hash(leaf)) != entry.leaf_hash:
                    raise DoesNotVerify(f"entry {entry.index} is not its leaf")
            if not 0 < len(page.entries) <= limit:
                raise DoesNotVerify(f"the trades end after {log.size} of {head.size}")
        if log.root() != head.root:
            raise DoesNotVerify(f"the {head.size} trades do not make the root that was signed")
        return [f"All {head.size} trades make the root that was signed."]

    def _recall(self, since: Path | None) -> dict[str, Head]:
        """Return the heads that a file remembers; none where there is no file."""
        if since is None or not since.exists():
            return {}
        try:
            found = msgspec.json.decode(since.read_bytes(), type=Remembered)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise DoesNotVerify(f"{since} holds no remembered heads: {error}") from None
        if found.key != self.trust.owner:
            raise DoesNotVerify(f"the venue signs with another key than {since} remembers")
        return {log: self.trust.head(note, log) for log, note in found.heads.items()}


def _remember(path: Path, what: Remembered) -> None:
    """Write heads down, whole or not at all."""
    aside = path.with_name(f"{path.name}.new")
    aside.write_bytes(msgspec.json.format(msgspec.json.encode(what)) + b"\n")
    os.replace(aside, path)
