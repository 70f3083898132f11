"""Orders that are more than plain: what they say, how they wait, run, belong together and uncross.

In: bodies of commands, orders.
Out: what changed in orders, books and balances, told as events.
Never: a decision when something happens; that is made above the core.
"""
