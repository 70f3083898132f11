"""Where money goes when it leaves, who has approved that, and the addresses that people keep.

In: what an owner asks, what staff decides, what became of the money.
Out: rows that say at every moment what has to be done next, however often it was begun.
Never: a balance; the engine holds and releases the money.
"""
