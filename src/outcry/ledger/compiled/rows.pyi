from typing import Any

from outcry.ledger.proofs.facts import event_rows as event_rows
from outcry.ledger.rows import Row

def pack(
    rows: list[Row], wide: tuple[int, ...], order_at: int, with_check: bool
) -> tuple[int, bytes, dict[int, list[Any]]]: ...
