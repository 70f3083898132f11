"""What a venue proves: signed heads, inclusion, consistency, and what it owes.

In: queries; tiles and events of a ledger, what was published.
Out: the documents of `ledger.verify`.
Never: an account or a record of somebody else, a signature made on demand.
"""
