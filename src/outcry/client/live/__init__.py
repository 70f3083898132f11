"""A stream of a venue: books that are right, trades and fills of which each comes once.

In: channels to follow, messages as they arrive, what was missed as the calls tell it.
Out: typed events in order, and what to ask for.
Never: a book with a gap in it, an event twice.
"""
