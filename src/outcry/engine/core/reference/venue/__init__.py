"""The commands that name no order: accounts and money, definitions, states and modes.

In: bodies of commands.
Out: what changed in accounts and markets, told as events.
Never: a trade.
"""
