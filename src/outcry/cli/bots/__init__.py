"""Commands that trade: the market maker, and strategies, live or against recorded flow.

In: a venue's address or a recording, a strategy, who it trades as.
Out: orders, metrics, reports.
Never: an order left behind.
"""
