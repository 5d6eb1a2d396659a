"""Times on the web: each reader sees the same instant by his own clock and in his own format."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine
from bs4 import Tag

from models import Event, KnownBrowser, Session, User
from tests.browser import Browser
from tests.cast import PASSWORDS, Cast

pytestmark = pytest.mark.usefixtures("clock")
SUMMER, WINTER = datetime(2026, 10, 24, 22, 30, tzinfo=UTC), datetime(2026, 10, 25, 22, 30, tzinfo=UTC)
SECURITY, ACTIVITY = "/settings/security", "/settings/activity"


def prefer(login: str, **columns: str) -> None:
    User.update(columns).where(User.login == login).execute()


def at(moment: datetime) -> None:
    """What happened before this log-in happened then."""
    User.update(password_changed_at=moment).execute()
    Session.update(previous_login_at=moment).execute()
    KnownBrowser.update(created_at=moment).execute()
    Event.update(at=moment).execute()


def panel_time(browser: Browser, name: str) -> Tag:
    found = browser.panel(name).find("time")
    assert isinstance(found, Tag)
    return found


def menu(browser: Browser) -> str:
    found = browser.page.select_one("#me p.small")
    assert found is not None
    return " ".join(found.get_text(" ").split())


def seen(browser: Browser) -> str:
    return panel_time(browser, "password").get_text()


# --- Two readers ------------------------------------------------------------------------------------------------------


@pytest.mark.manual("C82")
@pytest.mark.parametrize(
    ("moment", "berlin", "new_york"),
    [
        (SUMMER, ("25.10.2026 00:30", "UTC+02:00"), ("24.10.2026 18:30", "UTC-04:00")),
        (WINTER, ("25.10.2026 23:30", "UTC+01:00"), ("25.10.2026 18:30", "UTC-04:00")),
    ],
    ids=["before the clocks change in Berlin", "after"],
)
def test_two_people_see_the_same_instant_each_by_his_own_clock_everywhere(
    moment: datetime, berlin: tuple[str, str], new_york: tuple[str, str], cast: Cast, browser: Browser
) -> None:
    for login, zone, (local, offset) in (("carl", "Europe/Berlin", berlin), ("ivy", "America/New_York", new_york)):
        prefer(login, time_zone=zone)
        reader = Browser(browser.app).log_in(login)
        at(moment)
        reader.get(SECURITY)
        times = [panel_time(reader, name) for name in ("password", "known-browsers", "activity")]
        times += reader.get(ACTIVITY).page.select("#activity-table time")
        assert len(times) > 4
        assert {time.get_text() for time in times} == {local}
        assert {time["title"] for time in times} == {f"{local} {offset}"}
        assert {time["datetime"] for time in times} == {moment.isoformat()}
        assert menu(reader).startswith(f"Last log-in {local} from")
        assert "UTC" not in [" ".join(th.get_text().split()) for th in reader.page.find_all("th")]


@pytest.mark.manual("C82")
@pytest.mark.parametrize(
    ("moment", "said", "exact"),
    [
        (SUMMER, "today 00:30", "25.10.2026 00:30 UTC+02:00"),
        (WINTER, "today 23:30", "25.10.2026 23:30 UTC+01:00"),
    ],
)
def test_a_session_began_when_the_clock_of_its_owner_says(
    moment: datetime, said: str, exact: str, cast: Cast, browser: Browser, clock: time_machine.Traveller
) -> None:
    prefer("carl", time_zone="Europe/Berlin")
    clock.move_to(moment)
    time = panel_time(browser.log_in("carl"), "sessions")
    assert (time.get_text(), time["title"], time["datetime"]) == (said, exact, moment.isoformat())


@pytest.mark.manual("C82", "C84")
def test_each_sees_it_in_his_own_format_and_language(cast: Cast, browser: Browser) -> None:
    prefer("carl", language="de", time_zone="Europe/Berlin", output_format="D. MONTH YYYY, HH24:MI")
    prefer("ivy", time_zone="America/New_York", output_format="MON D, YYYY HH12:MI AM")
    carl, ivy = Browser(browser.app).log_in("carl"), Browser(browser.app).log_in("ivy")
    at(datetime(2026, 3, 1, 4, 5, tzinfo=UTC))
    assert (seen(carl.get(SECURITY)), seen(ivy.get(SECURITY))) == ("1. März 2026, 05:05", "Feb 28, 2026 11:05 PM")
    assert "1. März 2026, 05:05" in menu(carl) and "Feb 28, 2026 11:05 PM" in menu(ivy)


@pytest.mark.manual("C84")
@pytest.mark.parametrize(("output_format", "said"), [("MON-DD-YY", "Mar-12-03"), ("DD/MM/YYYY", "12/03/2003")])
def test_a_format_without_a_time_shows_the_date_alone_and_the_time_as_its_title(
    output_format: str, said: str, cast: Cast, browser: Browser
) -> None:
    browser.log_in("carl").get("/settings/profile")
    fields = {"output_format": "own", "own_output_format": output_format, "time_zone": "UTC"}
    browser.submit("Save", **fields)
    at(datetime(2003, 3, 12, 12, 30, tzinfo=UTC))
    time = panel_time(browser.get(SECURITY), "password")
    assert (time.get_text(), time["title"]) == (said, f"{said} 12:30 UTC")
    assert menu(browser).startswith(f"Last log-in {said} from")


@pytest.mark.manual("C82")
@pytest.mark.parametrize(
    ("zone", "now", "said"),
    [
        ("Asia/Tokyo", "2026-11-20T14:59:00Z", "today 23:40"),
        ("Asia/Tokyo", "2026-11-20T15:00:00Z", "yesterday 23:40"),
        ("America/New_York", "2026-11-20T15:00:00Z", "today 09:40"),
        ("America/New_York", "2026-11-21T04:59:00Z", "today 09:40"),
        ("America/New_York", "2026-11-21T05:00:00Z", "yesterday 09:40"),
        ("UTC", "2026-11-20T23:59:00Z", "today 14:40"),
        ("UTC", "2026-11-22T00:00:00Z", "20.11.2026 14:40"),
    ],
)
def test_today_and_yesterday_are_days_of_the_reader(
    zone: str, now: str, said: str, cast: Cast, browser: Browser, clock: time_machine.Traveller
) -> None:
    prefer("carl", time_zone=zone)
    clock.move_to(now)
    browser.log_in("carl")
    at(datetime(2026, 11, 20, 14, 40, tzinfo=UTC))
    assert seen(browser.get(SECURITY)) == said


@pytest.mark.parametrize("hour", [0, 1])
def test_an_hour_that_comes_twice_names_its_offset(hour: int, cast: Cast, browser: Browser) -> None:
    prefer("carl", time_zone="Europe/Berlin")
    browser.log_in("carl")
    at(datetime(2026, 10, 25, hour, 30, tzinfo=UTC))
    time = panel_time(browser.get(SECURITY), "password")
    assert time["title"] == f"25.10.2026 02:30 UTC+0{2 - hour}:00"
    assert menu(browser).startswith(f"Last log-in 25.10.2026 02:30 UTC+0{2 - hour}:00 from")


# --- The zone of the browser ------------------------------------------------------------------------------------------


def with_zone(browser: Browser, zone: str) -> Browser:
    """The Security page in a browser whose cookies are these, however long."""
    other = Browser(browser.app)
    other.client = browser.app.test_client(use_cookies=False)
    return other.get(SECURITY, Cookie=f"postern_session={browser.cookie('postern_session')}; postern_zone={zone}")


@pytest.mark.manual("C82")
def test_where_no_zone_is_chosen_it_is_that_of_the_browser(cast: Cast, browser: Browser) -> None:
    browser.log_in("carl")
    at(SUMMER)
    found = with_zone(browser, "Asia/Kathmandu")
    assert (seen(found), "UTC" in menu(found)) == ("25.10.2026 04:15", False)
    prefer("carl", time_zone="America/New_York")
    assert seen(with_zone(browser, "Asia/Kathmandu")) == "24.10.2026 18:30"


NO_ZONES = ["", "Mars/Olympus", "asia/tokyo", "../../etc/passwd", "/etc/localtime", "localtime", "%00", "<script>"]


@pytest.mark.parametrize("zone", [*NO_ZONES, pytest.param("x" * 10_000, id="10 kB")])
def test_a_browser_that_names_no_zone_gets_utc_and_is_told_so(zone: str, cast: Cast, browser: Browser) -> None:
    browser.log_in("carl")
    at(SUMMER)
    found = with_zone(browser, zone)
    assert seen(found) == "24.10.2026 22:30 UTC"
    assert panel_time(found, "password")["title"] == "24.10.2026 22:30 UTC"
    assert menu(found).startswith("Last log-in 24.10.2026 22:30 UTC from")
    assert "<script>" not in found.text
    prefer("carl", time_zone="Asia/Tokyo")
    assert seen(with_zone(browser, zone)) == "25.10.2026 07:30"


def test_who_has_chosen_utc_needs_no_mention_of_it(cast: Cast, browser: Browser) -> None:
    prefer("carl", time_zone="UTC")
    browser.log_in("carl")
    at(SUMMER)
    assert seen(browser.get(SECURITY)) == "24.10.2026 22:30"
    assert menu(browser).startswith("Last log-in 24.10.2026 22:30 from")


def test_a_zone_that_is_known_no_more_gives_way_to_that_of_the_browser(cast: Cast, browser: Browser) -> None:
    prefer("carl", time_zone="Mars/Olympus", output_format="HH12", input_format="nonsense")
    browser.log_in("carl")
    at(SUMMER)
    assert seen(with_zone(browser, "Asia/Kathmandu")) == "25.10.2026 04:15"
    assert browser.get("/settings/profile").status == 200


def test_who_is_not_let_in_is_told_the_date_by_the_clock_of_his_browser(cast: Cast, browser: Browser) -> None:
    User.update(expires_at=WINTER).where(User.login == "carl").execute()
    for zone, said in (("Asia/Tokyo", "26.10.2026 07:30;"), ("Mars/Olympus", "25.10.2026 22:30 UTC;")):
        browser.client.set_cookie("postern_zone", zone)
        browser.get("/login").submit("Log in", login="carl", password=PASSWORDS["carl"])
        assert f"The login expired on {said}" in browser.words
