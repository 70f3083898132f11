"""Reads the commands of a transcript: one a line, in words.

    alice buy 5 @ 100 ioc key k1 as a1      alice cancel a1 | alice cancel 'k1' | alice cancel #7
    alice sell 5 at market                  alice reduce a1 by 2
    alice buy for 500 USD                   alice replace a1 5 @ 101
    alice cancel all sells in BTC_USD       alice cancel a1 then [anyway] buy 5 @ 101
    alice withdraw 5 BTC                    alice transfer 5 BTC to bob [staff]
    alice buy 5 @ 100 until 2h              alice buy 5 @ 100 day
    alice sell 5 @ 99 stop 100              alice sell 5 at market take 110
    alice sell 5 @ 90 trail 20000 [from 105]
    alice buy 50 @ 100 show 10              alice buy 5 @ 100 post-only slide
    alice buy 5 @ 101 peg mid [offset -2]   alice buy 50 @ 101 slices 5 every 60s
    alice oco: sell 5 @ 110 as a1 | sell 5 @ 94 stop 95 as a2
    alice oto: buy 5 @ 100 as a1 | sell 5 @ 110 as a2       alice otoco: ... | ... | ...

`until` counts from the beginning of the transcript. Sizes are lots, prices and amounts decimals,
a trail is in ppm, an offset in ticks. `key` is the client's order id, `session` and `api-key` what
an order is tied to, `as` a name for this transcript only. The venue's own commands are at the end.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.market import AccountStatus, FeeAsset, MarketState, VenueMode
from outcry.domain.order import (
    BOTH_SIDES,
    Kind,
    ListKind,
    OrderFlag,
    Peg,
    Scope,
    SelfTrade,
    Side,
    TimeInForce,
    Trigger,
)

START_NS = 1_700_000_000_000_000_000
"""When every transcript begins: 2023-11-14 22:13:20 UTC."""
SPANS_NS = {
    "ns": 1,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
    "d": 86_400 * 10**9,
}
LISTS = {"oco": ListKind.OCO, "oto": ListKind.OTO, "otoco": ListKind.OTOCO}
SELF_TRADE = {
    "taker": SelfTrade.EXPIRE_TAKER,
    "maker": SelfTrade.EXPIRE_MAKER,
    "both": SelfTrade.EXPIRE_BOTH,
    "decrement": SelfTrade.DECREMENT,
    "none": SelfTrade.NONE,
}
Words = dict[str, Any]


@dataclass(slots=True)
class Names:
    """What the words of a transcript stand for."""

    accounts: dict[str, int] = field(default_factory=dict)
    assets: dict[str, tuple[int, int]] = field(default_factory=dict)
    markets: dict[str, c.SetMarket] = field(default_factory=dict)
    orders: dict[str, int] = field(default_factory=dict)
    owners: dict[int, int] = field(default_factory=dict)

    def account(self, name: str) -> int:
        """Return an account's id; names are numbered as they come."""
        return self.accounts.setdefault(name, len(self.accounts) + 1)

    def market(self, name: str | None) -> int:
        """Return a market's id; the first market if none is named, 99 for a stranger."""
        if name is None:
            return 1 if self.markets else 99
        return self.markets[name].market if name in self.markets else 99

    def amount(self, text: str, asset: str) -> tuple[int, int]:
        """Return (asset id, units) of an amount as people write it."""
        number, decimals = self.assets.get(asset, (99, 0))
        return number, int(Decimal(text.replace("_", "")) * 10**decimals)

    def ticks(self, price: str, market: int) -> int:
        """Return a price in ticks."""
        definition = next((m for m in self.markets.values() if m.market == market), None)
        if definition is None:
            return int(Decimal(price))
        tick = Decimal(definition.tick_mantissa).scaleb(-definition.tick_decimals)
        ticks = Decimal(price) / tick
        assert ticks == int(ticks), f"{price} is no whole number of ticks"
        return int(ticks)

    def order(self, name: str, account: int) -> Words:
        """Return how a command names an order: by name, by #id, or by 'key'."""
        if name.startswith("'"):
            return {"target": codec.key_hash(account, name.strip("'"))}
        return {"order_id": int(name[1:]) if name.startswith("#") else self.orders[name]}


_OPTIONS = re.compile(
    r"\s+(?:(ioc|fok|day|post-only|slide|staff)|(stp|key|as|in|until|stop|take|trail|from|show|peg"
    r"|offset|slices|every|session|api-key) (\S+))(?=\s|$)"
)


