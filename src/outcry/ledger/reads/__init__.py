"""What may be asked of the ledger: fixed, parametrised reads.

In: a store, an account, a filter, a cursor.
Out: pages of what happened, newest first.
Never: a row of somebody else's account, a statement made of input.
"""
