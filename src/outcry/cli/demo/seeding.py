"""`outcry up --demo`: markets with liquidity and two funded traders, once; their tokens each time.

All of it is sequenced commands in one submission, so a crash leaves all or nothing of it. A folder
that has the first market was seeded before: nothing is topped up then.
"""

import asyncio
import hmac
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from outcry import codec
from outcry.adapters.sqlite_identity import secret_file
from outcry.bootstrap import Venue, secret_path
from outcry.cli.demo.markets import (
    ASSETS,
    DAILY_NOTIONAL_LIMIT,
    LEVELS,
    MARKETS,
    ORDER_NOTIONAL_LIMIT,
    TICK_DECIMALS,
    DemoMarket,
)
from outcry.domain import commands as c
from outcry.domain.events import CommandRejected
from outcry.domain.market import MarketState
from outcry.domain.order import OrderFlag, Side
from outcry.domain.rejects import Reject
from outcry.domain.units import UNITS_LIMIT
from outcry.identity.api_keys import SCOPES, NewKey
from outcry.identity.errors import EmailTaken, FactorNeeded, WrongCredentials
from outcry.identity.identity import Session
from outcry.ports import Outcomes

TRADERS = ("trader1@demo.example", "trader2@demo.example")
LIQUIDITY, NOISE = "liquidity@demo.example", "noise@demo.example"
KEY_LABEL = "demo"
DEMO_FILE = "demo.json"
TOP = UNITS_LIMIT - 1


class DemoFailed(Exception):
    """The demo could not be set up."""


async def seed(venue: Venue) -> None:
    """Set the demo up, unless this data folder has it already.

    Raises:
        DemoFailed: the venue refused something, or an e-mail of the demo belongs to somebody.
    """
    if venue.services.registry.market_by_symbol(MARKETS[0].symbol) is not None:
        return
    names = (LIQUIDITY, *TRADERS, NOISE)
    accounts = [await asyncio.to_thread(_register, venue, name) for name in names]
    liquidity, *traders, noise = accounts
    commands = [
        *_definitions(),
        *_funding(liquidity, traders),
        *_ladders(liquidity),
        c.OpenAccount(account=noise),
        *_limits(noise),
    ]
    await submit(venue, commands)


Staff = Callable[[Venue, Mapping[str, str]], list[dict[str, Any]]]
"""Who works for a demo; see `staff.staff_of`."""


def write_file(venue: Venue, staff: Staff = lambda *_: []) -> Path:
    """Write who traders and staff are, and the traders' tokens of today, for their owner to read.

    Raises:
        DemoFailed: the traders are not people of this data folder any more.
    """
    traders = []
    for email in TRADERS:
        session = _login(venue, email)
        who = {"email": email, "password": password(venue, email), "token": session.token}
        traders.append(who | _api_key(venue, session.account))
    path = Path(venue.settings.data) / DEMO_FILE
    content: dict[str, Any] = {"url": venue.url, "traders": traders}
    content["staff"] = staff(venue, _secrets_in(path))
    aside = path.with_suffix(".part")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(content)) + b"\n")
    aside.replace(path)
    return path


def _secrets_in(path: Path) -> dict[str, str]:
    """Return the secrets of second factors that a file of before tells, by e-mail."""
    if not path.exists():
        return {}
    try:
        told = msgspec.json.decode(path.read_bytes())
        return {member["email"]: member["totp_secret"] for member in told.get("staff", ())}
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
        return {}


def _register(venue: Venue, email: str) -> int:
    try:
        return venue.services.identity.register(email, password(venue, email)).account
    except EmailTaken:
        return _login(venue, email).account


def _login(venue: Venue, email: str) -> Session:
    """Return a session of somebody of the demo.

    Raises:
        DemoFailed: they are not registered, or with another password.
    """
    identity = venue.services.identity
    try:
        return identity.login(email, password(venue, email))
    except FactorNeeded:  # The password is right, and somebody has set a second factor up.
        person = identity.person_of(email)
        assert person is not None
        return identity.session_for(person.account)
    except WrongCredentials:
        raise DemoFailed(
            f"{email} cannot log in: {secret_path(venue.settings)} is not what the demo was set "
            "up with, or somebody else has this e-mail; put the old secret back, or give an empty "
            "folder with --data"
        ) from None


