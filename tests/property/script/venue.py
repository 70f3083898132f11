"""Money and administration: accounts, markets, states, rates, bands, schedules, switches."""

from dataclasses import replace

from outcry.domain import commands as c
from outcry.domain.market import AccountStatus, MarketState, OnBand, VenueMode
from outcry.domain.order import Scope
from outcry.domain.units import DAY_NS
from tests.property.opening import ACCOUNTS, RICH, Place, filters
from tests.property.script.scene import Scene

CALLS = (MarketState.PRE_OPEN, MarketState.AUCTION)


def repair(scene: Scene) -> c.Command | None:
    """Return a command that brings something unusual back to where trading is possible."""
    core = scene.core
    if core.mode:
        return c.SetMode(mode=VenueMode.NORMAL)
    for place in scene.places:
        state = scene.state(place.market)
        if state in {MarketState.TRADING, MarketState.RETIRED}:
            continue
        if state in CALLS and scene.random.random() < 0.7:
            continue
        to = MarketState.TRADING
        if state == MarketState.HALTED:
            to = scene.random.choice((MarketState.AUCTION,) * 3 + (MarketState.CLOSED,))
        reference = scene.random.choice((0, 0, place.centre_ticks))
        return c.SetState(market=place.market, state=to, reference_ticks=reference)
    for account in scene.barred():
        if scene.random.random() < 0.6:
            continue
        return c.SetAccountStatus(account=account, status=AccountStatus.ACTIVE)
    return None


