"""The signing key: made once, kept private, and checked the way RFC 8032 says."""

from pathlib import Path

import pytest

from outcry.adapters.signing import SigningKey, check_signature
from outcry.adapters.sqlite_identity import IdentityUnusable

TEXT = b"a text"


def test_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "signing.key"
    first, second = SigningKey(path), SigningKey(path)
    assert first.public_key == second.public_key
    assert path.stat().st_mode & 0o777 == 0o600
    assert first.public_key != SigningKey(tmp_path / "other.key").public_key


def test_signature_belongs_to_its_key_and_text_alone(tmp_path: Path) -> None:
    key, other = SigningKey(tmp_path / "a.key"), SigningKey(tmp_path / "b.key")
    signature = key.sign(TEXT)
    assert check_signature(key.public_key, signature, TEXT)
    assert not check_signature(key.public_key, signature, TEXT + b"!")
    assert not check_signature(other.public_key, signature, TEXT)
    assert not check_signature(key.public_key, other.sign(TEXT), TEXT)


@pytest.mark.parametrize(("key_bytes", "signature_bytes"), [(31, 64), (33, 64), (32, 63), (0, 0)])
def test_what_has_another_length_is_no_signature(key_bytes: int, signature_bytes: int) -> None:
    assert not check_signature(bytes(key_bytes), bytes(signature_bytes), TEXT)


def test_key_is_not_shown(tmp_path: Path) -> None:
    key = SigningKey(tmp_path / "signing.key")
    secret = (tmp_path / "signing.key").read_bytes()
    assert secret.hex() not in f"{key!r}{vars(key)}"
    assert repr(secret) not in f"{key!r}{vars(key)}"


def test_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "signing.key"
    SigningKey(path)
    path.chmod(0o644)
    with pytest.raises(IdentityUnusable, match="others can reach it"):
        SigningKey(path)
