"""What every request asks of an adapter, in Cython: each class has a twin that defines it.

In: who asks for how much, and the time.
Out: what the plain twin says.
Never: the world outside this process.
"""
