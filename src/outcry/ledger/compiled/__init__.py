"""What every trade goes through in the ledger, in Cython: each function has a twin that defines it.

In: events, and the plain objects that keep what came of the earlier ones.
Out: the same rows and the same hashes as those of the plain twins.
Never: a rule of its own.
"""
