"""A log line is one line and holds no secret, whatever somebody sends."""

import json
import logging
import unicodedata
from collections.abc import Iterator
from io import StringIO
from time import perf_counter
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from outcry.adapters.telemetry import TEXT_CHARACTERS_MAX, configure, harmless

CANARY = "canary-3f9c"
HOSTILE = {
    "line feed": "seen\n2026-01-01 [error] forged",
    "carriage return": "seen\rforged",
    "other line ends": "a\x0bb\x0cc\x1cd\x85e\u2028f\u2029g",
    "colour": "\x1b[31mred\x1b[0m",
    "title": "\x1b]0;owned\x07",
    "one-byte escape": "\x9b31mred",
    "right to left": "\u202egnp.exe\u2066",
    "nothing to see": "\u200b\ufeff\x00\x7f",
    "half a pair": "\ud83d",
}


class Terminal(StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def logging_put_back() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines_of(stream: StringIO) -> list[str]:
    """Return the lines as the strictest reader splits them."""
    return stream.getvalue().splitlines()


def logged(event: str, **values: Any) -> dict[str, Any]:
    """Log one event as JSON and return what was written."""
    stream = StringIO()
    configure(True, stream=stream)
    structlog.get_logger("room").info(event, **values)
    (line,) = lines_of(stream)
    found: dict[str, Any] = json.loads(line)
    return found


def test_event_is_one_json_object_with_time_level_room_and_values() -> None:
    found = logged("order taken", order_id=7, price="60000.1")
    assert found.pop("timestamp").endswith("Z")
    assert found == {
        "level": "info",
        "event": "order taken",
        "logger": "room",
        "order_id": 7,
        "price": "60000.1",
    }


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_json_line_stays_one_line_of_printable_ascii_and_keeps_the_text(text: str) -> None:
    stream = StringIO()
    configure(True, stream=stream)
    structlog.get_logger("room").info(text, path=text, **{text: [text]})
    (line,) = lines_of(stream)
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["path"] == text


@given(text=st.text())
def test_any_text_comes_back_from_one_json_line(text: str) -> None:
    found = logged(text, shown={"text": text})
    assert (found["event"], found["shown"]) == (text, {"text": text})


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_terminal_is_given_nothing_of_a_text_it_would_act_on(text: str) -> None:
    plain, hostile = Terminal(), Terminal()
    for stream, shown in ((plain, "harmless"), (hostile, text)):
        configure(stream=stream)
        structlog.get_logger("room").info(shown, path=shown, **{"key" + shown: [shown]})
    assert len(lines_of(hostile)) == 1
    assert controls_of(hostile) == controls_of(plain)


def controls_of(stream: StringIO) -> list[str]:
    """Return what in a stream is control, format or surrogate, our own colours among it."""
    return [c for c in stream.getvalue() if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl"}]


def test_trace_is_part_of_the_json_line() -> None:
    stream = StringIO()
    configure(True, stream=stream)
    fail_and_log("first\nsecond")
    (line,) = lines_of(stream)
    assert json.loads(line)["exception"].endswith("ValueError: first\nsecond")


def test_no_line_of_a_trace_on_the_terminal_can_pass_for_an_event() -> None:
    stream = Terminal()
    configure(stream=stream)
    fail_and_log("first\n2026-01-01 [error] forged\rforged")
    event, *trace = lines_of(stream)
    assert "it failed" in event
    assert any("forged" in line for line in trace)
    assert all(line.startswith("  | ") for line in trace)


def fail_and_log(message: str) -> None:
    try:
        raise ValueError(message)
    except ValueError:
        structlog.get_logger("room").exception("it failed")


def test_what_a_library_logs_takes_the_same_way() -> None:
    stream = StringIO()
    configure(True, stream=stream)
    logging.getLogger("library").warning("asked for %s", "a\nb")
    (line,) = lines_of(stream)
    found = json.loads(line)
    assert (found["level"], found["logger"], found["event"]) == (
        "warning",
        "library",
        "asked for a\nb",
    )


SECRETS: dict[str, dict[str, Any]] = {
    "password": {"password": CANARY},
    "token": {"token": CANARY},
    "refresh token": {"refresh_token": CANARY},
    "authorization": {"Authorization": f"Bearer {CANARY}"},
    "API secret": {"api_secret": CANARY.encode()},
    "header with dashes": {"headers": {"X-Api-Key": CANARY}},
    "deep in a body": {"body": [{"who": {"PASSWORD": CANARY}}]},
    "deeper than is shown": {"a": {"b": {"c": {"d": {"e": {"f": {"password": CANARY}}}}}}},
    "pairs": {"headers": [("Accept", "*/*"), ("Cookie", CANARY)]},
    "bearer in a text": {"header": f"bearer {CANARY}"},
    "query": {"line": f"GET /ws?symbol=A&token={CANARY} HTTP/1.1"},
    "repr of a body": {"body": repr({"password": CANARY + ' " x'})},
    "body as JSON": {"body": json.dumps({"refresh_token": f"a {CANARY}"})},
    "repr of a repr": {"error": repr(RuntimeError(f"a password='{CANARY} b' was"))},
    "repr of JSON": {"error": repr(RuntimeError(repr(json.dumps({"password": f"a' {CANARY}"}))))},
    "web token": {"text": f"got eyJhbGciOiJIUzI1NiJ9.{CANARY}.{CANARY}"},
    "long text": {"text": "x" * TEXT_CHARACTERS_MAX * 4 + f" password='{CANARY}'"},
}


@pytest.mark.parametrize("json_lines", [True, False])
@pytest.mark.parametrize("values", SECRETS.values(), ids=SECRETS.keys())
def test_secret_never_appears(values: dict[str, Any], json_lines: bool) -> None:
    stream = StringIO()
    configure(json_lines, stream=stream)
    structlog.get_logger("room").bind(**values).info("seen", **values)
    assert "***" in stream.getvalue()
    assert CANARY not in stream.getvalue()


@pytest.mark.parametrize("json_lines", [True, False])
def test_trace_does_not_show_local_values(json_lines: bool) -> None:
    stream = StringIO()
    configure(json_lines, stream=stream)
    password = CANARY
    fail_and_log(f"{len(password)} characters")
    assert "characters" in stream.getvalue()
    assert CANARY not in stream.getvalue()


@pytest.mark.parametrize("json_lines", [True, False])
def test_event_that_cannot_be_rendered_is_told_without_its_content(json_lines: bool) -> None:
    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError(CANARY)

    stream = StringIO()
    configure(json_lines, stream=stream)
    structlog.get_logger("room").info("seen", broken=Broken())
    logging.getLogger("library").info("%d", CANARY)
    assert [json.loads(line)["event"] for line in lines_of(stream)] == [
        "a log line could not be written"
    ] * 2


@pytest.mark.parametrize(
    "text", ["\\", "password=\\", "password='\\", '"', "password", "eyJ", "bearer "], ids=ascii
)
def test_long_text_is_masked_in_no_time(text: str) -> None:
    start = perf_counter()
    harmless("password=\\'" + text * 100_000)
    assert perf_counter() - start < 1.0


def test_numbers_that_json_has_not_become_texts() -> None:
    found = logged("seen", ratio=float("nan"), limit=float("inf"), huge=1 << 70_000)
    assert (found["ratio"], found["limit"]) == ("nan", "inf")
    assert found["huge"].startswith("0x1000")


def test_long_text_keeps_its_beginning_and_its_end() -> None:
    found = logged("seen", text="begin" + "x" * 10 * TEXT_CHARACTERS_MAX + "end")["text"]
    assert (found[:5], found[-3:]) == ("begin", "end")
    assert len(found) <= TEXT_CHARACTERS_MAX + 10


def test_what_is_bound_to_a_request_is_on_its_lines() -> None:
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        found = logged("seen")
    assert found["request_id"] == "r-1"


def test_below_its_level_nothing_is_written() -> None:
    stream = StringIO()
    configure(True, stream=stream, level="WARNING")
    structlog.get_logger("room").info("seen")
    logging.getLogger("library").info("seen")
    assert stream.getvalue() == ""


def test_configured_twice_writes_once_and_to_the_latter_stream() -> None:
    first, second = StringIO(), StringIO()
    configure(True, stream=first)
    configure(True, stream=second)
    structlog.get_logger("room").info("seen")
    assert (first.getvalue(), len(lines_of(second))) == ("", 1)


def test_lines_are_json_unless_the_stream_is_a_terminal() -> None:
    pipe, terminal = StringIO(), Terminal()
    for stream in (pipe, terminal):
        configure(stream=stream)
        structlog.get_logger("room").info("seen")
    assert pipe.getvalue().startswith("{")
    assert not terminal.getvalue().startswith("{")
