"""Signed notes: read back strictly, and a known answer of another implementation."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from outcry.adapters.signing import check_signature
from outcry.ledger.proofs.note import (
    NOTE_LENGTH_MAX,
    BadNote,
    Head,
    NoteKey,
    open_note,
    origin_of,
    read_head,
    read_key,
    sign_note,
    text_of,
)

SECRET = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = SECRET.public_key().public_bytes_raw()
ORIGIN = origin_of("00ff", "trades")
KEY = NoteKey(ORIGIN, PUBLIC)
HEAD = Head(ORIGIN, 20_852_163, bytes(range(32)), 7, 1_700_000_000_000_000_000)
NOTE = sign_note(HEAD.text(), KEY, SECRET.sign)

PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS_TEXT = """If you think cryptography is the answer to your problem,
then you don't know what your problem is.
"""
PETERS_SIGNATURE = (
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
)
"""The known answer in the documentation of golang.org/x/mod/sumdb/note."""


def test_head_is_written_as_a_checkpoint_and_read_back() -> None:
    assert open_note(NOTE, KEY, check_signature) == text_of(NOTE) == HEAD.text()
    assert read_head(HEAD.text()) == HEAD
    lines = NOTE.split("\n")
    assert lines[:2] == ["outcry/00ff/trades", "20852163"]
    assert lines[3] == "sequence 7 time_ns 1700000000000000000"
    assert lines[4] == ""
    assert lines[5].startswith("— outcry/00ff/trades ")


def test_key_is_written_as_verifiers_take_it_and_read_back() -> None:
    assert read_key(str(KEY)) == KEY
    name, key_id, encoded = str(KEY).split("+", 2)
    assert (name, len(key_id)) == (ORIGIN, 8)
    assert encoded.startswith("A")


def test_note_of_another_implementation_is_opened() -> None:
    key = read_key(PETER)
    assert (key.name, str(key)) == ("PeterNeumann", PETER)
    note = f"{PETERS_TEXT}\n— PeterNeumann {PETERS_SIGNATURE}\n"
    assert open_note(note, key, check_signature) == PETERS_TEXT
    with pytest.raises(BadNote, match="the signature is wrong"):
        open_note(note.replace("answer", "question"), key, check_signature)


def every_flip(text: str) -> list[str]:
    """Return a text with each bit of its UTF-8 flipped, as far as it is still text."""
    found = []
    data = text.encode()
    for place, value in enumerate(data):
        for bit in range(8):
            changed = data[:place] + bytes([value ^ (1 << bit)]) + data[place + 1 :]
            found.append(changed.decode("utf-8", "surrogateescape"))
    return found


def test_note_with_one_bit_flipped_is_never_opened() -> None:
    for changed in every_flip(NOTE):
        with pytest.raises(BadNote):
            open_note(changed, KEY, check_signature)


def test_key_with_one_bit_flipped_opens_nothing() -> None:
    for changed in every_flip(str(KEY)):
        with pytest.raises(BadNote):
            open_note(NOTE, read_key(changed), check_signature)


def test_signatures_of_others_are_passed_over() -> None:
    """A log may be witnessed: who does not know the witness's key does not look at its line."""
    other = sign_note(HEAD.text(), NoteKey("witness.example/w1", PUBLIC), SECRET.sign)
    line = other.rpartition("\n\n")[2]
    assert open_note(NOTE + line, KEY, check_signature) == HEAD.text()
    with pytest.raises(BadNote, match="no signature"):
        open_note(other, KEY, check_signature)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n",
        "\n\n",
        "text\n",
        "text\n\n",
        "text\n\nno dash\n",
        "text\n\n— name\n",
        "text\n\n— name no-base64!\n",
        "text\n\n— na+me AAAA\n",
        "text\n\n— name AAAA",
        "te\x00xt\n\n— name AAAA\n",
        "text\n\n" + "— name AAAA\n" * 17,
        "x" * NOTE_LENGTH_MAX + "\n\n— name AAAA\n",
        "\ud800\n\n— name AAAA\n",
    ],
    ids=range(14),
)
def test_text_that_is_no_note_is_refused(note: str) -> None:
    with pytest.raises(BadNote):
        open_note(note, KEY, check_signature)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "o\n1\n",
        "o\n01\nAA==\nsequence 1 time_ns 1\n",
        "o\n-1\nAA==\nsequence 1 time_ns 1\n",
        "o\n1\nAA==\nsequence 1 time_ns 1\n",
        "\n1\n" + "A" * 43 + "=\nsequence 1 time_ns 1\n",
        "o\n1\n" + "A" * 43 + "=\nsequence 1\n",
        "o\n1\n" + "A" * 43 + "=\nsequence 1 time_ns 1\nmore\n",
        "o\n1\n" + "A" * 42 + "B=\nsequence 1 time_ns 1\n",
        "o\n٣\n" + "A" * 43 + "=\nsequence 1 time_ns 1\n",
    ],
    ids=range(11),
)
def test_text_that_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        read_head(text)


@pytest.mark.parametrize(
    "text",
    ["", "+", "++", "name+00000000+AA==", PETER.replace("c7", "c8"), PETER + "=", "a b" + PETER],
)
def test_text_that_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        read_key(text)
