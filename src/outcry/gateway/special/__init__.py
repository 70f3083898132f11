"""Orders with terms: stops, icebergs, pegs, slices, lists, and what their life is tied to.

In: orders that say more than a plain one, and the events that tell of them.
Out: command records, and the part of an answer that only such orders have.
Never: a rule of trading.
"""
