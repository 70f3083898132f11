"""What Ethereum wallets sign, and who signed it.

In: texts, typed data and signatures, as wallets make them.
Out: the address that signed, or a refusal that says what is wrong.
Never: a clock, a store, a network; a private key.
"""
