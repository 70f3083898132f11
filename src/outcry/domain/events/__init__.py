"""Events: what happened, in the past tense.

An event's identity is (epoch, sequence, index). Amounts are integers in the units their names end
in. Events that change a displayed level carry the level's lots afterwards and the market's
`update_id`, which counts such changes since genesis.

All share the header `event_index, sequence, time_ns, account, market`; the last two are 0 where
they do not apply. They are named tuples because a busy venue decodes a hundred thousand of them a
second.
"""

from outcry.domain.events.orders import (
    ChildPlaced,
    ListAccepted,
    MassCancelled,
    MatchPrevented,
    OrderAccepted,
    OrderBooked,
    OrderDone,
    OrderParked,
    OrderReplaced,
    OrderShown,
    OrderTerms,
    OrderTriggered,
    Trade,
    TradeFlag,
)
from outcry.domain.events.venue import (
    AccountOpened,
    AccountStatusChanged,
    AssetSet,
    AuctionEnded,
    AuctionExtended,
    BalanceChanged,
    BandReached,
    Cause,
    CommandRejected,
    CommandReplayed,
    CommandSkipped,
    FeesSet,
    IndicativeChanged,
    LimitsSet,
    MarketSet,
    ModeCause,
    ModeChanged,
    RatesSet,
    RulesActivated,
    RulesSet,
    ScheduleSet,
    SessionEnded,
    StateChanged,
    SwitchFired,
    SwitchSet,
    TiersSet,
)

Event = (
    OrderAccepted
    | OrderBooked
    | OrderReplaced
    | OrderDone
    | Trade
    | MatchPrevented
    | CommandRejected
    | CommandReplayed
    | BalanceChanged
    | MassCancelled
    | AccountOpened
    | AccountStatusChanged
    | AssetSet
    | MarketSet
    | FeesSet
    | LimitsSet
    | StateChanged
    | ModeChanged
    | OrderTerms
    | OrderTriggered
    | OrderShown
    | OrderParked
    | ListAccepted
    | ChildPlaced
    | RatesSet
    | RulesSet
    | TiersSet
    | ScheduleSet
    | SwitchSet
    | SwitchFired
    | SessionEnded
    | BandReached
    | IndicativeChanged
    | AuctionEnded
    | AuctionExtended
    | RulesActivated
    | CommandSkipped
)

__all__ = [
    "AccountOpened",
    "AccountStatusChanged",
    "AssetSet",
    "AuctionEnded",
    "AuctionExtended",
    "BalanceChanged",
    "BandReached",
    "Cause",
    "ChildPlaced",
    "CommandRejected",
    "CommandReplayed",
    "CommandSkipped",
    "Event",
    "FeesSet",
    "IndicativeChanged",
    "LimitsSet",
    "ListAccepted",
    "MarketSet",
    "MassCancelled",
    "MatchPrevented",
    "ModeCause",
    "ModeChanged",
    "OrderAccepted",
    "OrderBooked",
    "OrderDone",
    "OrderParked",
    "OrderReplaced",
    "OrderShown",
    "OrderTerms",
    "OrderTriggered",
    "RatesSet",
    "RulesActivated",
    "RulesSet",
    "ScheduleSet",
    "SessionEnded",
    "StateChanged",
    "SwitchFired",
    "SwitchSet",
    "TiersSet",
    "Trade",
    "TradeFlag",
]
