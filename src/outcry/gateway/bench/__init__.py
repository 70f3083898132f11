"""A bench for bots: what a venue does to its clients on a bad day, on demand. Only with `--bench`.

In: what an operator wants to go wrong, and when.
Out: delays, refusals, cut connections, gaps, another time.
Never: in a venue that was not started for it, a change of what an order does.
"""
