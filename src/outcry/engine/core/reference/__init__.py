"""The reference core: plain Python that defines what the venue does.

In: sequenced command records.
Out: event records.
Never: cleverness; where a line could be faster or plainer it is plainer.
"""
