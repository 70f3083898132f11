"""One Binance door without a listener, stepped by hand, and clients that send it what they like.

With `short` usual orders take the compiled way in, else all take the one that defines it.
"""

import hmac
import re
from collections.abc import Callable, Iterator
from random import Random
from types import SimpleNamespace
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from outcry import codec
from outcry.adapters.memory_limits import MemoryLimits
from outcry.domain import commands as c
from outcry.domain.market import FeeAsset, MarketState
from outcry.engine.core import choose
from outcry.engine.engine import Engine
from outcry.gateway.binance.door import BinanceDoor
from outcry.gateway.binance.rest.express import BinanceDesk
from outcry.gateway.binance.rest.service import Rest
from outcry.gateway.binance.routes import Needs, Route
from outcry.gateway.binance.symbols import Form
from outcry.gateway.binance.wire.signing import TRADE
from outcry.gateway.express.head import BINANCE_ORDER, Head
from outcry.gateway.http import Wrapper
from outcry.gateway.limits.gate import Gate
from outcry.gateway.limits.rates import LimitSettings
from outcry.gateway.special.known import Specials
from outcry.identity.api_keys import ApiKey, ip_network
from outcry.ledger.reads.live import LiveOrders
from outcry.marketdata.registry import Registry
from tests.support.flow import Flow

MINUTE_NS = 60_000_000_000
ACCOUNTS = (1, 2, 3)
SECRET = b"s" * 64
KEYS = {
    key.key: key
    for key in (
        *(
            ApiKey(f"key-{n}", n, "hmac", frozenset({"read", TRADE}), (), None, False, n, SECRET)
            for n in ACCOUNTS
        ),
        ApiKey("reads", 1, "hmac", frozenset({"read"}), (), None, revoked=False, secret=SECRET),
        ApiKey("ended", 1, "hmac", frozenset({TRADE}), (), 1, revoked=False, secret=SECRET),
        ApiKey("revoked", 1, "hmac", frozenset({TRADE}), (), None, revoked=True, secret=SECRET),
        ApiKey(
            "at home", 2, "hmac", frozenset({TRADE}), (ip_network("192.0.2.0/24"),), None,
            revoked=False, secret=SECRET,
        ),
        ApiKey(
            "signs", 3, "ed25519", frozenset({TRADE}), (), None, revoked=False,
            public_key=Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key(),
        ),
    )
}  # fmt: skip
MARKETS = (
    c.SetMarket(
        market=1, symbol="BTC_USDT", base=1, quote=2, tick_mantissa=1, tick_decimals=2,
        lot_units=10_000, fee_asset=FeeAsset.RECEIVED, min_lots=2, max_lots=100_000,
        market_max_lots=50_000, min_notional_units=5_000_000,
    ),
    c.SetMarket(
        market=2, symbol="TATA_INR", base=4, quote=3, tick_mantissa=5, tick_decimals=2, lot_units=1
    ),
    c.SetMarket(
        market=3, symbol="WEI_INR", base=5, quote=3, tick_mantissa=25, tick_decimals=0,
        lot_units=1_000_000,
    ),
)  # fmt: skip


def opening() -> list[bytes]:
    """Return the commands that define three markets and fund three accounts."""
    assets = ((1, "BTC", 8), (2, "USDT", 6), (3, "INR", 4), (4, "TATA", 0), (5, "WEI", 18))
    commands: list[c.Command] = [
        c.SetAsset(asset=number, symbol=symbol, unit_decimals=decimals, chain_decimals=decimals)
        for number, symbol, decimals in assets
    ]
    commands += MARKETS
    for market, maker_ppm in ((1, 200), (2, -50), (3, 0)):
        commands.append(c.SetFees(market=market, maker_ppm=maker_ppm, taker_ppm=500))
        commands.append(c.SetState(market=market, state=MarketState.TRADING))
    for account in ACCOUNTS:
        commands.append(c.OpenAccount(account=account))
        for number, _, decimals in assets:
            amount = min(10**6 * 10**decimals, 10**17)
            commands.append(c.Deposit(account=account, asset=number, amount_units=amount))
    return [codec.encode_command(command) for command in commands]


