"""Recordings played again: through an engine in this process, or into a running venue.

In: tapes, LOBSTER files, own journals; plain, .xz or .gz.
Out: a report of what agreed: fills, book rows, the digest.
Never: a special case for one recording, a repair inside the visible book.
"""
