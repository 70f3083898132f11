"""Lists of orders, cancel-replace, the dead man's switch.

In: what a program wants done, as texts and numbers.
Out: calls, and their answers as structs.
Never: a connection of its own.
"""
