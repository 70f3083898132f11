"""The usual new order in Cython: read from its bytes and answered in bytes, for speed alone.

In: the parameters of a request, or an order as it stands.
Out: what the plain readers and writers say of it, or nothing where it is not usual.
Never: a refusal; whatever is not usual is left to those who define it.
"""
