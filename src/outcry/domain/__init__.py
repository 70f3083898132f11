"""The words of the venue: units, assets, markets, orders, commands, events, rejects.

In: nothing but the standard library.
Out: types, enumerations with stable numbers, and the exact arithmetic between units.
Never: input or output, time, chance, floating point.
"""
