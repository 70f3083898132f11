"""The public streams, in Binance's form.

In: calls whose caller is known.
Out: JSON text.
Never: a rule of trading.
"""