class World:
    """A door and all that is behind it."""

    def __init__(self, *, short: bool, settings: LimitSettings, core: str = "reference") -> None:
        self.registry, self.orders, self.specials = Registry(), LiveOrders(), Specials()
        self.flow = Flow(
            engine=Engine(choose(core)()), readers=[self.registry, self.orders, self.specials]
        )
        self.flow.submit(*opening())
        self.flow.run()
        self.limits = MemoryLimits()
        self.gate = Gate(self.limits, self.flow.clock, settings, development=False)
        services = SimpleNamespace(
            engine=self.flow.engine,
            clock=self.flow.clock,
            binance=SimpleNamespace(users=None),
            registry=self.registry,
            identity=SimpleNamespace(api_key=KEYS.get),
            orders=self.orders,
            specials=self.specials,
            gate=self.gate,
            entry=self,
        )
        self.door = BinanceDoor(cast(Any, services))
        self.door.ids._prefix = "ours"
        wrapper = Wrapper(development=True)
        wrapper._prefix = "id"
        self.wrapper = wrapper
        route = Route(
            "POST", "/api/v3/order", "order.place", cast(Any, None), 1, Needs.SIGNATURE, TRADE, 1
        )
        self.desk = BinanceDesk(Rest(self.door), route, wrapper, cast(Any, None))
        self.taken = 0
        usual = self.desk.usual
        if not short:
            self.desk.usual = None
        elif usual is not None:
            cast(Any, usual).take = self._counted(usual.take)
        self.records: list[bytes] = []
        self.answers: list[bytes] = []

    def _counted(self, take: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*given: object) -> Any:
            found = take(*given)
            self.taken += found is not None
            return found

        return counted

    def submit(self, record: bytes, count: int, done: Any, *, reserve: bool = False) -> None:
        """Send a record into the flow, as its pipeline would."""
        self.flow.pipeline.submit(record, count, done, reserve=reserve)
        self.records.append(record)

    def send(self, query: bytes, body: bytes, token: str, address: str) -> None:
        """Take a request in; its answer ends up in `answers`, without the second it was made."""
        head = Head(BINANCE_ORDER, len(body), token, "", query)
        self.desk.serve(head, body, address, self._answered)

    def _answered(self, whole: bytes) -> None:
        self.answers.append(re.sub(rb"Date: [^\r]*\r\n", b"", whole))

    def state(self) -> dict[str, Any]:
        """Return what requests leave behind."""
        buckets = self.limits._buckets.values()
        ids = self.door.ids
        return {
            "records": self.records,
            "answers": self.answers,
            "counts": {bucket.name: bucket.known() for bucket in buckets},
            "shut out": self.limits._shut_out,
            "refusals": (self.gate.refusals, self.gate.shut_outs),
            # What it has looked up is remembered too, and may differ: it is true either way.
            "ids": (ids._count, ids._given, ids._named),
            "told": (self.wrapper._count, self.wrapper.answers),
            "digest": self.flow.engine.digest(),
        }


def binance_form() -> Form:
    """Return the market of bitcoins as the door knows it."""
    return World(short=False, settings=LimitSettings()).door.symbols.form("BTCUSDT")


# What clients send

ODD: dict[str, tuple[str, ...]] = {
    "symbol": ("btcusdt", "BTC_USDT", "NONE", "BTCUSD\u00e9", "", "BTCUSDT "),
    "side": ("buy", "BOTH", "", "SELL%20"),
    "type": ("limit", "STOP_LOSS", "STOP_LOSS_LIMIT", "", "LIMIT_MAKE"),
    "timeInForce": ("GTX", "gtc", "", "GTCC"),
    "quantity": ("0", "0.0", "1e5", "-1", "1.", ".5", "", "0.00015", "1" * 21, "9" * 19, "007",
                 "0.001000000000000000000", "0.000000001", "1" * 20 + "." + "0" * 21, "+1", "１"),
    "price": ("0", "1e3", "-5", "", "100.001", "100.0000000000", "9" * 18, "4611686018427387904",
              "0" * 19 + "5", "0" * 20 + "5", "5." + "0" * 20, "5,5", "NaN"),
    "newClientOrderId": ("", "x" * 37, "a b", "a~1", "a%2Fb", "a+b", "é", "a=b", "a;b", "ours1"),
    "newOrderRespType": ("full", "", "NONE"),
    "recvWindow": ("", "0", "60001", "5000.5", "abc", "1234567890", "-1", "060000", "4999.123"),
    "timestamp": ("", "0", "abc", "-5", "9" * 13, "9" * 16, "9" * 20, "1" * 21, "0" * 5),
    "quoteOrderQty": ("", "0", "1e2", "10.1234567", "-5"),
    "stopPrice": ("", "100"),
    "icebergQty": ("", "0", "0.0010"),
    "selfTradePreventionMode": ("EXPIRE_MAKER", "NONE", "OFF", "EXPIRE_TAKER", ""),
    "unknown": ("1", "", "a=b"),
    "strategyId": ("7",),
}  # fmt: skip


