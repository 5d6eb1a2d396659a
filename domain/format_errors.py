"""Refusals of formats and of the dates that are typed in them: what is wrong, and the cure."""

from __future__ import annotations

from domain.errors import N_, Refusal

LONGEST_SHOWN = 40  # characters of what somebody typed


class FormatWrong(Refusal):
    """Nobody could read back what this format writes; each reason has a sentence of its own."""


EMPTY = N_("Write a format, such as DD.MM.YYYY HH24:MI.")
TOO_LONG = N_("A format has at most %(most)s characters.")
SIGNS = N_("Put only blanks, punctuation and symbols between the parts of a format. Type it instead of pasting it.")
UNKNOWN = N_(
    "%(unknown)s means nothing in a format. It can have DD, D, MM, MON, MONTH, YYYY, YY, HH24, HH12, MI, SS and AM/PM."
)
TWICE = N_("%(specifier)s is there twice. Leave one out.")
SAME = N_("%(first)s and %(second)s say the same. Leave one of them out.")
SECOND_MM = N_("MM is the month, which is there already. Write MI for the minutes.")
NO_YEAR = N_("The year is missing: add YYYY.")
NO_MONTH = N_("The month is missing: add MM.")
NO_DAY = N_("The day is missing: add DD.")
NO_MARKER = N_("HH12 needs AM/PM. Add it, or write HH24 instead.")
NO_HH12 = N_("%(marker)s needs HH12. Write HH12 for the hour, or leave %(marker)s out.")
NO_HOUR = N_("MI needs the hour: add HH24.")
NO_MINUTE = N_("SS needs the minutes: add MI.")
MIXED = N_("Write the whole date first and then the time, or the time first.")
GLUED = N_("D beside %(neighbour)s cannot be read back. Write DD, or put a separator between them.")


class DateWrong(Refusal):
    """What was typed is no date in the format, or no date at all."""


NO_DATE = N_("%(typed)s is not a date in the format %(format)s. Example: %(example)s.")
NOTHING = N_("Write a date as %(format)s, for example %(example)s.")
YEAR = N_("%(typed)s is not accepted. Years are %(first)s to %(last)s.")
MONTH = N_("%(typed)s is not a date: there is no month %(month)s. The format is %(format)s.")
DAY = N_("%(typed)s is not a date: there is no day %(day)s, that month has %(days)s days.")
HOUR = N_("%(typed)s is not a time: there is no hour %(hour)s. Hours are 0 to 23.")
HOUR_12 = N_("%(typed)s is not a time: there is no hour %(hour)s with AM or PM. Hours are 1 to 12.")
MINUTE = N_("%(typed)s is not a time: there is no minute %(minute)s. Minutes are 0 to 59.")
SECOND = N_("%(typed)s is not a time: there is no second %(second)s. Seconds are 0 to 59.")


def quoted(typed: str) -> str:
    """What somebody typed, short and without what could act on a page or a terminal."""
    text = " ".join(typed.split())
    cut = text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in cut)
