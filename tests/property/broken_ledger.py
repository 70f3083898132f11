"""Ledgers with one rule of posting broken, which the online check must notice."""

from typing import Any

from outcry.domain.events import Cause
from outcry.ledger import posting
from outcry.ledger.days import Days
from outcry.ledger.ledger import Ledger
from outcry.ledger.posting import Poster, Purpose
from tests.support.broken import Broken, Function


def keeps_no_fee(trade: Function) -> Function:
    def broken(poster: Poster, event: Any) -> Any:
        return [row for row in trade(poster, event) if row[0]]

    return broken


def takes_rebates(trade: Function) -> Function:
    def broken(poster: Poster, event: Any) -> Any:
        return trade(poster, event._replace(maker_fee_units=abs(event.maker_fee_units)))

    return broken


def releases_nothing(trade: Function) -> Function:
    def broken(poster: Poster, event: Any) -> Any:
        return trade(poster, event._replace(maker_release_units=0))

    return broken


def fees_in_quote(rules: Function) -> Function:
    def broken(poster: Poster, market: int, changed: Any) -> None:
        rules(poster, market, changed)
        poster.rules[market] = (*poster.rules[market][:3], False)

    return broken


def buyer_is_the_taker(trade: Function) -> Function:
    def broken(poster: Poster, event: Any) -> Any:
        return trade(poster, event._replace(taker_side=0))

    return broken


def forgets_the_maker(prevented: Function) -> Function:
    def broken(poster: Poster, event: Any) -> Any:
        return prevented(poster, event._replace(maker_release_units=0))

    return broken


def places_no_child(_: Function) -> Function:
    return lambda _poster, _event: ()


def pays_in_quote(placed: Function) -> Function:
    def broken(poster: Poster, event: Any) -> Any:
        side_of, poster._side_of = poster._side_of, lambda _: 0
        postings = placed(poster, event)
        poster._side_of = side_of
        return postings

    return broken


def keeps_the_rest(_: Function) -> Function:
    return lambda _poster, _event: ()


def goes_round(routes: dict[int, tuple[int, int]]) -> dict[int, tuple[int, int]]:
    return routes | {Cause.WITHDRAWAL_FINAL: (Purpose.IN_FLIGHT, Purpose.LOSS)}


def never_flies(routes: dict[int, tuple[int, int]]) -> dict[int, tuple[int, int]]:
    return routes | {Cause.WITHDRAWAL_REQUESTED: (Purpose.AVAILABLE, Purpose.WITHDRAWN)}


def rounds_twice(netted: Function) -> Function:
    def broken(*changes: Any) -> Any:
        return [(*row[:3], row[3] + (abs(row[3]) > 1000)) for row in netted(*changes)]

    return broken


def counts_from_the_transaction(rows: Function) -> Function:
    def broken(ledger: Ledger) -> Any:
        made = rows(ledger)
        sequence = ledger._position.sequence
        made["balances"] = [(*row[:5], sequence) for row in made["balances"]]
        return made

    return broken


def forgets_the_morning(take: Function) -> Function:
    def broken(days: Days) -> Any:
        made = take(days)
        days.accounts.clear()
        return made

    return broken


BROKEN = (
    Broken("a fee goes nowhere", Poster, "_trade", keeps_no_fee),
    Broken("a rebate is taken", Poster, "_trade", takes_rebates),
    Broken("a maker's hold is not released", Poster, "_trade", releases_nothing),
    Broken("every fee is in quote", Poster, "_set_rules", fees_in_quote),
    Broken("the taker always buys", Poster, "_trade", buyer_is_the_taker),
    Broken("a prevented match spares the maker", Poster, "_prevented", forgets_the_maker),
    Broken("a child holds nothing", Poster, "_placed", places_no_child),
    Broken("a child always buys", Poster, "_placed", pays_in_quote),
    Broken("what is left of an order stays held", Poster, "_done", keeps_the_rest),
    Broken("a final withdrawal is a loss", posting, "_ROUTES", goes_round),
    Broken("a withdrawal leaves at once", posting, "_ROUTES", never_flies),
    Broken("a unit comes out of nowhere", posting, "_netted", rounds_twice),
)
UNSEEN_BY_THE_CHECKER = (
    Broken("a balance tells the transaction", Ledger, "_rows", counts_from_the_transaction),
    Broken("a day begins at every transaction", Days, "take", forgets_the_morning),
)
"""What only a rebuild can tell."""
