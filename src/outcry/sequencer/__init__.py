"""One order, one log: number, time and hash for every batch before anything acts on it.

In: unstamped command records, the clock, the tail of the log.
Out: durable batches, each chained to the one before.
Never: a disk or a clock of its own, an opinion on what a command means, a second try at an append.
"""