def money(scene: Scene) -> c.Command:
    """Return what moves units outside of trading."""
    random = scene.random
    account, asset = scene.some_account(), random.choice((1, 2, 3, 3, 3, 9))
    available, _ = scene.core.balance(account, asset)
    amount = random.choice((1, 7, 100, available, available + 1, available // 2, 0, 2**62 - 1))
    withdrawal_id = random.randint(1, scene.last_withdrawal_id + 1)
    failed = random.choice((0, 0, 1, 1, 2))
    if scene.last_withdrawal_id and random.random() < 0.25:
        withdrawal_id = scene.last_withdrawal_id
        return c.FinishWithdrawal(withdrawal_id=withdrawal_id, failed=failed)
    return random.choice((
        c.Deposit(account=account, asset=asset, amount_units=amount),
        c.Withdraw(account=account, asset=asset, amount_units=amount),
        c.FinishWithdrawal(withdrawal_id=withdrawal_id, failed=failed),
        c.Transfer(
            account=account,
            to_account=random.choice((*ACCOUNTS, 9)),
            asset=asset,
            amount_units=amount,
            staff=random.random() < 0.6,
        ),
        c.Adjust(account=account, asset=asset, amount_units=amount * random.choice((1, -1))),
    ))  # fmt: skip


def administration(scene: Scene) -> c.Command:
    """Return an order of the operator."""
    random = scene.random
    place, account = scene.some_place(), scene.waiter()
    return random.choice((
        fees(scene),
        call(scene),
        c.SetState(market=place.market, state=random.choice((0, 1, 2, 3, 4, 4, 5, 5, 6))),
        c.SetState(market=place.market, state=random.choice((0, 4, 5))),
        c.SetAccountStatus(account=account, status=random.choice((1, 2))),
        c.SetMode(mode=random.choice((0, 1, 1, 2, 2, 3, 3, 4))),
        c.SetAccountStatus(account=account, status=AccountStatus.REDUCE_ONLY),
        c.SetAccountStatus(account=account, status=random.choice((0, 1, 1, 2, 2, 3))),
        limits(scene, place, account),
        limits(scene, place, account),
        limits(scene, place, account),
        definition(scene, place),
        c.Tick(account=random.choice((0, account))),
    ))  # fmt: skip


def call(scene: Scene) -> c.Command:
    """Return the beginning of a call phase."""
    return c.SetState(market=scene.some_place().market, state=scene.random.choice(CALLS))


def halt(scene: Scene) -> c.Command:
    """Return a halt, or the auction behind one."""
    place = scene.some_place()
    halted = scene.state(place.market) == MarketState.HALTED
    state = MarketState.AUCTION if halted else MarketState.HALTED
    return c.SetState(market=place.market, state=state)


def tick(scene: Scene) -> c.Command:
    """Return what lets time pass, and auctions be told of."""
    return c.Tick(account=scene.random.choice((0, 0, 1)))


def fees(scene: Scene) -> c.Command:
    """Return other rates for a market; orders already open keep their caps."""
    random, place = scene.random, scene.some_place()
    maker_ppm, taker_ppm = random.choice((*place.fees, (-5, 1), (-5, 5)))
    return c.SetFees(
        market=place.market,
        maker_ppm=maker_ppm,
        taker_ppm=taker_ppm,
        auction_ppm=random.choice((-1, -1, 0, 300_000)),
    )


def limits(scene: Scene, place: Place, account: int) -> c.Command:
    """Return limits of an account."""
    random, step = scene.random, place.centre_ticks
    if random.random() < 0.2:
        total = random.choice((-1, 0, 2, 3, 5))
        return c.SetLimits(account=account, open_orders_total=total)
    owned = sum(scene.core.balance(account, place.base))
    return c.SetLimits(
        account=account,
        market=place.market,
        order_notional_units=random.choice((-1, -1, step, step * 5, step * 50)),
        open_orders=random.choice((-1, -1, 1, 3)),
        daily_notional_units=random.choice((-1, -1, step * 50, step * 500)),
        stop_orders=random.choice((-1, -1, 0, 1, 2)),
        position_units=random.choice((-1, -1, -1, RICH, owned, owned + 5)),
    )


def newcomer(scene: Scene) -> c.Command:
    """Return an account or an asset, many of them such as there are already."""
    random = scene.random
    if random.random() < 0.5:
        parent = random.choice((0, 0, 1, 2, 5, 9))
        return c.OpenAccount(account=random.choice((1, 6, 7, 8, 0, 2**24)), parent=parent)
    symbol = random.choice(("AAA", "NEW1", "NEW2", "new", "N" * 16))
    asset = random.choice((1, 7, 8, 9, 0))
    return c.SetAsset(asset=asset, symbol=symbol, unit_decimals=2, chain_decimals=3)


def definition(scene: Scene, place: Place) -> c.Command:
    """Return a market, mostly such as there is already."""
    random = scene.random
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


# What stands above the core


def rules(scene: Scene) -> c.Command:
    """Return bands, a breaker and auctions of a market."""
    random = scene.random
    spans = (0, 0, 1, 10**9, 10**12)
    window = random.choice((0, 0, 100_000, 300_000))
    return c.SetRules(
        market=_market(scene),
        dynamic_ppm=random.choice((0, 0, 10_000, 100_000, 300_000)),
        static_ppm=random.choice((0, 0, 100_000, 500_000)),
        window_ppm=window,
        window_ns=random.choice((10**9, 10**11)) if window or random.random() < 0.05 else 0,
        collar_ppm=random.choice((0, *[1_000] * 7, 50_000, 10**6)),
        halt_ns=random.choice(spans),
        auction_ns=random.choice(spans),
        extension_ns=random.choice(spans),
        on_band=random.choice((OnBand.STOP, *[OnBand.HALT] * 5, 2)),
    )


def tiers(scene: Scene) -> c.Command:
    """Return fee tiers, mostly such as can be."""
    random = scene.random
    volumes = sorted(random.sample((1, 50, 500, 5_000, 50_000, 10**6), random.randint(0, 3)))
    if random.random() < 0.1:
        volumes = volumes[::-1]
    rates = ((0, 100), (100, 200), (50, 150), (-50, 400), (10_000, 500), (0, 10**6))
    return c.SetTiers(
        market=_market(scene),
        tiers=tuple((volume, *random.choice(rates[:5] if random.random() < 0.9 else rates))
                    for volume in volumes),
    )  # fmt: skip


def account_fees(scene: Scene) -> c.Command:
    """Return rates of an account's own."""
    random = scene.random
    own = random.choice((0, 1, 1, 1, 2))
    maker_ppm, taker_ppm = random.choice(((0, 0), (5, 10), (20, 20), (-10, 50), (300, 10**6)))
    account = random.choice((*ACCOUNTS, 9))
    if not own and random.random() < 0.9:
        maker_ppm = taker_ppm = 0
    return c.SetAccountFees(
        account=account, market=_market(scene), own=own, maker_ppm=maker_ppm, taker_ppm=taker_ppm
    )


def schedule(scene: Scene) -> c.Command:
    """Return the plan of a market's day, something of it soon."""
    random, count = scene.random, scene.random.randint(0, 4)
    soon = (scene.now_ns + random.choice((1, 1_000, 10**9))) % DAY_NS
    times = {soon, *(random.randrange(DAY_NS) for _ in range(count))} if count else set()
    ordered = sorted(times, reverse=random.random() < 0.06)
    states = (0, 1, 2, 3, 3, 3, 4, 5, 6)
    rows = tuple((time_ns, random.choice(states[: 9 if random.random() < 0.1 else 8]))
                 for time_ns in ordered)  # fmt: skip
    return c.SetSchedule(market=_market(scene), entries=rows)


def switch(scene: Scene) -> c.Command:
    """Return a dead man's switch, armed, renewed or disarmed."""
    random = scene.random
    scope = random.choice((Scope.ACCOUNT, Scope.ACCOUNT, Scope.API_KEY, Scope.ALL, 3))
    account = 0 if scope == Scope.ALL else random.choice((*ACCOUNTS, 9))
    key = random.choice((1, 2)) if scope == Scope.API_KEY else 0
    if random.random() < 0.05:
        account, key = random.choice(((0, 1), (1, 0), (1, 7)))
    timeout = random.choice((0, 1, 1_000, 10**9, 10**9, 10**12, -1, 2**62))
    return c.RenewSwitch(account=account, scope=scope, api_key=key, timeout_ns=timeout)


def session(scene: Scene) -> c.Command:
    """Return the end of a session, or of all."""
    random = scene.random
    if random.random() < 0.2:
        return c.ResetSessions()
    return c.CloseSession(
        account=random.choice((0, 0, 0, 1, 9)), session=random.choice((0, 1, 1, 2, 2, 2**64 - 1))
    )


def retire(scene: Scene) -> c.Command:
    """Return the end of a market."""
    return c.RetireMarket(market=scene.random.choice((3, 3, 2, 9)))


def _market(scene: Scene) -> int:
    return scene.random.choice((1, 2, 3)) if scene.random.random() < 0.97 else 9
