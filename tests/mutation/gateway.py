"""Bugs at the doors: wrong answers, missing checks, orders that enter twice.

Two visitors have to notice them, within a day at a venue of their own.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from msgspec.structs import replace

from outcry.gateway import http
from outcry.gateway.express import desk
from outcry.gateway.http import Door
from outcry.gateway.ledger import lookups
from outcry.gateway.live import session
from outcry.gateway.live.session import Session
from outcry.gateway.native.orders import OrderCalls
from outcry.gateway.native.parse import Number, Parser
from outcry.gateway.native.render import Renderer
from outcry.identity.access_tokens import Facts
from outcry.identity.identity import Identity
from outcry.ledger.reads import history
from outcry.ledger.rows import FEE_UNITS, FILLED_LOTS, OPEN_LOTS, OrderView
from outcry.ports import NEVER_NS
from tests.mutation.mutant import Mutant
from tests.property.visitors import two_visitors
from tests.support.broken import Broken, Function, never

SEED, STEPS = 1, 40


def rounded_down(_: Function) -> Function:
    def broken(number: Number, text: str) -> int:
        value, _, cents = text.partition(".")
        return int(value + cents.ljust(number.decimals, "0")[: number.decimals]) // number.step

    return broken


def anybody(caller_of: Function) -> Function:
    def broken(identity: Identity, token: str) -> Facts:
        found: Facts | None = caller_of(identity, token)
        return found or Facts(1, "nobody's", 0, NEVER_NS)

    return broken


def whoever_asks(own: Function) -> Function:
    def broken(view: OrderView | None, account: int, order_id: int) -> OrderView:
        owner = view.account if view else account
        return own(view, owner, order_id)

    return broken


def nameless(place: Function) -> Function:
    def broken(parser: Parser, account: int, order: Any) -> bytes:
        return bytes(place(parser, account, replace(order, client_order_id=None)))

    return broken


def as_if_new(say: Function) -> Function:
    return lambda request, status, text: say(request, 201 if status == 200 else status, text)


def from_the_start(_: Function) -> Function:
    return lambda _text: 0


def of_everybody(fills: Function) -> Function:
    def broken(store: Any, account: int, *rest: Any) -> Any:
        return fills(store, account + 1 if account % 2 else account - 1, *rest)

    return broken


def the_other_way_round(plain: Function) -> Function:
    def broken(renderer: Renderer, view: OrderView) -> str:
        row = list(view)
        row[OPEN_LOTS], row[FILLED_LOTS] = row[FILLED_LOTS], row[OPEN_LOTS]
        return str(plain(renderer, OrderView(*row)))

    return broken


def without_its_fee(plain: Function) -> Function:
    def broken(renderer: Renderer, view: OrderView) -> str:
        row = list(view)
        row[FEE_UNITS] = 0
        return str(plain(renderer, OrderView(*row)))

    return broken


def cut_off(average: Function) -> Function:
    def broken(renderer: Renderer, view: OrderView, text: Any) -> str:
        market = text.market
        ticks = view.quote_filled_units // (market.tick_value_units * view.filled_lots)
        return f'"{text.price(ticks)}"'

    return broken


def held_as_well(balances: Function) -> Function:
    def broken(renderer: Renderer, rows: Any) -> str:
        return str(balances(renderer, [(asset, free + held, held) for asset, free, held in rows]))

    return broken


def shifted(finish: Function) -> Function:
    def broken(calls: OrderCalls, batch: Any, outcomes: Any) -> bool:
        return bool(finish(calls, batch, outcomes[1:] + outcomes[:1]))

    return broken


def account_one(_: Function) -> Function:
    return lambda asking, *_: asking._account or 1


def whoever_comes(ops: dict[str, Function]) -> dict[str, Function]:
    def broken(of_them: Session, *given: Any) -> None:
        of_them._account = 0
        ops["auth"](of_them, *given)

    return ops | {"auth": broken}


def for_anybody(order_of: Function) -> Function:
    def broken(calls: OrderCalls, account: int, value: dict[str, Any]) -> Any:
        return order_of(calls, account, {k: v for k, v in value.items() if k != "user_id"})

    return broken


def once_more(submit: Function) -> Function:
    def broken(door: Door, records: bytes, count: int, **how: Any) -> Any:
        submit(door, records, count, **how)
        return submit(door, records, count, **how)

    return broken


def as_many_as_you_like(_: Function) -> Function:
    return lambda request, *_rest: int(request.query.get("limit", 100)) + 1


def upside_down(place: Function) -> Function:
    def broken(parser: Parser, account: int, order: Any) -> bytes:
        side = "sell" if order.side == "buy" else "buy"
        return bytes(place(parser, account, replace(order, side=side)))

    return broken


@dataclass(frozen=True)
class Slip:
    """A bug in one function."""

    wrong: str
    owner: Any
    name: str
    make: Callable[[Any], Any]

    def notice(self) -> str:
        """Return what a visitor complains of."""
        with Broken(self.wrong, self.owner, self.name, self.make).applied():
            return asyncio.run(complaint())


async def complaint() -> str:
    """Return what a day of two visitors ends in, nothing if it ends well."""
    with TemporaryDirectory() as folder:
        try:
            async with two_visitors(Path(folder), SEED) as visit:
                await visit.run(STEPS)
        except (AssertionError, KeyError) as error:
            return f"{type(error).__name__}: {error}"
    return ""


BUGS = (
    Slip("a price is rounded to the tick", Number, "_parse", rounded_down),
    Slip("a bad token is somebody's", Identity, "caller_of", anybody),
    Slip("an order is shown to whoever asks", lookups, "own_order", whoever_asks),
    Slip("an order loses its id on the way", Parser, "place", nameless),
    Slip("an order that comes again is created", desk._OrderRequest, "say", as_if_new),
    Slip("a cursor is not looked at", lookups, "cursor_of", from_the_start),
    Slip("fills are somebody else's", history, "fills", of_everybody),
    Slip("what is open and what is filled are swapped", Renderer, "plain", the_other_way_round),
    Slip("a fee is not told", Renderer, "plain", without_its_fee),
    Slip("an average is cut to the tick", Renderer, "_average", cut_off),
    Slip("what is held is available", Renderer, "balances", held_as_well),
    Slip("a batch has the results of its neighbours", OrderCalls, "finish_now", shifted),
    Slip("who is nobody is the first", Session, "caller", account_one),
    Slip("a connection may change its name", session, "OPS", whoever_comes),
    Slip("anybody may order for anybody", OrderCalls, "order_of", for_anybody),
    Slip("an order enters twice", Door, "submit", once_more),
    Slip("a page has no end", lookups, "page_limit", as_many_as_you_like),
    Slip("a buyer sells", Parser, "place", upside_down),
    Slip("a parameter that is not known is taken", http, "check_known", never),
)
MUTANTS = tuple(Mutant(bug.wrong, "gateway", bug.notice) for bug in BUGS)
