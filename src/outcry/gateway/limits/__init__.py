"""How much anybody may ask: by address, key and account, for every door.

In: who asks, and what it weighs.
Out: nothing, or a refusal that says when to come again.
Never: an opinion on what is asked; the limits of orders and money are the engine's.
"""
