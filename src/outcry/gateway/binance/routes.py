"""Every call of this door: its path, its name in the WebSocket API, who may make it, its weight."""

from collections.abc import Awaitable, Callable
from enum import Enum
from typing import NamedTuple

from outcry.gateway.binance.account.account import AccountCalls
from outcry.gateway.binance.account.listen_keys import ListenKeys
from outcry.gateway.binance.account.wallet import WalletCalls
from outcry.gateway.binance.door import BinanceDoor
from outcry.gateway.binance.market.book import BookCalls
from outcry.gateway.binance.market.info import InfoCalls
from outcry.gateway.binance.market.tickers import TickerCalls
from outcry.gateway.binance.orders.calls import OrderCalls
from outcry.gateway.binance.orders.change import ChangeCalls
from outcry.gateway.binance.orders.history import HistoryCalls
from outcry.gateway.binance.orders.lists import ListCalls, ListReads
from outcry.gateway.binance.wire.signing import READ, TRADE, WITHDRAW, Call

Act = Callable[[Call], Awaitable[str]]


class Needs(Enum):
    """What a call needs of its caller."""

    NOTHING = "nothing"
    KEY = "an API key"
    SIGNATURE = "a signature"


class Route(NamedTuple):
    """One call. `method` is its name in the WebSocket API, empty where it has none there."""

    verb: str
    path: str
    method: str
    act: Act
    weight: int = 1
    needs: Needs = Needs.NOTHING
    scope: str = READ
    orders: int = 0
    """How many new orders it counts as."""
    cancels: bool = False
    """Whether it may use what is reserved for cancels."""


_KEY, _SIGNED = Needs.KEY, Needs.SIGNATURE


def routes_of(door: BinanceDoor, listen_keys: ListenKeys) -> list[Route]:
    """Return all calls."""
    return [
        *_public(door),
        *_orders(door),
        *_own(door),
        *_wallet(door),
        *_listening(listen_keys),
    ]


def _public(door: BinanceDoor) -> list[Route]:
    info, book, tickers = InfoCalls(door), BookCalls(door), TickerCalls(door)
    v3 = "/api/v3"
    return [
        Route("GET", f"{v3}/ping", "ping", info.ping),
        Route("GET", f"{v3}/time", "time", info.time),
        Route("GET", f"{v3}/exchangeInfo", "exchangeInfo", info.exchange, 20),
        Route("GET", f"{v3}/depth", "depth", book.depth, 5),
        Route("GET", f"{v3}/trades", "trades.recent", book.trades, 25),
        Route("GET", f"{v3}/historicalTrades", "trades.historical", book.trades, 25),
        Route("GET", f"{v3}/aggTrades", "trades.aggregate", book.aggregates, 4),
        Route("GET", f"{v3}/klines", "klines", book.klines, 2),
        Route("GET", f"{v3}/uiKlines", "uiKlines", book.klines, 2),
        Route("GET", f"{v3}/avgPrice", "avgPrice", book.average, 2),
        Route("GET", f"{v3}/ticker/24hr", "ticker.24hr", tickers.day, 2),
        Route("GET", f"{v3}/ticker/tradingDay", "ticker.tradingDay", tickers.trading_day, 4),
        Route("GET", f"{v3}/ticker/price", "ticker.price", tickers.price, 2),
        Route("GET", f"{v3}/ticker/bookTicker", "ticker.book", tickers.book, 2),
        Route("GET", f"{v3}/ticker", "ticker", tickers.window, 4),
        Route("GET", "/sapi/v1/system/status", "", info.system),
    ]


