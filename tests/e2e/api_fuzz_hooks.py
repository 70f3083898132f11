"""What Schemathesis is told of our document before it reads it."""

from typing import Any

import schemathesis

MARKET = "BTC_USDT"
"""A market that the demo has. Of a name that is drawn at random there is no book to answer with."""


@schemathesis.hook
def before_load_schema(_: Any, raw_schema: dict[str, Any]) -> None:
    for path in raw_schema["paths"].values():
        for operation in path.values():
            for parameter in operation.get("parameters", ()):
                if parameter["name"] == "market":
                    parameter.setdefault("example", MARKET)
    _spell_out(raw_schema)


def _spell_out(part: Any) -> None:
    """Say of lists whose members are all of one kind that they are, which is the same.

    Schemathesis 4.32 turns the `prefixItems` of an answer's schema into a list of `items`, as
    older drafts have it, and then refuses that.
    """
    if isinstance(part, list):
        for member in part:
            _spell_out(member)
    if isinstance(part, dict):
        for member in part.values():
            _spell_out(member)
        members = part.get("prefixItems")
        if members and all(member == members[0] for member in members):
            assert part["minItems"] == part["maxItems"] == len(members)
            part["items"] = part.pop("prefixItems")[0]
