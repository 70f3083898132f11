"""What is kept of people: the tables, how they came to be, and how a row is read and written.

In: a store that runs statements in transactions.
Out: rows as plain objects.
Never: a rule about who may do what; a database of its own choosing.
"""
