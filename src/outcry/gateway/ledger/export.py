"""An account's own rows as a file: CSV or Parquet, sent in pieces while they are read."""

import asyncio
from collections.abc import Iterator

import structlog
from aiohttp import web

from outcry.gateway.errors import ApiError
from outcry.gateway.http import REQUEST_ID, Door, Wrapper, from_ledger
from outcry.gateway.ledger import csv_text, parquet
from outcry.gateway.ledger.calls import span_of
from outcry.gateway.ledger.tables import OF_ACCOUNTS
from outcry.ledger.reads.history import Filter

FORMATS = {
    "csv": ("text/csv; charset=utf-8; header=present", csv_text.pieces),
    "parquet": ("application/vnd.apache.parquet", parquet.pieces),
}
"""Media type, and what writes it."""
PIECE_TIMEOUT_S = 30.0
"""A client that does not take a piece in for so long is let go."""
_log = structlog.get_logger("gateway")


class ExportCalls:
    """GET /api/v1/export/{table}. An account has one export at a time, the venue a few."""

    def __init__(self, door: Door, wrapper: Wrapper) -> None:
        self.door = door
        self._wrapper = wrapper
        self._under_way: set[int] = set()

    async def export(self, request: web.Request) -> web.StreamResponse:
        """GET /api/v1/export/{table}."""
        account = self.door.account(request)
        table = OF_ACCOUNTS.get(request.match_info["table"])
        if table is None:
            message = f"exports are {', '.join(OF_ACCOUNTS)}"
            raise ApiError("NOT_FOUND", message, given=request.match_info["table"])
        kind = request.query.get("format", "csv")
        if kind not in FORMATS:
            valid = list(FORMATS)
            message = f"format must be one of {', '.join(valid)}"
            raise ApiError("BAD_VALUE", message, field="format", given=kind, valid=valid)
        wanted = Filter(0, *span_of(request))
        media_type, pieces_of = FORMATS[kind]
        if kind == "parquet":
            _check_parquet()
        self._enter(account)
        try:
            services = self.door.services
            await services.ledger.caught_up()
            store = from_ledger(request, services)
            rows = table.rows(store, services.registry, account, wanted)
            headers = {
                **self._wrapper.headers(request[REQUEST_ID]),
                "X-Outcry-Ledger-Sequence": str(services.ledger.stored_sequence),
                "Content-Type": media_type,
                "Content-Disposition": f'attachment; filename="{table.name}.{kind}"',
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
            }
            return await self._send(request, headers, pieces_of(table, rows))
        finally:
            self._under_way.discard(account)

    def _enter(self, account: int) -> None:
        """Take a place.

        Raises:
            ApiError: `RATE` if the account has an export under way, `BUSY` if too many have.
        """
        if account in self._under_way:
            raise ApiError("RATE", "you have an export under way; wait for its end")
        if len(self._under_way) >= self.door.settings.exports_at_once:
            raise ApiError("BUSY", "too many exports are under way; try again in a moment")
        self._under_way.add(account)

    async def _send(
        self, request: web.Request, headers: dict[str, str], pieces: Iterator[bytes]
    ) -> web.StreamResponse:
        """Send pieces as they are made. An answer that fails on its way ends the connection."""
        response = web.StreamResponse(headers=headers)
        # The first piece comes before the head: what fails at once gets an answer that says so.
        piece = await asyncio.to_thread(next, pieces, None)
        await response.prepare(request)
        try:
            while piece is not None:
                async with asyncio.timeout(PIECE_TIMEOUT_S):
                    await response.write(piece)
                piece = await asyncio.to_thread(next, pieces, None)
            await response.write_eof()
        except (TimeoutError, OSError) as error:
            _log.info("export not taken", request_id=request[REQUEST_ID], why=repr(error))
            _cut(request)
        except Exception:
            _log.exception("export broken off", request_id=request[REQUEST_ID])
            _cut(request)
        return response


def _cut(request: web.Request) -> None:
    """End the connection before the end of the answer, so that nobody takes it for whole."""
    if request.transport is not None:
        request.transport.abort()


def _check_parquet() -> None:
    try:
        parquet.check_installed()
    except parquet.ParquetMissing as error:
        raise ApiError("NOT_INSTALLED", str(error), field="format", given="parquet") from None
