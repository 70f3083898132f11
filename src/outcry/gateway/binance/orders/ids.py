"""Clients' own ids. Here one is unique among open orders only; in the engine a key is seen once.

The first order of an id has it as its key. The next one, once that is done, has a key of the id, a
tilde, and the sequence at which the key before was used: a chain that anybody can walk, and that
gives two requests sent at once the same key, so that only one of them is placed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex

from outcry.engine.core import Core
from outcry.gateway.binance.wire.errors import DUPLICATE
from outcry.ledger.reads.live import LiveOrders
from outcry.ledger.rows import OrderView

KEPT = 200_000


class ClientIds:
    """Which order a client's id means, and which key a new one gets."""

    def __init__(self, core: Core, orders: LiveOrders) -> None:
        self._core = core
        self._orders = orders
        self._last: dict[tuple[int, str], tuple[int, int]] = {}
        self._named: dict[int, str] = {}
        self._given: dict[tuple[int, str], int] = {}
        self._prefix = token_hex(4)
        self._count = 0
        self._lists: dict[int, str] = {}
        self._expected: dict[str, tuple[int, str, list[str]]] = {}
        self.cancelled_by: dict[int, str] = {}
        """What a client calls the request that cancels an order, until its events are told."""

    def new(self) -> str:
        """Return an id for a client that has none of its own."""
        self._count += 1
        return f"o{self._prefix}{self._count:x}"

    def key(self, account: int, client_id: str) -> str:
        """Return the key for a new order.

        Raises:
            BinanceError: -2010, an order with this id is open.
        """
        last = self._newest(account, client_id)
        if last is None and (account, client_id) not in self._given:
            return client_id
        if self._is_open(account, client_id, last):
            raise DUPLICATE()
        return client_id if last is None else f"{client_id}~{last[1]:x}"

    def key_after(self, account: int, client_id: str) -> str:
        """Return the key for an order that takes the place and the id of one that is open."""
        last = self._newest(account, client_id)
        return client_id if last is None else f"{client_id}~{last[1]:x}"

    def _is_open(self, account: int, client_id: str, last: tuple[int, int] | None) -> bool:
        given = self._given.get((account, client_id), 0)
        return any(
            order_id and self._core.order(order_id) is not None
            for order_id in (last[0] if last else 0, given)
        )

    def _newest(self, account: int, client_id: str) -> tuple[int, int] | None:
        """Return (order id, sequence) of the last use of an id."""
        place = (account, client_id)
        last = self._last.get(place)
        if last is None:
            found = self._core.find_key(account, client_id)
            if found is None:
                return None
            last = (found[0], found[2])
        while found := self._core.find_key(account, f"{client_id}~{last[1]:x}"):
            last = (found[0], found[2])
        if len(self._last) >= KEPT:
            self._last.clear()
        self._last[place] = last
        return last

    def order_id(self, account: int, client_id: str) -> int:
        """Return the newest order that a client's id means, 0 for none."""
        given = self._given.get((account, client_id), 0)
        last = self._newest(account, client_id)
        found = max(given, last[0] if last else 0)
        if found:
            return found
        if client_id.isdigit() and len(client_id) <= 18:
            view = self._orders.view(int(client_id))
            if view is not None and view.account == account and not view.key:
                return view.order_id
        # A key answers for a day; an order may be open for longer.
        for view in self._orders.open_of(account):
            if self.of(view) == client_id:
                return view.order_id
        return 0

    def name(self, account: int, order_id: int, client_id: str) -> None:
        """Remember the id of an order whose key says something else: a member of a list."""
        if len(self._named) >= KEPT:
            self._named.clear()
            self._given.clear()
        self._named[order_id] = client_id
        self._given[account, client_id] = order_id

    def of(self, view: OrderView) -> str:
        """Return the id by which a client knows an order; its number where it never had one."""
        named = self._named.get(view.order_id)
        return named or view.key.partition("~")[0] or str(view.order_id)

    # Lists: the engine knows one key of a list, and clients have an id for each of its orders

    @contextmanager
    def about_to_list(
        self, account: int, key: str, list_id: str, names: list[str]
    ) -> Iterator[None]:
        """Say what a list and its orders are called, before its events are told."""
        self._expected[key] = (account, list_id, names)
        try:
            yield
        finally:
            self._expected.pop(key, None)

    def listed(self, account: int, key: str, order_ids: tuple[int, ...]) -> None:
        """Note that a list under a key was accepted, and has these orders."""
        expected = self._expected.get(key)
        if expected is None or expected[0] != account:
            return
        _, list_id, names = expected
        if len(self._lists) >= KEPT:
            self._lists.clear()
        self._lists[order_ids[0]] = list_id
        for order_id, name in zip(order_ids, names, strict=True):
            self.name(account, order_id, name)

    def list_name(self, list_id: int, key: str) -> str:
        """Return the id by which a client knows a list."""
        return self._lists.get(list_id) or key.partition("~")[0] or str(list_id)

    def list_of(self, account: int, client_id: str) -> int:
        """Return the newest list that a client's id means, 0 for none."""
        last = self._newest(account, client_id)
        return last[0] if last else 0
