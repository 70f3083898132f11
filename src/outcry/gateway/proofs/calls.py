"""The proofs, as anybody may ask for them; reads of stored rows, done in a thread."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import msgspec
from aiohttp import web

from outcry.domain.events import Trade
from outcry.gateway.errors import ApiError
from outcry.gateway.http import Door, Handler
from outcry.gateway.native.query import market_of, page_limit
from outcry.gateway.proofs.render import head_of, set_of, share_of, trade_of
from outcry.ledger.proofs import reads
from outcry.ledger.proofs.facts import TradeFacts
from outcry.ledger.proofs.heads import LOGS
from outcry.ledger.proofs.merkle import consistency_proof, inclusion_proof, leaf_hash
from outcry.ledger.proofs.note import NoteKey, base64_text, origin_of
from outcry.ledger.proofs.publication import NAME, stored_path
from outcry.ledger.proofs.tree import stored_subtree
from outcry.ledger.reads.history import BadCursor, Page
from outcry.ledger.verify import documents as d
from outcry.marketdata.text import time_text
from outcry.ports import LedgerStore, ProofStore

EVENTS, TRADES = LOGS
_encode = msgspec.json.Encoder().encode
_Item = TypeVar("_Item")


class ProofCalls:
    """What is proven, from the ledger's tiles and from what was published."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self._registry = door.services.registry

    @property
    def _ledger(self) -> LedgerStore:
        return self.door.services.history_store

    @property
    def _proofs(self) -> ProofStore:
        return self.door.services.proofs

    def handlers(self) -> dict[str, Handler]:
        """Return the calls by the names of their routes."""
        found: dict[str, Handler] = {
            "proof_keys": self.keys,
            "trade_entries": self.entries,
            "liabilities": self.liabilities,
            "my_liabilities": self.mine,
        }
        for log in LOGS:
            found[f"{log}_head"] = partial(self.head, log)
            found[f"{log}_heads"] = partial(self.heads, log)
            found[f"{log}_inclusion"] = partial(self.inclusion, log)
            found[f"{log}_consistency"] = partial(self.consistency, log)
        return found

    async def keys(self, request: web.Request) -> str:
        """GET /api/v1/proofs/key."""
        log_id, key = self._proofs.log_id, self._proofs.public_key
        names = {name: str(NoteKey(origin_of(log_id, name), key)) for name in (*LOGS, NAME)}
        return _text(d.Keys(log_id=log_id, public_key=base64_text(key), **names))

    # Merkle logs

    async def head(self, log: str, request: web.Request) -> str:
        """GET /api/v1/proofs/{log}/head."""
        return _text(head_of(await asyncio.to_thread(self._last_head, log)))

    async def heads(self, log: str, request: web.Request) -> str:
        """GET /api/v1/proofs/{log}/heads."""
        limit, cursor = page_limit(request), request.query.get("cursor")
        page = await _page(lambda: reads.heads(self._proofs, log, limit, cursor), cursor)
        heads = [head_of(row) for row in page.items]
        return _text(d.HeadsPage(heads=heads, next_cursor=page.next_cursor))

    async def inclusion(self, log: str, request: web.Request) -> str:
        """GET /api/v1/proofs/{log}/inclusion."""
        index, size = _number(request, "index"), _number(request, "size", least=1)
        account = -1
        if log == EVENTS and "Authorization" in request.headers:
            account = self.door.account(request)
        trade = self._trade_of(request) if log == TRADES else None
        if (index is None) == (trade is None):
            message = "name a leaf by its index" + (" or by market and trade_id" * (log == TRADES))
            raise ApiError("CONTRADICTION" if trade else "MISSING_FIELD", message, field="index")
        return _text(await asyncio.to_thread(self._inclusion, log, index, size, trade, account))

    def _trade_of(self, request: web.Request) -> tuple[int, int] | None:
        """Return the (market, trade id) that a query names."""
        symbol, trade_id = market_of(request), _number(request, "trade_id", least=1)
        if symbol is None and trade_id is None:
            return None
        if symbol is None or trade_id is None:
            field = "market" if symbol is None else "trade_id"
            raise ApiError("MISSING_FIELD", "a trade is named by market and trade_id", field=field)
        return self.door.parser.rules(symbol).market.market, trade_id

    def _inclusion(
        self,
        log: str,
        index: int | None,
        size: int | None,
        trade: tuple[int, int] | None,
        account: int,
    ) -> d.InclusionProof:
        if index is None:
            assert trade is not None, "the call names one of both"
            index = reads.trade_leaf(self._ledger, *trade)
            if index is None:
                raise ApiError("UNKNOWN_TRADE", field="trade_id", given=trade[1])
        size = self._size(log, size, "size")
        if index >= size:
            self._not_in(log, index, size)
        tree = stored_subtree(reads.tile_reader(self._ledger, log), size)
        proof = d.InclusionProof(
            log=log,  # type: ignore[arg-type]  # one of LOGS
            index=index,
            size=size,
            leaf_hash=base64_text(tree(index, index + 1)),
            root=base64_text(tree(0, size)),
            proof=[base64_text(node) for node in inclusion_proof(index, size, tree)],
            note=self._note(log, size),
        )
        if log == TRADES:
            (facts,) = reads.trade_facts(self._ledger, index, 1)
            proof.trade, proof.shown = trade_of(facts), self._shown(facts)
        elif account >= 0:
            proof.record = self._own_record(index, account)
        return proof

    def _not_in(self, log: str, index: int, size: int) -> None:
        """Refuse a leaf that the tree does not have."""
        if index < reads.log_size(self._ledger, log):
            raise ApiError("NOT_PUBLISHED", "no signed head has this leaf yet", field="index")
        raise ApiError("BAD_VALUE", f"the log has {size} leaves", field="index", given=index)

    def _own_record(self, index: int, account: int) -> str | None:
        """Return an event's record to its own account; one of a trade has somebody else in it."""
        found = reads.event_at(self._ledger, index)
        if found is None or found[1].account != account or isinstance(found[1], Trade):
            return None
        return base64_text(found[0])

    async def consistency(self, log: str, request: web.Request) -> str:
        """GET /api/v1/proofs/{log}/consistency."""
        first, second = (_number(request, name, least=1) for name in ("first", "second"))
        if first is None:
            raise ApiError("MISSING_FIELD", "name the smaller size", field="first")
        return _text(await asyncio.to_thread(self._consistency, log, first, second))

    def _consistency(self, log: str, first: int, second: int | None) -> d.ConsistencyProof:
        second = self._size(log, second, "second")
        if first > second:
            raise ApiError(
                "BAD_VALUE", f"first must be at most {second}", field="first", given=first
            )
        tree = stored_subtree(reads.tile_reader(self._ledger, log), second)
        return d.ConsistencyProof(
            log=log,  # type: ignore[arg-type]  # one of LOGS
            first=first,
            second=second,
            first_root=base64_text(tree(0, first)),
            second_root=base64_text(tree(0, second)),
            proof=[base64_text(node) for node in consistency_proof(first, second, tree)],
            first_note=self._note(log, first),
            second_note=self._note(log, second),
        )

    async def entries(self, request: web.Request) -> str:
        """GET /api/v1/proofs/trades/entries."""
        start, limit = _number(request, "start") or 0, page_limit(request)
        found = await asyncio.to_thread(reads.trade_facts, self._ledger, start, limit)
        entries = [
            d.TradeEntry(
                index=index, leaf_hash=base64_text(leaf_hash(facts.leaf())), trade=trade_of(facts)
            )
            for index, facts in enumerate(found, start)
        ]
        return _text(d.EntriesPage(entries=entries))

    def _last_head(self, log: str) -> reads.HeadRow:
        row = reads.last_head(self._proofs, log)
        if row is None:
            raise ApiError("NOT_PUBLISHED", f"no head of the log {log} has been signed yet")
        return row

    def _size(self, log: str, size: int | None, field: str) -> int:
        """Return the size to prove against: that of the newest head where none is named."""
        stored = reads.log_size(self._ledger, log)
        if size is None:
            size = self._last_head(log).size
            if size > stored:  # The ledger is being made again, and is on its way there.
                raise ApiError("NOT_PUBLISHED", "the ledger is behind what was published")
        if size > stored:
            raise ApiError("BAD_VALUE", f"the log has {stored} leaves", field=field, given=size)
        return size

    def _note(self, log: str, size: int) -> str | None:
        row = reads.head_at(self._proofs, log, size)
        return None if row is None else row.note

    def _shown(self, facts: TradeFacts) -> d.TradeShown:
        scale = self._registry.scale(facts.market)
        return d.TradeShown(
            market=self._registry.market(facts.market).symbol,
            price=scale.price(facts.price_ticks),
            quantity=scale.quantity(facts.lots),
            time=time_text(facts.time_ns),
        )

    # Liabilities

    async def liabilities(self, request: web.Request) -> str:
        """GET /api/v1/proofs/liabilities."""
        limit, cursor = page_limit(request), request.query.get("cursor")
        page = await _page(lambda: reads.published_sets(self._proofs, limit, cursor), cursor)
        sets = [set_of(row) for row in page.items]
        return _text(d.LiabilitySets(sets=sets, next_cursor=page.next_cursor))

    async def mine(self, request: web.Request) -> str:
        """GET /api/v1/proofs/liabilities/mine."""
        account = self.door.account(request)
        sequence = _number(request, "sequence", least=1)
        return _text(await asyncio.to_thread(self._mine, account, sequence))

    def _mine(self, account: int, sequence: int | None) -> d.LiabilityProof:
        if sequence is None:
            sequence = reads.last_publication(self._proofs)
        published = {row.asset: row for row in reads.sets_at(self._proofs, sequence)}
        if not published:
            raise ApiError("NOT_PUBLISHED", "no liabilities were published there", field="sequence")
        shares = [
            share_of(
                published[leaf.asset],
                leaf,
                stored_path(self._proofs, published[leaf.asset], leaf.place),
            )
            for leaf in reads.leaves_of(self._proofs, account, sequence)
        ]
        return d.LiabilityProof(log_id=self._proofs.log_id, account=account, shares=shares)


async def _page(read: Callable[[], Page[_Item]], cursor: str | None) -> Page[_Item]:
    try:
        return await asyncio.to_thread(read)
    except BadCursor:
        raise ApiError("BAD_CURSOR", field="cursor", given=cursor) from None


def _number(request: web.Request, name: str, least: int = 0) -> int | None:
    """Return a whole number of a query, of at most 18 digits; None where it is not there."""
    text = request.query.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18 or int(text) < least:
        raise ApiError("BAD_VALUE", f"{name} is a whole number", field=name, given=text)
    return int(text)


def _text(document: d.Document) -> str:
    return _encode(document).decode()
