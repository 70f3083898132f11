"""Writes the tables of `docs/guide/venue.md` from the domain: `python -m tools.venue_page`."""

import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path

from outcry.domain.order import DoneReason
from outcry.domain.rejects import Reject
from outcry.gateway.errors import CODE_OF_REJECT, KINDS
from outcry.venue.words.fields import (
    COMMAND_CLASSES,
    COMMAND_FIELDS,
    ENUMERATIONS,
    ENUMERATIONS_OF,
    EVENT_CLASSES,
    EVENT_FIELDS,
    Field,
    Is,
)
from outcry.venue.words.speak import spoken_names
from tools.venue_meanings import DONE, MEANINGS, MEANINGS_OF, MOVES, WORDS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "guide" / "venue.md"
BEGIN, END = "<!-- generated: python -m tools.venue_page -->\n", "<!-- end of generated -->\n"
HEADER = ("account", "market", "key", "staff", "time_ns")
EVENT_HEADER = ("sequence", "index", "time_ns", "account", "market")
_ROWS_AS = "the fields of [PlaceSpecial](#placespecial)"
_THEIR_HEADER = "those that every command takes"
UNITS = {
    "_ticks": "in ticks",
    "_lots": "in lots",
    "_units": "in units",
    "_ppm": "in parts per million",
    "_ns": "in nanoseconds",
}


def tables() -> str:
    """Return everything between the two marks."""
    lines = ["", "## At a glance", "", *_glance()]
    lines += ["", "## Every command", "", *_header_table()]
    for name in COMMAND_CLASSES:
        lines += ["", f"### {name}", "", _told(COMMAND_CLASSES[name]), "", *_command_table(name)]
    lines += ["", "## Every event", "", *_event_header_table()]
    for name in EVENT_CLASSES:
        lines += ["", f"### {name}", "", _told(EVENT_CLASSES[name]), "", *_event_table(name)]
    lines += ["", "## What moves units", "", *_moves(), "", "## Every word", "", *_words()]
    return "\n".join([*lines, "", *_reasons(), ""])


def _glance() -> Iterator[str]:
    """Yield a line for each command and each event."""
    for title, classes in (("Commands", COMMAND_CLASSES), ("Events", EVENT_CLASSES)):
        yield from [f"{title}:", ""]
        for name, cls in classes.items():
            yield f"- [`{name}`](#{name.lower()}): {_told(cls).partition(chr(10))[0]}"
        yield ""
    yield "Whatever an engine derives by itself (what fires, expires, opens) is told by its events:"
    yield "there is no command for it."


def _moves() -> Iterator[str]:
    yield "These events, and no others. What an order pays in is quote for a buy, base for a sell."
    yield ""
    yield from _head("event", "moves")
    for event, told in MOVES:
        yield f"| `{event}` | {told} |"


def _words() -> Iterator[str]:
    yield from _head("field", "word", "number", "meaning")
    for field, words in WORDS.items():
        owner, _, name = field.rpartition(".")
        numbers = ENUMERATIONS_OF[owner, name] if owner else ENUMERATIONS[name]
        for word, number in numbers.items():
            yield f"| `{field}` | `{word}` | {number} | {words.get(word, '')} |"


