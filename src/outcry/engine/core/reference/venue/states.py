"""States of markets, modes of the venue, bands, and the commands that are left to the host."""

from typing import TYPE_CHECKING

from outcry.codec import FLAG_INTERNAL, FLAG_STAFF
from outcry.domain.commands import RULES
from outcry.domain.events import ModeCause
from outcry.domain.market import MarketState, VenueMode
from outcry.domain.rejects import Reject
from outcry.domain.skipping import skip_counts
from outcry.engine.core.reference.checks import Body, Result
from outcry.engine.core.reference.state import CALL_PHASES, NO_BANDS, TRADING
from outcry.engine.core.reference.venue.accounts import OK, SHAPE_RESULT, no

if TYPE_CHECKING:
    from outcry.engine.core.reference.core import Core

_FROM_HALTED = (MarketState.AUCTION, MarketState.CLOSED)


def set_state(core: "Core", account_id: int, market_id: int, body: Body) -> Result:
    """Move a market to another state; where that is an uncross, the host does it."""
    market = core.markets.get(market_id)
    if market is None:
        return no(Reject.UNKNOWN_MARKET, market_id)
    state, reference_ticks = body
    if state > MarketState.CANCEL_ONLY or reference_ticks < 0:
        return SHAPE_RESULT
    stuck = market.state == MarketState.HALTED and state not in _FROM_HALTED
    if state == market.state or market.state == MarketState.RETIRED or stuck:
        return no(Reject.TRANSITION, state, market.state)
    if state == TRADING and (market.state in CALL_PHASES or market.crossed):
        return ask(core, account_id, market_id, body)
    core.touched = True
    return put_state(core, account_id, market_id, (state,))


def put_state(core: "Core", _account_id: int, market_id: int, body: Body) -> Result:
    """Move a market to a state, whatever it was in."""
    market = core.markets.get(market_id)
    if market is None:
        return no(Reject.UNKNOWN_MARKET, market_id)
    state: int = body[0]
    if state > MarketState.RETIRED:
        return SHAPE_RESULT
    previous, market.state = market.state, state
    core.emit(17, 0, market_id, state, previous)
    return OK


def put_band(core: "Core", _account_id: int, market_id: int, body: Body) -> Result:
    """Set between which prices a buyer and a seller may take."""
    market = core.markets.get(market_id)
    if market is None:
        return no(Reject.UNKNOWN_MARKET, market_id)
    buy_low, buy_high, sell_low, sell_high = body
    bands = ((buy_low, buy_high), (sell_low, sell_high))
    market.bands = NO_BANDS if bands == NO_BANDS else bands
    return OK


def ask(core: "Core", _account_id: int, _market_id: int, _body: Body) -> Result:
    """Leave a command to the host, which answers. Nobody is asked what he himself commands."""
    if core.flags & FLAG_INTERNAL:
        return SHAPE_RESULT
    core.asks = core.touched = True
    return OK


def ask_for_market(core: "Core", account_id: int, market_id: int, body: Body) -> Result:
    """Leave a command that names a market to the host."""
    if market_id not in core.markets:
        return no(Reject.UNKNOWN_MARKET, market_id)
    return ask(core, account_id, market_id, body)


def ask_for_account(core: "Core", account_id: int, market_id: int, body: Body) -> Result:
    """Leave a command of an account, or of the venue, to the host."""
    if account_id and account_id not in core.accounts:
        return no(Reject.UNKNOWN_ACCOUNT, account_id)
    return ask(core, account_id, market_id, body)


def set_mode(core: "Core", _account_id: int, _market_id: int, body: Body) -> Result:
    """Move the venue to another mode."""
    mode: int = body[0]
    if mode > VenueMode.HALTED:
        return SHAPE_RESULT
    if mode == core.mode:
        return no(Reject.TRANSITION, mode, core.mode)
    previous, core.mode = core.mode, mode
    core.emit(18, 0, 0, mode, previous, ModeCause.COMMAND, 0)
    core.touched = True
    return OK


def tick(core: "Core", _account_id: int, _market_id: int, _body: Body) -> Result:
    """Let what is due happen; what stands above the core has done it before this."""
    core.touched = True
    return OK


def activate_rules(core: "Core", _account_id: int, _market_id: int, body: Body) -> Result:
    """Let the venue go by the next rules."""
    rules: int = body[0]
    if core.flags != FLAG_STAFF:
        return SHAPE_RESULT
    if rules != core.rules + 1 or rules > RULES:
        return no(Reject.TRANSITION, rules, core.rules)
    previous, core.rules = core.rules, rules
    core.emit(36, 0, 0, rules, previous)
    return OK


def skip_command(core: "Core", _account_id: int, _market_id: int, body: Body) -> Result:
    """Tell that an earlier command is out of effect; whoever replays has seen to it before."""
    skipped_sequence, *texts = body
    if core.flags != FLAG_STAFF or not skip_counts(skipped_sequence, core.sequence, *texts):
        return SHAPE_RESULT
    core.emit(37, 0, 0, skipped_sequence)
    return OK