_LIST = re.compile(r"(\w+) ([\w '-]+): (.+)")


def span_ns(text: str) -> int:
    """Return a span such as `90s` or `2h` in ns."""
    number, span = re.fullmatch(r"(\d+)([a-z]+)", text).groups()  # type: ignore[union-attr]
    return int(number) * SPANS_NS[span]


def _options(line: str) -> tuple[str, dict[str, str]]:
    """Return a sentence without the options at its end, and these."""
    body, options = line, dict[str, str]()
    while found := list(_OPTIONS.finditer(body)):
        last = found[-1]
        if last.end() != len(body):
            break
        options[last[2] or last[1]] = last[3] or last[1]
        body = body[: last.start()]
    return body, options


@dataclass(slots=True)
class Sentence:
    """A command and what the transcript calls the orders it places."""

    command: c.Command
    labels: list[str] = field(default_factory=list)


class Speaker:
    """Turns lines into commands."""

    def __init__(self, names: Names) -> None:
        self.names = names

    def say(self, line: str) -> Sentence:
        """Return the command of a line."""
        if found := _LIST.fullmatch(line):
            return self.list(found)
        body, options = _options(line)
        for pattern, make in (*_SENTENCES, *_OF_THE_VENUE):
            if match := pattern.fullmatch(body):
                command = make(self, match, options)
                return Sentence(command, [options["as"]] if "as" in options else [])
        raise AssertionError(f"not understood: {line}")

    def list(self, found: re.Match[str]) -> Sentence:
        """Return the command of a list; its options stand before the colon."""
        body, options = _options(found[2])
        assert body in LISTS, f"no kind of list: {body}"
        header = self.header(found[1], options)
        market = header.setdefault("market", self.names.market(None))
        members, labels = [], []
        for part in found[3].split("|"):
            text, own = _options(part.strip())
            words = self.order("", text, own, market)
            members.append(c.Member(**{k: v for k, v in words.items() if k != "market"}))
            labels.append(own.get("as", ""))
        command = c.PlaceList(**header, list_kind=LISTS[body], members=tuple(members))
        return Sentence(command, labels)

    def header(self, account: str, options: dict[str, str]) -> Words:
        words: Words = {"account": self.names.account(account)} if account else {}
        if "key" in options:
            words["key"] = options["key"]
        if "staff" in options:
            words["staff"] = True
        if "in" in options:
            words["market"] = self.names.market(options["in"])
        return words

    def order(self, account: str, text: str, options: dict[str, str], market: int = 0) -> Words:
        """Return the fields of an order: side, kind, price, size and options."""
        words = self.header(account, options)
        market = words.setdefault("market", market or self.names.market(None))
        side, *rest = text.split()
        words["side"] = Side[side.upper()]
        if rest[0] == "for":
            words |= {"kind": Kind.BUDGET, "budget_units": self.names.amount(*rest[1:3])[1]}
        elif rest[1:] == ["at", "market"]:
            words |= {"kind": Kind.MARKET, "lots": int(rest[0])}
        else:
            words |= {"lots": int(rest[0]), "price_ticks": self.names.ticks(rest[2], market)}
        for force in ("ioc", "fok", "day"):
            if force in options:
                words["time_in_force"] = TimeInForce[force.upper()]
        if "until" in options:
            words["time_in_force"] = TimeInForce.GTD
            words["expires_ns"] = START_NS + span_ns(options["until"])
        words["flags"] = OrderFlag.POST_ONLY if "post-only" in options else 0
        words["flags"] |= OrderFlag.SLIDE if "slide" in options else 0
        words["self_trade"] = SELF_TRADE[options.get("stp", "taker")]
        return words | self.terms(options, market)

    def terms(self, options: dict[str, str], market: int) -> Words:
        """Return what makes an order special."""
        words: Words = {}
        for name, trigger in (("stop", Trigger.STOP), ("take", Trigger.TAKE)):
            if name in options:
                ticks = self.names.ticks(options[name], market)
                words |= {"trigger": trigger, "trigger_ticks": ticks}
        if "trail" in options:
            start = self.names.ticks(options["from"], market) if "from" in options else 0
            ppm = int(options["trail"])
            words |= {"trigger": Trigger.TRAIL, "trail_ppm": ppm, "trigger_ticks": start}
        if "peg" in options:
            words["peg"] = Peg[options["peg"].upper()]
        if "every" in options:
            words["interval_ns"] = span_ns(options["every"])
        for option, name in (
            ("show", "display_lots"), ("offset", "peg_offset_ticks"), ("slices", "slices"),
            ("session", "session"), ("api-key", "api_key"),
        ):  # fmt: skip
            if option in options:
                words[name] = int(options[option])
        return words

    def place(self, m: re.Match[str], options: dict[str, str]) -> c.Command:
        words = self.order(m[1], m[2], options)
        special = words.get("time_in_force", 0) >= TimeInForce.GTD or bool(
            words.keys() & {"trigger", "peg", "slices", "display_lots", "session", "api_key"}
            or words["flags"] & OrderFlag.SLIDE
        )
        return c.PlaceSpecial(**words) if special else c.PlaceOrder(**words)

    def cancel(self, m: re.Match[str], options: dict[str, str]) -> c.Command:
        words = self.header(m[1], options)
        return c.CancelOrder(**words, **self.names.order(m[2], words["account"]))

    def cancel_then(self, m: re.Match[str], options: dict[str, str]) -> c.Command:
        words = self.order(m[1], m[4], options)
        named = self.names.order(m[2], words["account"])
        return c.CancelReplace(**words, **named, mode=2 if m[3] else 1)

    def cancel_all(self, m: re.Match[str], options: dict[str, str]) -> c.Command:
        side = {"buys": Side.BUY, "sells": Side.SELL}.get(m[2] or "", BOTH_SIDES)
        return c.CancelAll(**self.header(m[1], options), side=side)

    def reduce(self, m: re.Match[str], options: dict[str, str]) -> c.Command:
        words = self.header(m[1], options)
        named = self.names.order(m[2], words["account"])
        return c.ReduceOrder(**words, **named, lots=int(m[3]))

    def replace(self, m: re.Match[str], options: dict[str, str]) -> c.Command:
        words = self.header(m[1], options)
        price = self.names.ticks(m[4], words.get("market", 1))
        named = self.names.order(m[2], words["account"])
        return c.ReplaceOrder(**words, **named, lots=int(m[3]), price_ticks=price)

    def open(self, m: re.Match[str], options: dict[str, str]) -> c.Command:
        parent = self.names.account(m[2]) if m[2] else 0
        return c.OpenAccount(**self.header(m[1], options), parent=parent)

    def deposit(self, m: re.Match[str], options: dict[str, str]) -> c.Command:
        asset, units = self.names.amount(m[2], m[3])
        words = self.header(m[1], options)
        return c.Deposit(**words, asset=asset, amount_units=units)

    def withdraw(self, m: re.Match[str], options: dict[str, str]) -> c.Command:
        asset, units = self.names.amount(m[2], m[3])
        return c.Withdraw(**self.header(m[1], options), asset=asset, amount_units=units)

    def finish(self, m: re.Match[str], options: dict[str, str]) -> c.Command:
        return c.FinishWithdrawal(
            **self.header("", options), withdrawal_id=int(m[1]), failed=int(m[2] == "failed")
        )

    def transfer(self, m: re.Match[str], options: dict[str, str]) -> c.Command:
        asset, units = self.names.amount(m[2], m[3])
        to_account = self.names.account(m[4])
        words = self.header(m[1], options)
        return c.Transfer(**words, to_account=to_account, asset=asset, amount_units=units)

    def adjust(self, m: re.Match[str], options: dict[str, str]) -> c.Command:
        asset, units = self.names.amount(m[2], m[3])
        return c.Adjust(**self.header(m[1], options), asset=asset, amount_units=units)

    def asset(self, m: re.Match[str], options: dict[str, str]) -> c.Command:
        decimals = int(m[2])
        number, _ = self.names.assets.get(m[1], (len(self.names.assets) + 1, decimals))
        chain = int(m[3] or decimals)
        return c.SetAsset(
            **self.header("", options),
            asset=number,
            symbol=m[1],
            unit_decimals=decimals,
            chain_decimals=chain,
        )

    def market(self, m: re.Match[str], options: dict[str, str]) -> c.Command:
        symbol, numbers = m[1], dict[str, int]()
        for name, value in re.findall(r"(\w+)=(-?\d+)", m[4]):
            numbers[name] = int(value)
        base, quote = numbers.pop("base", 0), numbers.pop("quote", 0)
        known = [self.names.assets.get(part, (99, 0))[0] for part in symbol.split("_")]
        tick = Decimal(m[2])
        decimals = max(0, -int(tick.as_tuple().exponent))
        market_id = numbers.pop("id", self.names.markets[symbol].market
                                if symbol in self.names.markets
                                else len(self.names.markets) + 1)  # fmt: skip
        return c.SetMarket(
            market=market_id,
            symbol=symbol,
            base=base or known[0],
            quote=quote or known[-1],
            tick_mantissa=int(tick.scaleb(decimals)),
            tick_decimals=decimals,
            lot_units=int(m[3]),
            fee_asset=FeeAsset.RECEIVED if "received" in m[4] else FeeAsset.QUOTE,
            allow_self_trade=int("alone" in m[4]),
            **numbers,
        )

    def fees(self, m: re.Match[str], options: dict[str, str]) -> c.Command:
        return c.SetFees(
            market=self.names.market(m[1]),
            maker_ppm=int(m[2]),
            taker_ppm=int(m[3]),
            auction_ppm=int(m[4] or -1),
        )

    def limits(self, m: re.Match[str], options: dict[str, str]) -> c.Command:
        words = self.header(m[1], options)
        short = {
            "notional": "order_notional_units",
            "open": "open_orders",
            "daily": "daily_notional_units",
            "total": "open_orders_total",
            "stops": "stop_orders",
            "position": "position_units",
        }
        found = re.findall(r"(\w+)=(-?\d+)", m[2])
        return c.SetLimits(**words, **{short[name]: int(value) for name, value in found})

    def state(self, m: re.Match[str], options: dict[str, str]) -> c.Command:
        market = self.names.market(m[1])
        ticks = self.names.ticks(m[3], market) if m[3] else 0
        return c.SetState(
            **self.header("", options) | {"market": market},
            state=MarketState[m[2].upper()],
            reference_ticks=ticks,
        )

    def mode(self, m: re.Match[str], options: dict[str, str]) -> c.Command:
        return c.SetMode(mode=VenueMode[m[1].upper()])

    def status(self, m: re.Match[str], options: dict[str, str]) -> c.Command:
        return c.SetAccountStatus(
            account=self.names.account(m[1]), status=AccountStatus[m[2].upper()]
        )

    def tick(self, m: re.Match[str], options: dict[str, str]) -> c.Command:
        return c.Tick(**self.header("", options))


