"""What a sceptic can check alone: Merkle logs of events and trades, trees of liabilities.

In: event records, balances at a sequence.
Out: roots, heads to be signed, proofs and their verification.
Never: a key, a store or a clock of its own.
"""
