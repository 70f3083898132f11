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


class LockedOut(IdentityError):
    """Too many attempts have failed. `retry_after_s` is how long nothing is looked at."""

    text = "Too many attempts have failed; try again later."

    def __init__(self, retry_after_s: int) -> None:
        super().__init__()
        self.retry_after_s = retry_after_s


class FactorNeeded(IdentityError):
    """The password is right; now a code of the second factor is wanted, or a fresh one."""

    text = "Send a code of your second factor."


class WrongCode(IdentityError):
    """Not told apart: a wrong code, one that was used, one of another time."""

    text = "The code is wrong, or was used before."


class NoFactor(IdentityError):
    """There is no second factor, or it is not confirmed."""

    text = "You have no second factor."


class FactorThere(IdentityError):
    """There is one already."""

    text = "You have a second factor already; remove it first."


class UnknownSession(IdentityError):
    """The caller has no such session."""

    text = "You have no such session."


class BadRefreshToken(WrongCredentials):
    """Not told apart: unknown, used before, expired, of a session that was ended."""

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


class BadLabel(IdentityError):
    """A label that cannot be printed, or too long."""

    text = "A label has at most 64 characters that can be printed."


class TooMany(IdentityError):
    """There are as many as there may be."""

    text = "You have as many as there may be."


class NotAllowed(IdentityError):
    """The role for this lacks, or it is one's own request."""

    text = "You may not do this."


class UnknownRequest(IdentityError):
    """There is no such request, or it is decided."""

    text = "There is no such open request."


class BadWallet(IdentityError):
    """What a wallet should have signed makes no sense. `field` names which part."""

    text = "This is not what a wallet signs."

    def __init__(self, text: str = "", field: str = "") -> None:
        super().__init__(text)
        self.field = field


class WalletRefused(IdentityError):
    """A wallet signed something else, for somebody else, or at another time; or did not sign."""

    text = "The wallet has not signed this."


class WalletTaken(IdentityError):
    """The wallet lets somebody in already, or is somebody's only way in."""

    text = "This wallet lets somebody in already."


class UnknownWallet(IdentityError):
    """The caller has no such wallet."""

    text = "You have no such wallet."


class UnknownWithdrawal(IdentityError):
    """There is no such withdrawal, or it is somebody else's."""

    text = "There is no such withdrawal."


class UnknownBeneficiary(IdentityError):
    """The account has no such address."""

    text = "You have no such address."


class LabelTaken(IdentityError):
    """Another address has this name."""

    text = "Another address has this label."


class IdReused(IdentityError):
    """The id was used for something else."""

    text = "This id was used for another withdrawal."


class ReferenceTaken(IdentityError):
    """The reference was used for another deposit."""

    text = "This reference was used for another deposit."


class NotNow(IdentityError):
    """It is in a state in which this cannot be."""

    text = "This cannot be done in the present state."


class BadDestination(IdentityError):
    """An address or a memo has not the shape of one. `field` names which."""

    text = "This is not an address."

    def __init__(self, text: str = "", field: str = "") -> None:
        super().__init__(text)
        self.field = field
