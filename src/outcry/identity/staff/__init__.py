"""Who works for the venue: roles, and what one of them asks and another has to approve.

In: people, what they want done and why.
Out: whether they may; requests that were approved, for whoever carries them out.
Never: an act done by one alone where money moves.
"""
