"""What accounts and operators read out of the ledger: orders, fills, statements, volume, exports.

In: queries, a ledger store.
Out: pages of JSON; CSV and Parquet in pieces.
Never: a row of an account that did not ask for it, a whole table in memory.
"""
