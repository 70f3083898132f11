"""NautilusTrader: a live node that loads instruments, follows the market, and trades."""

import asyncio
import datetime
import time
from typing import Any

from nautilus_trader.adapters.binance.common.enums import BinanceAccountType
from nautilus_trader.adapters.binance.config import (
    BinanceDataClientConfig,
    BinanceExecClientConfig,
)
from nautilus_trader.adapters.binance.factories import (
    BinanceLiveDataClientFactory,
    BinanceLiveExecClientFactory,
)
from nautilus_trader.config import InstrumentProviderConfig, LoggingConfig, TradingNodeConfig
from nautilus_trader.live.node import TradingNode
from nautilus_trader.model.data import BarType
from nautilus_trader.model.enums import OrderSide
from nautilus_trader.model.identifiers import InstrumentId, TraderId
from nautilus_trader.trading.strategy import Strategy
from plain import told, trade
from steps import Steps, need

INSTRUMENT = InstrumentId.from_str("ETHUSDT.BINANCE")
WANTED = {"quote", "trade", "deltas", "OrderAccepted", "OrderFilled", "OrderCanceled"}


class Mixed(Strategy):
    """Follows everything, places four kinds of order, cancels what rests."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[str, int] = {}
        self.trouble: list[str] = []

    def on_start(self) -> None:
        self.subscribe_quote_ticks(INSTRUMENT)
        self.subscribe_trade_ticks(INSTRUMENT)
        self.subscribe_order_book_deltas(INSTRUMENT)
        self.subscribe_bars(BarType.from_str("ETHUSDT.BINANCE-1-MINUTE-LAST-EXTERNAL"))
        self._after(3, "place", self._place)

    def _after(self, seconds: int, name: str, act: Any) -> None:
        self.clock.set_time_alert(
            name, self.clock.utc_now() + datetime.timedelta(seconds=seconds), act
        )

    def _place(self, _: Any) -> None:
        one = self.cache.instrument(INSTRUMENT)
        quantity, make = one.make_qty(0.01), self.order_factory
        buy = (INSTRUMENT, OrderSide.BUY, quantity)
        for order in (
            make.limit(*buy, one.make_price(2000.0)),
            make.limit(*buy, one.make_price(2001.0), post_only=True),
            make.market(*buy),
            make.stop_limit(
                INSTRUMENT, OrderSide.SELL, quantity, price=one.make_price(2000.0),
                trigger_price=one.make_price(2100.0),
            ),
        ):  # fmt: skip
            self.submit_order(order)
        self._after(3, "cancel", lambda _: self.cancel_all_orders(INSTRUMENT))

    def _note(self, name: str) -> None:
        self.seen[name] = self.seen.get(name, 0) + 1

    def on_quote_tick(self, _: Any) -> None:
        self._note("quote")

    def on_trade_tick(self, _: Any) -> None:
        self._note("trade")

    def on_order_book_deltas(self, _: Any) -> None:
        self._note("deltas")

    def on_order_event(self, event: Any) -> None:
        self._note(type(event).__name__)
        if type(event).__name__ in {"OrderRejected", "OrderDenied", "OrderCancelRejected"}:
            self.trouble.append(str(event))


def node_of(steps: Steps) -> TradingNode:
    trader = steps.traders[0]
    common: dict[str, Any] = {
        "api_key": trader["api_key"],
        "api_secret": trader["api_secret"],
        "account_type": BinanceAccountType.SPOT,
        "base_url_http": steps.url,
        "base_url_ws": steps.ws,
        "instrument_provider": InstrumentProviderConfig(load_all=True),
    }
    node = TradingNode(
        config=TradingNodeConfig(
            trader_id=TraderId("TESTER-001"),
            logging=LoggingConfig(log_level="ERROR", log_colors=False),
            data_clients={"BINANCE": BinanceDataClientConfig(**common)},
            exec_clients={"BINANCE": BinanceExecClientConfig(**common)},
        )
    )
    node.add_data_client_factory("BINANCE", BinanceLiveDataClientFactory)
    node.add_exec_client_factory("BINANCE", BinanceLiveExecClientFactory)
    return node


async def run(steps: Steps, node: TradingNode, strategy: Mixed) -> None:
    running = asyncio.create_task(node.run_async())
    ends, number = time.monotonic() + 15 + steps.seconds, 0
    while time.monotonic() < ends:
        await asyncio.sleep(0.5)
        number += 1
        await asyncio.to_thread(trade, steps.url, steps.traders[1], number)
    missing = WANTED - strategy.seen.keys()
    steps.step("everything was told", lambda: need(not missing, str(strategy.seen)))
    steps.step("nothing was refused", lambda: need(not strategy.trouble, str(strategy.trouble)))
    steps.step("instruments", lambda: need(len(node.cache.instruments()) == 4))
    open_orders = node.cache.orders_open()
    steps.step("nothing is open", lambda: need(not open_orders, str(open_orders)))
    [account] = node.cache.accounts()
    mine = {str(asset): str(money.as_decimal()) for asset, money in
            account.balances_total().items()}  # fmt: skip
    await asyncio.sleep(1)
    steps.facts |= told(steps.url, steps.traders)
    held = {row["asset"]: float(row["free"]) + float(row["locked"])
            for row in steps.facts["balances"][0]}  # fmt: skip
    wrong = {a: (t, held[a]) for a, t in mine.items() if abs(float(t) - held[a]) > 1e-8}
    steps.step("its balances", lambda: need(not wrong, str(wrong)))
    await node.stop_async()
    await running


def main() -> None:
    steps = Steps()
    node, strategy = node_of(steps), Mixed()
    node.trader.add_strategy(strategy)
    node.build()
    node.get_event_loop().run_until_complete(run(steps, node, strategy))
    steps.write()
    node.dispose()


if __name__ == "__main__":
    main()