_ORDER = r"((?:buy|sell) (?:-?\d+ @ [\d.]+|-?\d+ at market|for [\d._]+ \w+))"
_NAME = r"('\S+'|#\d+|\w+)"
_AMOUNT = r"(-?[\d._]+) (\w+)"
Make = Callable[[Speaker, re.Match[str], dict[str, str]], c.Command]
_SENTENCES: tuple[tuple[re.Pattern[str], Make], ...] = tuple(
    (re.compile(pattern), make)
    for pattern, make in (
        (rf"(\w+) {_ORDER}", Speaker.place),
        (r"(\w+) cancel all(?: (buys|sells))?", Speaker.cancel_all),
        (rf"(\w+) cancel {_NAME} then( anyway)? {_ORDER}", Speaker.cancel_then),
        (rf"(\w+) cancel {_NAME}", Speaker.cancel),
        (rf"(\w+) reduce {_NAME} by (-?\d+)", Speaker.reduce),
        (rf"(\w+) replace {_NAME} (-?\d+) @ ([\d.]+)", Speaker.replace),
        (r"open (\w+)(?: under (\w+))?", Speaker.open),
        (rf"deposit (\w+) {_AMOUNT}", Speaker.deposit),
        (rf"(\w+) withdraw {_AMOUNT}", Speaker.withdraw),
        (r"withdrawal (\d+) (final|failed)", Speaker.finish),
        (rf"(\w+) transfer {_AMOUNT} to (\w+)", Speaker.transfer),
        (rf"adjust (\w+) {_AMOUNT}", Speaker.adjust),
        (r"asset (\w+) (\d+)(?: of (\d+))?", Speaker.asset),
        (r"market (\w+) tick ([\d.]+) lot (\d+)(.*)", Speaker.market),
        (r"fees (\w+) (-?\d+) (-?\d+)(?: (-?\d+))?", Speaker.fees),
        (r"limits (\w+)((?: \w+=-?\d+)+)", Speaker.limits),
        (r"state (\w+) (\w+)(?: at ([\d.]+))?", Speaker.state),
        (r"mode (\w+)", Speaker.mode),
        (r"status (\w+) (\w+)", Speaker.status),
        (r"tick", Speaker.tick),
    )
)


