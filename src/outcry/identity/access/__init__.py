"""Who is let in, and for how long: sessions, guesses that are stopped, the second factor.

In: attempts and their origin; the clock; the store of people.
Out: sessions, and that they have ended; refusals.
Never: a password kept, an act without an entry in the trail.
"""
