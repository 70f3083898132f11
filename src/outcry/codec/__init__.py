"""Records: versioned bytes for commands and events, written and read the same way everywhere.

In: commands, events, or their bytes.
Out: the other of the two; `BadRecord` for bytes that are none.
Never: an opinion on what a command means.

`plain` defines all of it. What every order passes through has a compiled twin, used where it was
built; both agree on every byte and every error.
"""

from outcry.codec.layouts import (
    COMMAND_BY_NUMBER,
    COMMAND_FLAGS,
    COMMANDS,
    EVENT_BY_NUMBER,
    EVENTS,
    FLAG_INTERNAL,
    FLAG_STAFF,
    HEADER,
    KEY_LENGTH_MAX,
    KEY_MASK,
    LENGTH,
    LENGTH_AND_TYPE,
    NUMBER_OF,
    OUTSIDE_COMMANDS,
    STAMP,
    STAMP_OFFSET,
    TABLES,
    VERSION,
    BadRecord,
    Layout,
)
from outcry.codec.notices import check_notices, check_rules, rules_in, skips_in, without
from outcry.codec.plain import (
    decode_command,
    decode_event,
    encode_command,
    encode_event,
    key_hash,
    padded,
    payload_digest,
    split,
)

try:
    from outcry.codec.compiled import (
        check_offered,
        check_records,
        decode_events,
        decode_outcomes,
        place_order,
        stamp,
    )
except ImportError:
    from outcry.codec.notices import check_offered
    from outcry.codec.plain import (
        check_records,
        decode_events,
        decode_outcomes,
        place_order,
        stamp,
    )

__all__ = [
    "COMMANDS",
    "COMMAND_BY_NUMBER",
    "COMMAND_FLAGS",
    "EVENTS",
    "EVENT_BY_NUMBER",
    "FLAG_INTERNAL",
    "FLAG_STAFF",
    "HEADER",
    "KEY_LENGTH_MAX",
    "KEY_MASK",
    "LENGTH",
    "LENGTH_AND_TYPE",
    "NUMBER_OF",
    "OUTSIDE_COMMANDS",
    "STAMP",
    "STAMP_OFFSET",
    "TABLES",
    "VERSION",
    "BadRecord",
    "Layout",
    "check_notices",
    "check_offered",
    "check_records",
    "check_rules",
    "decode_command",
    "decode_event",
    "decode_events",
    "decode_outcomes",
    "encode_command",
    "encode_event",
    "key_hash",
    "padded",
    "payload_digest",
    "place_order",
    "rules_in",
    "skips_in",
    "split",
    "stamp",
    "without",
]
