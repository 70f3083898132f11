"""What holds a secret does not say it, and no venue starts with one that others know."""

import dataclasses
import importlib
import inspect
import io
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_type_hints

import msgspec
import pytest
import structlog

import outcry
from outcry.adapters.memory import ManualClock
from outcry.adapters.sqlite_identity import SqliteIdentity
from outcry.adapters.telemetry import configure
from outcry.config import BadSettings, Settings, read_settings
from outcry.identity.access_tokens import AccessTokens
from outcry.identity.identity import Identity, IdentitySettings

CANARY = "canary-" + "of-32-bytes-and-a-few-more"
SECRET_NAME = re.compile(r"password|secret|token|private_key|signing|api_key")
ON_THE_WIRE = {
    "outcry.gateway.native.schemas.Credentials",
    "outcry.gateway.native.schemas.LoginIn",
    "outcry.gateway.native.schemas.RefreshIn",
    "outcry.gateway.native.schemas.SessionOut",
    "outcry.gateway.people.schemas.FactorOut",
    "outcry.gateway.people.schemas.NewKeyOut",
    "outcry.gateway.people.schemas.PasswordIn",
    "outcry.gateway.people.schemas.ProofIn",
    "outcry.gateway.live.messages.AuthMessage",
    "outcry.gateway.live.asked.message.Message",
    "outcry.gateway.express.head.Head",
}
"""One request's own words, gone with it. Their texts are masked where a log line is written."""


def secret_holders() -> Iterator[tuple[type, list[str]]]:
    """Yield (class, its fields that hold secrets) of everything that is made of fields."""
    for found in pkgutil.walk_packages(outcry.__path__, "outcry."):
        if found.name.endswith("__main__"):
            continue
        for kind in vars(importlib.import_module(found.name)).values():
            if not isinstance(kind, type) or kind.__module__ != found.name:
                continue
            fields = [
                name
                for name, hint in _fields(kind).items()
                if SECRET_NAME.search(name) and re.search(r"\b(str|bytes)\b", str(hint))
            ]
            if fields:
                yield kind, fields


def _fields(kind: type) -> dict[str, Any]:
    made_of_fields = (
        dataclasses.is_dataclass(kind)
        or issubclass(kind, msgspec.Struct)
        or hasattr(kind, "_fields")
    )
    if not made_of_fields:
        return {}
    # Unevaluated: a hint may be of what is not imported where its class is.
    every = [inspect.get_annotations(base) for base in reversed(kind.__mro__)]
    return {name: hint for hints in every for name, hint in hints.items()}


def filled(kind: type, secret: list[str]) -> Any:
    hints = _fields(kind)
    values = {name: _canary(str(hints[name])) if name in secret else None for name in hints}
    if not dataclasses.is_dataclass(kind):
        return kind(**values)
    made = object.__new__(kind)  # its own checks want more than a canary
    for name, value in values.items():
        object.__setattr__(made, name, value)
    return made


def _canary(hint: str) -> Any:
    if "tuple" in hint:
        return (CANARY,)
    return CANARY.encode() if "bytes" in hint else CANARY


def texts(thing: object) -> str:
    return " ".join([repr(thing), str(thing), f"{thing}", f"{[thing]}", f"{thing!s:>9}"])


HOLDERS = {f"{kind.__module__}.{kind.__qualname__}": (kind, f) for kind, f in secret_holders()}


@pytest.mark.parametrize("name", sorted(HOLDERS.keys() - ON_THE_WIRE))
def test_what_holds_a_secret_does_not_say_it(name: str) -> None:
    kind, fields = HOLDERS[name]
    assert CANARY not in texts(filled(kind, fields))


def test_search_finds_those_that_are_known() -> None:
    names = {name.rpartition(".")[2] for name in HOLDERS}
    assert {"IdentitySettings", "Session", "Person", "Credentials", "VenueLoad"} <= names
    assert HOLDERS.keys() >= ON_THE_WIRE


def test_field_that_is_shown_would_be_noticed() -> None:
    @dataclasses.dataclass(slots=True)
    class Careless:
        account: int
        api_key: str

    assert CANARY in texts(filled(Careless, ["api_key"]))


@pytest.mark.parametrize("name", sorted(HOLDERS))
def test_log_line_with_it_is_masked(name: str) -> None:
    stream = io.StringIO()
    configure(json=True, stream=stream)
    kind, fields = HOLDERS[name]
    thing = filled(kind, fields)
    structlog.get_logger("x").info(f"seen {thing}", thing=thing, things=[thing, str(thing)])
    assert stream.getvalue().count("\n") == 1
    assert CANARY not in stream.getvalue()


def test_rooms_that_keep_a_secret_do_not_say_it(tmp_path: Path) -> None:
    clock, secret = ManualClock(0), CANARY.encode()
    settings = IdentitySettings(
        secret, argon2_time_cost=1, argon2_memory_kib=64, argon2_parallelism=1
    )
    people = SqliteIdentity(tmp_path / "identity.sqlite")
    try:
        rooms = [settings, Identity(people, clock, settings), AccessTokens(secret, 1, clock)]
        assert CANARY not in " ".join(texts(room) for room in (*rooms, people))
    finally:
        people.close()


def test_no_setting_is_a_secret() -> None:
    def names(kind: type) -> Iterator[str]:
        for name, hint in get_type_hints(kind).items():
            yield name
            if isinstance(hint, type) and _fields(hint):
                yield from names(hint)

    assert [name for name in names(Settings) if SECRET_NAME.search(name)] == []
    for name in ("OUTCRY_SECRET", "OUTCRY_IDENTITY_SECRET", "OUTCRY_PASSWORD"):
        with pytest.raises(BadSettings, match="is not a setting"):
            read_settings({name: CANARY})


@pytest.mark.parametrize("secret", [b"", b"secret", b"s" * 31])
def test_there_is_no_default_secret_and_no_short_one(secret: bytes) -> None:
    with pytest.raises(TypeError, match="secret"):
        IdentitySettings()  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="fewer than 32 bytes"):
        IdentitySettings(secret)
