"""Refusals, named as facts. A verb raises one; whoever speaks to the person (page, terminal) says it in his language.

`message` is a whole sentence to be translated, `values` its named placeholders, `status` the HTTP status of the answer.
`field` names the input that is at fault, `retry_after` the seconds after which another try makes sense.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar


def N_(sentence: str) -> str:
    """Marks a sentence for translation where it is written; it is translated where it is spoken."""
    return sentence


class Counted(str):
    """A sentence about a number: its plural, with the singular, and the name of the value that counts."""

    one: str
    by: str


def NN_(one: str, many: str, by: str) -> Counted:
    """Marks a sentence and its singular for translation; some languages have more forms than two."""
    sentence = Counted(many)
    sentence.one, sentence.by = one, by
    return sentence


class Refusal(Exception):
    status: ClassVar[int] = 422
    message: str = ""
    hint: str = ""
    field: str = ""
    whole_page: bool = False  # answered by a page of its own, never inside the form at hand
    retry_after: int | None = None

    def __init__(self, sentence: str = "", /, **values: object) -> None:
        """`sentence` where each of its kind has one of its own."""
        self.message = sentence or self.message
        super().__init__(self.message % values if values else self.message)  # English, for logs
        self.values = values


class NotFound(Refusal):
    """Unknown, or out of reach: both get the same answer."""

    status = 404
    message = N_("Not found")


class WrongCredentials(Refusal):
    status = 401
    message = N_("Login or password is incorrect")
    hint: str = NN_(
        "Check both and try again. One attempt left, then there is a pause of %(pause)s.",
        "Check both and try again. %(left)s attempts left, then there is a pause of %(pause)s.",
        by="left",
    )
    hint_at_none = N_("Check both. There is a pause of %(pause)s now.")
    field = "password"

    def __init__(self, left: int, pause: int) -> None:
        super().__init__(left=left, pause=pause)
        self.hint = self.hint if left else self.hint_at_none


class Suspended(Refusal):
    """Told only after the right password (security: equal answers for strangers)."""

    status = 403
    message = N_("This login is suspended")
    hint = N_("Your provider has suspended this login; contact support to restore it.")


class NotActiveYet(Suspended):
    message = N_("This login is not active yet")
    hint = N_("The login becomes active on %(activates_at)s.")


class Expired(Suspended):
    message = N_("This login has expired")
    hint = N_("The login expired on %(expires_at)s; contact support to prolong it.")


class AccessDenied(Refusal):
    """Refused by address. It ends nothing: the session goes on where it is allowed."""

    status = 403
    message = N_("Access from this IP denied")
    whole_page = True
    cause: ClassVar[str]


class AddressNotTrusted(AccessDenied):
    hint = N_("Access is limited to listed IP addresses, and yours is not one of them.")
    cause = "list"


class SessionBoundElsewhere(AccessDenied):
    hint = N_("This session was opened from another address. Log in again.")
    cause = "session"


class TooManyAttempts(Refusal):
    status = 429
    message = N_("Too many attempts")
    hint = N_("Try again in %(wait)s.")

    def __init__(self, retry_after: int) -> None:
        super().__init__(wait=retry_after)
        self.retry_after = retry_after


class Busy(Refusal):
    """The queue of the hashing thread is full."""

    status = 503
    message = N_("The server is busy")
    hint = N_(
        "Many people are logging in at this moment. Nothing is wrong with your login: try again in a few seconds."
    )
    retry_after = 3


class CannotRecord(Refusal):
    """The database refuses to write (full disk, lock): a log-in that cannot be recorded does not happen."""

    status = 503
    message = N_("This cannot be recorded at the moment")
    hint = N_("The server cannot write to its database, so nothing was changed and nobody is let in. Try again soon.")
    retry_after = 30


class CodeWrong(Refusal):
    message = N_("That one-time password is not correct. Enter the newest code from the app.")
    field = "code"


class CodeWrongAtEnrolment(CodeWrong):
    message = N_(
        "That one-time password is not correct. The clock of your phone may differ from the server time below."
    )


class CodeMalformed(CodeWrong):
    message = N_("The one-time password has 6 digits.")


class CodeReused(CodeWrong):
    message = N_("That code has been used. Wait for the next one.")


class ClockOutOfSync(CodeWrong):
    """The code belongs to another time step; `offset` seconds behind (negative) or ahead (positive) of the server."""

    message = N_("Your code is right for a clock %(offset)s. Set the time of your phone to automatic and try again.")

    def __init__(self, offset: int) -> None:
        super().__init__(offset=offset)


class CodeLocked(Refusal):
    """50 wrong codes in a row."""

    status = 429
    message = N_("One-time passwords are locked for this login")
    hint = N_("Too many wrong codes in a row. Use a recovery code, or ask your provider to unlock it.")


class RecoveryCodeWrong(Refusal):
    message = N_("That recovery code is not correct.")
    field = "code"


class RecoveryCodeUsed(RecoveryCodeWrong):
    message = N_("That recovery code was used on %(used_at)s. Take the next one.")

    def __init__(self, used_at: datetime) -> None:
        super().__init__(used_at=used_at)


class RecoveryCodeExpired(RecoveryCodeWrong):
    message = N_("That code expired on %(expired_at)s. Ask for a new one.")

    def __init__(self, expired_at: datetime) -> None:
        super().__init__(expired_at=expired_at)


class ProofWrong(Refusal):
    """ "Confirm it's you" was answered wrongly."""

    message = N_("That password or one-time password is not correct.")
    field = "proof"


class ConfirmationDue(Refusal):
    """The log-in is older than the act allows and the request carried no proof."""

    message = N_("Confirm it's you: enter your password or a one-time password.")
    field = "proof"


class CurrentPasswordWrong(Refusal):
    message = N_("Your current password is not correct.")
    field = "current_password"


class LoginTooOld(Refusal):
    """A first password, with nothing to prove who sits there but a log-in of long ago."""

    message = N_("Your log-in is too old to set a first password")
    hint = N_("Ask your provider for a new link and set it within 15 minutes.")


class PasswordRefused(Refusal):
    """The new password breaks a rule; `message` says which."""

    field = "new_password"


class PasswordTooShort(PasswordRefused):
    message = N_("Use at least %(minimum)s characters")


class PasswordTooLong(PasswordRefused):
    message = N_("Use at most %(maximum)s characters")


class PasswordCommon(PasswordRefused):
    message = N_("This password is one of the most common ones and is guessed first. Choose another.")


class PasswordGuessable(PasswordRefused):
    message = N_("This password is mostly made of your login or the name of this site. Choose another.")


class PasswordUnchanged(PasswordRefused):
    message = N_("The new password is the same as the current one. Choose another.")


class PasswordsDiffer(PasswordRefused):
    message = N_("The two new passwords differ. Type the same one twice.")
    field = "confirmation"


class TwoFactorOff(Refusal):
    message = N_("Two-step authentication is switched off by your provider.")


class TwoFactorRequired(Refusal):
    message = N_("Your provider requires two-step authentication. You can replace the authenticator, not disable it.")


class AlreadyEnrolled(Refusal):
    message = N_("Two-step authentication is already on.")


class NotEnrolled(Refusal):
    message = N_("Two-step authentication is not on.")


class EnrolmentOver(Refusal):
    message = N_("The QR code has expired. Begin again.")


class GraceOver(Refusal):
    message = N_("Two-step authentication cannot be put off any longer.")


class CodesNotSaved(Refusal):
    message = N_("Tick the box when you have saved the codes.")
    field = "saved"


class SessionOver(Refusal):
    """The log-in ended or went on elsewhere between two steps."""

    status = 401
    message = N_("This log-in is over")
    hint = N_("It was finished in another window, or it took too long. Log in again.")


class LinkDead(Refusal):
    status = 410
    message = N_("This link does not work any more")
    hint = N_("It was used, it expired, or it was replaced. Ask your provider for a new one.")


class Conflict(Refusal):
    """What was asked for contradicts what is stored; each has a sentence of its own."""


class SettingWrong(Refusal):
    """A value of the configuration is not what it has to be; whoever knows the name of the setting puts it in front."""
