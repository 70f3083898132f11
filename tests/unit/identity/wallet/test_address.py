"""Keccak-256 and addresses."""

import json
import lzma

import pytest
from coincurve import PrivateKey

from outcry.identity.wallet.address import BadAddress, address_of, checksummed, read_address
from outcry.identity.wallet.keccak import keccak_256
from tests.support.shared import shared

GOOD = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
"""The first example of EIP-55."""


def test_keccak_is_the_one_of_ethereum_and_not_sha3() -> None:
    empty = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    abc = "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"
    assert [keccak_256(text).hex() for text in (b"", b"abc")] == [empty, abc]


@pytest.mark.parametrize(
    "address",
    [
        GOOD,
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
        "0x52908400098527886E0F7030069857D2E4169EE7",
        "0xde709f2102306220921060314715629080e2fb77",
    ],
)
def test_examples_of_the_standard_are_read_and_written(address: str) -> None:
    assert checksummed(read_address(address)) == address


@pytest.mark.parametrize(
    "text",
    [
        GOOD.lower(),
        "0x" + GOOD[2:].upper(),
        GOOD.replace("0x", "0X"),
        GOOD[2:],
        GOOD[:-1],
        GOOD + "0",
        GOOD[:-1] + "D",
        GOOD[:-1] + "g",
        GOOD + "\n",
        " " + GOOD,
        "",
        "vitalik.eth",
        "0x" + "٠" * 40,
    ],
)
def test_anything_else_is_no_address(text: str) -> None:
    with pytest.raises(BadAddress):
        read_address(text)


def test_wrong_checksum_is_answered_with_the_right_one() -> None:
    with pytest.raises(BadAddress, match=GOOD):
        read_address(GOOD.lower())


def test_lower_case_is_taken_only_where_it_is_allowed() -> None:
    assert checksummed(read_address(GOOD.lower(), lower_case=True)) == GOOD
    with pytest.raises(BadAddress):
        read_address("0x" + GOOD[2:].upper(), lower_case=True)


def test_addresses_of_keys_are_those_of_ethers() -> None:
    accounts = json.loads(
        lzma.decompress(shared("data/vectors/ethers_accounts.json.xz").read_bytes())
    )
    assert len(accounts) > 200
    for account in accounts:
        key = PrivateKey(bytes.fromhex(account["privateKey"][2:]))
        assert address_of(key.public_key.format(compressed=False)) == account["address"]
        assert checksummed(read_address(account["address"])) == account["address"]


def test_compressed_key_is_not_hashed_by_mistake() -> None:
    with pytest.raises(ValueError, match="uncompressed"):
        address_of(PrivateKey(b"\1" * 32).public_key.format())
    with pytest.raises(BadAddress):
        checksummed(bytes(19))
