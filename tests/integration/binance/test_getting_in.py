"""Who gets in: keys, scopes, clocks, and signatures over the bytes as they were sent."""

import pytest

from tests.support.binance import Ed25519Trader, Trader, now_ms
from tests.support.gateway import House

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_query_and_form_are_both_read_whatever_the_content_type(ann: Trader) -> None:
    for form in (False, True):
        answer = await ann.call("GET", "account", form=form)
        assert answer.status == 200
        assert answer.body["uid"] == ann.account


async def test_parameters_may_be_in_both_and_are_signed_one_after_the_other(ann: Trader) -> None:
    query, body = "symbol=BTCUSDT&recvWindow=6000", f"timestamp={now_ms()}"
    signature = ann.sign((query + body).encode())
    answer = await ann.send(
        "DELETE", "openOrders", query=query, body=f"{body}&signature={signature}"
    )
    assert answer.code == -2011
    wrong = await ann.send("DELETE", "openOrders", query=f"{query}&signature={signature}")
    assert wrong.code == -1102  # the timestamp was in the body


async def test_bytes_are_not_encoded_anew_before_they_are_checked(ann: Trader) -> None:
    # Two spellings of one text: each is signed as it is spelt.
    for spelling in ("BTCUSDT", "%42TC%55SDT"):
        query = f"symbol={spelling}&timestamp={now_ms()}"
        good = f"{query}&signature={ann.sign(query.encode())}"
        assert (await ann.send("GET", "openOrders", query=good)).status == 200
    query = f"symbol=%42TCUSDT&timestamp={now_ms()}"
    other = query.replace("%42", "B")
    mixed = f"{query}&signature={ann.sign(other.encode())}"
    assert (await ann.send("GET", "openOrders", query=mixed)).code == -1022


async def test_signature_may_stand_anywhere(ann: Trader) -> None:
    query = f"timestamp={now_ms()}&recvWindow=5000"
    first = f"signature={ann.sign(query.encode())}&{query}"
    assert (await ann.send("GET", "account", query=first)).status == 200


async def test_ed25519_keys_sign_too(house: House) -> None:
    trader = Ed25519Trader(house, await house.person())
    assert (await trader.call("GET", "account")).body["uid"] == trader.account
    query = f"timestamp={now_ms()}"
    foreign = Ed25519Trader(house, await house.person())
    forged = f"{query}&signature={foreign.sign(query.encode())}"
    assert (await trader.send("GET", "account", query=forged)).code == -1022


@pytest.mark.parametrize(
    ("change", "code", "status"),
    [
        ({"timestamp": 0}, -1021, 400),
        ({"timestamp": 10**14}, -1021, 400),
        ({"recvWindow": 60_001}, -1131, 400),
        ({"recvWindow": "soon"}, -1100, 400),
        ({"timestamp": "now"}, -1100, 400),
        ({"timestamp": ""}, -1102, 400),
    ],
)
async def test_clock_has_to_be_right(
    ann: Trader, change: dict[str, object], code: int, status: int
) -> None:
    answer = await ann.call("GET", "account", **change)
    assert (answer.code, answer.status) == (code, status), answer.body
    if change.get("timestamp") == 0:
        assert answer.body["msg"].startswith("Timestamp for this request")


async def test_a_window_holds_what_is_inside_it(ann: Trader) -> None:
    late = now_ms() - 30_000
    assert (await ann.call("GET", "account", timestamp=late)).code == -1021
    assert (await ann.call("GET", "account", timestamp=late, recvWindow=60_000)).status == 200
    assert (await ann.call("GET", "account", timestamp=now_ms() * 1_000)).status == 200


async def test_keys_are_told_apart(house: House, ann: Trader) -> None:
    query = f"timestamp={now_ms()}"
    signed = f"{query}&signature={ann.sign(query.encode())}"
    assert (await ann.send("GET", "account", query=signed, key="")).code == -2014
    assert (await ann.send("GET", "account", query=signed, key="x" * 64)).code == -2015
    assert (await ann.send("GET", "account", query=query)).code == -1102
    assert (await ann.send("GET", "account", query=f"{query}&signature=00")).code == -1022
    reader = Trader(house, ann.person, ("read",))
    assert (await reader.call("GET", "account")).body["canTrade"] is False
    refused = await reader.try_order("BUY", "LIMIT", "0.001", price="100")
    assert (refused.code, refused.status) == (-2015, 401)


async def test_a_revoked_key_is_dead_at_once(house: House, ann: Trader) -> None:
    other = Trader(house, ann.person)
    assert (await other.call("GET", "account")).status == 200
    house.venue.services.identity.keys.revoke(ann.account, other.key)
    assert (await other.call("GET", "account")).code == -2015


async def test_parameters_come_once(ann: Trader) -> None:
    query = f"symbol=BTCUSDT&symbol=BTCUSDT&timestamp={now_ms()}"
    signed = f"{query}&signature={ann.sign(query.encode())}"
    assert (await ann.send("GET", "openOrders", query=signed)).code == -1101
    both = f"timestamp={now_ms()}"
    twice = f"{both}&signature={ann.sign((both + both).encode())}"
    assert (await ann.send("GET", "account", query=twice, body=both)).code == -1101


async def test_answers_say_what_was_used(ann: Trader) -> None:
    before = await ann.call("GET", "ping", signed=False)
    after = await ann.call("GET", "account")
    used = int(after.headers["X-MBX-USED-WEIGHT-1M"]) - int(before.headers["X-MBX-USED-WEIGHT-1M"])
    assert used in {20, 20 - int(before.headers["X-MBX-USED-WEIGHT-1M"])}  # A minute may end.
    placed = await ann.try_order("BUY", "LIMIT", "0.001", price="10000")
    assert int(placed.headers["X-MBX-ORDER-COUNT-1D"]) == 1
    assert "X-MBX-ORDER-COUNT-10S" in placed.headers
