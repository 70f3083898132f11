"""Whatever clients send: a log line is one line of harmless JSON, and no secret is ever in one."""

import asyncio
import itertools
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from outcry.client import Client
from tests.e2e.loud_venue import HALTING
from tests.support.process import VenueProcess, venue_process
from tests.support.scoreboard import note

HOSTILE = {
    "line-feed": 'seen\n{"level": "info", "event": "forged"}',
    "carriage-return": "seen\rforged",
    "other-line-ends": "a\x0bb\x0cc\x1cd\x85e\u2028f\u2029g",
    "colour": "\x1b[31mred\x1b[0m",
    "title": "\x1b]0;owned\x07",
    "one-byte-escape": "\x9b31mred",
    "right-to-left": "\u202egnp.exe\u2066",
    "nothing-to-see": "\u200b\ufeff\x7f",
    "json-break": '", "event": "forged", "x": "\\',
    "long": "A" * 2_000,
}
CANARIES = {
    name: f"canary-{name}-5d1f"
    for name in ("password", "refresh", "bearer", "cookie", "key", "query", "auth", "environ")
}
LOUD = ("-m", "tests.e2e.loud_venue")
SECRET_ENVIRON = {"DATABASE_PASSWORD": CANARIES["environ"]}
WORDS = HOSTILE["line-feed"] + HOSTILE["colour"] + f" password='{CANARIES['password']}'"
CALLS = [
    ("POST", "/register"),
    ("POST", "/login"),
    ("POST", "/refresh"),
    ("POST", "/order"),
    ("POST", "/api/v1/orders"),
    ("PATCH", "/api/v1/order"),
    ("DELETE", "/api/v1/order"),
    ("GET", "/api/v1/balances"),
    ("GET", "/api/v1/order/open"),
    ("POST", "/api/v1/dev/faucet"),
]
FOR_ANYBODY = 7
"""How many of these, and of the messages over a socket, are read whoever sent them."""
_HEADERS = {
    "Authorization": f"Bearer {CANARIES['bearer']}",
    "Cookie": f"session={CANARIES['cookie']}",
    "X-Api-Key": CANARIES["key"],
    "Content-Type": "application/json",
}


def secrets_of(text: str) -> dict[str, Any]:
    """Return a body with hostile text everywhere and secrets where they belong."""
    names = ("email", "market", "client_order_id", "side", "asset", "op", text)
    told = {name: text for name in names}
    secret = {"password": CANARIES["password"], "refresh_token": CANARIES["refresh"]}
    return {**told, **secret, "orders": [told]}


async def over_http(url: str, text: str) -> list[str]:
    """Make every call with hostile text; return the ids of the requests, and what they said."""
    said = []
    async with aiohttp.ClientSession(url) as http:
        for method, path in CALLS:
            query = {"token": CANARIES["query"], "market": text, text: "1"}
            headers = {**_HEADERS, "X-Text": _header(text), "User-Agent": _header(text)}
            body = None if method == "GET" else json.dumps(secrets_of(text))
            async with http.request(
                method, path, params=query, headers=headers, data=body
            ) as answer:
                said.append(await answer.text())
    return said


def _header(text: str) -> str:
    """Return text as a client's library lets it into a header."""
    return "".join(c for c in text if ord(c) >= 0x20 and c != "\x7f")[:1_000]


async def over_a_socket(url: str, text: str) -> list[str]:
    """Send every message with hostile text over a WebSocket; return the answers."""
    said = []
    async with aiohttp.ClientSession(url) as http, http.ws_connect("/ws") as stream:
        for op in ("auth", "subscribe", "order.place", text):
            secret = {"token": CANARIES["auth"], "channels": [text], "args": secrets_of(text)}
            await stream.send_str(json.dumps({"op": op, "id": text, **secret}))
            said.append((await stream.receive(10)).data)
    return said


def by_hand(url: str, text: str) -> list[str]:
    """Send what no library sends: hostile bytes in the method, the path and a header."""
    raw = text.encode("utf-8", "surrogatepass")
    said = []
    for request in (
        raw + b" /health HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /" + raw + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: x\r\n" + raw + b": 1\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: x\r\nX: " + raw + b"\r\n\r\n",
    ):
        port = int(url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), 10) as plain:
            plain.sendall(request)
            plain.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda plain=plain: plain.recv(65_536), b""))
            said.append(answer.decode("latin-1"))
    return said


