"""Where money goes: an asset, an address as text, and what some chains want besides."""

import re
from dataclasses import dataclass

from outcry.identity.errors import BadDestination

_ADDRESS = re.compile(r"[!-~]{3,128}", re.ASCII)
_MEMO = re.compile(r"[ -~]{1,128}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Destination:
    """An address that has the shape of one; whether somebody is there nobody here can know."""

    asset: str
    address: str
    memo: str = ""

    def __post_init__(self) -> None:
        """Check the shape.

        Raises:
            BadDestination: it is no address, or no memo.
        """
        if not _ADDRESS.fullmatch(self.address):
            why = "An address has 3 to 128 printable ASCII characters and no space."
            raise BadDestination(why, "address")
        if self.memo and not _MEMO.fullmatch(self.memo):
            raise BadDestination("A memo has 1 to 128 printable ASCII characters.", "memo")
