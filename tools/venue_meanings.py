"""What the fields of commands and events mean, for the tables of `docs/guide/venue.md`."""

from outcry.domain.order import DoneReason

_ORDER = "the order, by id; 0: it is named by `target`"
_TARGET = "the key of the order, used where `order_id` is 0"
_NONE = "-1 leaves it to the market's default"

MEANINGS: dict[str, str] = {
    "account": "whose command it is; 0 is the venue itself",
    "market": "the market; 0 is none",
    "key": "idempotency key, for an order its client order id; empty for none",
    "staff": "an order of the operator",
    "time_ns": "nanoseconds since 1970-01-01 UTC",
    "side": "the side",
    "kind": "how it names price and size",
    "time_in_force": "how long it lives",
    "self_trade": "what happens where it meets an order of its own account or group",
    "flags": "the flags below as bits; only needed for bits without a name",
    "post_only": "never trade on arrival",
    "slide": "with `post_only`: rest one tick behind the opposite best instead of being refused",
    "booked": "the whole order joined the book at once",
    "auction": "both orders traded in an auction, at its one price",
    "price_ticks": "the limit in ticks; 0 for orders without one",
    "lots": "the size in lots; 0 for orders by budget",
    "budget_units": "what to spend, or to sell for, in quote units; 0 for others",
    "display_lots": "an iceberg shows at most so many at a time; 0: all",
    "expires_ns": "for `gtd` when it ends, nanoseconds since 1970-01-01 UTC; else 0",
    "trigger": (
        "what print it waits for: `stop` against it, `take` for it, `trail` back from the extreme"
    ),
    "trigger_ticks": (
        "the print `stop` and `take` wait for; where `trail` begins, 0: at the next print"
    ),
    "trail_ppm": "`trail`: how far from the extreme; else 0",
    "peg": "which best displayed price its own follows",
    "peg_offset_ticks": "added to that price; may be negative",
    "slices": "in how many parts it runs; 0: it does not",
    "interval_ns": "the time between two slices; the first runs one interval after it was placed",
    "session": "it is cancelled when this session ends; 0: it is tied to none",
    "api_key": "a number of the client's own, by which a switch finds it; 0: none",
    "list_kind": "how its members belong together",
    "members": "the orders, in the order that `list_kind` says",
    "reference_ticks": (
        "what an auction's price is nearest to where there is a choice; 0: the last price"
    ),
    "parent": "the account it is a sub-account of; 0: it is none",
    "protection_ppm": "how far beyond its trigger a stop-market order may trade",
    "limit_stop_orders": "default limit of an account: orders with a trigger that wait; -1: none",
    "limit_position_units": (
        "default limit of an account: the base asset it may own, open buys counted; -1: none"
    ),
    "stop_orders": f"orders with a trigger that wait in the market; {_NONE}",
    "position_units": f"the base asset it may own, open buys counted; {_NONE}",
    "dynamic_ppm": "how far from the last price before a command a taker may trade in it; 0: any",
    "static_ppm": "how far from the last auction price a taker may trade; 0: any",
    "window_ppm": (
        "how far above the lowest (a sell: below the highest) price of the window; 0: any"
    ),
    "window_ns": "how long that window is; it moves in sixteenths",
    "collar_ppm": "how far from the last price a re-opening auction may print; 0: any",
    "halt_ns": "how long a halt by the breaker lasts before its auction; 0: until a command",
    "auction_ns": "how long that auction collects orders; 0: until a command",
    "extension_ns": (
        "how much longer, once, if its price lies outside the collar; 0: until a command"
    ),
    "on_band": (
        "what follows where a band stops a taker: its rest ends, or the market halts as well"
    ),
    "tiers": (
        "fee tiers, by volume ascending, in force from the next UTC day; none: the market's"
        " rates for all"
    ),
    "entries": "what happens in a UTC day, by time ascending; none ends the schedule",
    "rules": "the rules it goes by",
    "skipped_sequence": "the sequence of the command that is out of effect",
    "first_admin": "who orders it: visible ASCII without capital letters",
    "second_admin": "who else orders it",
    "own": "whether the account has rates of its own; if not, maker and taker are 0",
    "timeout_ns": "how long until it fires, unless renewed; 0 disarms it",
    "scope": "whose orders it cancels: the account's, those that carry `api_key`, or everybody's",
    "deadline_ns": "when it fires; 0: it is disarmed",
    "rows": "how many there are now",
    "list_id": "the list, by the id of its first order",
    "first_order_id": "the order of its first member",
    "second_order_id": "the order of its second member",
    "third_order_id": "the order of its third member; 0 if there are two",
    "shown_lots": "what it shows now",
    "paired_lots": "what would trade",
    "surplus_lots": "what would be left over at that price, on one side",
    "collar_low_ticks": "least price at which this auction may print",
    "collar_high_ticks": "greatest price at which this auction may print",
    "until_ns": "when it ends now",
    "buy_low_ticks": "least price a buyer may take",
    "buy_high_ticks": "greatest price a buyer may take; also of a buy limit that comes in",
    "sell_low_ticks": "least price a seller may take; also of a sell limit that comes in",
    "sell_high_ticks": "greatest price a seller may take",
    "order_id": "the order",
    "target": _TARGET,
    "asset": "the asset",
    "amount_units": "how much, in units of the asset",
    "withdrawal_id": "`reference` of the event that the withdrawal caused",
    "failed": "whether the units return",
    "to_account": "who receives",
    "symbol": "the name",
    "unit_decimals": "a unit is 10^-this of the asset",
    "chain_decimals": "the decimals it has outside, at least as many",
    "base": "the asset that is traded",
    "quote": "the asset that prices are in",
    "tick_mantissa": "a tick is `tick_mantissa` x 10^-`tick_decimals` quote for one whole base",
    "tick_decimals": "see `tick_mantissa`",
    "lot_units": "a lot in units of the base asset",
    "fee_asset": "who pays in what: both in quote, or the buyer in base",
    "allow_self_trade": "whether `self_trade` may be `none`",
    "min_lots": "least size of an order",
    "max_lots": "greatest size of an order; 0: none",
    "market_max_lots": "greatest size of a market order by size; 0: none",
    "min_notional_units": "least price x size, or budget",
    "max_notional_units": "greatest price x size, or budget; 0: none",
    "limit_order_notional_units": "default limit of an account: notional of one order; -1: none",
    "limit_open_orders": "default limit of an account: open orders in this market; -1: none",
    "limit_daily_notional_units": "default limit of an account: traded in a UTC day; -1: none",
    "tick_value_units": "what one tick of one lot is in quote units",
    "version": "grows when tick or lot change",
    "maker_ppm": "rate of the order that rested; negative is a rebate",
    "taker_ppm": "rate of the order that came",
    "auction_ppm": "rate of both in an auction",
    "order_notional_units": f"notional of one order; {_NONE}",
    "open_orders": f"open orders in the market; {_NONE}",
    "daily_notional_units": f"traded in a UTC day; {_NONE}",
    "open_orders_total": "open orders in all markets; -1 is the venue's default, 1,000",
    "state": "the state it moves to",
    "status": "the status it moves to",
    "mode": "the mode it moves to",
    "previous": "the one before",
    "hold_units": "units that moved from available to held: quote of a buy, base of a sell",
    "cap_ppm": "the highest rate that this order can ever be charged",
    "level_lots": "displayed lots at the level's price afterwards; 0 where no level changed",
    "update_id": "the market's count of level changes; 0 where no level changed",
    "open_lots": "what is open of it, hidden lots of an iceberg too",
    "kept_priority": "whether it kept its place in the queue",
    "old_price_ticks": "its limit before",
    "reason": "why",
    "filled_lots": "what traded of it",
    "prevented_lots": "what self-trade prevention took of it",
    "release_units": "units that moved from held to available",
    "trade_id": "counts the trades of the market from 1",
    "taker_order_id": "the order that came",
    "maker_order_id": "the order that rested",
    "maker_account": "its account; `account` is the taker's",
    "taker_side": "the side of the taker",
    "notional_units": "what the trade cost, in quote units",
    "taker_fee_units": "what the taker paid",
    "maker_fee_units": "what the maker paid; negative where it was paid",
    "taker_release_units": "units of the taker's hold that the trade freed",
    "maker_release_units": "units of the maker's hold that the trade freed",
    "taker_open_lots": "what is open of the taker afterwards",
    "maker_open_lots": "what is open of the maker afterwards",
    "command": "the name of the command",
    "given": "the value that broke the rule, in the rule's own unit",
    "bound": "the value it had to respect",
    "first_sequence": "the sequence of the first time",
    "cause": "why",
    "counter_account": "the account at the other end, where there is one",
    "available_units": "what the account has available afterwards",
    "reference": "the withdrawal's id, where there is one",
    "cancelled_orders": "how many",
    "sequence": "the command that caused it; every command has its own, from 1",
    "index": "its place among the events of that command, from 0",
}
"""By name, wherever it stands."""

