"""HTTP/1.1 over one kept connection, for the blocking client.

In: whole requests, bytes as they arrive.
Out: whole replies.
Never: an opinion on what a reply means.
"""
