"""One account's events, told to one connection as they happen."""

from collections.abc import Callable

import structlog

from outcry.domain.events import Event
from outcry.gateway.binance.door import BinanceDoor
from outcry.gateway.binance.user.reports import Teller

_log = structlog.get_logger("gateway")


class UserStream:
    """Follows an account until it is closed. `broken` ends the connection that cannot be told."""

    def __init__(
        self,
        door: BinanceDoor,
        account: int,
        send: Callable[[str], None],
        broken: Callable[[], None],
    ) -> None:
        self.account = account
        self._door = door
        self._send = send
        self._broken = broken
        door.users.listen(account, self._tell)

    def _tell(self, account: int, events: list[Event]) -> None:
        try:
            for text in Teller(self._door, account, events).texts():
                self._send(text)
        except Exception:  # The flow is not halted by what one client is told.
            _log.exception("internal error")
            self._broken()

    def close(self) -> None:
        """Stop following."""
        self._door.users.unlisten(self.account, self._tell)
