"""The demo venue: what it trades, and how that comes to be.

In: a venue that nobody else can use yet.
Out: commands that define, fund and quote, once; the traders' tokens, at each start.
Never: a topping-up of what was seeded before.
"""
