"""Markets as staff sees and changes them.

In: people of risk.
Out: requests that another has to approve, and the commands that follow from them.
Never: a rule of trading; whether a market can be so is for the engine to say.
"""
