"""The deterministic engine: `apply(command) -> events`.

In: sequenced command records.
Out: event records, in order; the same on any machine.
Never: a clock, chance, disk, network, floating point.
"""
