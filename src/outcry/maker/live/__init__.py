"""Strategies at a running venue: events from a stream, actions as batches, a dead man's switch.

In: a strategy, a client that speaks as somebody, a market.
Out: the strategy's events in order; its orders at the venue, and none left when it ends.
Never: an order that nobody knows of, an event of a time without a connection.
"""
