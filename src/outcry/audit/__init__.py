"""The audit: engine = ledger = sum of postings, proven from the log, row for row.

In: a log, snapshots, a ledger, what was published, an empty store to work in.
Out: a report that names every disagreement.
Never: a change of what it looks at, a table in memory.
"""
