"""The calls of the staff, and those about withdrawals, as plain rows of the API's description."""

from typing import Any, NamedTuple

from outcry.gateway.people import schemas as p
from outcry.gateway.people.caller import SESSION
from outcry.gateway.staff.schemas import bots as b
from outcry.gateway.staff.schemas import markets as k
from outcry.gateway.staff.schemas import money as m
from outcry.gateway.staff.schemas import people as o
from outcry.gateway.staff.schemas import venue as v
from outcry.gateway.withdrawals import schemas as w
from outcry.identity.api_keys import READ, WITHDRAW


class Row(NamedTuple):
    """One call; see `openapi.Route`. The path is below `/api/v1/`."""

    name: str
    method: str
    path: str
    summary: str
    takes: Any = None
    gives: Any = None
    parameters: tuple[str, ...] = ()
    status: int = 200
    scope: str = SESSION


_PAGE = ("limit", "cursor")
_WITHDRAWAL = "staff/withdrawals/{withdrawal}"
_MARKET = "staff/markets/{market}"

OWN_MONEY = (
    Row("withdraw", "POST", "withdrawals", "Ask for a withdrawal", w.WithdrawalIn,
        w.WithdrawalOut, status=201, scope=WITHDRAW),
    Row("withdrawals", "GET", "withdrawals", "One's withdrawals, newest first", None,
        w.WithdrawalsOut, ("asset", "state", *_PAGE), scope=READ),
    Row("withdrawal", "GET", "withdrawals/{withdrawal}", "One withdrawal", None, w.WithdrawalOut,
        scope=READ),
    Row("cancel_withdrawal", "DELETE", "withdrawals/{withdrawal}",
        "Take a withdrawal back that nobody has approved yet", None, w.WithdrawalOut,
        scope=WITHDRAW),
    Row("beneficiaries", "GET", "beneficiaries", "One's addresses, by name", None,
        w.BeneficiariesOut, scope=READ),
    Row("new_beneficiary", "POST", "beneficiaries", "Keep an address under a name",
        w.BeneficiaryIn, w.BeneficiaryOut, status=201, scope=WITHDRAW),
    Row("remove_beneficiary", "DELETE", "beneficiaries/{beneficiary}", "Forget an address", None,
        p.DoneOut, scope=WITHDRAW),
)  # fmt: skip
"""What people ask about their withdrawals."""

