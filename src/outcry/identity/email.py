"""E-mail addresses in one form, so that one mailbox is one person."""

import re
import unicodedata

from outcry.identity.errors import BadEmail

CHARACTERS_MAX = 254
TEXT_MAX = 4 * CHARACTERS_MAX
"""What is longer is no address in any spelling, and costs too much to bring into one form."""
_WORD = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_TOP = r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])"
_ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@){_WORD}(?:\.{_WORD})*@(?:{_LABEL}\.)+{_TOP}")


def normalise(text: str) -> str:
    """Return the address stripped, in NFKC form and in lower case.

    Look-alike letters of other alphabets are refused, not mapped: only ASCII is an address here.

    Raises:
        BadEmail: it is none.
    """
    if len(text) > TEXT_MAX:
        raise BadEmail
    address = unicodedata.normalize("NFKC", text.strip()).lower()
    if len(address) > CHARACTERS_MAX or not _ADDRESS.fullmatch(address):
        raise BadEmail
    if address.endswith(".invalid"):  # RFC 2606: nobody's, and what people without e-mail have.
        raise BadEmail
    return address
