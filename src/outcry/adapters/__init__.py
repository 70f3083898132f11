"""The edge: every adapter to the world, each behind a port.

In: calls of a port.
Out: effects outside the process, or values from there.
Never: a decision of the venue, knowledge of another adapter.
"""