STAFF = (
    Row("staff_overview", "GET", "staff/overview", "The venue in numbers", None, v.OverviewOut),
    Row("staff_health", "GET", "staff/health", "How the parts of the venue are", None,
        v.HealthOut),
    Row("staff_mode", "POST", "staff/mode", "Set what the venue takes in", v.ModeIn, v.ModeOut),
    Row("staff_risk", "GET", "staff/risk", "Limits in force, and who is held back", None,
        v.RiskOut),
    Row("staff_snapshots", "GET", "staff/snapshots", "Snapshots on disk, newest first", None,
        v.SnapshotsOut),
    Row("staff_snapshot", "POST", "staff/snapshots", "Take a snapshot", None, v.TakenOut,
        status=201),
    Row("staff_digest", "GET", "staff/digest", "SHA-256 of the state after a sequence", None,
        v.DigestOut, ("sequence",)),
    Row("staff_trail_state", "GET", "staff/trail/state", "Whether the trail is what was written",
        None, v.TrailStateOut),
    # Markets
    Row("staff_markets", "GET", "staff/markets", "Markets with everything that is set", None,
        k.StaffMarketsOut),
    Row("staff_new_market", "POST", "staff/markets", "Ask for a new market", k.NewMarketIn,
        p.RequestOut, status=201),
    Row("staff_change_market", "POST", f"{_MARKET}/changes", "Ask for other rules of a market",
        k.MarketChangeIn, p.RequestOut, status=201),
    Row("staff_retire_market", "POST", f"{_MARKET}/retire", "Ask to close a market for ever",
        k.ReasonIn, p.RequestOut, status=201),
    Row("staff_market_state", "POST", f"{_MARKET}/state", "Move a market to a state at once",
        k.MarketStateIn, k.StaffMarketOut),
    # People
    Row("staff_directory", "GET", "staff/directory",
        "People by a part of the e-mail, an account, a wallet or a role, newest first", None,
        o.DirectoryOut, ("query", "role", *_PAGE)),
    Row("staff_person_whole", "GET", "staff/people/{account}", "Everything about somebody", None,
        o.StaffPersonWholeOut),
    Row("staff_limits", "POST", "staff/people/{account}/limits", "Set limits of an account's own",
        o.LimitsIn, o.StaffPersonWholeOut),
    Row("staff_roles", "POST", "staff/people/{account}/roles", "Ask for somebody's roles",
        o.RolesIn, p.RequestOut, status=201),
    Row("staff_revoke_key", "DELETE", "staff/people/{account}/keys/{key}",
        "Revoke somebody's API key", None, p.KeyOut),
    # Orders
    Row("staff_orders", "GET", "staff/orders", "Orders, newest first", None, o.StaffOrdersOut,
        ("market", "account", "open", "order_id", "client_order_id", *_PAGE)),
    Row("staff_cancel_orders", "POST", "staff/orders/cancel", "Cancel orders of others",
        o.StaffOrdersCancelIn, o.StaffCancelledOut),
    # Money
    Row("staff_withdrawals", "GET", "staff/withdrawals", "Withdrawals, newest first", None,
        m.StaffWithdrawalsOut, ("state", "account", "asset", *_PAGE)),
    Row("staff_withdrawal", "GET", _WITHDRAWAL, "One withdrawal", None, m.StaffWithdrawalOut),
    Row("staff_approve_withdrawal", "POST", f"{_WITHDRAWAL}/approve",
        "Approve a withdrawal; two have to", None, m.StaffWithdrawalOut),
    Row("staff_reject_withdrawal", "POST", f"{_WITHDRAWAL}/reject",
        "Give the money of a withdrawal back", k.ReasonIn, m.StaffWithdrawalOut),
    Row("staff_sent_withdrawal", "POST", f"{_WITHDRAWAL}/sent",
        "Note that a withdrawal was sent: it is final", m.SentIn, m.StaffWithdrawalOut),
    Row("staff_failed_withdrawal", "POST", f"{_WITHDRAWAL}/failed",
        "Note that a withdrawal could not be sent", k.ReasonIn, m.StaffWithdrawalOut),
    Row("staff_retry_withdrawal", "POST", f"{_WITHDRAWAL}/retry",
        "Let a failed withdrawal wait for its sending again", None, m.StaffWithdrawalOut),
    Row("staff_deposits", "GET", "staff/deposits", "Deposits, newest first", None, m.DepositsOut,
        _PAGE),
    Row("staff_deposit", "POST", "staff/deposits", "Ask for money to be credited", m.DepositIn,
        p.RequestOut, status=201),
    Row("staff_ledger", "GET", "staff/ledger", "Whether every unit is where it should be", None,
        m.LedgerReportOut),
    Row("staff_publish", "POST", "staff/liabilities", "Publish what is owed, now", None,
        m.PublishedOut, status=201),
    # Bots
    Row("staff_bots", "GET", "staff/bots", "The bots that this venue runs", None, b.BotsOut),
    Row("staff_start_bot", "POST", "staff/bots/{bot}/start", "Start a bot", None, b.BotOut),
    Row("staff_stop_bot", "POST", "staff/bots/{bot}/stop",
        "Stop a bot; it cancels everything first", None, b.BotOut),
    Row("staff_change_bot", "POST", "staff/bots/{bot}/parameters", "Set parameters of a bot",
        b.BotParametersIn, b.BotOut),
)  # fmt: skip
"""What staff asks, besides what the table of routes names itself."""
