"""What clients ask over the native WebSocket.

In: decoded messages.
Out: their parts by name, and the operations on orders with terms.
Never: a frame.
"""
