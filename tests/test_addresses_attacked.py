"""What was tried against lists, binding and the refusal page, and must not come back."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from domain.visit import utcnow
from models import Denial, Event, Session, TrustedIp, User
from tests.acts import error_at, thief_of
from tests.browser import Browser
from tests.cast import HOME, PASSWORDS, Cast
from tests.routes import csrf_token, routes

At = Callable[[str], Browser]
Terminal = Callable[..., tuple[int, str]]
CAFE = "198.51.100.7"
SAVE = "/settings/trusted-ips"


def test_the_suspended_see_nothing_of_their_account(
    app: Flask, cast: Cast, browser: Browser, terminal: Terminal
) -> None:
    """Nor does whoever has their cookie, at whatever address."""
    browser.log_in("carl").post(SAVE, {"access": "listed", "trusted_ips": f"{HOME};10.99.0.0/16"})
    token = csrf_token(browser, "/settings/security")
    assert terminal("user", "set", "carl", "active=no")[0] == 0
    for address in (HOME, CAFE):
        browser.address = address
        for _endpoint, method, path in routes(app):
            for headers in ({}, {"HX_Request": "true"}):
                browser.response = browser._open(method, path, {"csrf_token": token}, headers)
                assert "10.99.0.0" not in browser.text and "-panel" not in browser.text, (method, path, headers)


def test_a_form_of_nobody_is_out_of_date_and_no_error_of_ours(cast: Cast, browser: Browser) -> None:
    for path in (SAVE, f"{SAVE}/draft"):
        assert browser.post(path, {"access": "any"}, csrf=False).status == 400


def test_an_endless_next_is_dropped(cast: Cast, browser: Browser) -> None:
    cast.enrol("carl")
    browser.log_in("carl")
    browser.post("/login/code", {"code": "x", "next": "/settings/activity?" + "x" * 100_000})
    assert (browser.status, len(browser.text) < 20_000) == (422, True)


def test_strangers_cannot_end_a_log_in_that_its_owner_has_begun(cast: Cast, browser: Browser, browser_at: At) -> None:
    phone = cast.enrol("carl")
    browser.log_in("carl", phone).log_out()
    browser.log_in("carl")
    for _ in range(6):
        browser_at(CAFE).log_in("carl")
    assert Session.select().where(Session.stage == "password", Session.ended_at.is_null()).count() == 6
    assert browser.get("/login/code").submit("Ok", code=phone.code(offset=1)).path == "/settings/security"


def test_many_remarks_fit_into_the_cookie_that_carries_them(cast: Cast, browser: Browser) -> None:
    lines = ";".join(f"10.{n // 250}.{n % 250}.7/24" for n in range(900))
    browser.log_in("carl").post(SAVE, {"access": "listed", "trusted_ips": f"{lines};{HOME}"})
    assert (browser.path, "And 895 more like these." in browser.words) == ("/settings/security", True)
    cookies = [value for name, value in browser.response.request.headers if name == "Cookie"]  # type: ignore[union-attr]
    assert cookies and max(map(len, cookies)) < 4_096


def test_a_clock_that_steps_back_logs_nobody_out(cast: Cast, browser: Browser, clock: time_machine.Traveller) -> None:
    browser.log_in("carl")
    clock.shift(-60)
    assert browser.is_logged_in


def test_it_was_me_dismisses_what_was_shown_and_no_more(cast: Cast, browser: Browser) -> None:
    browser.log_in("carl").post("/settings/bind-session", {"bind_session": "yes"})
    first, second = thief_of(browser), thief_of(browser)
    first.address, second.address = CAFE, "203.0.113.77"
    first.get("/settings/security")
    browser.get("/settings/security")
    second.get("/settings/security")
    assert "203.0.113.77" in browser.submit("It was me").words
    assert "was tried from" not in browser.submit("It was me").words


def test_a_warning_not_yet_seen_goes_on_into_the_next_log_in(cast: Cast, browser: Browser) -> None:
    browser.log_in("carl").post("/settings/bind-session", {"bind_session": "yes"})
    thief = thief_of(browser)
    thief.address = CAFE
    thief.get("/settings/security")
    assert f"was tried from {CAFE}" in browser.log_in("carl").words


def test_a_form_of_a_thousand_parts_is_refused_like_any_other(cast: Cast, browser: Browser) -> None:
    browser.log_in("carl").post("/settings/bind-session", {"bind_session": "yes"})
    token = csrf_token(browser, "/settings/security")
    parts = {f"part{n}": (None, "x") for n in range(1_200)}
    body = "".join(f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\nx\r\n' for name in parts) + "--b--\r\n"
    answer = browser.client.post(
        SAVE,
        data=body,
        headers={"X-CSRFToken": token, "Content-Type": "multipart/form-data; boundary=b"},
        environ_base={"REMOTE_ADDR": CAFE},
    )
    assert answer.status_code in (403, 413)


@pytest.mark.parametrize("access", ["", "inherit", "Listed", None])
def test_a_save_that_does_not_say_which_disarms_nothing(access: str | None, cast: Cast, browser: Browser) -> None:
    browser.log_in("carl").post(SAVE, {"access": "listed", "trusted_ips": HOME})
    fields = {"trusted_ips": HOME} | ({} if access is None else {"access": access})
    browser.get("/settings/security").post(SAVE, fields)
    assert (browser.status, "Choose From any IP, or Only from IPs in the list." in browser.words) == (422, True)
    browser.address = CAFE
    assert browser.get("/settings/security").status == 403


def test_refusals_from_one_line_are_one_and_go_on_being_written_down(cast: Cast, browser: Browser) -> None:
    browser.log_in("carl").post(SAVE, {"access": "listed", "trusted_ips": HOME})
    for n in range(5):
        browser.address = f"2001:db8::{n + 1}"
        browser.get("/settings/security")
    assert [(row.count, row.address) for row in Denial.select()] == [(5, "2001:db8::5")]
    ahead = utcnow() + timedelta(hours=1)  # as after the clock was set back
    Denial.update(first_at=ahead, last_at=ahead).execute()
    browser.get("/settings/security")
    assert Event.select().where(Event.tag == "access:address:denied").count() == 2


def test_a_note_that_is_too_long_is_said(cast: Cast, browser: Browser) -> None:
    note = {"entry": HOME, "entry_note": "x" * 81, "entry_expires": "never"}
    browser.log_in("carl").post(SAVE, {"access": "listed", "trusted_ips": HOME, **note})
    assert (browser.status, "A note has at most 80 characters." in browser.words) == (422, True)


def test_what_stands_beside_the_entries_outlives_a_wrong_line(cast: Cast, browser: Browser) -> None:
    details = {"entry": HOME, "entry_note": "Home", "entry_expires": "7d"}
    browser.log_in("carl").post(SAVE, {"access": "listed", "trusted_ips": f"{HOME};\nabc", **details})
    assert browser.status == 422
    assert browser.page.find("input", {"name": "entry_note"})["value"] == "Home"  # type: ignore[index]
    assert browser.page.find("option", {"value": "7d"}).has_attr("selected")  # type: ignore[union-attr]
    assert "abc" in browser.page.find("textarea").get_text()  # type: ignore[union-attr]


def test_an_expired_entry_lets_in_nobody_and_is_not_marked(
    cast: Cast, browser: Browser, terminal: Terminal, clock: time_machine.Traveller
) -> None:
    assert terminal("user", "set", "carl", "access=listed", f"trusted_ips={HOME};192.0.2.0/24")[0] == 0
    TrustedIp.update(expires_at=utcnow() - timedelta(minutes=1)).where(TrustedIp.lowest == "c000020a").execute()
    browser.log_in("carl", password=PASSWORDS["carl"])
    assert [bool(row.last_used_at) for row in TrustedIp.select().order_by(TrustedIp.lowest)] == [True, False]
    assert User.get(User.login == "carl").last_login_at


def test_a_note_changed_alone_is_written_down(cast: Cast, browser: Browser) -> None:
    browser.log_in("carl").post(SAVE, {"access": "listed", "trusted_ips": HOME})
    details = {"entry": HOME, "entry_note": "Home", "entry_expires": "never"}
    browser.get("/settings/security").post(SAVE, {"access": "listed", "trusted_ips": HOME, **details})
    newest = Event.select().order_by(Event.id.desc()).first()
    assert json.loads(newest.details) == {"edited": [HOME], "edited_count": 1}


def test_add_without_an_address_says_what_is_missing(cast: Cast, browser: Browser) -> None:
    browser.log_in("carl").submit("Add", access="listed")
    assert (browser.status, error_at(browser, "address")) == (422, "Error: Write an IP address, a network or a range.")


def test_another_address_does_not_cost_the_one_that_is_typed(cast: Cast, browser: Browser) -> None:
    browser.log_in("carl").submit(f"Add {HOME}", access="listed", address="10.0.0.1")
    assert browser.page.find("input", {"name": "address"})["value"] == "10.0.0.1"  # type: ignore[index]
    assert browser.submit("Save", access="listed").status == 200
    assert [row.lowest for row in TrustedIp.select().order_by(TrustedIp.lowest)] == ["0a000001", "c000020a"]
