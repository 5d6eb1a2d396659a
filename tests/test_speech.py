"""Facts as people read them, in pages and in the terminal alike."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

import speech
from domain import errors, list_errors
from domain.audit import Tag
from domain.preferences import Chosen, Preferences, in_force
from models import Event

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 minute"),
        (61, "1 min 1 s"),
        (210, "3 min 30 s"),
        (240, "4 minutes"),
        (599, "9 min 59 s"),
        (600, "10 minutes"),
        (3600, "1 hour"),
        (7200, "2 hours"),
        (86400, "1 day"),
        (7 * 86400, "7 days"),
    ],
)
def test_durations(seconds: int, said: str) -> None:
    assert speech.duration(seconds) == said


@pytest.mark.parametrize("seconds", [1, 59, 61, 601, 3599, 3601, 5000, 86399, 90000, 10**7])
def test_a_duration_always_has_a_number_that_is_not_zero(seconds: int) -> None:
    assert int(speech.duration(seconds).split()[0]) > 0


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (timedelta(0), "now"),
        (timedelta(seconds=119), "now"),
        (timedelta(seconds=-30), "now"),
        (timedelta(minutes=5), "5 minutes ago"),
        (timedelta(minutes=59, seconds=59), "59 minutes ago"),
        (timedelta(minutes=61), "1 hour ago"),
        (timedelta(hours=23, minutes=59), "23 hours ago"),
        (timedelta(hours=25), "1 day ago"),
        (timedelta(days=30), "30 days ago"),
    ],
)
def test_how_long_ago_never_says_more_than_has_passed(ago: timedelta, said: str) -> None:
    assert speech.ago(NOW - ago, NOW) == said


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 11, 20, 9, 41, tzinfo=UTC), "today 09:41 UTC"),
        (datetime(2026, 11, 19, 16, 20, tzinfo=UTC), "yesterday 16:20 UTC"),
        (datetime(2026, 11, 17, 11, 2, tzinfo=UTC), "17.11.2026 11:02 UTC"),
        (datetime(2026, 11, 20, 0, 30, tzinfo=timezone(timedelta(hours=13))), "yesterday 11:30 UTC"),
    ],
)
def test_instants_of_a_list(at: datetime, said: str) -> None:
    assert speech.moment(at, NOW)[0] == said


def test_an_instant_is_said_in_utc_wherever_it_comes_from() -> None:
    chatham = datetime(2026, 11, 21, 1, 45, tzinfo=timezone(timedelta(hours=13, minutes=45)))
    assert (speech.instant(chatham), speech.day(chatham)) == ("20.11.2026 12:00 UTC", "20.11.2026")


@pytest.mark.parametrize(
    ("refusal", "message", "hint"),
    [
        (
            errors.WrongCredentials(left=3, pause=300),
            "Login or password is incorrect",
            "try again. 3 attempts left, then there is a pause of 5 minutes.",
        ),
        (errors.WrongCredentials(left=1, pause=300), "Login or password is incorrect", "One attempt left, then"),
        (
            errors.WrongCredentials(left=0, pause=3600),
            "Login or password is incorrect",
            "There is a pause of 1 hour now.",
        ),
        (errors.TooManyAttempts(90), "Too many attempts", "Try again in 1 min 30 s."),
        (errors.ClockOutOfSync(-210), "Your code is right for a clock 3 min 30 s behind.", ""),
        (errors.ClockOutOfSync(60), "Your code is right for a clock 1 minute ahead.", ""),
        (errors.RecoveryCodeUsed(NOW), "That recovery code was used on 20.11.2026 12:00 UTC.", ""),
        (errors.Expired(expires_at=NOW), "This login has expired", "expired on 20.11.2026 12:00 UTC; contact support"),
        (errors.PasswordTooShort(minimum=15), "Use at least 15 characters", ""),
        (
            list_errors.ListWrong(3, list_errors.EntryWrong("%(entry)s is wrong: 100 %%", entry="x")),
            "Line 3: x is wrong: 100 %",
            "",
        ),
        (list_errors.WouldLockYouOut(address="192.0.2.1"), "would lock you out", "does not include 192.0.2.1,"),
        (errors.Conflict("100 % wrong: %(x)s"), "100 % wrong: %(x)s", ""),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_a_refusal_says_what_and_what_to_do(refusal: errors.Refusal, message: str, hint: str) -> None:
    assert message in speech.message(refusal)
    assert hint in speech.hint(refusal)
    assert "%(" not in speech.hint(refusal)


def test_every_refusal_speaks() -> None:
    def kinds(refusal: type[errors.Refusal]) -> list[type[errors.Refusal]]:
        return [refusal, *(kind for below in refusal.__subclasses__() for kind in kinds(below))]

    ours = [kind for kind in kinds(errors.Refusal)[1:] if kind.__module__ in ("domain.errors", "domain.list_errors")]
    silent = [kind.__name__ for kind in ours if not kind.message]
    assert set(silent) == {"PasswordRefused", "SettingWrong", "Conflict"}, (
        "only what is told when it is raised says nothing itself"
    )


AGENTS = [
    ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux", False),
    ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows", False),
    ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) AppleWebKit/605 Version/18 Safari/605", "Safari on macOS", False),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18 Mobile Safari/604", "Safari on iPhone", True),
    ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android", True),
    ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 OPR/120.0", "Opera on Windows", False),
    ("Mozilla/5.0 (X11; CrOS x86_64) Chrome/140.0 Safari/537.36", "Chrome on ChromeOS", False),
    ("curl/8.5.0", "curl", False),
    ("./postern", "Terminal", False),
    ("Windows something", "Windows", False),
    ("", "Unknown browser", False),
    ("/" * 300, "Unknown browser", False),
    ("<script>alert(1)</script>", "<script>alert(1)<", False),
]


@pytest.mark.parametrize(("agent", "said", "phone"), AGENTS, ids=[a[1] for a in AGENTS])
def test_a_browser_is_named_as_its_owner_would(agent: str, said: str, phone: bool) -> None:
    assert (speech.agent(agent), speech.is_phone(agent)) == (said, phone)


def test_an_event_is_said_with_its_method_and_an_unknown_one_by_its_tag() -> None:
    login = Event(tag=Tag.LOGGED_IN.wire, details=json.dumps({"method": "recovery code"}))
    assert speech.event(login) == "Logged in with a recovery code"
    assert speech.event(Event(tag=Tag.LOGGED_OUT.wire, details="{}")) == "Logged out"
    assert speech.event(Event(tag="future:thing:done", details="{}")) == "future:thing:done"


@pytest.mark.parametrize(
    ("details", "said"),
    [
        ({}, ""),
        ({"access": "any → listed"}, ": only from IPs in the list"),
        ({"access": "inherit → any"}, ": from any IP"),
        ({"added": ["192.0.2.1"], "added_count": 1}, ": 192.0.2.1 added"),
        (
            {"access": "any → inherit", "added": ["192.0.2.1", "192.0.2.2"], "added_count": 980, "removed_count": 2},
            ": as defined by the customer class, 980 added, 2 removed",
        ),
    ],
)
def test_an_event_says_what_became_of_a_list(details: dict[str, object], said: str) -> None:
    event = Event(tag=Tag.TRUSTED_IPS_CHANGED.wire, details=json.dumps(details))
    assert speech.event(event) == f"Allowed IP addresses changed{said}"


@pytest.mark.parametrize("method", ["password", "one-time password", "recovery code", "log-in link"])
def test_each_way_in_reads_well(method: str) -> None:
    said = speech.event(Event(tag=Tag.LOGGED_IN.wire, details=json.dumps({"method": method})))
    assert said == f"Logged in with a {method}"


# --- To a reader ------------------------------------------------------------------------------------------------------


def reader(language: str = "de", zone: str = "Europe/Berlin", output: str | None = None) -> Preferences:
    return in_force(Chosen(language, zone, output, None))


@pytest.mark.parametrize(
    ("output", "summer", "winter"),
    [
        (None, "25.10.2026 02:30 UTC+02:00", "20.11.2026 13:00 UTC+01:00"),
        ("D. MONTH YYYY", "25. Oktober 2026 02:30 UTC+02:00", "20. November 2026 13:00 UTC+01:00"),
        ("MM/DD/YYYY HH12:MI AM", "10/25/2026 02:30 AM UTC+02:00", "11/20/2026 01:00 PM UTC+01:00"),
    ],
)
def test_an_instant_of_a_list_goes_with_its_time_and_zone_whatever_the_format(
    output: str | None, summer: str, winter: str
) -> None:
    with speech.to(reader(output=output)):
        assert speech.moment(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), NOW)[1] == summer
        assert speech.moment(NOW, NOW)[1] == winter


@pytest.mark.parametrize(("hour", "offset"), [(0, "UTC+02:00"), (1, "UTC+01:00")])
def test_an_hour_that_comes_twice_is_said_with_its_offset(hour: int, offset: str) -> None:
    with speech.to(reader()):
        assert speech.instant(datetime(2026, 10, 25, hour, 30, tzinfo=UTC)) == f"25.10.2026 02:30 {offset}"
        assert speech.instant(datetime(2026, 10, 25, 2, 0, tzinfo=UTC)) == "25.10.2026 03:00"
        assert speech.instant(datetime(2027, 3, 28, 1, 30, tzinfo=UTC)) == "28.03.2027 03:30"


@pytest.mark.parametrize(
    ("language", "zone", "said"),
    [
        ("en", "Europe/Berlin", "Friday, 20 November 2026, 13:00"),
        ("de", "Europe/Berlin", "Freitag, 20. November 2026, 13:00"),
        ("de", "Pacific/Auckland", "Samstag, 21. November 2026, 01:00"),
    ],
)
def test_a_date_to_be_checked_is_said_in_full(language: str, zone: str, said: str) -> None:
    with speech.to(reader(language, zone)):
        assert speech.long(NOW) == said


@pytest.mark.parametrize(
    ("zone", "said"), [("UTC", "heute 00:30"), ("America/New_York", "gestern 19:30"), ("Asia/Tokyo", "heute 09:30")]
)
def test_today_is_that_of_the_reader(zone: str, said: str) -> None:
    with speech.to(reader(zone=zone)):
        assert speech.moment(datetime(2026, 11, 20, 0, 30, tzinfo=UTC), NOW)[0] == said


@pytest.mark.parametrize(
    ("seconds", "lasting", "ago"),
    [
        (59, "59 s", "gerade eben"),
        (210, "3 min 30 s", "vor 3 Minuten"),
        (600, "10 Minuten", "vor 10 Minuten"),
        (3600, "1 Stunde", "vor 1 Stunde"),
        (7200, "2 Stunden", "vor 2 Stunden"),
        (86400, "1 Tag", "vor 1 Tag"),
        (6 * 86400, "6 Tage", "vor 6 Tagen"),
    ],
)
def test_durations_and_what_has_passed_have_words_of_their_own_in_german(seconds: int, lasting: str, ago: str) -> None:
    with speech.to(reader()):
        assert (speech.duration(seconds), speech.ago(NOW - timedelta(seconds=seconds), NOW)) == (lasting, ago)


DAYS = errors.NN_("1 day", "%(n)s days", by="n")


@pytest.mark.parametrize(
    ("n", "english", "german"), [(1, "1 day", "1 Tag"), (2, "2 days", "2 Tage"), (0, "0 days", "0 Tage")]
)
def test_a_number_decides_between_singular_and_plural(n: int, english: str, german: str) -> None:
    assert speech.gettext(DAYS, n=n) == english
    with speech.to(reader()):
        assert speech.gettext(DAYS, n=n) == german


def test_numbers_and_refusals_are_said_as_in_the_language_of_the_reader() -> None:
    assert speech.number(1_234_567) == "1,234,567"
    with speech.to(reader(zone="Asia/Tokyo")):
        assert speech.number(1_234_567) == "1.234.567"
        assert "20.11.2026 21:00" in speech.hint(errors.Expired(expires_at=NOW))
        assert "5 Minuten" in speech.hint(errors.WrongCredentials(left=3, pause=300))


def test_who_was_spoken_to_is_so_again_after_another_also_where_that_failed() -> None:
    speech.speak(reader("de"))
    with speech.to(reader("en")):
        assert speech.speaking().language.code == "en"
    with pytest.raises(ZeroDivisionError), speech.to(reader("en")):
        speech.duration(1 // 0)
    assert speech.speaking().language.code == "de"
    speech.speak(None)
    assert (speech.speaking().language.code, speech.speaking().names_zone) == ("en", True)
