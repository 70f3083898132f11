"""What staff sees of the venue and does to it: markets, money, mode, files."""

from dataclasses import replace
from typing import Any

import pytest

from outcry.domain.market import VenueMode
from outcry.gateway.http import Door
from outcry.gateway.staff.desk import StaffDesk
from outcry.identity.records.kept import SESSIONS
from outcry.identity.records.trail import NOWHERE
from tests.support.deciding import STAFF, agreed
from tests.support.gateway import BTC_USDT, TATA_INR, House, Person
from tests.support.scoreboard import add

pytestmark = pytest.mark.asyncio(loop_scope="module")


# The venue


async def test_overview_tells_what_there_is(house: House, ada: Person) -> None:
    bob = await house.person()
    maker = await bob.place("sell", "5.00", "3")
    await ada.call("POST", "/api/v1/dev/faucet", {"asset": "INR", "amount": "100"})
    await ada.place("buy", "5.00", "3")
    await house.venue.services.ledger.caught_up()
    found = await ada.get(f"{STAFF}/overview")
    assert found["mode"] == "normal"
    assert found["people"] >= found["accounts"] >= 2
    assert found["trades"] >= 1
    assert found["open_orders"] == house.venue.engine.core.open_order_count()
    (market,) = [row for row in found["markets"] if row["market"] == TATA_INR]
    assert market["last_price"] == "5.00"
    assert market["fees_today"]["INR"] != "0"
    assert all(row["difference"].strip("0.") == "" for row in found["assets"])
    assert maker["order_id"] > 0


async def test_health_names_every_part(house: House, ada: Person) -> None:
    found = await ada.get(f"{STAFF}/health")
    names = [service["service"] for service in found["services"]]
    assert names[:4] == ["gateway", "sequencer", "engine", "ledger follower"]
    assert {"identity store", "ledger store", "proofs store", "guard"} <= set(names)
    assert {service["state"] for service in found["services"]} == {"ok"}
    assert found["memory_bytes"] > 1 << 20
    assert found["disk_free_bytes"] > 0


async def test_mode_is_set_by_one_with_a_reason(house: House, ada: Person) -> None:
    wanted = {"mode": "cancel_only", "reason": "maintenance"}
    told = (await ada.call("POST", f"{STAFF}/mode", wanted)).body
    assert (told["mode"], told["request"]) == ("cancel_only", None)
    assert (await house.get("/api/v1/status"))["by"] == f"operator {ada.email}"
    back = await ada.call("POST", f"{STAFF}/mode", {"mode": "normal", "reason": "done"})
    assert back.body["mode"] == "normal"


