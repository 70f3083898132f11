"""The venue as its staff runs it: what they see of it, and what they may do to it.

In: people with a role, in a session with a second factor.
Out: reads of every room; acts that are in the trail before they are done.
Never: money or rules that move because one of them alone wants it.
"""
