"""Refusals of lists of addresses: what is wrong with an entry, and what a list would do to the person who saves it."""

from __future__ import annotations

from domain.errors import N_, Refusal


class ListEmpty(Refusal):
    message = N_("Add at least one address, or choose From any IP.")
    field = "address"


class ListExpires(Refusal):
    message = N_("Every address in the list expires. Add one that does not, or choose From any IP.")
    field = "address"


class NoteTooLong(Refusal):
    message = N_("A note has at most %(most)s characters.")
    field = "note"


class WouldLockYouOut(Refusal):
    """The list leaves out the address that it is saved from."""

    status = 409
    message = N_("This list would lock you out")
    hint = N_("It does not include %(address)s, the address you are using now.")
    kind = "lockout"


class FamilyMissing(Refusal):
    """The list has addresses of one family only, and the person lately came by the other as well."""

    status = 409
    message = N_("You also come by IPv%(missing)s")
    kind = "family"

    def __init__(self, missing: int, sources: list[str]) -> None:
        super().__init__(missing=missing, sources=sources)


class EntryWrong(Refusal):
    """One entry of an address list is not what it has to be; each has a sentence of its own, or nothing was written."""

    message = N_("Write an IP address, a network or a range.")
    field = "address"

    def __init__(self, sentence: str = "", /, **values: object) -> None:
        self.message = sentence or self.message
        super().__init__(**values)


class ListWrong(Refusal):
    """The first wrong entry of an address list, by its line."""

    message = N_("Line %(line)s: %(reason)s")
    field = "trusted_ips"

    def __init__(self, line: int, reason: EntryWrong) -> None:
        super().__init__(line=line, reason=reason)


class ListTooLong(Refusal):
    message = N_("The list is too long to be read: it can have %(limit)s characters.")
    field = "trusted_ips"

    def __init__(self, limit: int) -> None:
        super().__init__(limit=limit)


class TooManyEntries(Refusal):
    message = N_("A list can have %(limit)s entries, and this one has %(count)s. Join some to networks or ranges.")
    field = "trusted_ips"

    def __init__(self, limit: int, count: int) -> None:
        super().__init__(limit=limit, count=count)
