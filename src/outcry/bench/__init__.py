"""Measurements: the core on recorded work, and a running venue under load.

In: workload files; the address of a venue.
Out: numbers, each with what it was measured on.
Never: a result that was not checked, a clock that also times the measuring.
"""
