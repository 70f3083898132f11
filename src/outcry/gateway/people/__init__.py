"""Who asks, and what people may see and change of their own: sessions, keys, factors; and staff.

In: requests with a token, or signed with an API key.
Out: the caller of each, and what of them it may do; answers.
Never: a secret told twice, a rule of trading.
"""
