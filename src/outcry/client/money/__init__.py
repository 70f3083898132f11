"""Withdrawals and the address book, as clients ask for them.

In: what an owner wants.
Out: calls, and answers as structs.
Never: a second withdrawal where one was meant: the id that the owner gives it is the same.
"""
