"""What orders do because something happened or a time came, written once above the hot core.

In: the events of commands that touched a watch, and what the core keeps of special orders.
Out: internal commands, under the sequence of the command they follow from.
Never: matching, money, or state that is in neither the core nor its notes.
"""
