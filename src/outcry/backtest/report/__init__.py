"""The report of a backtest as one HTML file.

In: a result.
Out: HTML with its plots in it.
Never: a script, a request to anybody.
"""
