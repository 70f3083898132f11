"""The Binance-compatible door: REST, streams and WebSocket API as Binance spot has them.

In: what such clients send, signed over the bytes as sent.
Out: command records, and answers made of engine, market data and ledger state.
Never: a rule of trading.
"""
