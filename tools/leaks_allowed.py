"""What looks like a secret and is none: where, what, and why it may stay.

`what` is the mark that `python -m tools.leaks` prints, or a kind of finding where a folder is full
of them.
"""

from typing import NamedTuple


class Allowed(NamedTuple):
    """One exception, for every file whose path begins with `path`."""

    path: str
    what: str
    reason: str


ALLOWED = (
    Allowed("README.md", "98decc62", "the password of the first example; nobody else has it"),
    Allowed("docs/requirements.md", "6481360f", "names of settings, `JWT_SECRET` before them"),
    Allowed("tests/", "98decc62", "the throw-away password of people in tests"),
    Allowed("tests/integration/gateway/test_people.py", "57fe71fa", "what no answer may repeat"),
    Allowed("tests/integration/gateway/test_people.py", "86655fb8", "a password that is too short"),
    Allowed(
        "tests/unit/ledger/proofs/test_note.py",
        "32c44ad5",
        "a public key, in the documentation of golang.org/x/mod/sumdb/note",
    ),
    Allowed(
        "tests/unit/ledger/proofs/test_note.py",
        "d3377646",
        "that key's signature, in the same documentation",
    ),
    Allowed("tests/golden/logs/", "Hex High Entropy String", "digests that older builds came to"),
)
