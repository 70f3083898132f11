"""What reacts to events above the hot core, written once: expiry now, triggers and lists to come.

In: the events of commands that touched a watch, and what the core keeps of special orders.
Out: internal commands, under the sequence of the command they follow from.
Never: state of its own that a restore could lose; everything here is made again from the core.
"""
