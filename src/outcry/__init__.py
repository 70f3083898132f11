"""Outcry: an exchange that anyone can run.

The flow: order -> gateway -> sequencer -> engine -> ledger, market data, settlement.
"""

__version__ = "0.1.0"
