"""Strategies against recorded flow, through the real engine: what would have been filled, and when.

In: a strategy, a recording, a model of latency and fees.
Out: every fill with its queue and its cost, curves, tables, a report as one HTML file.
Never: a fill that the engine did not make, a moment before its time, money as a float.
"""

from outcry.backtest.floor import FloorSettings
from outcry.backtest.latency import Latency
from outcry.backtest.report.write import report_html
from outcry.backtest.result import BacktestResult, FillRow, Point
from outcry.backtest.run import backtest

__all__ = [
    "BacktestResult",
    "FillRow",
    "FloorSettings",
    "Latency",
    "Point",
    "backtest",
    "report_html",
]
