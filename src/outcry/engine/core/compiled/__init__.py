"""The compiled core: the reference's rules in Cython, one extension, `core`.

In: sequenced command records.
Out: event records and digests, byte for byte those of the reference.
Never: a rule of its own, or a Python object inside the loop.
"""
