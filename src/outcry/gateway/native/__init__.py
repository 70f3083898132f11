"""The calls of the native API.

In: decoded requests.
Out: command records and answers.
Never: a rule of trading.
"""
