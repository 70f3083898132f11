"""Everything that reads bytes from outside, or from a disk: a target is one such reader.

A target's function takes any bytes. It returns where they were read or refused as documented, and
raises where they were not: that is a finding. `tests.fuzz.known` knows them all.
"""
