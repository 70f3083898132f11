"""What goes over the wire: parameters, numbers, signatures, refusals.

In: bytes as they were sent.
Out: values, or the refusal that Binance's clients know.
Never: a look into the venue.
"""
