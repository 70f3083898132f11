"""The express lane: orders in their usual shape are answered without a request object for each.

In: the bytes of a connection, before the HTTP server sees them.
Out: the same answers as the calls of `native` give, at less than half the cost.
Never: a guess at where a request ends; whatever is unusual goes to the HTTP server unread.
"""
