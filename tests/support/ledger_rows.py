"""Rows of a ledger's file that somebody altered who knows how, their checksums with them."""

import sqlite3

from outcry.adapters.row_checks import COLUMN, check_of
from outcry.ledger.tables import TABLES


def seal(connection: sqlite3.Connection, name: str) -> None:
    """Give every row of a table the checksum it needs now."""
    table = TABLES[name]
    check, found = check_of(table), " AND ".join(f"{column} = ?" for column in table.key)
    places = [table.columns.index(column) for column in table.key]
    for row in connection.execute(f"SELECT {', '.join(table.columns)} FROM {name}").fetchall():
        update = f"UPDATE {name} SET {COLUMN} = ? WHERE {found}"
        connection.execute(update, (check(row), *(row[at] for at in places)))