class Client:
    """Sends usual requests, and ones with something odd in them, as chance has it."""

    def __init__(self, random: Random, now_ns: Callable[[], int]) -> None:
        self.random = random
        self.now_ns = now_ns
        self._number = 0

    def _usual(self) -> list[tuple[str, str]]:
        random = self.random
        symbol, price, quantity = random.choice((
            ("BTCUSDT", f"{random.randint(9_990, 10_010)}.{random.randint(0, 9)}", "0.0100"),
            ("BTCUSDT", f"{random.randint(9_998, 10_002)}.00", f"0.{random.randint(1, 99):04}"),
            ("TATAINR", f"{random.randint(99, 101)}.{random.choice(('05', '1', '50'))}", "3"),
            ("TATAINR", "100.00000000", f"{random.randint(1, 20)}.0"),
            ("WEIINR", f"{25 * random.randint(1, 3)}", "0.000000000002"),
        ))  # fmt: skip
        kind = random.choice(("LIMIT", "LIMIT", "LIMIT", "LIMIT_MAKER", "MARKET"))
        found = [("symbol", symbol), ("side", random.choice(("BUY", "SELL"))), ("type", kind)]
        if kind == "MARKET" and random.random() < 0.3:
            found.append(("quoteOrderQty", random.choice(("50", "300.5", "7.25000000"))))
        else:
            found.append(("quantity", quantity))
        if kind != "MARKET":
            found.append(("price", price))
        if kind == "LIMIT" or (kind == "LIMIT_MAKER" and random.random() < 0.1):
            found.append(("timeInForce", random.choice(("GTC", "GTC", "GTC", "IOC", "FOK"))))
        if random.random() < 0.7:
            self._number += 1
            name = random.choice((f"mine-{self._number}", f"Again:{random.randint(1, 9)}"))
            found.append(("newClientOrderId", name))
        if random.random() < 0.4:
            found.append(("newOrderRespType", random.choice(("ACK", "RESULT", "FULL"))))
        if random.random() < 0.5:
            found.append(("recvWindow", random.choice(("5000", "60000", "1", "1000"))))
        sent_ns = self.now_ns() + random.choice((0, 0, 0, 0, -1, 1, -(10**6), 10**6, 999_999_999))
        found.append(("timestamp", str(sent_ns // random.choice((1_000, 10**6, 10**6)))))
        if random.random() < 0.5:
            random.shuffle(found)
        return found

    def _odd(self, found: list[tuple[str, str]]) -> None:
        random = self.random
        place = random.randrange(len(found))
        match random.randrange(6):
            case 0:
                del found[place]
            case 1:
                found.append(random.choice((found[place], (found[place][0], "1"))))
            case 2:
                name = random.choice(list(ODD))
                found.insert(place, (name, random.choice(ODD[name])))
            case 3:
                sent_ns = self.now_ns() + random.choice((10**9, -5 * 10**9, -(10**9), 10**12))
                found[:] = [(n, v) for n, v in found if n != "timestamp"]
                found.append(("timestamp", str(sent_ns // 10**6)))
            case _:
                name = found[place][0]
                found[place] = (name, random.choice(ODD[name]))

    def _signed(self, payload: bytes) -> bytes:
        random = self.random
        signature = hmac.digest(SECRET, payload, "sha256").hex().encode()
        if random.random() < 0.1:
            signature = random.choice((
                signature.upper(), signature[:-1], signature[:-1] + b"g", b"", b"0" * 64,
                signature + b"0", b"%61" + signature,
            ))  # fmt: skip
        signed = payload + b"&signature=" + signature
        match random.randrange(40):
            case 0:
                signed = b"signature=" + signature + b"&" + payload
            case 1:
                signed = payload
            case 2:
                place = random.randrange(len(signed))
                signed = signed[:place] + random.randbytes(1) + signed[place + 1 :]
            case 3:
                signed = signed[: random.randrange(len(signed))]
            case 4:
                signed += random.choice((b"&", b"&x=1", b"&signature=" + signature))
        return signed

    def request(self) -> tuple[bytes, bytes, str, str]:
        """Return the query, the body, the key's name and the address of a request."""
        random = self.random
        found = self._usual()
        while random.random() < 0.35:
            if found:
                self._odd(found)
        signed = self._signed("&".join(f"{name}={value}" for name, value in found).encode())
        query, body = (signed, b"") if random.random() < 0.5 else (b"", signed)
        if random.random() < 0.05:
            cut = random.randrange(len(signed) + 1)
            query, body = signed[:cut], signed[cut:]
        token = f"key-{random.choice(ACCOUNTS)}"
        if random.random() < 0.08:
            token = random.choice((*KEYS, "", "nobody", "k" * 129))
        address = random.choice(("192.0.2.1", "192.0.2.1", "198.51.100.7", "2001:db8::1"))
        return query, body, token, address


def venue_commands(random: Random) -> Iterator[bytes]:
    """Yield what staff may do meanwhile: rules, fees and states of a market change."""
    market = random.choice(MARKETS)
    match random.randrange(4):
        case 0:
            state = random.choice((MarketState.HALTED, MarketState.CANCEL_ONLY))
            yield codec.encode_command(c.SetState(market=market.market, state=state))
        case 1:
            yield codec.encode_command(c.SetFees(market=market.market, maker_ppm=7, taker_ppm=9))
        case _:
            for number in (1, 2, 3):
                command = c.SetState(market=number, state=MarketState.TRADING)
                yield codec.encode_command(command)
