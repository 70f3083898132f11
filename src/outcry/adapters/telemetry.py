"""Log lines: one event, one line, whatever the text holds, and no secret in it.

Rooms of the edge write `structlog.get_logger("room").info("what happened", key=value)`. What
libraries send through the standard `logging` takes the same way.
"""

import json as json_text
import logging
import math
import re
import sys
from collections.abc import Mapping, MutableMapping, Set
from typing import Any, TextIO

import structlog
from structlog.stdlib import ProcessorFormatter
from typing_extensions import override

TEXT_CHARACTERS_MAX = 8_192
ITEMS_MAX = 100
DEPTH_MAX = 5
INTEGER_BITS_MAX = 512
MASK = "***"
_SECRET_WORDS = (
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "authorization",
    "cookie",
    "api_key",
    "private_key",
    "mnemonic",
)
_WORDS = "|".join(word.replace("_", "[_-]") for word in _SECRET_WORDS)
# What a request line, a header or a `repr` in the middle of a text gives away: key=value and
# "key": "value", bearer tokens, and JSON Web Tokens anywhere. A `repr` of a `repr` has backslashes
# before its quotes; so many, and not more, for a run of them must not be read again and again.
_ESCAPES = r"\\{1,8}"
_PAIR = re.compile(
    rf"""((?:{_WORDS})(?:_hash)?(?:=|(?:{_ESCAPES})?["']\s?[:,]\s?)[bru]?)"""
    r"""("(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?"""
    rf"""|{_ESCAPES}(["'])(?:(?!{_ESCAPES}\3).)*(?:{_ESCAPES}\3)?|[^\s"'&,;)}}\]]+)""",
    re.IGNORECASE | re.DOTALL,
)
_BEARER = re.compile(r"\b(bearer) [^\s\"',]+", re.IGNORECASE)
_JWT = re.compile(r"\beyJ[\w-]{8,400}\.[\w-]+\.[\w-]*")
_TRACES = ("exception", "stack")
_UNRENDERED = '{"event": "a log line could not be written", "level": "error"}'

Event = MutableMapping[str, Any]


class _OneLine(logging.StreamHandler[TextIO]):
    """Writes rendered events. One that cannot be rendered is told without its content."""

    @override
    def handleError(self, record: logging.LogRecord) -> None:
        # The standard one prints the arguments as they are, over several lines.
        try:
            self.stream.write(_UNRENDERED + self.terminator)
            self.flush()
        except (OSError, ValueError):
            return


def configure(
    json: bool | None = None, *, stream: TextIO | None = None, level: str = "INFO"
) -> None:
    """Send every log event of this process to a stream. Can be called again.

    Args:
        json: JSON lines in ASCII if true, for people if false; None asks whether `stream` is a
            terminal.
        stream: where to; standard error if not given.
        level: the least level written, by its name.
    """
    out = sys.stderr if stream is None else stream
    as_json = not out.isatty() if json is None else json
    handler = _OneLine(out)
    handler.setFormatter(_formatter(as_json))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


def harmless(text: str) -> str:
    """Return text as one line of bounded length, secrets masked, with nothing a terminal obeys."""
    return _escaped(_text(text))


def _formatter(as_json: bool) -> logging.Formatter:
    # A local variable may be a password, so traces are plain: lines of code, no values.
    common: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        ProcessorFormatter.remove_processors_meta,
        _bounded,
    ]
    if as_json:
        return ProcessorFormatter(processors=[*common, _as_json])
    console = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    return ProcessorFormatter(processors=[*common, _visible, console])


def _bounded(_logger: object, _method: str, event: Event) -> Event:
    """Return the event in plain values of bounded size, secrets masked."""
    return {str(key): _masked(str(key), value, 0) for key, value in event.items()}


def _masked(key: str, value: object, depth: int) -> object:
    name = key.lower().replace("-", "_")
    return MASK if any(word in name for word in _SECRET_WORDS) else _plain(value, depth)


def _plain(value: object, depth: int) -> object:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        value = value._asdict()  # the names of its fields say which of them are secret
    if depth < DEPTH_MAX and isinstance(value, Mapping):
        items = list(value.items())[:ITEMS_MAX]
        return {_text(str(key)): _masked(str(key), item, depth + 1) for key, item in items}
    if depth < DEPTH_MAX and isinstance(value, list | tuple | Set):
        return _sequence(list(value)[:ITEMS_MAX], depth)
    return _text(value if isinstance(value, str) else repr(value))


def _number(value: float) -> object:
    if isinstance(value, int):
        # Python refuses to write the longest integers in decimal.
        return value if value.bit_length() <= INTEGER_BITS_MAX else _text(hex(value))
    # JSON has no sign for infinity or for what is no number.
    return value if math.isfinite(value) else str(value)


def _sequence(items: list[Any], depth: int) -> list[object]:
    # Two texts may be a header: its name says whether its value is shown.
    if len(items) == 2 and isinstance(items[0], str):
        return [_text(items[0]), _masked(items[0], items[1], depth + 1)]
    return [_plain(item, depth + 1) for item in items]


def _text(text: str) -> str:
    # Masked before it is cut: a cut through a secret's name would bare its value.
    shown = _JWT.sub(MASK, _BEARER.sub(rf"\1 {MASK}", _PAIR.sub(rf"\1{MASK}", text)))
    if len(shown) <= TEXT_CHARACTERS_MAX:
        return shown
    # A trace says at its end what went wrong, most other texts at their beginning.
    return f"{shown[: TEXT_CHARACTERS_MAX // 2]} ... {shown[-TEXT_CHARACTERS_MAX // 2 :]}"


def _as_json(_logger: object, _method: str, event: Event) -> str:
    """Return JSON in ASCII: whatever could move a cursor or turn a line is an escape in it."""
    first = {name: event.pop(name) for name in ("timestamp", "level", "event") if name in event}
    return json_text.dumps({**first, **event}, allow_nan=False)


def _visible(_logger: object, _method: str, event: Event) -> Event:
    """Return the event with nothing in it that a terminal would act on.

    A trace keeps its lines. Each is indented behind a bar, so none can pass for an event.
    """
    traces = {
        name: "\n".join(f"  | {_escaped(line)}" for line in event.pop(name).split("\n"))
        for name in _TRACES
        if isinstance(event.get(name), str)
    }
    return {**{_escaped(key): _shown(value) for key, value in event.items()}, **traces}


def _shown(value: object) -> object:
    # `repr` of anything else escapes what is not printable by itself.
    return _escaped(value) if isinstance(value, str) else value


def _escaped(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
