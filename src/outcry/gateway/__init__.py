"""The native API over HTTP and WebSocket: each door only translates.

In: requests and frames from outside; event batches for private channels.
Out: command records to the order entry; answers, feeds, metrics.
Never: a rule of trading, a second source of truth.
"""
