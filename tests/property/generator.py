"""Scripts of commands that visit every corner of a core; the same for the same seed.

The generator plays along on a reference core: it sees the book, so that it can cross it, and what
is open, so that it can name it. What the reference said to each command is kept with the script.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.market import AccountStatus, MarketState, VenueMode
from outcry.domain.order import Kind, OrderFlag, TimeInForce
from outcry.domain.units import DAY_NS
from outcry.engine.core.reference.core import Core
from tests.property import odd
from tests.property.opening import ACCOUNTS, START_NS, Place, filters, funds, places

STEPS_NS = (0, 0, 0, 1, 1_000, 1_000_000_000)
GTC, IOC, FOK, GTD, DAY = TimeInForce
Fields = dict[str, int]


@dataclass(slots=True)
class Script:
    """Stamped command records, and what the reference core made of each, one call a command."""

    seed: int
    opening: int
    records: list[bytes] = field(default_factory=list)
    events: list[bytes] = field(default_factory=list)
    snapshot: bytes = b""


def make_script(seed: int, length: int = 50) -> Script:
    """Return the script of a seed: an opening, then `length` commands."""
    return _Author(seed).write(length)


class _Author:
    """Writes one script."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.core = Core()
        self.time_ns = START_NS + self.random.randrange(DAY_NS)
        self.keyed: list[tuple[c.Command, int]] = []
        self.keys: dict[int, bytes] = {}
        self.script = Script(seed, 0)
        self.internal = self.random.random() < 0.1
        self.restless = self.random.random() < 0.15
        self.choices, self.weights = zip(*_WEIGHTS, strict=True)

    def write(self, length: int) -> Script:
        commands, self.places = places(self.random)
        for command in commands + funds(self.random, self.places):
            self.send(command)
        self.script.opening = len(self.script.records)
        for _ in range(length):
            self.step()
        self.script.snapshot = self.core.snapshot()
        return self.script

    def step(self) -> None:
        random = self.random
        self.time_ns += random.choice(STEPS_NS)
        if random.random() < 0.012:
            self.time_ns += random.choice((-5, DAY_NS // 3, DAY_NS - 1, DAY_NS, 2 * DAY_NS))
        if random.random() < 0.4 and (repair := self.repair()):
            self.send(repair)
            return
        write = random.choices(self.choices, self.weights)[0]
        if self.restless and random.random() < 0.3:
            write = random.choice((_Author.fees, _Author.replace_order))
        command = write(self)
        if isinstance(command, bytes):
            self.send_record(command)
            return
        if not command.key and random.random() < 0.3:
            command = replace(command, key=f"k{len(self.script.records)}")
        if random.random() < 0.02:
            command = odd.misfit(random, command)
        self.send(command)

    def send(self, command: c.Command) -> None:
        if command.key:
            self.keyed.append((command, self.time_ns))
        self.send_record(codec.encode_command(command), command)

    def send_record(self, record: bytes, command: c.Command | None = None) -> None:
        core, sequence = self.core, self.core.sequence + 1
        stamped = bytearray(record)
        if stamped[5] & codec.FLAG_INTERNAL >> 8:
            sequence -= 1
        elif self.internal and self.script.opening and self.random.random() < 0.15:
            stamped[5] |= codec.FLAG_INTERNAL >> 8
            sequence -= self.random.random() < 0.7
        elif core._opened:
            sequence -= 1
        codec.STAMP.pack_into(stamped, codec.STAMP_OFFSET, sequence, max(self.time_ns, 0))
        before = core.next_order_id
        events, _, _ = core.apply(stamped)
        self.script.records.append(bytes(stamped))
        self.script.events.append(events)
        if command and command.key and core.next_order_id > before:
            self.keys[before] = codec.key_hash(command.account, command.key)

    def repair(self) -> c.Command | None:
        """Return a command that brings something unusual back to where trading is possible."""
        if self.core.mode:
            return c.SetMode(mode=VenueMode.NORMAL)
        for market in self.core.markets.values():
            if market.state != MarketState.TRADING:
                halted = market.state == MarketState.HALTED
                state = MarketState.CLOSED if halted else MarketState.TRADING
                return c.SetState(market=market.market, state=state)
        for account in self.core.accounts.values():
            if account.status:
                return c.SetAccountStatus(account=account.account, status=AccountStatus.ACTIVE)
        return None

    # Orders

    def place_order(self) -> c.PlaceOrder:
        random = self.random
        place = random.choice(self.places)
        body = self.taker(place) if random.random() < 0.72 else self.maker(place)
        account = body.pop("account", 0) or random.choice(ACCOUNTS)
        market = place.market
        if random.random() < 0.5:
            account, market = self.unusual(account, market)
        return c.PlaceOrder(account=account, market=market, **body)

    def special_order(self) -> c.PlaceOrder:
        """Return an order that ends at a time, seldom at one that cannot be."""
        random, plain = self.random, self.place_order()
        body = {name: getattr(plain, name) for name in _ORDER_FIELDS}
        if plain.kind == Kind.LIMIT or random.random() < 0.9:
            body |= {"kind": Kind.LIMIT, "lots": plain.lots or 3, "budget_units": 0}
            body["price_ticks"] = plain.price_ticks or 5
        body["time_in_force"] = random.choice((GTD, GTD, DAY, DAY, random.choice((GTC, IOC, 5))))
        if body["time_in_force"] == GTD:
            ahead = random.choice((1, 1_000, 10**9, 10**12, DAY_NS, 2 * DAY_NS))
            body["expires_ns"] = max(0, self.time_ns) + ahead
        if random.random() < 0.06:
            if random.random() < 0.5:
                body["expires_ns"] = random.choice((0, 1, max(0, self.time_ns)))
            else:
                body[random.choice(_TERMS)] = random.choice((0, 1, 200))
        return c.PlaceSpecial(account=plain.account, market=plain.market, **body)

    def expire_order(self) -> bytes:
        """Return what ends an order, as something above the core would; seldom as a client."""
        random = self.random
        orders = self.core.special_orders() or [1]
        order_id = random.choice(orders) if random.random() < 0.9 else self.core.next_order_id
        key = "" if random.random() < 0.9 else f"k{len(self.script.records)}"
        internal = random.random() < 0.85
        return codec.encode_command(c.ExpireOrder(order_id=order_id, internal=internal, key=key))

    def unusual(self, account: int, market: int) -> tuple[int, int]:
        """Return an account and a market that may not trade, if there are any."""
        barred = [a.account for a in self.core.accounts.values() if a.status]
        shut = [m.market for m in self.core.markets.values() if m.state != MarketState.TRADING]
        return (barred or [account])[0], (shut or [market])[0]

    def taker(self, place: Place) -> Fields:
        """Return an order that crosses the book, if there is one to cross."""
        random, market = self.random, self.core.markets[place.market]
        side = random.randint(0, 1)
        if not market.sides[1 - side].keys:
            side = 1 - side
        best = market.sides[1 - side].best()
        if best is None:
            return self.maker(place)
        through = random.choice((0, 0, 0, 1, 1, 2, 4))
        price = max(1, best.price_ticks + (-through if side else through))
        lots = random.choice((1, 1, 2, 2, 3, 3, 4, best.lots, best.lots + 1, random.randint(1, 25)))
        kind, force = random.choices(*_TAKERS)[0]
        body: Fields = {"side": side, "kind": kind, "time_in_force": force}
        body["self_trade"] = self.self_trade(place)
        owner = next(iter(best.orders.values())).account.account
        strangers = [account for account in ACCOUNTS if account != owner]
        body["account"] = owner if random.random() < 0.12 else random.choice(strangers)
        if kind == Kind.LIMIT:
            return body | {"price_ticks": price, "lots": lots}
        if kind == Kind.MARKET:
            return body | {"lots": lots}
        cost = lots * best.price_ticks * market.tick_value
        budget = cost + cost * market.taker_ppm // 10**6 + random.choice((-1, 0, 1, 1, cost // 2))
        return body | {"budget_units": max(1, budget)}

    def maker(self, place: Place) -> Fields:
        """Return a limit order that will mostly rest."""
        random = self.random
        side = random.randint(0, 1)
        away = random.randint(0, 4)
        price = max(1, place.centre_ticks + (away if side else -away))
        return {
            "side": side,
            "price_ticks": price,
            "lots": random.choice((4, 6, 8, 10, 12, 14, 20, 30)),
            "flags": OrderFlag.POST_ONLY if random.random() < 0.15 else 0,
            "self_trade": self.self_trade(place),
        }

    def self_trade(self, place: Place) -> int:
        """Return a mode; NONE seldom where the market refuses it."""
        allowed = place.definition.allow_self_trade or self.random.random() < 0.02
        return self.random.randint(0, 4 if allowed else 3)

    def named(self) -> tuple[Fields, int, int]:
        """Return (names of an open order, price, open lots), seldom of a wrong one."""
        random, orders = self.random, list(self.core.orders.values())
        names: dict[str, object] = {"account": random.choice(ACCOUNTS), "order_id": 0}
        if not orders or random.random() < 0.04:
            names["order_id"] = random.choice((0, 1, self.core.next_order_id, 2**64 - 1))
            return names, 5, 5  # type: ignore[return-value]
        order = random.choice(orders)
        names["order_id"] = order.order_id
        if random.random() > 0.04:
            names["account"] = order.account.account
        if random.random() < 0.5:
            names["market"] = order.market.market if random.random() < 0.9 else 3
        if random.random() < 0.3 and order.order_id in self.keys:
            names |= {"order_id": 0, "target": self.keys[order.order_id]}
        return names, order.price_ticks, order.open_lots  # type: ignore[return-value]

    def replace_order(self) -> c.Command:
        random = self.random
        names, price, lots = self.named()
        price += random.choice((0, 0, 0, 1, -1, 2, -2, 5, -5))
        order = self.core.orders.get(names["order_id"])
        if order is not None and random.random() < 0.35:
            best = order.market.sides[1 - order.side].best()
            price, lots = (best.price_ticks if best else price), order.lots
        lots += random.choice((0, 0, -1, -2, 1, 3, -lots, 20))
        return c.ReplaceOrder(**names, price_ticks=price, lots=lots)

    def cancel_replace(self) -> c.Command:
        new = self.place_order()
        names, _, _ = self.named()
        body = {name: getattr(new, name) for name in _ORDER_FIELDS}
        names["market"] = new.market
        return c.CancelReplace(**names, mode=self.random.choice((1, 1, 2, 2, 2, 3)), **body)

    def cancel_order(self) -> c.Command:
        return c.CancelOrder(**self.named()[0])

    def reduce_order(self) -> c.Command:
        names, _, lots = self.named()
        return c.ReduceOrder(**names, lots=self.random.choice((0, 1, 1, 2, lots, lots + 1)))

    def cancel_all(self) -> c.Command:
        market, side = self.random.choice((0, 1, 2, 3, 9)), self.random.choice((0, 1, 2, 2, 3))
        return c.CancelAll(account=self.random.choice(ACCOUNTS), market=market, side=side)

    # Keys

    def again(self) -> c.Command:
        """Send a keyed command again, the same or with other content, young or at its end."""
        random = self.random
        if not self.keyed:
            return c.Tick(key="first")
        command, sent_ns = random.choice(self.keyed)
        if random.random() < 0.15:
            self.time_ns = max(self.time_ns, sent_ns + DAY_NS + random.randint(-1, 1))
        if random.random() < 0.4:
            command = replace(command, market=command.market + 1)
        return command

    # Money and administration

    def money(self) -> c.Command:
        random = self.random
        account, asset = random.choice(ACCOUNTS), random.choice((1, 2, 3, 3, 3, 9))
        available, _ = self.core.balance(account, asset)
        amount = random.choice((1, 7, 100, available, available + 1, available // 2, 0, 2**62 - 1))
        withdrawal_id = random.randint(1, self.core.next_withdrawal_id)
        failed = random.choice((0, 0, 1, 1, 2))
        return random.choice((
            c.Deposit(account=account, asset=asset, amount_units=amount),
            c.Withdraw(account=account, asset=asset, amount_units=amount),
            c.FinishWithdrawal(withdrawal_id=withdrawal_id, failed=failed),
            c.Transfer(
                account=account,
                to_account=random.choice((*ACCOUNTS, 9)),
                asset=asset,
                amount_units=amount,
                staff=random.random() < 0.7,
            ),
            c.Adjust(account=account, asset=asset, amount_units=amount * random.choice((1, -1))),
        ))  # fmt: skip

    def administration(self) -> c.Command:
        random = self.random
        place, account = random.choice(self.places), random.choice(ACCOUNTS)
        return random.choice((
            self.fees(),
            c.SetState(market=place.market, state=random.choice((0, 1, 2, 3, 4, 4, 5, 5, 6))),
            c.SetState(market=place.market, state=random.choice((0, 4, 5))),
            c.SetAccountStatus(account=account, status=random.choice((1, 2))),
            c.SetMode(mode=random.choice((0, 1, 2, 3, 4))),
            c.SetAccountStatus(account=account, status=random.choice((0, 1, 1, 2, 2, 3))),
            self.limits(place, account),
            self.definition(place),
            c.Tick(account=random.choice((0, account))),
        ))  # fmt: skip

    def fees(self) -> c.Command:
        """Return other rates for a market; orders already open keep their caps."""
        random = self.random
        place = random.choice(self.places)
        maker_ppm, taker_ppm = random.choice((*place.fees, (-5, 1), (-5, 5)))
        return c.SetFees(
            market=place.market,
            maker_ppm=maker_ppm,
            taker_ppm=taker_ppm,
            auction_ppm=random.choice((-1, -1, 0, 300_000)),
        )

    def limits(self, place: Place, account: int) -> c.Command:
        random, step = self.random, place.centre_ticks
        if random.random() < 0.3:
            total = random.choice((-1, 0, 2, 3, 5))
            return c.SetLimits(account=account, open_orders_total=total)
        return c.SetLimits(
            account=account,
            market=place.market,
            order_notional_units=random.choice((-1, -1, step * 5, step * 50)),
            open_orders=random.choice((-1, -1, 1, 3)),
            daily_notional_units=random.choice((-1, -1, step * 50, step * 500)),
        )

    def definition(self, place: Place) -> c.Command:
        random = self.random
        if random.random() < 0.2:
            return c.OpenAccount(account=random.choice((1, 5, 6, 0, 2**24)))
        if random.random() < 0.3:
            symbol = random.choice(("AAA", "NEW1", "new", "N" * 16))
            asset = random.choice((1, 7, 8, 0))
            return c.SetAsset(asset=asset, symbol=symbol, unit_decimals=2, chain_decimals=3)
        changed = replace(place.definition, **filters(random, place.centre_ticks))
        pick = random.random()
        if pick < 0.2:
            changed = replace(changed, tick_mantissa=random.choice((1, 5, 7)))
        elif pick < 0.3:
            changed = replace(changed, fee_asset=1 - changed.fee_asset)
        elif pick < 0.4:
            changed = replace(changed, market=changed.market + 1)
        elif pick < 0.5:
            changed = replace(changed, quote=random.choice((4, 9)))
        return changed

    def hostile(self) -> bytes:
        """Return a record that no gateway of ours would write."""
        return odd.broken_record(self.random, codec.encode_command(self.place_order()))


_ORDER_FIELDS = codec.COMMAND_BY_NUMBER[1].names
_TERMS = tuple(name for name in codec.COMMAND_BY_NUMBER[21].names[8:] if name != "-")
_TAKERS = (
    (
        (Kind.LIMIT, GTC),
        (Kind.LIMIT, IOC),
        (Kind.LIMIT, FOK),
        (Kind.MARKET, GTC),
        (Kind.MARKET, IOC),
        (Kind.BUDGET, GTC),
        (Kind.BUDGET, IOC),
    ),
    (40, 16, 16, 7, 7, 8, 8),
)
_WEIGHTS: tuple[tuple[Callable[[_Author], c.Command | bytes], int], ...] = (
    (_Author.place_order, 760),
    (_Author.special_order, 150),
    (_Author.expire_order, 16),
    (_Author.replace_order, 60),
    (_Author.cancel_replace, 40),
    (_Author.cancel_order, 22),
    (_Author.reduce_order, 22),
    (_Author.cancel_all, 6),
    (_Author.again, 30),
    (_Author.money, 40),
    (_Author.administration, 45),
    (_Author.hostile, 8),
)
