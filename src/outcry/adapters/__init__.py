"""The edge: what touches the world, behind a port wherever a room inside needs it.

In: calls of a port; from the bootstrap, those that keep the process.
Out: effects outside the process, or values from there.
Never: a decision of the venue, knowledge of the adapter of another port.
"""
