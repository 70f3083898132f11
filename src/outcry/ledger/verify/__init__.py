"""What a sceptic runs: proofs as the API answers them, and whether they hold.

In: documents, a key to trust, a way to check a signature.
Out: sentences that say what was shown, or why it does not verify.
Never: a store, a venue, the network.
"""
