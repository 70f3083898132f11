"""Money on its way out, as its owner asks for it: withdrawals, and the addresses they go to.

In: calls of people and of keys with the scope withdraw.
Out: commands that hold the money, rows that say where it goes.
Never: a withdrawal that is sent before two of the staff have approved it.
"""
