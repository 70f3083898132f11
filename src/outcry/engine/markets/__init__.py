"""The life of a market above the hot core: states, auctions, bands, schedules and fee tiers.

In: asked commands, events and time.
Out: internal commands, under the sequence of the command they follow from.
Never: a match or a balance; the core has them.
"""