MEANINGS_OF: dict[tuple[str, str], str] = {
    ("Command", "time_ns"): "when it is asked; never taken as earlier than the venue's now",
    ("Command", "market"): "the market it is about; 0 is none",
    ("CancelOrder", "order_id"): _ORDER,
    ("ReduceOrder", "order_id"): _ORDER,
    ("ReplaceOrder", "order_id"): _ORDER,
    ("CancelReplace", "order_id"): _ORDER,
    ("ReduceOrder", "lots"): "how many lots to take off",
    ("ReplaceOrder", "lots"): "its new total size, fills included",
    ("ReplaceOrder", "price_ticks"): "its new limit in ticks; of a peg its new cap",
    ("PlaceSpecial", "price_ticks"): "the limit in ticks; of a peg its cap; 0 where there is none",
    ("SetAccountFees", "own"): "False takes the account's own rates back",
    (
        "SetTiers",
        "volume_units",
    ): "traded in this market in the last 30 complete UTC days, quote units",
    ("SetSchedule", "time_of_day_ns"): "nanoseconds since midnight UTC, below a day",
    ("RenewSwitch", "api_key"): "whose, for the scope `api_key`; else 0",
    ("SwitchSet", "api_key"): "as in the command",
    ("SwitchFired", "api_key"): "as in the command",
    ("CloseSession", "session"): "the session, as its orders name it",
    ("SessionEnded", "session"): "the session; 0: every one",
    ("TiersSet", "rows"): "how many tiers there are now",
    ("ScheduleSet", "rows"): "how many entries there are now",
    (
        "OrderAccepted",
        "price_ticks",
    ): (
        "its limit in ticks; after a slide where it slid to, of a stop-market how far it"
        " may go, of a peg its cap; 0 where there is none"
    ),
    ("OrderTerms", "expires_ns"): "when it ends, for `gtd` and `day`; else 0",
    ("OrderTriggered", "price_ticks"): "the print that fired it; 0 for a slice",
    ("OrderTriggered", "lots"): "how many run at most",
    ("OrderShown", "price_ticks"): "its level",
    ("OrderShown", "level_lots"): "displayed lots of that level afterwards",
    ("OrderParked", "price_ticks"): "the level it left",
    (
        "ChildPlaced",
        "lots",
    ): "its size from now on: what the parent's fill could fund, at most as asked",
    (
        "ChildPlaced",
        "hold_units",
    ): "units that moved from available to held; of a pair with the first",
    ("BandReached", "order_id"): "the taker that was stopped",
    ("IndicativeChanged", "price_ticks"): "at which price; 0: nothing would trade",
    ("IndicativeChanged", "side"): "the side that would be left over",
    ("AuctionEnded", "price_ticks"): "at which price; 0: nothing crossed",
    ("AuctionEnded", "lots"): "how many lots traded",
    ("AuctionExtended", "price_ticks"): "at which price it would have traded",
    ("CancelReplace", "mode"): "what happens where the old order is not found",
    ("CancelAll", "side"): "whose orders: one side's or both",
    ("MassCancelled", "side"): "as in the command",
    ("Adjust", "amount_units"): "how much, in units; negative debits",
    ("SetFees", "auction_ppm"): "rate of both in an auction; -1 is max(maker, 0)",
    ("OrderBooked", "price_ticks"): "the level it joined",
    ("OrderReplaced", "hold_units"): "the change of its hold, signed",
    ("OrderReplaced", "level_lots"): "displayed lots at the old price afterwards",
    ("OrderReplaced", "lots"): "its total size now",
    ("OrderDone", "booked"): "whether it was in the book, with lots left",
    ("AuctionExtended", "until_ns"): "when it ends now; 2^63 - 1: by command",
    ("OrderDone", "open_lots"): "what was left of it",
    ("Trade", "price_ticks"): "the maker's price; in an auction its one price",
    ("Trade", "lots"): "how many lots traded",
    ("Trade", "level_lots"): "displayed lots at the maker's level afterwards; in an auction 0",
    ("Trade", "update_id"): "the market's count of level changes; in an auction 0",
    ("MatchPrevented", "price_ticks"): "the maker's price",
    ("MatchPrevented", "lots"): "how many lots both orders lost",
    ("MatchPrevented", "level_lots"): "displayed lots at the maker's level afterwards",
    ("CommandRejected", "order_id"): "the order it named, 0 where it named none",
    ("CommandReplayed", "order_id"): "the order of the first time",
    ("CommandReplayed", "reason"): "`accepted`, or why it was refused the first time",
    ("ModeChanged", "asset"): "the asset that failed conservation; 0 otherwise",
}
"""By command or event and name; it comes before the table above."""