# What the venue alone says: rules, tiers, plans of the day, switches and sessions.


def _numbers(text: str) -> dict[str, str]:
    return dict(re.findall(r"(\w+)=(\S+)", text))


def _rules(speaker: Speaker, m: re.Match[str], _options: dict[str, str]) -> c.Command:
    said = _numbers(m[2])
    ppm = {f"{name}_ppm": int(v) for name, v in said.items() if v.isdigit() and name != "on_band"}
    spans = {f"{name}_ns": span_ns(v) for name, v in said.items() if not v.isdigit()}
    if "per" in said:
        spans["window_ns"] = spans.pop("per_ns")
    on_band = int(m[2].endswith(" halting"))
    return c.SetRules(market=speaker.names.market(m[1]), **ppm, **spans, on_band=on_band)


def _tiers(speaker: Speaker, m: re.Match[str], _options: dict[str, str]) -> c.Command:
    rows = re.findall(r"(\d+):(-?\d+)/(-?\d+)", m[2])
    tiers = tuple(tuple(int(word) for word in row) for row in rows)
    return c.SetTiers(market=speaker.names.market(m[1]), tiers=tiers)


def _own_fees(speaker: Speaker, m: re.Match[str], options: dict[str, str]) -> c.Command:
    words = speaker.header(m[1], options)
    words.setdefault("market", speaker.names.market(None))
    if m[2] == "none":
        return c.SetAccountFees(**words, own=0)
    maker, taker = m[2].split("/")
    return c.SetAccountFees(**words, maker_ppm=int(maker), taker_ppm=int(taker))


