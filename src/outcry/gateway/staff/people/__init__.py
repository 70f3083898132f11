"""People and their orders, as staff sees them.

In: support, risk and admins.
Out: what is known of somebody, noted in the trail; limits, roles, orders that are cancelled.
Never: a password, a secret, or somebody's money.
"""