async def test_money_in_doubt_takes_two_to_trade_again(
    house: House, ada: Person, rita: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = house.venue.services.operator()
    await ada.call("POST", f"{STAFF}/mode", {"mode": "halted", "reason": "sums disagree"})
    monkeypatch.setattr(operator, "doubts_money", lambda: True)
    asked = await ada.call("POST", f"{STAFF}/mode", {"mode": "normal", "reason": "looked"})
    assert asked.body["mode"] == "halted"
    number = asked.body["request"]["request"]
    assert (await ada.call("POST", f"{STAFF}/requests/{number}/approve")).code == "FORBIDDEN"
    answer = await rita.call("POST", f"{STAFF}/requests/{number}/approve")
    assert (answer.body["act"], answer.body["state"]) == ("resume", "done")
    assert house.venue.engine.core.mode == VenueMode.NORMAL
    add("S15", resumed_alone=0)


async def test_snapshot_is_taken_and_its_digest_is_the_states(house: House, ada: Person) -> None:
    await house.person(INR="1")
    await house.venue.services.ledger.caught_up()
    now = await ada.get(f"{STAFF}/digest")
    assert now["digest"] == house.venue.engine.digest().hex()
    taken = await ada.call("POST", f"{STAFF}/snapshots")
    assert (taken.status, taken.body["sequence"]) == (201, now["sequence"])
    while house.venue.services.gauges()["outcry_snapshot_sequence"] != now["sequence"]:
        await house.get("/health")
    found = (await ada.get(f"{STAFF}/snapshots"))["snapshots"]
    assert found[0] == {"sequence": now["sequence"], "digest": now["digest"], "fault": None}
    again = await ada.call("POST", f"{STAFF}/snapshots")
    assert again.code == "TRANSITION"
    past = await ada.get(f"{STAFF}/digest", sequence=now["sequence"])
    assert past["digest"] == now["digest"]


async def test_digest_of_a_past_state_is_made_from_the_log(house: House, ada: Person) -> None:
    before = house.venue.engine.digest().hex(), house.venue.engine.core.sequence
    await house.person(INR="1")
    found = await ada.get(f"{STAFF}/digest", sequence=before[1])
    assert found == {"sequence": before[1], "digest": before[0]}
    missing = await ada.call("GET", f"{STAFF}/digest", sequence=10**12)
    assert missing.code == "NOT_PUBLISHED"


async def test_trail_is_told_newest_first_and_found_sound(house: House, ada: Person) -> None:
    page = (await ada.get(f"{STAFF}/trail", before=10**12, limit=3))["entries"]
    numbers = [entry["number"] for entry in page]
    assert numbers == sorted(numbers, reverse=True)
    state = await ada.get(f"{STAFF}/trail/state")
    assert (state["sound"], state["findings"]) == (True, [])
    assert state["entries"] >= numbers[0]
    both = await ada.call("GET", f"{STAFF}/trail", before=2, after=1)
    assert both.code == "CONTRADICTION"


async def test_forged_row_is_told_to_staff(house: House, ada: Person) -> None:
    store = house.venue.services.identity._store
    with store.work() as work:
        ((actor,),) = work.rows("SELECT actor FROM trail WHERE number = 1")
        work.rows("UPDATE trail SET actor = ? WHERE number = 1", actor + 1)
    state = await ada.get(f"{STAFF}/trail/state")
    assert not state["sound"]
    with store.work() as work:
        work.rows("UPDATE trail SET actor = ? WHERE number = 1", actor)
    assert (await ada.get(f"{STAFF}/trail/state"))["sound"]
    add("S15", forged_rows_unseen=0)


async def test_risk_tells_limits_and_rates(house: House, ada: Person) -> None:
    found = await ada.get(f"{STAFF}/risk")
    assert [rate["name"] for rate in found["rates"]["rates"]][:2] == ["ip_weight", "key_weight"]
    assert {rate["limit"] for rate in found["rates"]["rates"]} == {"unlimited"}  # Development.
    assert found["rates"]["limited"] == []
    assert found["concerns"] == []


# Markets


async def test_market_is_created_by_two_and_opened_by_one(
    house: House, ada: Person, rita: Person
) -> None:
    wanted = {
        "symbol": "NEW_INR", "base": "TATA", "tick": "0.05", "lot": "1", "taker_ppm": 500,
        "maker_ppm": 100, "reason": "listing",
    }  # fmt: skip
    done = await agreed(ada, rita, "markets", wanted)
    assert (done["act"], done["state"]) == ("create_market", "done")
    assert done["details"]["sequence"] > 0
    assert (await ada.call("POST", f"{STAFF}/markets", wanted)).code == "EXISTS"
    (market,) = [row for row in await markets(ada) if row["rules"]["market"] == "NEW_INR"]
    assert (market["rules"]["state"], market["rules"]["taker_ppm"]) == ("closed", 500)
    opened = await ada.call(
        "POST", f"{STAFF}/markets/NEW_INR/state", {"state": "trading", "reason": "open"}
    )
    assert opened.body["rules"]["state"] == "trading"
    halted = await ada.call(
        "POST", f"{STAFF}/markets/NEW_INR/state", {"state": "halted", "reason": "odd"}
    )
    assert halted.body["rules"]["state"] == "halted"
    retired = await agreed(ada, rita, "markets/NEW_INR/retire", {"reason": "over"})
    assert retired["state"] == "done"
    (market,) = [row for row in await markets(ada) if row["rules"]["market"] == "NEW_INR"]
    assert market["rules"]["state"] == "retired"


async def markets(who: Person) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (await who.get(f"{STAFF}/markets"))["markets"]
    return rows


async def test_rules_of_a_market_change_when_two_want_it(
    house: House, ada: Person, rita: Person
) -> None:
    symbol = await house.market()
    bands = {
        "dynamic_ppm": 50_000, "on_band": "halt", "halt_ms": 60_000, "auction_ms": 30_000,
        "static_ppm": 100_000, "collar_ppm": 20_000, "window_ppm": 70_000, "window_ms": 60_000,
        "extension_ms": 10_000,
    }  # fmt: skip
    change = {
        "reason": "new terms",
        "filters": {
            "min_quantity": "2", "max_quantity": None, "min_notional": "1.5",
            "order_notional_limit": None, "open_orders_limit": 50, "position_limit": "900",
            "protection_ppm": 10_000,
        },
        "fees": {"maker_ppm": 100, "taker_ppm": 700},
        "tiers": [{"volume": "1000", "maker_ppm": 50, "taker_ppm": 600}],
        "bands": bands,
        "schedule": [{"time": "09:15:00", "state": "trading"}],
    }  # fmt: skip
    before = next(row for row in await markets(ada) if row["rules"]["market"] == symbol)
    done = await agreed(ada, rita, f"markets/{symbol}/changes", change)
    assert done["state"] == "done"
    after = next(row for row in await markets(ada) if row["rules"]["market"] == symbol)
    assert after["bands"] == bands
    assert after["tiers"] == [{"volume": "1000.0000", "maker_ppm": 50, "taker_ppm": 600}]
    assert after["schedule"] == [{"time": "09:15:00", "state": "trading"}]
    rules = {"min_quantity": "2", "min_notional": "1.5000", "taker_ppm": 700, "maker_ppm": 100}
    assert after["rules"] == before["rules"] | rules
    assert after["limits"] == before["limits"] | {
        "order_notional": None, "open_orders": 50, "position": "900"
    }  # fmt: skip
    assert after["protection_ppm"] == 10_000


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, "MISSING_FIELD"),
        ({"fees": {"maker_ppm": -600, "taker_ppm": 500}}, "FEES"),
        ({"filters": {"min_quantity": "0.5"}}, "BAD_DECIMAL"),
        ({"filters": {"tick": "0.00001"}}, "CONTRADICTION"),
        ({"filters": {"lots": "1"}}, "UNKNOWN_FIELD"),
        ({"bands": {"window_ppm": 5}}, "CONTRADICTION"),
        ({"bands": {"dynamic_ppm": 1_000_000}}, "BAD_VALUE"),
        ({"schedule": [{"time": "9:15", "state": "trading"}]}, "BAD_TIME"),
        ({"schedule": [{"time": "09:15:00", "state": "retired"}]}, "BAD_VALUE"),
        ({"tiers": [{"volume": "2", "maker_ppm": 0, "taker_ppm": 0}] * 2}, "BAD_VALUE"),
        ({"fees": {"maker_ppm": 1, "taker_ppm": 1}, "reason": ""}, "BAD_VALUE"),
    ],
)
async def test_bad_change_of_a_market_is_refused(
    house: House, ada: Person, change: dict[str, Any], code: str
) -> None:
    body = {"reason": "x"} | change
    answer = await ada.call("POST", f"{STAFF}/markets/{TATA_INR}/changes", body)
    assert answer.code == code, answer


