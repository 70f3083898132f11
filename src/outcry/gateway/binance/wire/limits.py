"""The limits of all doors in Binance's words: rows, headers, refusals."""

from typing import Any

from outcry.gateway.binance.wire.errors import BinanceError
from outcry.gateway.errors import ApiError
from outcry.gateway.limits.gate import Gate, TooMuch
from outcry.gateway.limits.rates import Rate


def row(rate: Rate) -> dict[str, Any]:
    """Return a rate as `rateLimits` tell it."""
    return {
        "rateLimitType": rate.kind,
        "interval": rate.interval,
        "intervalNum": rate.intervals,
        "limit": rate.tokens,
    }


def rows(gate: Gate) -> list[dict[str, Any]]:
    """Return all rates."""
    return [row(rate) for rate in (gate.rates.ip, gate.rates.orders_10s, gate.rates.orders_1d)]


def order_rows(gate: Gate, account: int) -> list[dict[str, Any]]:
    """Return the rates of orders, and what an account has used of them."""
    rates, counts = (gate.rates.orders_10s, gate.rates.orders_1d), gate.orders_used(account)
    return [row(rate) | {"count": count} for rate, count in zip(rates, counts, strict=True)]


def used_rows(gate: Gate, address: str, account: int) -> list[dict[str, Any]]:
    """Return what a reply of the WebSocket API says of limits."""
    weight = row(gate.rates.ip) | {"count": gate.weight_used(address)}
    return [weight, *(order_rows(gate, account) if account else ())]


def of_limit(error: ApiError) -> BinanceError | None:
    """Return what a refusal by the gate is called; None where it is another refusal."""
    if not isinstance(error, TooMuch):
        return None
    rate, wait_s = error.rate, error.retry_after_s
    time = f"{rate.intervals} {rate.interval}"
    if error.until_ns:
        text = (
            f"Way too much request weight used; IP banned until {error.until_ns // 1_000_000}."
            " Please use WebSocket Streams for live updates to avoid bans."
        )
        return BinanceError(-1003, text, 418, retry_after_s=wait_s)
    if rate.kind == "ORDERS":
        text = f"Too many new orders; current limit is {rate.tokens} orders per {time}."
        return BinanceError(-1015, text, 429, retry_after_s=wait_s)
    text = (
        f"Too much request weight used; current limit is {rate.tokens} request weight per {time}."
        " Please use WebSocket Streams for live updates to avoid polling the API."
    )
    return BinanceError(-1003, text, 429, retry_after_s=wait_s)