def talk(url: str) -> list[str]:
    """Send everything hostile in every way; return all that the venue answered."""
    said: Iterator[list[str]] = itertools.chain.from_iterable(
        (
            asyncio.run(over_http(url, text)),
            asyncio.run(over_a_socket(url, text)),
            by_hand(url, text),
        )
        for text in HOSTILE.values()
    )
    return list(itertools.chain.from_iterable(said))


def ended(venue: VenueProcess) -> tuple[int, list[dict[str, Any]], str]:
    """Wait for the end of a venue; return its code, its log, and what it said on stderr.

    Every line of the log is one JSON object of printable ASCII, and none has a secret.
    """
    said, errors = venue.process.communicate(timeout=60)
    lines = said.splitlines()
    assert all(line.isascii() and line.isprintable() for line in lines)
    events = [json.loads(line) for line in lines]
    assert all(event["event"] != "forged" and event["timestamp"] for event in events)
    assert not [name for name, canary in CANARIES.items() if canary in said + errors]
    return venue.process.returncode, events, errors


def title(venue: VenueProcess) -> str:
    """Return what anybody on the machine sees of a process."""
    here = Path(f"/proc/{venue.process.pid}")
    return (here / "cmdline").read_text() + (here / "comm").read_text()


def test_venue_says_nothing_of_what_clients_send(tmp_path: Path) -> None:
    with venue_process(tmp_path, "--demo", environ=SECRET_ENVIRON) as venue:
        answers = talk(venue.started()["url"])
        assert not [name for name, canary in CANARIES.items() if canary in title(venue)]
        venue.process.terminate()
        assert ended(venue) == (0, [], "")
    assert len(answers) == len(HOSTILE) * 18
    told = "".join(answers)
    assert not [name for name, canary in CANARIES.items() if canary in told]
    assert "Traceback" not in told


def test_mistake_that_repeats_all_a_client_sent_is_one_harmless_line(tmp_path: Path) -> None:
    with venue_process(tmp_path, "--demo", environ=SECRET_ENVIRON, program=LOUD) as venue:
        answers = talk(venue.started()["url"])
        venue.process.terminate()
        code, events, errors = ended(venue)
    mistakes = [event for event in events if event["event"] == "internal error"]
    refused = [answer for answer in answers if '"INTERNAL"' in answer]
    assert (code, errors) == (0, "")
    assert len(mistakes) == len(refused) >= len(HOSTILE) * FOR_ANYBODY
    assert all("RuntimeError" in mistake["exception"] for mistake in mistakes)
    assert any(HOSTILE["colour"] in mistake["exception"] for mistake in mistakes)
    assert not [answer for answer in answers if "Traceback" in answer or "RuntimeError" in answer]
    note("S14", texts=len(answers), lines=len(events), canaries=0)


def test_last_words_of_a_venue_that_halts_are_one_harmless_line(tmp_path: Path) -> None:
    environ = {**SECRET_ENVIRON, "LAST_WORDS": WORDS}
    with venue_process(tmp_path, "--demo", environ=environ, program=LOUD) as venue:
        url = venue.started()["url"]
        token = json.loads((tmp_path / "demo.json").read_text())["traders"][0]["token"]
        order = {"market": "TATA_INR", "side": "buy", "price": "0.05", "quantity": str(HALTING)}
        with Client(url, token) as client, pytest.raises(Exception, match="UNKNOWN_OUTCOME"):
            client.place(**order)
        code, events, errors = ended(venue)
    (line,) = errors.splitlines()
    assert code == 1
    assert line.startswith("outcry: the venue halted: RuntimeError: seen\\n{")
    assert line.isprintable()
    assert [event["event"] for event in events if event["level"] == "error"]


def test_crash_is_one_harmless_line_too(tmp_path: Path) -> None:
    environ = {**SECRET_ENVIRON, "CRASH": WORDS}
    with venue_process(tmp_path, "--demo", environ=environ, program=LOUD) as venue:
        code, events, errors = ended(venue)
    by_name = {event["event"]: event for event in events}
    assert (code, errors) == (1, "")
    assert {"crashed", "a thread crashed"} <= set(by_name)
    assert by_name["crashed"]["level"] == "critical"
    assert "RuntimeError" in by_name["crashed"]["exception"]
    assert any(event["logger"] == "py.warnings" for event in events)


def test_setting_that_is_none_is_not_repeated(tmp_path: Path) -> None:
    for name in ("OUTCRY_PORT", "OUTCRY_API_SECRET"):
        with venue_process(tmp_path, environ={name: CANARIES["environ"]}) as venue:
            code, events, errors = ended(venue)
        assert (code, events) == (2, [])
        assert len(errors.splitlines()) == 1