def _orders(door: BinanceDoor) -> list[Route]:
    calls, lists = OrderCalls(door), ListCalls(door)
    change = ChangeCalls(door, calls)
    order, place = "/api/v3/order", "orderList.place"
    new = (_SIGNED, TRADE, 1)
    return [
        Route("POST", order, "order.place", calls.place, 1, *new),
        Route("POST", f"{order}/test", "order.test", calls.test, 1, _SIGNED, TRADE),
        Route("DELETE", order, "order.cancel", calls.cancel, 1, _SIGNED, TRADE, cancels=True),
        Route("POST", f"{order}/cancelReplace", "order.cancelReplace", change.cancel_replace,
              1, *new),
        Route("PUT", f"{order}/amend/keepPriority", "order.amend.keepPriority", change.amend, 4,
              _SIGNED, TRADE),
        Route("DELETE", "/api/v3/openOrders", "openOrders.cancelAll", calls.cancel_open, 1,
              _SIGNED, TRADE, cancels=True),
        Route("POST", "/api/v3/orderList/oco", f"{place}.oco", lists.oco, 1, _SIGNED, TRADE, 2),
        Route("POST", "/api/v3/orderList/oto", f"{place}.oto", lists.oto, 1, _SIGNED, TRADE, 2),
        Route("POST", "/api/v3/orderList/otoco", f"{place}.otoco", lists.otoco, 1, _SIGNED, TRADE,
              3),
        Route("POST", f"{order}/oco", place, lists.old_oco, 1, _SIGNED, TRADE, 2),
        Route("DELETE", "/api/v3/orderList", "orderList.cancel", calls.cancel_named_list, 1,
              _SIGNED, TRADE, cancels=True),
    ]  # fmt: skip


def _own(door: BinanceDoor) -> list[Route]:
    account, history = AccountCalls(door), HistoryCalls(door)
    calls, lists = OrderCalls(door), ListReads(door)
    v3 = "/api/v3"
    return [
        Route("GET", f"{v3}/order", "order.status", calls.get, 4, _SIGNED),
        Route("GET", f"{v3}/openOrders", "openOrders.status", calls.open, 6, _SIGNED),
        Route("GET", f"{v3}/allOrders", "allOrders", history.orders, 20, _SIGNED),
        Route("GET", f"{v3}/myTrades", "myTrades", history.trades, 20, _SIGNED),
        Route("GET", f"{v3}/orderList", "orderList.status", lists.get, 4, _SIGNED),
        Route("GET", f"{v3}/openOrderList", "openOrderLists.status", lists.open, 6, _SIGNED),
        Route("GET", f"{v3}/allOrderList", "allOrderLists", history.lists, 20, _SIGNED),
        Route("GET", f"{v3}/account", "account.status", account.account, 20, _SIGNED),
        Route("GET", f"{v3}/account/commission", "account.commission", account.commission, 20,
              _SIGNED),
        Route("GET", f"{v3}/rateLimit/order", "account.rateLimits.orders", account.order_counts,
              40, _SIGNED),
        Route("GET", f"{v3}/myPreventedMatches", "myPreventedMatches", account.prevented, 20,
              _SIGNED),
        Route("GET", f"{v3}/myAllocations", "myAllocations", account.prevented, 20, _SIGNED),
    ]  # fmt: skip


def _wallet(door: BinanceDoor) -> list[Route]:
    wallet = WalletCalls(door)
    capital, margin = "/sapi/v1/capital", "/sapi/v1/margin"
    return [
        Route("GET", f"{capital}/config/getall", "", wallet.coins, 10, _SIGNED),
        Route("GET", f"{capital}/deposit/address", "", wallet.address, 10, _SIGNED),
        Route("GET", f"{capital}/deposit/hisrec", "", wallet.deposits, 1, _SIGNED),
        Route("GET", f"{capital}/withdraw/history", "", wallet.withdrawals, 1, _SIGNED),
        Route("POST", f"{capital}/withdraw/apply", "", wallet.withdraw, 1, _SIGNED, WITHDRAW),
        Route("GET", "/sapi/v1/asset/tradeFee", "", wallet.fees, 1, _SIGNED),
        Route("GET", f"{margin}/allPairs", "", wallet.nothing, 1, _KEY),
        Route("GET", f"{margin}/allAssets", "", wallet.nothing, 1, _KEY),
        Route("GET", f"{margin}/isolated/allPairs", "", wallet.nothing, 10, _SIGNED),
    ]


def _listening(keys: ListenKeys) -> list[Route]:
    path = "/api/v3/userDataStream"
    return [
        Route("POST", path, "userDataStream.start", keys.create, 2, _KEY),
        Route("PUT", path, "userDataStream.ping", keys.renew, 2, _KEY),
        Route("DELETE", path, "userDataStream.stop", keys.close, 2, _KEY),
    ]
