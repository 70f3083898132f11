"""Typed data: the hashes of others, and everything that is refused."""

import json
import lzma
from typing import Any

import pytest

from outcry.identity.wallet.signature import read_signature, recover
from outcry.identity.wallet.typed_data import (
    BadTypedData,
    Types,
    digest_of,
    domain_separator,
    typed_digest,
)
from tests.support.shared import shared

# The example of EIP-712.
TYPES = {
    "EIP712Domain": [
        {"name": "name", "type": "string"},
        {"name": "version", "type": "string"},
        {"name": "chainId", "type": "uint256"},
        {"name": "verifyingContract", "type": "address"},
    ],
    "Person": [{"name": "name", "type": "string"}, {"name": "wallet", "type": "address"}],
    "Mail": [
        {"name": "from", "type": "Person"},
        {"name": "to", "type": "Person"},
        {"name": "contents", "type": "string"},
    ],
}
DOMAIN = {
    "name": "Ether Mail",
    "version": "1",
    "chainId": 1,
    "verifyingContract": "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC",
}
MAIL = {
    "from": {"name": "Cow", "wallet": "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"},
    "to": {"name": "Bob", "wallet": "0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB"},
    "contents": "Hello, Bob!",
}


def one(kind: str) -> Types:
    """Return the types of a struct with one member."""
    return Types({"It": [{"name": "value", "type": kind}]})


def encoded(kind: str, value: Any) -> str:
    return one(kind).encoded("It", {"value": value})[32:].hex()


def test_example_of_the_standard_has_its_hashes() -> None:
    types = Types(TYPES)
    assert types.encoded_type("Mail") == (
        "Mail(Person from,Person to,string contents)Person(string name,address wallet)"
    )
    separator = "f2cee375fa42b42143804025fc449deafd50cc031ca257e0b194a650a912090f"
    assert domain_separator(DOMAIN).hex() == separator
    mail_hash = "c52c0ee5d84264471806290a3f2c4cecfc5490626bf912d01f240d7a274b371e"
    assert types.hash_struct("Mail", MAIL).hex() == mail_hash
    digest = "be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2"
    assert typed_digest(DOMAIN, TYPES, "Mail", MAIL).hex() == digest
    assert digest_of(bytes.fromhex(separator), bytes.fromhex(mail_hash)).hex() == digest


def test_hashes_are_those_of_ethers() -> None:
    path = shared("data/vectors/ethers_typed-data.json.xz")
    vectors = json.loads(lzma.decompress(path.read_bytes()))
    assert len(vectors) == 130
    signed = 0
    for vector in vectors:
        name, data = vector["primaryType"], vector["data"]
        assert Types(vector["types"]).encoded(name, data).hex() == vector["encoded"][2:]
        digest = typed_digest(vector["domain"], vector["types"], name, data)
        assert digest.hex() == vector["digest"][2:], vector["name"]
        if "signature" in vector:
            signed += 1
            assert recover(digest, read_signature(vector["signature"])) == data["from"]["wallet"]
    assert signed == 1


@pytest.mark.parametrize(
    ("kind", "value", "word"),
    [
        ("uint8", 255, "ff".rjust(64, "0")),
        ("uint256", str(2**256 - 1), "f" * 64),
        ("uint256", "0xff", "ff".rjust(64, "0")),
        ("int8", -128, "80".rjust(64, "f")),
        ("int256", -1, "f" * 64),
        ("bool", True, "1".rjust(64, "0")),
        ("bytes1", "0xab", "ab".ljust(64, "0")),
        ("bytes32", b"\1" * 32, "01" * 32),
        ("address", DOMAIN["verifyingContract"].lower(), "c" * 40),
    ],
)
def test_value_becomes_its_word(kind: str, value: object, word: str) -> None:
    assert encoded(kind, value) == word.rjust(64, "0")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("uint8", 256),
        ("uint8", -1),
        ("int8", 128),
        ("int8", -129),
        ("uint256", 2**256),
        ("uint256", 1.0),
        ("uint256", 1.5),
        ("uint256", True),
        ("uint256", None),
        ("uint256", "1.0"),
        ("uint256", "1e3"),
        ("uint256", "01"),
        ("uint256", "+1"),
        ("uint256", " 1"),
        ("uint256", ""),
        ("uint256", "-0"),
        ("uint256", "0x"),
        ("uint256", "1_0"),
        ("uint256", "１"),
        ("uint256", "9" * 5_000),
        ("bool", 1),
        ("bool", "true"),
        ("bool", None),
        ("string", 5),
        ("string", b"bytes"),
        ("string", None),
        ("string", "\ud800"),
        ("bytes", "ab"),
        ("bytes", "0xabc"),
        ("bytes", "0xzz"),
        ("bytes", 5),
        ("bytes4", "0xabcdef"),
        ("bytes4", "0xabcdef0102"),
        ("address", "0x" + "0" * 39),
        ("address", 5),
        ("address", "0xCCcCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC"),
        ("uint8[]", 5),
        ("uint8[]", "12"),
        ("uint8[]", {"0": 1}),
        ("uint8[]", [256]),
        ("uint8[2]", [1]),
        ("uint8[2]", [1, 2, 3]),
        ("uint8[2][]", [[1, 2], [3]]),
    ],
)
def test_value_that_has_not_its_type_is_refused(kind: str, value: object) -> None:
    with pytest.raises(BadTypedData, match=r"It\.value"):
        encoded(kind, value)


