"""Pages of the ledger: an account's statement, transfers and volume; the markets' statistics."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from outcry.gateway.errors import ApiError
from outcry.gateway.http import Door, from_ledger
from outcry.gateway.ledger.schemas import StatisticsDayOut
from outcry.gateway.ledger.tables import (
    STATEMENT,
    STATISTICS,
    TRANSFERS,
    VOLUME,
    As,
    ExportTable,
)
from outcry.gateway.native.parse import parse_time
from outcry.gateway.native.query import market_of, page_limit
from outcry.ledger.reads import days, statement, transfers
from outcry.ledger.reads.history import LARGEST, BadCursor, Filter, Page
from outcry.ledger.reads.statement import PURPOSES, StatementFilter
from outcry.marketdata.text import time_text
from outcry.ports import LedgerStore

OWN_PURPOSES = {name: number for number, name in PURPOSES.items() if number <= 3}
"""The purposes that accounts have ledger accounts for."""
_PUBLIC = frozenset(StatisticsDayOut.__struct_fields__)
_Item = TypeVar("_Item")


class LedgerCalls:
    """What is read out of the ledger, newest first."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self._registry = door.services.registry

    async def statement(self, request: web.Request) -> str:
        """GET /api/v1/statement."""
        account, wanted = self.door.account(request), self._of_assets(request)
        store = await self._store(request)
        found = _page(request, lambda *at: statement.statement(store, account, wanted, *at))
        return self._text(STATEMENT, found)

    async def transfers(self, request: web.Request) -> str:
        """GET /api/v1/transfers."""
        account, wanted = self.door.account(request), self._of_assets(request)
        store = await self._store(request)
        found = _page(request, lambda *at: transfers.transfers(store, account, wanted, *at))
        items = [(account, item) for item in found.items]
        return self._text(TRANSFERS, Page(items, found.next_cursor))

    async def volume(self, request: web.Request) -> str:
        """GET /api/v1/volume."""
        account, wanted = self.door.account(request), self.of_markets(request)
        store = await self._store(request)
        found = _page(request, lambda *at: days.account_days(store, account, wanted, *at))
        return self._text(VOLUME, found)

    async def statistics(self, request: web.Request) -> str:
        """GET /api/v1/statistics."""
        wanted, store = self.of_markets(request), await self._store(request)
        found = _page(request, lambda *at: days.market_days(store, wanted, *at))
        return self._text(STATISTICS, found, _PUBLIC)

    async def _store(self, request: web.Request) -> LedgerStore:
        await self.door.services.ledger.caught_up()
        return from_ledger(request, self.door.services)

    def _of_assets(self, request: web.Request) -> StatementFilter:
        """Return which asset, purpose and span of time a query names."""
        symbol, purpose = request.query.get("asset"), request.query.get("purpose")
        asset = self._registry.asset_by_symbol(symbol) if symbol is not None else None
        if symbol is not None and asset is None:
            raise ApiError("UNKNOWN_ASSET", field="asset", given=symbol)
        if purpose is not None and purpose not in OWN_PURPOSES:
            valid = list(OWN_PURPOSES)
            message = f"purpose must be one of {', '.join(valid)}"
            raise ApiError("BAD_VALUE", message, field="purpose", given=purpose, valid=valid)
        number = OWN_PURPOSES[purpose] if purpose is not None else 0
        return StatementFilter(asset.asset if asset else 0, number, *span_of(request))

    def of_markets(self, request: web.Request) -> Filter:
        """Return which market and span of time a query names."""
        market = self.door.parser.market_id(market_of(request))
        return Filter(market, *span_of(request))

    def _text(self, table: ExportTable, page: Page[Any], only: frozenset[str] | None = None) -> str:
        """Return a page as JSON, without whose it is."""
        kinds = list(table.columns.items())
        items = [
            {
                name: time_text(int(value or 0)) if kind is As.TIME else value
                for (name, kind), value in zip(
                    kinds, table.values(self._registry, item), strict=True
                )
                if name != "account" and (only is None or name in only)
            }
            for item in page.items
        ]
        body = {table.name: items, "next_cursor": page.next_cursor}
        return msgspec.json.encode(body).decode()


def span_of(request: web.Request) -> tuple[int, int]:
    """Return the span of time a query names, both ends inclusive."""
    query = request.query
    start, end = (
        parse_time(query[name], name) if name in query else default
        for name, default in (("start_time", 0), ("end_time", LARGEST))
    )
    return start, min(end, LARGEST)


def _page(request: web.Request, read: Callable[[int, str | None], Page[_Item]]) -> Page[_Item]:
    """Return the page a query names.

    Raises:
        ApiError: `BAD_VALUE`, `BAD_CURSOR`.
    """
    limit, cursor = page_limit(request), request.query.get("cursor")
    try:
        return read(limit, cursor)
    except BadCursor:
        raise ApiError("BAD_CURSOR", field="cursor", given=cursor) from None
