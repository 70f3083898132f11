"""Typed data (EIP-712): encoded strictly, hashed, and nothing guessed.

Every field is there and none besides, every value has exactly its type, and a number is an integer
or the text of one: what is not certain to be what the wallet showed is refused.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from outcry.identity.wallet.address import BadAddress, read_address
from outcry.identity.wallet.keccak import keccak_256

WORD_BYTES, ARRAYS_MAX, TYPES_MAX = 32, 16, 64
DOMAIN = "EIP712Domain"
DOMAIN_FIELDS = {
    "name": "string",
    "version": "string",
    "chainId": "uint256",
    "verifyingContract": "address",
    "salt": "bytes32",
}
"""In the order in which they are hashed; each may be left out."""
_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*", re.ASCII)
_ARRAY = re.compile(r"(.+)\[([1-9][0-9]{0,8})?\]", re.ASCII)
_SIZED = re.compile(r"(u?int|bytes)([1-9][0-9]{0,2})", re.ASCII)
_DECIMAL = re.compile(r"0|-?[1-9][0-9]{0,77}", re.ASCII)
_HEXADECIMAL = re.compile(r"0x[0-9A-Fa-f]{1,64}", re.ASCII)
_BYTES = re.compile(r"0x(?:[0-9A-Fa-f]{2})*", re.ASCII)
_PLAIN = {"address", "bool", "string", "bytes"}


class BadTypedData(ValueError):
    """This is no typed data, or a value does not have its type; the message says where."""


class Field(NamedTuple):
    """A member of a struct."""

    name: str
    type: str


class Types:
    """The struct types of some typed data."""

    def __init__(self, types: Mapping[str, Sequence[Mapping[str, str]]]) -> None:
        """Take the types as they stand in the JSON of `eth_signTypedData_v4`.

        Raises:
            BadTypedData: a name or a type is none, or a struct holds itself.
        """
        if not isinstance(types, Mapping):
            raise BadTypedData("types are an object of lists of members")
        if len(types) > TYPES_MAX:
            raise BadTypedData(f"there are more than {TYPES_MAX} types")
        self._fields = {name: _fields(name, members) for name, members in types.items()}
        for name, fields in self._fields.items():
            for field in fields:
                if not self._known(_base(field.type)):
                    raise BadTypedData(f"{name}.{field.name}: there is no type {field.type!r}")
        self._texts = {name: self._text(name) for name in self._fields}
        self._hashes = {name: keccak_256(text.encode()) for name, text in self._texts.items()}

    def encoded_type(self, name: str) -> str:
        """Return the text of a type: itself, then those it needs, by name."""
        return self._texts[self._struct(name)]

    def encoded(self, name: str, value: Mapping[str, Any]) -> bytes:
        """Return `typeHash ‖ encodeData` of a value.

        Raises:
            BadTypedData: it has not exactly the members of the type, or one has another type.
        """
        return self._encoded(self._struct(name), value, name)

    def hash_struct(self, name: str, value: Mapping[str, Any]) -> bytes:
        """Return the hash of a value. Raises as `encoded` does."""
        return keccak_256(self.encoded(name, value))

    def _struct(self, name: object) -> str:
        if not isinstance(name, str) or name not in self._fields:
            raise BadTypedData(f"there is no type {name!r}")
        return name

    def _known(self, base: str) -> bool:
        return base in self._fields or base in _PLAIN or _size(base) is not None

    def _text(self, name: str) -> str:
        needed = self._needed(name)
        if name in needed:
            raise BadTypedData(f"{name} holds itself")
        return "".join(
            f"{struct}({','.join(f'{field.type} {field.name}' for field in self._fields[struct])})"
            for struct in [name, *sorted(needed)]
        )

    def _needed(self, name: str) -> set[str]:
        """Return the structs that one is made of, at any depth; itself if it is made of itself."""
        needed: set[str] = set()
        unseen = {name}
        while unseen:
            bases = {_base(field.type) for field in self._fields[unseen.pop()]}
            unseen |= (bases & set(self._fields)) - needed
            needed |= bases & set(self._fields)
        return needed

    def _encoded(self, name: str, value: object, where: str) -> bytes:
        if not isinstance(value, Mapping):
            raise BadTypedData(f"{where} is an object with the members of {name}")
        fields = self._fields[name]
        names = {field.name for field in fields}
        for wrong, what in ((names - set(value), "is missing"), (set(value) - names, "is unknown")):
            if wrong:
                raise BadTypedData(f"{where}.{min(wrong, key=str)} {what}")
        words = [self._hashes[name]]
        words += [self._word(f.type, value[f.name], f"{where}.{f.name}") for f in fields]
        return b"".join(words)

    def _word(self, kind: str, value: object, where: str) -> bytes:
        """Return the 32 bytes that stand for a value in its struct."""
        array = _ARRAY.fullmatch(kind)
        if array is not None:
            if not isinstance(value, list | tuple):
                raise BadTypedData(f"{where} is a list of {array[1]}")
            if array[2] is not None and len(value) != int(array[2]):
                raise BadTypedData(f"{where} has {array[2]} members, not {len(value)}")
            members = [self._word(array[1], v, f"{where}[{i}]") for i, v in enumerate(value)]
            return keccak_256(b"".join(members))
        if kind in self._fields:
            return keccak_256(self._encoded(kind, value, where))
        return _atom(kind, value, where)


def domain_separator(domain: Mapping[str, Any]) -> bytes:
    """Return the hash of a domain, of the members that it has.

    Raises:
        BadTypedData: a member is none of a domain, or has another type.
    """
    if not isinstance(domain, Mapping):
        raise BadTypedData("a domain is an object")
    members = [{"name": n, "type": t} for n, t in DOMAIN_FIELDS.items() if n in domain]
    return Types({DOMAIN: members}).hash_struct(DOMAIN, domain)


def digest_of(separator: bytes, struct_hash: bytes) -> bytes:
    """Return what a wallet signs of typed data."""
    return keccak_256(b"\x19\x01" + separator + struct_hash)


def typed_digest(
    domain: Mapping[str, Any],
    types: Mapping[str, Sequence[Mapping[str, str]]],
    primary_type: str,
    message: Mapping[str, Any],
) -> bytes:
    """Return what a wallet signs of the parts of an `eth_signTypedData_v4`.

    Raises:
        BadTypedData: they do not fit together.
    """
    separator, read = domain_separator(domain), Types(types)
    declared = types.get(DOMAIN)
    if declared is not None:
        usual = [Field(n, t) for n, t in DOMAIN_FIELDS.items() if n in domain]
        if list(_fields(DOMAIN, declared)) != usual:
            raise BadTypedData(f"{DOMAIN} has the members of the domain, in their usual order")
    return digest_of(separator, read.hash_struct(primary_type, message))


def _fields(name: str, members: Sequence[Mapping[str, str]]) -> tuple[Field, ...]:
    if not _is_name(name) or name in _PLAIN or _size(name) is not None:
        raise BadTypedData(f"{name!r} cannot be the name of a type")
    if not isinstance(members, list | tuple):
        raise BadTypedData(f"{name} is a list of members")
    fields = []
    for member in members:
        whole = isinstance(member, Mapping) and set(member) == {"name", "type"}
        if not whole or not _is_name(member["name"]) or not isinstance(member["type"], str):
            raise BadTypedData(f"a member of {name} has a name and a type")
        fields.append(Field(member["name"], member["type"]))
    if len({field.name for field in fields}) != len(fields):
        raise BadTypedData(f"{name} has two members of one name")
    return tuple(fields)


def _is_name(text: object) -> bool:
    return isinstance(text, str) and _NAME.fullmatch(text) is not None


def _base(kind: str) -> str:
    """Return what a type is an array of, at the last; itself if it is none."""
    depth = 0
    while (array := _ARRAY.fullmatch(kind)) is not None:
        kind, depth = array[1], depth + 1
        if depth > ARRAYS_MAX:
            raise BadTypedData(f"arrays are nested deeper than {ARRAYS_MAX}")
    return kind


def _size(kind: str) -> tuple[str, int] | None:
    """Return (uint, int or bytes, its size in bits or bytes); None if there is no such type."""
    sized = _SIZED.fullmatch(kind)
    if sized is None:
        return None
    size = int(sized[2])
    fits = size <= WORD_BYTES if sized[1] == "bytes" else size <= 256 and size % 8 == 0
    return (sized[1], size) if fits else None


def _atom(kind: str, value: object, where: str) -> bytes:
    if kind == "bool":
        if not isinstance(value, bool):
            raise BadTypedData(f"{where} is true or false")
        return int(value).to_bytes(WORD_BYTES, "big")
    if kind == "address":
        return _address(value, where).rjust(WORD_BYTES, b"\0")
    if kind == "string":
        return keccak_256(_utf8(value, where))
    if kind == "bytes":
        return keccak_256(_octets(value, where))
    sized = _size(kind)
    assert sized is not None
    family, size = sized
    if family == "bytes":
        octets = _octets(value, where)
        if len(octets) != size:
            raise BadTypedData(f"{where} has {size} bytes, not {len(octets)}")
        return octets.ljust(WORD_BYTES, b"\0")
    return _integer(value, size, where, signed=family == "int")


def _integer(value: object, bits: int, where: str, *, signed: bool) -> bytes:
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        number = int(value)
    elif isinstance(value, str) and _HEXADECIMAL.fullmatch(value):
        number = int(value, 16)
    elif isinstance(value, int) and not isinstance(value, bool):
        number = value
    else:
        raise BadTypedData(f"{where} is an integer, or the text of one")
    low, high = (-(1 << bits - 1), 1 << bits - 1) if signed else (0, 1 << bits)
    if not low <= number < high:
        raise BadTypedData(f"{where} does not fit {'int' if signed else 'uint'}{bits}")
    return number.to_bytes(WORD_BYTES, "big", signed=signed)


def _address(value: object, where: str) -> bytes:
    if not isinstance(value, str):
        raise BadTypedData(f"{where} is an address")
    try:
        return read_address(value, lower_case=True)
    except BadAddress as error:
        raise BadTypedData(f"{where}: {error}") from None


def _utf8(value: object, where: str) -> bytes:
    if not isinstance(value, str):
        raise BadTypedData(f"{where} is text")
    try:
        return value.encode()
    except UnicodeEncodeError:
        raise BadTypedData(f"{where} holds half a character") from None


def _octets(value: object, where: str) -> bytes:
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str) or not _BYTES.fullmatch(value):
        raise BadTypedData(f"{where} is bytes, or 0x and hexadecimal digits, two for each")
    return bytes.fromhex(value[2:])
