"""URIs and times, as the standards write them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcry.identity.wallet.grammar import (
    is_authority,
    is_pchars,
    is_scheme,
    is_uri,
    time_ns,
)


@pytest.mark.parametrize(
    "text",
    [
        "https://example.com",
        "https://example.com/",
        "https://user:pass@example.com:8443/a/b;c=1?q=/?#f/?",
        "http://[::1]:80/",
        "http://[2001:db8::7]",
        "http://[v1.fe]/",
        "http://127.0.0.1:",
        "ipfs://Qme7ss3ARVgxv6rXqVPiikMJ8u2NLgmgszg13pYrDKEoiu",
        "ftp://ftp.is.co.za/rfc/rfc1808.txt",
        "mailto:John.Doe@example.com",
        "news:comp.infosystems.www.servers.unix",
        "tel:+1-816-555-1212",
        "urn:oasis:names:specification:docbook:dtd:xml:4.1.2",
        "file:///etc/hosts",
        "did:key:z6Mk",
        "https://example.com/%C3%A9",
        "a:",
    ],
)
def test_uri_is_one(text: str) -> None:
    assert is_uri(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.com",
        "example.com/login",
        "//example.com",
        "/login",
        ":",
        "://example.com",
        "1http://example.com",
        "ht tp://example.com",
        "https://exa mple.com",
        "https://example.com/a b",
        "https://example.com/%",
        "https://example.com/%4",
        "https://example.com/%zz",
        "https://example.com/<a>",
        'https://example.com/"',
        "https://example.com/\\",
        "https://example.com/é",
        "https://example.com/^",
        "https://example.com/{a}",
        "https://example.com/a|b",
        "https://example.com/`",
        "https://example.com:port/",
        "https://a@b@c/",
        "https://[::1/",
        "https://[::1]x/",
        "https://[1::2::3]/",
        "https://[127.0.0.1]/",
        "https://[::1%25eth0]/",
        "https://[]/",
        "https://example.com/#a#b",
        "https://example.com\n",
        "https://example.com/[",
    ],
)
def test_anything_else_is_no_uri(text: str) -> None:
    assert not is_uri(text)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("example.com", True),
        ("localhost:8080", True),
        ("user@127.0.0.1:80", True),
        ("[::cafe]", True),
        ("[::cafe]:443", True),
        ("", False),
        (":80", False),
        ("user@", False),
        ("example.com/", False),
        ("example.com/path", False),
        ("https://example.com", False),
        ("exa mple.com", False),
        ("example.com?", False),
        ("example.com#", False),
        ("[::cafe", False),
        ("[nonsense]", False),
        ("[]", False),
        ("éxample.com", False),
        ("a@b@c", False),
    ],
)
def test_authority_names_a_host(text: str, is_one: bool) -> None:
    assert is_authority(text) == is_one


def test_scheme_and_segment_have_their_letters() -> None:
    assert [is_scheme(text) for text in ("https", "a+b-c.d1", "", "1a", "a b", "a:")] == (
        [True, True, False, False, False, False]
    )
    assert [is_pchars(text) for text in ("", "a:b@c%20", "a/b", "a b", "a?b", "%2")] == (
        [True, True, False, False, False, False]
    )


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01t00:00:00z", 0),
        ("1970-01-01T00:00:00.5Z", 500_000_000),
        ("1970-01-01T00:00:00.123456789Z", 123_456_789),
        ("1970-01-01T00:00:00.1234567899Z", 123_456_789),
        ("1970-01-01T01:30:00+01:30", 0),
        ("1969-12-31T22:00:00-02:00", 0),
        ("1970-01-01T00:00:00-00:00", 0),
        ("2000-02-29T00:00:00Z", 951_782_400 * 10**9),
        ("2016-12-31T23:59:60Z", 1_483_228_800 * 10**9),
        ("2017-01-01T00:59:60+01:00", 1_483_228_800 * 10**9),
        ("1969-12-31T23:59:59.999999999Z", -1),
    ],
)
def test_time_is_read(text: str, moment: int) -> None:
    assert time_ns(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2021-09-30",
        "2021-09-30T16:25:24",
        "2021-09-30 16:25:24Z",
        "2021-09-30T16:25Z",
        "2021-09-30T16:25:24.Z",
        "2021-09-30T16:25:24,5Z",
        "2021-9-30T16:25:24Z",
        "21-09-30T16:25:24Z",
        "2021-13-30T16:25:24Z",
        "2021-00-30T16:25:24Z",
        "2021-09-31T16:25:24Z",
        "2021-09-00T16:25:24Z",
        "2021-02-29T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "2021-09-30T24:00:00Z",
        "2021-09-30T16:60:24Z",
        "2021-09-30T16:25:60Z",
        "2021-09-30T23:59:60Z",
        "2021-06-30T23:59:61Z",
        "2021-09-30T16:25:24+0200",
        "2021-09-30T16:25:24+02",
        "2021-09-30T16:25:24+24:00",
        "2021-09-30T16:25:24+02:60",
        "2021-09-30T16:25:24GMT",
        "Thu, 30 Sep 2021 16:25:24 GMT",
        "2021-09-30T16:25:24Z ",
        " 2021-09-30T16:25:24Z",
        "2021-09-30T16:25:24Z\n",
        "-2021-09-30T16:25:24Z",
        "+002021-09-30T16:25:24Z",
        "2021-W39-4T16:25:24Z",
        "1633019124",
        "２021-09-30T16:25:24Z",
    ],
)
def test_anything_else_is_no_time(text: str) -> None:
    assert time_ns(text) is None


@given(st.integers(0, 3_600 * 24 * 365 * 9_900), st.integers(-23 * 60 - 59, 23 * 60 + 59))
def test_any_moment_is_read_as_the_standard_library_writes_it(
    seconds: int, offset_minutes: int
) -> None:
    moment = datetime(2, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    there = moment.astimezone(timezone(timedelta(minutes=offset_minutes)))
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    expected = (since.days * 86_400 + since.seconds) * 10**9
    assert time_ns(there.isoformat()) == expected