DONE = {
    DoneReason.FILLED: "all of it traded",
    DoneReason.CANCELLED: "by its owner, or with its account",
    DoneReason.REDUCED: "reduced by what was open, or more",
    DoneReason.REPLACED: "another order took its place",
    DoneReason.EXPIRED: "its time was over",
    DoneReason.NO_LIQUIDITY: "a market order came to the end of the book",
    DoneReason.BUDGET_EXHAUSTED: "the rest of the budget does not buy what is next",
    DoneReason.PROTECTED: "what is next is outside the price it may trade at",
    DoneReason.FOK_KILLED: "fill-or-kill that could not be filled",
    DoneReason.REST: "the rest of immediate-or-cancel",
    DoneReason.SELF_TRADE: "it met an order of its own account",
    DoneReason.PREVENTED: "used up, in part by self-trade prevention",
    DoneReason.OCO: "the other order of its pair came first",
    DoneReason.PARENT_DONE: "the order it waited for ended",
    DoneReason.REJECTED_ON_TRIGGER: "it fired and failed its checks",
}

WORDS: dict[str, dict[str, str]] = {
    "kind": {
        "limit": "at `price_ticks` or better",
        "market": "by size: `lots` at whatever the book asks; never rests",
        "budget": "by budget: what `budget_units` of the quote asset buy, or must be sold for",
    },
    "time_in_force": {
        "gtc": "rests until it is filled or cancelled",
        "ioc": "trades what it can at once, the rest ends",
        "fok": "trades whole at once, or ends without any effect",
        "gtd": "rests until `expires_ns`",
        "day": "rests until the next midnight UTC",
    },
    "self_trade": {
        "expire_taker": "the order that comes in ends",
        "expire_maker": "the resting order ends, the other goes on",
        "expire_both": "both end",
        "decrement": "both lose what would have traded",
        "none": "they trade, where the market allows it",
    },
    "trigger": {
        "none": "it waits for nothing",
        "stop": "a buy waits for a print at `trigger_ticks` or above, a sell at it or below",
        "take": "the other way round",
        "trail": (
            "a sell waits for a print `trail_ppm` below the highest since it began to"
            " follow, a buy above the lowest"
        ),
    },
    "peg": {
        "none": "it has a price of its own",
        "bid": "the best displayed buy order without a peg",
        "ask": "the best displayed sell order without a peg",
        "mid": "half way between the two; an odd sum is rounded down for a buy, up for a sell",
    },
    "list_kind": {
        "oco": (
            "two, one cancels the other: the first to be filled, in part even, or triggered"
            " ends the other"
        ),
        "oto": "two: the second is placed when the first is filled whole",
        "otoco": "three: when the first is filled whole, the other two are placed as an `oco`",
    },
    "scope": {
        "account": "all orders of the account",
        "api_key": "those of the account that carry this `api_key`",
        "all": "everybody's; the command's account is 0",
    },
    "on_band": {
        "stop": "the rest of the taker ends as `protected`",
        "halt": "as before, and then the market halts",
    },
    "state": {
        "closed": "cancels and reductions only; a new market is closed",
        "pre_open": (
            "a call phase: limits that rest are collected, crossing or not, and nothing trades"
        ),
        "auction": "the same, on the way to an uncross",
        "trading": "everything",
        "halted": (
            "cancels and reductions only, triggers frozen; leads only to `auction` and `closed`"
        ),
        "cancel_only": "cancels and reductions only",
        "retired": "closed for ever; only `RetireMarket` leads here",
    },
    "CancelReplace.mode": {
        "stop_on_failure": "nothing happens if the old order is not there",
        "allow_failure": "the new order is placed all the same",
    },
    "SetMode.mode": {
        "normal": "everything",
        "cancel_only": "everything but new and replaced orders",
        "read_only": "administration only",
        "halted": "`SetMode` only, and nothing falls due",
    },
    "status": {
        "active": "everything",
        "reduce_only": "cancel, sell and withdraw, but not buy",
        "frozen": "its orders are cancelled; deposits credit, nothing leaves",
    },
    "fee_asset": {
        "quote": "both sides pay in the quote asset",
        "received": "the buyer pays in base out of what it receives, the seller in quote",
    },
    "BalanceChanged.cause": {
        "deposit": "units came from outside",
        "withdrawal_requested": "units are on their way out",
        "withdrawal_final": "they have left",
        "withdrawal_failed": "they came back",
        "transfer": "units went to `counter_account`",
        "adjust_credit": "the operator gave units",
        "adjust_debit": "the operator took units",
    },
}
"""By field (of one command or event, if it says more than one thing): what each word means."""

MOVES = (
    ("OrderAccepted", "`account` pays: available - `hold_units`, held + `hold_units`"),
    ("OrderReplaced", "the same, with the signed change of the hold"),
    ("ChildPlaced", "the same"),
    ("OrderDone", "`account`: held - `release_units`, available + `release_units`"),
    (
        "Trade",
        "first both releases: held - release, available + release, each in what that order pays in;"
        " then the cost: buyer - `notional_units` quote and + `lots` x `lot_units` base, seller the"
        " other way round; then the fees off what the fee is in, to the venue's `fees`",
    ),
    ("MatchPrevented", "both releases as in a trade, and nothing else"),
    (
        "BalanceChanged",
        "`amount_units` of `asset`: by `cause`, see below; `withdrawal_final` changes no balance",
    ),
)
"""Every event that moves units, and how; no other does."""
