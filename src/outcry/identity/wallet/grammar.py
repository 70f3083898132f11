"""The syntax that sign-in messages borrow: URIs (RFC 3986) and times (RFC 3339)."""

import re
from datetime import date
from ipaddress import AddressValueError, IPv6Address

SECOND_NS = 1_000_000_000
_HOUR_S, _DAY_S = 3_600, 86_400
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_LEAP_DAYS = {(6, 30), (12, 31)}

_UNRESERVED, _SUB, _ESCAPED = r"A-Za-z0-9\-._~", "!$&'()*+,;=", "%[0-9A-Fa-f]{2}"
_PCHAR = rf"(?:[{_UNRESERVED}{_SUB}:@]|{_ESCAPED})"
_IP_LITERAL = rf"\[(?:(?P<six>[0-9A-Fa-f:.]+)|v[0-9A-Fa-f]+\.[{_UNRESERVED}{_SUB}:]+)\]"
_AUTHORITY = (
    rf"(?:(?:[{_UNRESERVED}{_SUB}:]|{_ESCAPED})*@)?"
    rf"(?:{_IP_LITERAL}|(?P<name>(?:[{_UNRESERVED}{_SUB}]|{_ESCAPED})*))(?::[0-9]*)?"
)
_SCHEME = r"[A-Za-z][A-Za-z0-9+\-.]*"
_PATH = rf"/(?:{_PCHAR}+(?:/{_PCHAR}*)*)?|{_PCHAR}+(?:/{_PCHAR}*)*|"
_URI = re.compile(
    rf"{_SCHEME}:(?://{_AUTHORITY}(?:/{_PCHAR}*)*|{_PATH})"
    rf"(?:\?(?:{_PCHAR}|[/?])*)?(?:#(?:{_PCHAR}|[/?])*)?"
)
_DOMAIN = re.compile(_AUTHORITY)
_SCHEME_ALONE = re.compile(_SCHEME)
_PCHARS = re.compile(rf"{_PCHAR}*")
# ABNF's letters stand for both cases.
_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?"
    r"(?:[Zz]|([+\-])([0-9]{2}):([0-9]{2}))"
)


def is_uri(text: str) -> bool:
    """Return whether a text is a URI: a scheme and what follows it."""
    found = _URI.fullmatch(text)
    return found is not None and _sound(found)


def is_authority(text: str) -> bool:
    """Return whether a text is an authority that names a host: userinfo@host:port."""
    found = _DOMAIN.fullmatch(text)
    return found is not None and found["name"] != "" and _sound(found)


def is_scheme(text: str) -> bool:
    """Return whether a text is the scheme of a URI."""
    return _SCHEME_ALONE.fullmatch(text) is not None


def is_pchars(text: str) -> bool:
    """Return whether a text could be a segment of a path; it may be empty."""
    return _PCHARS.fullmatch(text) is not None


def _sound(found: re.Match[str]) -> bool:
    """Return whether the IPv6 address in brackets, if there is one, is one."""
    if found["six"] is None:
        return True
    try:
        IPv6Address(found["six"])
    except AddressValueError:
        return False
    return True


def time_ns(text: str) -> int | None:
    """Return the nanoseconds since 1970 of an RFC 3339 time; None if it is none.

    A leap second counts as the first of the next day. What is finer than a nanosecond is cut off.
    """
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    offset_hour, offset_minute = int(found[9] or 0), int(found[10] or 0)
    if max(hour, offset_hour) > 23 or max(minute, offset_minute) > 59 or second > 60:
        return None
    try:
        days = date(year, month, day).toordinal() - _EPOCH_DAY
    except ValueError:
        return None
    offset_s = (offset_hour * 60 + offset_minute) * (-60 if found[8] == "-" else 60)
    whole_s = days * _DAY_S + hour * _HOUR_S + minute * 60 + second - offset_s
    if second == 60 and not _leaps(whole_s):
        return None
    return whole_s * SECOND_NS + int((found[7] or "0")[:9].ljust(9, "0"))


def _leaps(whole_s: int) -> bool:
    """Return whether a 60th second, counted as the next, is the end of a June or a December."""
    days, second = divmod(whole_s, _DAY_S)
    day_before = days + _EPOCH_DAY - 1
    if second or day_before < 1:
        return False
    ended = date.fromordinal(day_before)
    return (ended.month, ended.day) in _LEAP_DAYS
