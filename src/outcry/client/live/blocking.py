"""A stream for programs without an event loop: it moves while the program waits for its next event.

There is no thread, so nothing changes behind the program's back: between two events its books stay
as they are. A program that does not come back for long is caught up with like any slow client.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from typing_extensions import Unpack

from outcry.client import answers as a
from outcry.client import calls
from outcry.client.live.book import LocalBook
from outcry.client.live.messages import Event
from outcry.client.special import answers as s
from outcry.client.special import calls as special

if TYPE_CHECKING:
    from outcry.client.awaiting import AsyncClient
    from outcry.client.live.stream import Stream

_T = TypeVar("_T")


class BlockingStream:
    """Follows channels of a venue; `for` gives what happens, from `Connected` on."""

    def __init__(self, make: "Callable[[], AsyncClient]", channels: tuple[str, ...]) -> None:
        self._make = make
        self._channels = channels
        self._runner = asyncio.Runner()
        self._closed = False
        self._client: AsyncClient | None = None
        self._stream: Stream | None = None

    def __enter__(self) -> Self:
        """Connect and follow the channels.

        Raises:
            ApiError: the venue refuses to let them be followed.
            Unreachable: nobody answers, after as many attempts as the client makes.
        """
        try:
            self._run(self._open())
        except BaseException:
            self.close()
            raise
        return self

    async def _open(self) -> None:
        self._client = self._make()
        self._stream = await self._client.stream(*self._channels).__aenter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the stream and its connection; once more does nothing."""
        if not self._closed:
            self._closed = True
            self._run(self._close())
            self._runner.close()

    async def _close(self) -> None:
        if self._stream is not None:
            await self._stream.close()
        if self._client is not None:
            await self._client.close()

    def _run(self, work: Coroutine[Any, Any, _T]) -> _T:
        return self._runner.run(work)

    def _opened(self) -> "Stream":
        assert self._stream is not None, "the stream has to be entered"
        return self._stream

    def __iter__(self) -> Iterator[Event]:
        return self

    def __next__(self) -> Event:
        """Return the next event; wait for it as long as it takes.

        Raises:
            ApiError: the venue does not let the channels be followed any more.
            NotFollowed: the stream was closed, or too much was waiting.
        """
        return self._run(self._opened().__anext__())

    def next(self, timeout_s: float) -> Event | None:
        """Return the next event; None if none comes within so long."""
        return self._run(self._soon(timeout_s))

    async def _soon(self, timeout_s: float) -> Event | None:
        try:
            async with asyncio.timeout(timeout_s):
                return await self._opened().__anext__()
        except TimeoutError:
            return None

    def book(self, market: str) -> LocalBook:
        """Return the book of a market that is followed."""
        return self._opened().book(market)

    def place(self, **order: Unpack[calls.NewOrder]) -> a.Order:
        """Place an order over the stream; where that is not certain, again with the same id."""
        return self._run(self._opened().place(**order))

    def place_list(self, **wanted: Unpack[special.NewList]) -> s.OrderList:
        """Place two or three orders that belong together over the stream."""
        return self._run(self._opened().place_list(**wanted))

    def dead_man_switch(self, timeout_ms: int) -> s.Switch:
        """Let all orders be cancelled unless this is called again in time; 0 for never."""
        return self._run(self._opened().dead_man_switch(timeout_ms))

    def cancel(self, order_id: int | None = None, *, client_order_id: str | None = None) -> a.Order:
        """Cancel an order by one of its ids."""
        return self._run(self._opened().cancel(order_id, client_order_id=client_order_id))
