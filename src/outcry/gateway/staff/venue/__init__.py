"""The venue as a whole, for its staff: numbers, health, mode, limits, snapshots, bots.

In: anybody of the staff to look; risk and admins to act.
Out: what the rooms know of themselves, and changes of the venue's mode.
Never: trading again by one alone where money may be wrong.
"""
