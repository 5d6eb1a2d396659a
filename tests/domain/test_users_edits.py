"""Editing a person in a form: what was seen, what is stored, what is wanted; and logins that change."""

from __future__ import annotations

import pytest
import time_machine

from domain import errors, user_drafts, user_edits, users
from domain.edits import ChangedMeanwhile
from domain.preferences import NOTHING, in_force
from models import User
from tests.cast import Cast
from tests.domain.seat import Seat, console, refused


@pytest.fixture(autouse=True)
def installation(clock: time_machine.Traveller, cast: Cast) -> None:
    """An open database at NOON."""


def save(cast: Cast, seen: dict[str, str], wanted: dict[str, str]) -> dict[str, tuple[str, str]]:
    seat = Seat("sam").enter()
    return user_edits.save(seat.standing, cast.carl, seen, wanted, seat.visit)


@pytest.mark.parametrize(
    ("seen", "stored", "wanted", "after"),
    [
        ("A", "A", "B", "B"),
        ("A", "B", "A", "B"),  # not his change
        ("A", "B", "B", "B"),  # both want the same
        ("A", "B", " B ", "B"),
        ("A", "B", "C", None),
        ("A", "B", "", None),
    ],
)
def test_the_three_values_decide(cast: Cast, seen: str, stored: str, wanted: str, after: str | None) -> None:
    users.change(cast.carl, {"name": stored}, console())
    if after is None:
        refusal = refused(lambda: save(cast, {"name": seen}, {"name": wanted}), ChangedMeanwhile)
        [clash] = refusal.clashes.values()
        assert (clash.field, clash.values) == ("name", {"actor": "console:test", "value": stored})
    else:
        save(cast, {"name": seen}, {"name": wanted})
    assert cast.carl.name == (after or stored)


def test_who_has_changed_it_is_told_also_of_what_has_an_event_of_its_own(cast: Cast) -> None:
    users.change(cast.carl, {"bind_session": "yes"}, console())
    User.update(two_factor="yes").where(User.login == "carl").execute()
    seen, wanted = {"bind_session": "x", "two_factor": "inherit"}, {"bind_session": "no", "two_factor": "no"}
    clashes = refused(lambda: save(cast, seen, wanted), ChangedMeanwhile).clashes
    assert {name: clash.values["actor"] for name, clash in clashes.items()} == {
        "bind_session": "console:test", "two_factor": "–",
    }  # fmt: skip


def test_a_form_without_what_was_seen_is_taken_at_its_word(cast: Cast) -> None:
    users.change(cast.carl, {"name": "B"}, console())
    assert save(cast, {}, {"name": "C"}) == {"name": ("B", "C")}


def test_what_he_may_not_change_is_left_alone(cast: Cast) -> None:
    assert save(cast, {}, {"active": "no", "access": "listed", "bogus": "1", "kind": "staff"}) == {}


@pytest.mark.parametrize(
    ("written", "said"),
    [("", "1 to 64 characters"), ("a" * 65, "1 to 64 characters"), ("rita", "is taken"), ("RITA", "is taken")],
)
def test_a_login_that_cannot_be_is_refused(cast: Cast, written: str, said: str) -> None:
    refusal = refused(lambda: users.change(cast.carl, {"login": written}, console()), errors.Conflict)
    assert (said in str(refusal), refusal.field) == (True, "login")


def test_a_renamed_login_keeps_its_sessions_and_its_own_name_is_no_conflict(cast: Cast) -> None:
    seat = Seat("carl").enter()
    assert users.change(cast.carl, {"login": "CARL"}, console()) == {}
    assert users.change(cast.carl, {"login": "ｋａｒｌ"}, console()) == {"login": ("carl", "karl")}
    assert seat.standing.login == "karl"


def test_a_draft_knows_what_was_changed(cast: Cast) -> None:
    reader = in_force(NOTHING)
    users.change(cast.carl, {"expires_at": "2026-12-31", "activates_at": "2026-01-01T10:30:15"}, console())
    stored = user_drafts.of(cast.carl, ("name", "bind_session", "activates_at", "expires_at"), reader)
    assert (stored.written["expires_at"], stored.written["activates_at"]) == ("31.12.2026", "01.01.2026 10:30")
    assert user_drafts.of_form(stored, {}).wanted(reader) == {}
    form = {"seen_bind_session": "no", "bind_session": "yes", "expires_at": " 1.2.2027 8:00 ", "name": "Carl Cole"}
    assert user_drafts.of_form(stored, form).wanted(reader) == {
        "bind_session": "yes", "expires_at": "2027-02-01T08:00:00",
    }  # fmt: skip
    assert user_drafts.of_form(stored, {"expires_at": " "}).wanted(reader) == {"expires_at": ""}


def test_an_individual_stays_with_its_customer(cast: Cast) -> None:
    users.create("cora", console())
    assert users.change(cast.ivy, {"parent": "carl"}, console()) == {}
    refusal = refused(lambda: users.change(cast.ivy, {"parent": "cora"}, console()), errors.Conflict)
    assert (str(refusal), refusal.field) == ("parent: an individual stays with its customer", "parent")
