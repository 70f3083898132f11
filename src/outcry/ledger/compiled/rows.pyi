from outcry.adapters.row_checks import joined as joined
from outcry.ledger.proofs.facts import event_rows as event_rows
from outcry.ledger.rows import Row

def with_checks(rows: list[Row], text_at: int) -> list[Row]: ...