def _schedule(speaker: Speaker, m: re.Match[str], _options: dict[str, str]) -> c.Command:
    rows = re.findall(r"(\d+[a-z]+):(\w+)", m[2])
    entries = tuple((span_ns(time), int(MarketState[state.upper()])) for time, state in rows)
    return c.SetSchedule(market=speaker.names.market(m[1]), entries=entries)


def _switch(speaker: Speaker, m: re.Match[str], options: dict[str, str]) -> c.Command:
    timeout_ns = 0 if m[2] == "off" else span_ns(m[2])
    if m[1] == "venue":
        return c.RenewSwitch(timeout_ns=timeout_ns, scope=Scope.ALL)
    key = int(options.get("api-key", 0))
    scope = Scope.API_KEY if key else Scope.ACCOUNT
    words = speaker.header(m[1], options)
    return c.RenewSwitch(**words, timeout_ns=timeout_ns, scope=scope, api_key=key)


def _close_session(speaker: Speaker, m: re.Match[str], options: dict[str, str]) -> c.Command:
    return c.CloseSession(**speaker.header(m[1], options), session=int(options["session"]))


def _activate(speaker: Speaker, m: re.Match[str], options: dict[str, str]) -> c.Command:
    return c.ActivateRules(**speaker.header("", options), rules=int(m[1]))


def _skip(speaker: Speaker, m: re.Match[str], options: dict[str, str]) -> c.Command:
    return c.SkipCommand(
        **speaker.header("", options),
        skipped_sequence=int(m[1]),
        first_admin=m[2],
        second_admin=m[3],
        reason=m[4],
    )


_OF_THE_VENUE: tuple[tuple[re.Pattern[str], Make], ...] = tuple(
    (re.compile(pattern), make)
    for pattern, make in (
        (r"rules (\w+)((?: \w+=\w+)*(?: halting)?)", _rules),
        (r"tiers (\w+)((?: \d+:-?\d+/-?\d+)*)", _tiers),
        (r"own fees (\w+) (none|-?\d+/-?\d+)", _own_fees),
        (r"schedule (\w+)((?: \d+[a-z]+:\w+)*)", _schedule),
        (r"(\w+) switch (off|\d+[a-z]+)", _switch),
        (r"(?:(\w+) )?close", _close_session),
        (r"reset sessions", lambda _s, _m, _o: c.ResetSessions()),
        (r"activate rules (\d+)", _activate),
        (r"skip (\d+) by (\S*) and (\S*) because ?(.*)", _skip),
        (r"retire (\w+)", lambda s, m, _o: c.RetireMarket(market=s.names.market(m[1]))),
    )
)
