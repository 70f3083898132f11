from collections.abc import Iterable

from outcry.domain.events import Event
from outcry.ledger.orders import Orders

def take_in(orders: Orders, events: Iterable[Event]) -> None: ...