async def test_unknown_market_is_not_there(ada: Person) -> None:
    for path, body in (
        ("changes", {"reason": "x", "fees": {"maker_ppm": 0, "taker_ppm": 0}}),
        ("retire", {"reason": "x"}),
        ("state", {"reason": "x", "state": "halted"}),
    ):
        answer = await ada.call("POST", f"{STAFF}/markets/NO_SUCH/{path}", body)
        assert answer.code == "UNKNOWN_MARKET"


# Money


async def test_deposit_is_credited_once_by_two(house: House, ada: Person, rita: Person) -> None:
    bob = await house.person(INR="1")
    wanted = {
        "account": bob.account, "asset": "INR", "amount": "250", "reference": "SEPA 77",
        "reason": "wire",
    }  # fmt: skip
    done = await agreed(ada, rita, "deposits", wanted)
    assert (done["act"], done["state"]) == ("credit", "done")
    assert (await bob.balances())["INR"][0] == "251.0000"
    assert (await ada.call("POST", f"{STAFF}/deposits", wanted)).code == "EXISTS"
    await house.venue.services.ledger.caught_up()
    newest = (await ada.get(f"{STAFF}/deposits", limit=1))["deposits"][0]
    assert (newest["account"], newest["amount"], newest["reference"], newest["request"]) == (
        bob.account, "250.0000", "SEPA 77", done["request"]
    )  # fmt: skip
    bad = await ada.call("POST", f"{STAFF}/deposits", wanted | {"amount": "-1", "reference": "x"})
    assert bad.code == "BAD_DECIMAL"
    add("S15", credited_alone=0)


