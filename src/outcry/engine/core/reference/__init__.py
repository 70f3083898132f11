"""The reference core: plain Python that defines what the venue does.

In: sequenced command records.
Out: event records.
Never: cleverness; it is fast where that costs no plainness.
"""
