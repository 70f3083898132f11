from outcry.domain.events import Event
from outcry.ledger.orders import Orders

def take_in(orders: Orders, events: list[Event]) -> None: ...
