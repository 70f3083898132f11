"""What everybody may see: books, trades, candles, tickers, and the feeds made from them.

In: events, batch by batch; the state of the books once, at the start.
Out: depth, trades, candles and tickers in integers, and feed messages in decimal text.
Never: an account or order id in anything public, a clock, a guess at what was missed.
"""
