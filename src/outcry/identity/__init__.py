"""Who somebody is: e-mail and password in, signed short-lived tokens out.

In: credentials or a token, the clock, the store of people.
Out: sessions; the account a token speaks for.
Never: a word about orders or money, a request, a secret in a text.
"""
