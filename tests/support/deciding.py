"""What staff does by two."""

from typing import Any

from tests.support.gateway import Person

STAFF = "/api/v1/staff"


async def agreed(first: Person, second: Person, path: str, body: Any) -> Any:
    """Let one ask and another approve; return what came of it."""
    asked = await first.call("POST", f"{STAFF}/{path}", body)
    assert asked.status == 201, asked
    number = asked.body["request"]
    own = await first.call("POST", f"{STAFF}/requests/{number}/approve")
    assert own.code == "FORBIDDEN"
    answer = await second.call("POST", f"{STAFF}/requests/{number}/approve")
    assert answer.status == 200, answer
    return answer.body
