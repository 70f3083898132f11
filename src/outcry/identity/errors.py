"""Why somebody is not let in. Each text can be shown to the person; none repeats what they sent."""


class IdentityError(Exception):
    """Base of what a person can do wrong here. `text` says it in one sentence."""

    text = "This was refused."

    def __init__(self, text: str = "") -> None:
        super().__init__(text or self.text)


class BadEmail(IdentityError):
    """The e-mail address is not one."""

    text = "The e-mail must be an address like name@example.com, at most 254 characters."


class WeakPassword(IdentityError):
    """The password is too short, or longer than we are ready to hash."""

    text = "The password must have 12 characters or more, and at most 1,024."


class EmailTaken(IdentityError):
    """Somebody is registered with this e-mail."""

    text = "This e-mail is already registered."


class WrongCredentials(IdentityError):
    """Not told apart: an unknown e-mail, a wrong password."""

    text = "The e-mail or the password is wrong."


class BadRefreshToken(WrongCredentials):
    """Not told apart: unknown, used before, expired."""

    text = "The refresh token is unknown, used before or expired; log in again."


class BadKey(IdentityError):
    """What an API key should be is not possible. `field` names which part."""

    text = "This API key cannot be made."

    def __init__(self, text: str = "", field: str = "") -> None:
        super().__init__(text)
        self.field = field


class UnknownKey(IdentityError):
    """The caller has no such API key."""

    text = "You have no such API key."
