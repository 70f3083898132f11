"""The demo's staff: an admin and somebody of finance, so that the console can be tried at once.

In development mode only. Their passwords follow from the folder's secret, as the traders' do; the
secrets of their second factors are random and stand in `demo.json` alone.
"""

import time
from collections.abc import Mapping
from typing import Any

from outcry.bootstrap import Venue
from outcry.cli.demo.seeding import password
from outcry.identity import totp
from outcry.identity.errors import EmailTaken
from outcry.identity.identity import Identity
from outcry.identity.staff.roles import FINANCE, RISK, ROLES

STAFF = {"admin@demo.example": ROLES, "finance@demo.example": (FINANCE, RISK)}


def staff_of(venue: Venue, known: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return who works for this demo.

    `known` are the secrets of second factors by e-mail, as they were told before. Whoever is not
    there is registered; whose secret nobody knows any more gets another.
    """
    return [_member(venue, email, roles, known.get(email, "")) for email, roles in STAFF.items()]


def _member(venue: Venue, email: str, roles: tuple[str, ...], secret: str) -> dict[str, Any]:
    identity, own = venue.services.identity, password(venue, email)
    try:
        identity.register(email, own)
        identity.roles.give(email, roles, "the demo")
    except EmailTaken:  # As on every start but the first; what admins have changed since stays.
        pass
    person = identity.person_of(email)
    assert person is not None
    if not secret or not identity.credentials.has_factor(person.account):
        secret = _new_factor(identity, person.account, own)
    return {
        "email": email,
        "password": own,
        "totp_secret": secret,
        "roles": sorted(identity.roles.of(person.account)),
    }


def _new_factor(identity: Identity, account: int, own: str) -> str:
    """Return the secret of a second factor that is in force."""
    identity.credentials.reset_factor(account)
    caller = identity.caller_of(identity.session_for(account).token)
    assert caller is not None
    secret = identity.credentials.begin_factor(account, own).secret
    # The code of the step before: the one of now is left for whoever logs in first.
    step = totp.step_at(time.time_ns()) - 1
    identity.credentials.confirm_factor(caller, totp.hotp(totp.secret_bytes(secret), step))
    identity.sessions.end_all(account, 0, "the demo has begun")
    return secret
