"""Say whether my balance is in the total that a venue says it owes. Standard library only.

    python verify_balance.py MINE PUBLISHED

MINE is what GET /api/v1/proofs/liabilities/mine answered me (with my token), saved in a file.
PUBLISHED is what anybody gets from GET /api/v1/proofs/liabilities: a file or that address.
"""

import json
import sys
from base64 import b64decode
from hashlib import sha256
from urllib.request import urlopen

LIMIT = 1 << 62


def units(text: str) -> int:
    """Return an amount, which is never negative and always below 2^62."""
    number = int(text)
    if not 0 <= number < LIMIT:
        raise ValueError("an amount is out of bounds")
    return number


def top(share: dict, account_hash: bytes) -> tuple[bytes, int]:
    """Return (hash, sum) of the root that my balance leads to."""
    total = units(share["amount_units"])
    salt = b64decode(share["salt"], validate=True)
    node = sha256(b"\0" + salt + account_hash + total.to_bytes(8, "big")).digest()
    for step in share["path"]:
        beside, more = b64decode(step["hash"], validate=True), units(step["sum_units"])
        sides = [(node, total), (beside, more)] if step["side"] == "right" else [
            (beside, more), (node, total)]  # fmt: skip
        content = b"".join(side + amount.to_bytes(8, "big") for side, amount in sides)
        node, total = sha256(b"\1" + content).digest(), units(total + more)
    return node, total


def main(mine_path: str, published: str) -> None:
    """Check every asset; the first thing that is wrong ends the program with exit code 1."""
    with open(mine_path, "rb") as file:
        mine = json.load(file)
    with urlopen(published) if "://" in published else open(published, "rb") as file:
        public = {(row["asset"], row["sequence"]): row for row in json.load(file)["sets"]}
    name = sha256(f"outcry/{mine['log_id']}/{mine['account']}".encode()).digest()
    for share in mine["shares"]:
        row = public[share["asset"], share["sequence"]]
        told = (b64decode(row["root"]), units(row["total_units"]))
        if top(share, name) != told:
            raise ValueError(f"my {share['asset']} is not in the total")
        print(f"{share['asset']}: {share['amount_units']} units, in {told[1]} at {row['sequence']}")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (KeyError, TypeError, ValueError, AttributeError, OSError) as error:
        sys.exit(f"not verified: {error!r}")
