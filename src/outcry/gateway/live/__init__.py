"""The WebSocket: public channels, private channels, orders.

In: frames from clients, event batches, the feed's news.
Out: replies in the order asked, events, command records.
Never: a wait for a subscriber that does not read.
"""
