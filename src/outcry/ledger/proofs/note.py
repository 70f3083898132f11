"""Signed notes and the tree heads in them, as text: C2SP `signed-note` and `tlog-checkpoint`.

A note is a text, an empty line, and signature lines. The text of a tree head is the log's origin,
its size, its root in base64, and one line of ours: at which sequence, and when. Keys live in an
adapter: whoever signs or checks brings a function that does. Reading is strict, so that there is
only one way to write a note: not a bit of one can be changed.

*Source:* c2sp.org/signed-note and c2sp.org/tlog-checkpoint, version 1.
"""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable
from hashlib import sha256
from re import ASCII, fullmatch
from typing import NamedTuple

from outcry.ledger.proofs.merkle import HASH_BYTES

ED25519 = b"\x01"
"""The signature type of a note's key."""
KEY_BYTES, SIGNATURE_BYTES, KEY_ID_BYTES = 32, 64, 4
NOTE_LENGTH_MAX = 16_384
SIGNATURES_MAX = 16
_DASH = "\N{EM DASH} "
_NUMBER = "0|[1-9][0-9]{0,18}"
_WHEN = rf"sequence ({_NUMBER}) time_ns ({_NUMBER})"

Sign = Callable[[bytes], bytes]
"""Return the Ed25519 signature of a text, 64 bytes."""
CheckSignature = Callable[[bytes, bytes, bytes], bool]
"""Say whether (public key, signature, text) belong together."""


class BadNote(Exception):
    """A note, or the key it should be signed with, is not what it has to be. The text says why."""


class NoteKey(NamedTuple):
    """Who signs: a name without spaces and plus signs, and an Ed25519 public key of 32 bytes."""

    name: str
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        """The four bytes that name the key in a signature line."""
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public_key).digest()[:4]

    def __str__(self) -> str:
        """Return the key as verifiers of notes take it: name, id and key."""
        return f"{self.name}+{self.key_id.hex()}+{base64_text(ED25519 + self.public_key)}"


class Head(NamedTuple):
    """A tree head: the whole log in one hash, as it was after `sequence`."""

    origin: str
    size: int
    root: bytes
    sequence: int
    time_ns: int

    def text(self) -> str:
        """Return what is signed."""
        return (
            f"{self.origin}\n{self.size}\n{base64_text(self.root)}\n"
            f"sequence {self.sequence} time_ns {self.time_ns}\n"
        )


def origin_of(log_id: str, name: str) -> str:
    """Return the origin of what a venue signs under a name; it is the name of its key too."""
    return f"outcry/{log_id}/{name}"


def read_key(text: str) -> NoteKey:
    """Return the key that `str(key)` wrote.

    Raises:
        BadNote: It is none, or its parts contradict each other.
    """
    parts = text.split("+", 2)
    if len(parts) != 3 or not _is_utf8(text) or not _is_name(parts[0]):
        raise BadNote("this is not a verifier key: name+id+key")
    encoded = base64_bytes(parts[2], "the verifier key")
    if len(encoded) != 1 + KEY_BYTES or encoded[:1] != ED25519:
        raise BadNote("the verifier key is not an Ed25519 key")
    key = NoteKey(parts[0], encoded[1:])
    if key.key_id.hex() != parts[1]:
        raise BadNote("the verifier key and its id do not belong together")
    return key


def sign_note(text: str, key: NoteKey, sign: Sign) -> str:
    """Return a text with its signature."""
    signature = base64_text(key.key_id + sign(text.encode()))
    return f"{text}\n{_DASH}{key.name} {signature}\n"


def text_of(note: str) -> str:
    """Return the text of a note whose signature nobody has looked at.

    Raises:
        BadNote: It is no note.
    """
    return _parts(note)[0]


def open_note(note: str, key: NoteKey, check: CheckSignature) -> str:
    """Return the text of a note that `key` has signed.

    Raises:
        BadNote: It is no note, or is not signed with the key.
    """
    text, lines = _parts(note)
    for line in lines:
        name, encoded = _signature(line)
        key_id, signature = encoded[:KEY_ID_BYTES], encoded[KEY_ID_BYTES:]
        if (name, key_id) != (key.name, key.key_id):
            continue
        if len(signature) == SIGNATURE_BYTES and check(key.public_key, signature, text.encode()):
            return text
        raise BadNote("the signature is wrong")
    raise BadNote(f"there is no signature of {key.name} with the id {key.key_id.hex()}")


def read_head(text: str) -> Head:
    """Return the tree head that a note's text tells.

    Raises:
        BadNote: The text is not that of one of our tree heads.
    """
    lines = text.split("\n")
    if len(lines) != 5 or lines[4]:
        raise BadNote("a tree head has four lines")
    origin, size, root_text, when = lines[:4]
    found = fullmatch(_WHEN, when, ASCII)
    if not origin or not fullmatch(_NUMBER, size, ASCII) or found is None:
        raise BadNote("a tree head is its origin, size, root, sequence and time")
    root = base64_bytes(root_text, "the root")
    if len(root) != HASH_BYTES:
        raise BadNote(f"the root has {len(root)} bytes instead of {HASH_BYTES}")
    return Head(origin, int(size), root, int(found[1]), int(found[2]))


def base64_text(data: bytes) -> str:
    """Return bytes as the base64 of RFC 4648 section 4."""
    return b64encode(data).decode("ascii")


def base64_bytes(text: str, what: str = "a hash") -> bytes:
    """Return what base64 stands for; only the one way `base64_text` writes it is read.

    Raises:
        BadNote: It is not base64 written like that.
    """
    try:
        data = b64decode(text.encode("ascii"), validate=True)
    except (Base64Error, UnicodeEncodeError):
        raise BadNote(f"{what} is not base64") from None
    if base64_text(data) != text:
        raise BadNote(f"{what} is not base64 in its canonical form")
    return data


def _parts(note: str) -> tuple[str, list[str]]:
    """Return the text, and the signature lines without their newlines."""
    if len(note) > NOTE_LENGTH_MAX:
        raise BadNote(f"a note has at most {NOTE_LENGTH_MAX} characters")
    if not _is_utf8(note):
        raise BadNote("a note is UTF-8")
    if any(character < " " and character != "\n" for character in note):
        raise BadNote("a note has no control characters")
    text, separator, rest = note.rpartition("\n\n")
    lines = rest.split("\n")
    if not separator or not text or lines.pop() or not 0 < len(lines) <= SIGNATURES_MAX:
        raise BadNote("a note is a text, an empty line and signatures")
    return text + "\n", lines


def _signature(line: str) -> tuple[str, bytes]:
    name, separator, encoded = line.removeprefix(_DASH).rpartition(" ")
    if not line.startswith(_DASH) or not separator or not _is_name(name):
        raise BadNote("a signature line is a dash, a name and base64")
    return name, base64_bytes(encoded, "a signature")


def _is_name(text: str) -> bool:
    return bool(text) and "+" not in text and not any(c.isspace() for c in text)


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
