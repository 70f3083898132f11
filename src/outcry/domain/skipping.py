"""When a `SkipCommand` counts: by what it says alone, so that a replay can tell without a state."""


def skip_counts(
    skipped_sequence: int, sequence: int, first_admin: bytes, second_admin: bytes, reason: bytes
) -> bool:
    """Return whether two people order the skip of an earlier sequence and say why.

    Texts are as in the record: padded with zeros.
    """
    return (
        1 <= skipped_sequence < sequence
        and _is_name(first_admin)
        and _is_name(second_admin)
        and first_admin != second_admin
        and _is_text(reason, 0x20)
    )


def _is_name(text: bytes) -> bool:
    """Return whether a text names one person in one way: visible ASCII, no capital letters."""
    return _is_text(text, 0x21) and text == text.lower()


def _is_text(text: bytes, least: int) -> bool:
    """Return whether a text has a character at least, all of ASCII from `least` on, then zeros."""
    said = text.rstrip(b"\0")
    return bool(said) and all(least <= character <= 0x7E for character in said)
