"""`outcry`, with a log that acknowledges too early. There is no such switch in the product."""

from outcry.adapters import sqlite_log
from tests.integration.early import EarlyLog

if __name__ == "__main__":
    sqlite_log.SqliteLog = EarlyLog  # type: ignore[misc]  # before anybody imports it
    from outcry.cli import main

    main()
