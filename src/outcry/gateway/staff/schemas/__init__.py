"""What staff sends and is told, a file a part of the console.

In: nothing.
Out: structs that the API documents are generated from.
Never: an act.
"""
