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
    Allowed("docs/guide/accounts.md", "98decc62", "the password of the first example"),
    Allowed("docs/guide/accounts.md", "58e09254", "a second factor of an example, shown once"),
    Allowed("docs/guide/accounts.md", "20bf92b5", "the first letters of an example's key"),
    Allowed("src/outcry/identity/totp.py", "f8579963", "the alphabet of recovery codes"),
    Allowed("tests/", "bf5d83d4", "a thief's guess at a throw-away password"),
    Allowed("tests/integration/gateway/test_sessions.py", "98295511", "what no answer may repeat"),
    Allowed(
        "tests/integration/gateway/test_sessions.py", "a0f4ea7d", "a password that is too short"
    ),
    Allowed("tests/support/authorisation.py", "8b73cdf0", "a secret that signs nothing"),
    Allowed("tests/unit/identity/test_totp.py", "f787d96e", "a recovery code that nobody has"),
    Allowed(
        "tests/unit/identity/wallet/",
        "Hex High Entropy String",
        "values that others have published",
    ),
    Allowed(
        "tests/unit/identity/wallet/test_grammar.py", "9d4e1e23", "a made-up URI with a password"
    ),
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
