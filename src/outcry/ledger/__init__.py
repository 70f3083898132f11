"""What happened to whom, as rows: the order and fill history of every account.

In: events, batch by batch, and rows that were written before.
Out: live order views, rows for a store with the log position they belong to, and fixed reads.
Never: a database of its own choosing, a clock, a decision.
"""
