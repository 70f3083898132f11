"""The calls about people: oneself, sessions, second factor, API keys, sub-accounts, staff.

In: what somebody wants of their own access, or staff of somebody's.
Out: calls and typed answers, as for trading.
Never: a secret kept longer than its answer.
"""