@pytest.mark.parametrize(
    "kind",
    [
        "uint", "int", "uint7", "uint0", "uint264", "uint08", "bytes0", "bytes33", "byte", "float",
        "fixed128x18", "function", "String", "Nobody", "", "uint8[", "uint8[0]", "uint8[-1]",
        "uint8[01]", "[]", "uint8 []", "uint8[]" * 20, "It2",
    ],
)  # fmt: skip
def test_there_is_no_other_type(kind: str) -> None:
    with pytest.raises(BadTypedData):
        one(kind)


@pytest.mark.parametrize(
    "types",
    [
        {"It": [{"name": "it", "type": "It"}]},
        {"It": [{"name": "it", "type": "It[]"}]},
        {"A": [{"name": "b", "type": "B"}], "B": [{"name": "a", "type": "A[2]"}]},
        {"uint8": [{"name": "a", "type": "bool"}]},
        {"string": [{"name": "a", "type": "bool"}]},
        {"A(": [{"name": "a", "type": "bool"}]},
        {"": [{"name": "a", "type": "bool"}]},
        {"A": [{"name": "a b", "type": "bool"}]},
        {"A": [{"name": "a", "type": "bool"}, {"name": "a", "type": "bool"}]},
        {"A": [{"name": "a"}]},
        {"A": [{"name": 5, "type": "bool"}]},
        {"A": [{"name": "a", "type": 5}]},
        {"A": ["bool a"]},
        {"A": {"a": "bool"}},
        {"A": None},
        {5: []},
        [],
        None,
        {"A": [{"name": "a", "type": "bool", "more": "x"}]},
        {f"A{n}": [{"name": "a", "type": "bool"}] for n in range(65)},
    ],
)
def test_types_that_make_no_sense_are_refused(types: Any) -> None:
    with pytest.raises(BadTypedData):
        Types(types)


def test_many_ways_through_the_types_cost_little() -> None:
    # Sixteen layers of four, each of which holds all of the next: four billion ways.
    types: dict[str, list[dict[str, str]]] = {
        f"L{layer}N{n}": [{"name": f"m{i}", "type": f"L{layer + 1}N{i}"} for i in range(4)]
        for layer in range(15)
        for n in range(4)
    }
    types |= {f"L15N{n}": [{"name": "end", "type": "bool"}] for n in range(4)}
    assert Types(types).encoded_type("L0N0").count("(") == 61


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"contents": None}, "Mail.contents"),
        ({"more": 1}, "Mail.more is unknown"),
        ({"from": {"name": "Cow"}}, "Mail.from.wallet is missing"),
        ({"from": None}, "Mail.from is an object"),
        ({"from": []}, "Mail.from is an object"),
        ({"from": MAIL["from"] | {"age": 3}}, "Mail.from.age is unknown"),  # type: ignore[operator]
    ],
)
def test_message_has_exactly_its_members(change: dict[str, Any], where: str) -> None:
    with pytest.raises(BadTypedData, match=where):
        typed_digest(DOMAIN, TYPES, "Mail", MAIL | change)


def test_primary_type_is_one_of_the_types() -> None:
    with pytest.raises(BadTypedData, match="Letter"):
        typed_digest(DOMAIN, TYPES, "Letter", MAIL)


@pytest.mark.parametrize(
    "domain",
    [
        {**DOMAIN, "chain": 1},
        {**DOMAIN, "chainId": "one"},
        {**DOMAIN, "name": None},
        {**DOMAIN, "salt": "0x00"},
        {name: value for name, value in DOMAIN.items() if name != "version"},
        {**DOMAIN, "salt": "0x" + "00" * 32},
    ],
)
def test_domain_has_its_members_and_those_that_are_declared(domain: dict[str, Any]) -> None:
    with pytest.raises(BadTypedData):
        typed_digest(domain, TYPES, "Mail", MAIL)


def test_other_domain_has_another_digest() -> None:
    digests = {
        typed_digest({**DOMAIN, **change}, TYPES, "Mail", MAIL)
        for change in ({}, {"chainId": 2}, {"name": "Ether"}, {"version": "2"})
    }
    assert len(digests) == 4