def _api_key(venue: Venue, account: int) -> dict[str, str]:
    """Return somebody's API key for trading, made at the first start and the same from then on."""
    keys = venue.services.identity.keys
    for row in keys.of(account):
        known = keys.get(row.key)
        if row.label == KEY_LABEL and known is not None and not known.revoked:
            return {"api_key": known.key, "api_secret": known.secret.decode()}
    row, secret = keys.create(account, NewKey("hmac", SCOPES, KEY_LABEL))
    assert secret is not None
    return {"api_key": row.key, "api_secret": secret}


def password(venue: Venue, email: str) -> str:
    """Return a password nobody else can know: it follows from this folder's secret."""
    secret = secret_file(secret_path(venue.settings))
    return hmac.digest(secret, f"demo:{email}".encode(), "sha256").hex()[:32]


async def submit(venue: Venue, commands: list[c.Command]) -> None:
    """Send commands into the flow together, and wait until they are done.

    Raises:
        DemoFailed: the venue refused one of them, or has halted.
    """
    records = b"".join(codec.encode_command(command) for command in commands)
    answered: asyncio.Future[Outcomes | None] = asyncio.get_running_loop().create_future()
    venue.pipeline.submit(records, len(commands), answered.set_result)
    outcomes = await answered
    if outcomes is None:
        raise DemoFailed(venue.pipeline.halted_reason)
    for command, events in zip(commands, outcomes, strict=True):
        for event in events:
            if isinstance(event, CommandRejected) and event.reason != Reject.EXISTS:
                reason = Reject(event.reason).name
                raise DemoFailed(f"{type(command).__name__} was refused: {reason}")


def _definitions() -> Iterator[c.Command]:
    for asset in ASSETS:
        yield c.SetAsset(
            asset=asset.asset,
            symbol=asset.symbol,
            unit_decimals=asset.decimals,
            chain_decimals=asset.chain_decimals,
        )
    for market in MARKETS:
        quote_unit = 10**market.quote.decimals
        yield c.SetMarket(
            market=market.market,
            symbol=market.symbol,
            base=market.base.asset,
            quote=market.quote.asset,
            tick_mantissa=market.tick_mantissa,
            tick_decimals=TICK_DECIMALS,
            lot_units=market.lot_units,
            fee_asset=market.fee_asset,
            limit_order_notional_units=ORDER_NOTIONAL_LIMIT * quote_unit,
            limit_daily_notional_units=DAILY_NOTIONAL_LIMIT * quote_unit,
        )
        yield c.SetFees(
            market=market.market, maker_ppm=market.maker_ppm, taker_ppm=market.taker_ppm
        )
        yield c.SetState(market=market.market, state=MarketState.TRADING)


def _funding(liquidity: int, traders: list[int]) -> Iterator[c.Command]:
    for account in (liquidity, *traders):
        yield c.OpenAccount(account=account)
        for asset in ASSETS:
            funds = asset.liquidity_funds if account == liquidity else asset.trader_funds
            amount = funds * 10**asset.decimals
            yield c.Deposit(account=account, asset=asset.asset, amount_units=amount)


def _limits(account: int) -> Iterator[c.Command]:
    for market in MARKETS:
        yield c.SetLimits(
            account=account,
            market=market.market,
            order_notional_units=TOP,
            open_orders=TOP,
            daily_notional_units=TOP,
        )


def _ladders(account: int) -> Iterator[c.Command]:
    yield from _limits(account)
    for market in MARKETS:
        yield from ladder(account, market, market.middle_ticks)


def ladder(account: int, market: DemoMarket, middle_ticks: int) -> Iterator[c.Command]:
    """Yield the orders that rest around a price."""
    for level in range(1, LEVELS + 1):
        away = level * market.step_ticks
        for side in Side:
            yield c.PlaceOrder(
                account=account,
                market=market.market,
                side=side,
                flags=OrderFlag.POST_ONLY,
                price_ticks=middle_ticks + (away if side is Side.SELL else -away),
                lots=market.level_lots,
            )
