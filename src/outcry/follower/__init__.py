"""Follows a log and writes the ledger, checked.

In: the batches of a log, and what the venue says of the events it published for them.
Out: rows in a ledger store, one transaction after another, and alarms.
Never: a word in the order path, a clock or a file of its own.
"""
