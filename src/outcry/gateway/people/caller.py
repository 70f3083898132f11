"""The caller of a request: a person in a session, or a program with an API key."""

from dataclasses import dataclass

from outcry.gateway.errors import ApiError
from outcry.identity.access_tokens import Facts
from outcry.identity.api_keys import READ, TRADE, WITHDRAW, ApiKey

SESSION = "session"
"""What a person does in a session, and no key can: about keys, passwords, staff."""
OF_A_SESSION = frozenset({READ, TRADE, WITHDRAW, SESSION})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. Either `session` or `key` is there."""

    account: int
    """The account it speaks for."""
    session: Facts | None = None
    key: ApiKey | None = None

    @property
    def scopes(self) -> frozenset[str]:
        """What it may do."""
        return OF_A_SESSION if self.key is None else self.key.scopes

    def check(self, scope: str) -> None:
        """Let the caller pass for a scope.

        Raises:
            ApiError: `SCOPE`.
        """
        if scope not in self.scopes:
            wanted = "a session" if scope == SESSION else f"an API key with the scope {scope}"
            raise ApiError("SCOPE", f"this takes {wanted}")

    @property
    def facts(self) -> Facts:
        """The session of a caller that has one."""
        assert self.session is not None
        return self.session