def _told(cls: type) -> str:
    """Return a docstring as one paragraph a paragraph."""
    paragraphs = (inspect.getdoc(cls) or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _header_table() -> Iterator[str]:
    yield "Fields that every command takes besides its own:"
    yield ""
    yield from _head("field", "takes", "default", "meaning")
    for name in HEADER:
        yield _command_row("Command", COMMAND_FIELDS["Tick"][name])


def _command_table(command: str) -> Iterator[str]:
    fields = [f for name, f in COMMAND_FIELDS[command].items() if name not in HEADER]
    if not fields:
        yield "No field of its own."
        return
    yield from _head("field", "takes", "default", "meaning")
    for field in fields:
        yield from _command_rows(command, field)
    for field in fields:
        if field.is_a == Is.ROWS and field.row_class is not tuple:
            yield from ["", f"Each of `{field.name}` has {_ROWS_AS} without {_THEIR_HEADER}."]
        elif field.is_a == Is.ROWS:
            yield from ["", f"Each of `{field.name}`:", ""]
            yield from _head("field", "takes", "default", "meaning")
            for part in field.row.values():
                yield from _command_rows(command, part)


def _command_rows(command: str, field: Field) -> Iterator[str]:
    yield _command_row(command, field)
    if field.is_a == Is.FLAGS:
        for flag in field.words:
            yield f"| `{flag}` | True or False | False | {_meaning(command, flag)} |"


def _command_row(command: str, field: Field) -> str:
    default = "required" if field.required else _default(field)
    return f"| `{field.name}` | {_takes(field)} | {default} | {_meaning(command, field.name)} |"


def _default(field: Field) -> str:
    if field.name in {"limit_order_notional_units", "limit_daily_notional_units"}:
        return "see above"
    if field.is_a == Is.TEXT or field.is_a == Is.KEY:
        return '`""`'
    if field.is_a == Is.BOOLEAN:
        return str(bool(field.default))
    if field.is_a == Is.ROWS:
        return "`[]`"
    return f"`{field.numbers.get(field.default, field.default)}`"


def _takes(field: Field) -> str:
    return {
        Is.BOOLEAN: "True or False",
        Is.TEXT: f"text, at most {field.high} ASCII characters",
        Is.KEY: "the text of a key",
        Is.SYMBOL: "symbol or id",
        Is.FLAGS: "int",
        Is.ROWS: f"list of at most {field.high} dicts",
        Is.ENUMERATION: _listed(field.words),
    }.get(field.is_a, _range(field))


def _range(field: Field) -> str:
    low = "-2^63" if field.low < 0 else "0"
    return f"int, {low} to 2^{(field.high + 1).bit_length() - 1} - 1"


def _listed(words: Mapping[str, int]) -> str:
    return ", ".join(f"`{word}` ({number})" for word, number in words.items())


def _event_header_table() -> Iterator[str]:
    yield "Fields that every event begins with, behind `event`, its name:"
    yield ""
    yield from _head("field", "is", "meaning")
    for name in EVENT_HEADER:
        yield f"| `{name}` | int | {_meaning('Event', name)} |"


def _event_table(event: str) -> Iterator[str]:
    fields = EVENT_FIELDS[event]
    names = [name for name in spoken_names(event) if name not in EVENT_HEADER]
    if not names:
        yield "No field of its own."
        return
    yield from _head("field", "is", "meaning")
    for name in names:
        field = fields[name]
        if field.is_a == Is.FLAGS:
            for flag in field.words:
                yield f"| `{flag}` | bool | {_meaning(event, flag)} |"
            yield "| `flags` | int, absent if 0 | bits that have no name |"
            continue
        yield f"| `{name}` | {_is(field)} | {_meaning(event, name)} |"


def _is(field: Field) -> str:
    if field.is_a == Is.ENUMERATION and field.name not in {"reason", "command"}:
        return _listed(field.words)
    kinds = {Is.BOOLEAN: "bool", Is.TEXT: "text", Is.ENUMERATION: "text"}
    return kinds.get(field.is_a, "int")


def _meaning(owner: str, name: str) -> str:
    told = MEANINGS_OF.get((owner, name)) or MEANINGS.get(name)
    return told or next((unit for end, unit in UNITS.items() if name.endswith(end)), "")


def _reasons() -> Iterator[str]:
    yield "## Every reason"
    yield ""
    yield "Of `CommandRejected`, in the order of the checks; what `given` and `bound` say for each"
    yield "stands in [docs/core.md](../core.md), section 2. `CommandReplayed` has the same, or"
    yield "`accepted`."
    yield ""
    yield from _head("reason", "number", "meaning")
    for reason in Reject:
        yield f"| `{reason.name.lower()}` | {reason.value} | {KINDS[CODE_OF_REJECT[reason]].text} |"
    yield ""
    yield "Of `OrderDone`:"
    yield ""
    yield from _head("reason", "number", "meaning")
    for done in DoneReason:
        yield f"| `{done.name.lower()}` | {done.value} | {DONE.get(done, '')} |"


def _head(*names: str) -> Iterator[str]:
    yield f"| {' | '.join(names)} |"
    yield "|---" * len(names) + "|"


def renewed(page: str) -> str:
    """Return the page with its tables as they should be."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{tables()}{END}{after}"


def main() -> None:
    """Write the page."""
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
