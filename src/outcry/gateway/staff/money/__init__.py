"""Money as staff works on it: withdrawals, deposits, and the ledger's report.

In: people of finance.
Out: decisions that are written down, and money that follows them.
Never: a decision about money of one's own.
"""