async def test_refused_deposit_frees_its_reference(house: House, ada: Person, rita: Person) -> None:
    wanted = {
        "account": ada.account, "asset": "INR", "amount": "1", "reference": "R-1", "reason": "x",
    }  # fmt: skip
    asked = await ada.call("POST", f"{STAFF}/deposits", wanted)
    number = asked.body["request"]
    await rita.call("POST", f"{STAFF}/requests/{number}/refuse")
    assert (await ada.call("POST", f"{STAFF}/deposits", wanted)).status == 201


async def test_ledger_report_balances(house: House, ada: Person) -> None:
    report = await ada.get(f"{STAFF}/ledger")
    assert report["conserved"] is True
    assert {row["asset"] for row in report["assets"]} >= {"BTC", "INR"}
    assert report["ledger"]["doubted"] is False


async def test_liabilities_are_published_now(house: House, ada: Person) -> None:
    await house.person(INR="7")
    published = await ada.call("POST", f"{STAFF}/liabilities")
    assert published.status == 201, published
    report = await ada.get(f"{STAFF}/ledger")
    assert [row["sequence"] for row in report["liabilities"]] == [
        published.body["sequence"] for _ in report["assets"]
    ]
    again = await ada.call("POST", f"{STAFF}/liabilities")
    assert again.code == "EXISTS"


# Who may


async def test_acts_need_a_code_just_given(house: House, ada: Person) -> None:
    identity = house.venue.services.identity
    session = identity.session_for(ada.account)
    with identity._store.work() as work:
        row = SESSIONS.one(work, "session = ?", session.session)
        assert row is not None
        SESSIONS.put(work, replace(row, factor_ns=row.created_ns - 400 * 10**9))
    stale = Person(house, ada.email, {"user_id": ada.account, "token": session.token})
    for path, body in (
        ("mode", {"mode": "normal", "reason": "x"}),
        (f"markets/{BTC_USDT}/state", {"state": "halted", "reason": "x"}),
        (f"markets/{BTC_USDT}/changes", {"fees": {"maker_ppm": 1, "taker_ppm": 1}, "reason": "x"}),
        (f"people/{ada.account}/roles", {"roles": [], "reason": "x"}),
        ("orders/cancel", {"market": BTC_USDT, "reason": "x"}),
        ("liabilities", None),
    ):
        answer = await stale.call("POST", f"{STAFF}/{path}", body)
        assert answer.code == "SECOND_FACTOR", (path, answer)


async def test_venue_without_bots_has_none(ada: Person) -> None:
    assert await ada.get(f"{STAFF}/bots") == {"bots": []}
    for what in ("start", "stop"):
        assert (await ada.call("POST", f"{STAFF}/bots/x/{what}")).code == "UNKNOWN_BOT"


async def test_request_that_was_cut_off_is_not_done_twice(
    house: House, ada: Person, rita: Person
) -> None:
    wanted = {"symbol": "ONCE_INR", "base": "TATA", "tick": "0.05", "lot": "1", "reason": "x"}
    asked = await ada.call("POST", f"{STAFF}/markets", wanted)
    desk = StaffDesk(Door(house.venue.services), *UNUSED)
    requests = house.venue.services.identity.requests
    row = requests.decide(rita.account, asked.body["request"], NOWHERE, approve=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(requests, "settle", lambda *_, **__: row)
        await desk.staff.carry_out(row)
    before = await markets(ada)
    await desk.finish()
    assert requests.unsettled() == []
    assert await markets(ada) == before
    assert [one["rules"]["market"] for one in before].count("ONCE_INR") == 1


UNUSED: Any = (None, None, ())
"""What nothing here asks."""
