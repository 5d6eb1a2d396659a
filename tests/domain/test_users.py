"""Finding, making and changing users."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from domain import errors, users
from domain.login_name import LOGIN
from domain.visit import utcnow
from models import AccountClass, Event, Role, User
from tests.cast import Cast
from tests.domain.seat import console, refused


@pytest.fixture(autouse=True)
def installation(clock: time_machine.Traveller, cast: Cast) -> None:
    """An open database at NOON."""


def conflict(act) -> str:  # type: ignore[no-untyped-def]
    return str(refused(act, errors.Conflict))


# --- Finding ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["carl", "CARL", " ｃａｒｌ ", "carl@cole.example", "{id}"])
def test_a_user_is_found_by_login_id_or_mail(cast: Cast, who: str) -> None:
    assert users.find(who.format(id=cast.carl.id)) == cast.carl


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("karl", "There is no user karl. Close to it: carl."),
        ("zzzzzz", "There is no user zzzzzz."),
        ("", "There is no user ."),
        ("999", "There is no user 999."),
        ("9" * 30, f"There is no user {'9' * 30}."),
        ("٤", "There is no user ٤."),
        ("nobody@cole.example", "There is no user nobody@cole.example."),
    ],
)
def test_who_is_not_found_is_told_with_close_matches(who: str, said: str) -> None:
    assert conflict(lambda: users.find(who)) == said


def test_a_mail_address_of_two_finds_neither(cast: Cast) -> None:
    users.change(cast.rita, {"email": "carl@cole.example"}, console())
    conflict(lambda: users.find("carl@cole.example"))


# --- Making ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "parent", "role", "group"),
    [
        ("staff", "", "Staff", "Staff"),
        ("reseller", "", "Reseller", "Resellers"),
        ("customer", "", "Full self-care", "Customers"),
        ("customer", "rita", "Full self-care", "Customers"),
        ("individual", "carl", "Full self-care", "Gold"),
    ],
)
def test_a_new_user_has_the_defaults_of_his_kind(cast: Cast, kind: str, parent: str, role: str, group: str) -> None:
    AccountClass.create(name="Gold")
    users.change(cast.carl, {"class": "Gold"}, console())
    made = users.create(" NEW.User@1 ", console(), kind=kind, parent=parent)
    made = users.by_id(made.id)
    assert (made.login, made.kind, made.role.name, made.account_class.name) == ("new.user@1", kind, role, group)
    assert (made.parent.login if made.parent else "") == parent
    assert (made.active, made.password_hash, made.created_at) == (True, None, utcnow())
    event = Event.select().order_by(Event.id.desc()).get()
    assert (event.tag, event.subject, json.loads(event.details)["kind"]) == ("account:user:created", "new.user@1", kind)


@pytest.mark.parametrize(
    ("login", "columns", "said"),
    [
        ("", {}, "A login has 1 to 64 characters"),
        ("a" * 65, {}, "A login has 1 to 64 characters"),
        ("carl cole", {}, "A login has 1 to 64 characters"),
        ("cärl", {}, "A login has 1 to 64 characters"),
        ("carl:1", {}, "A login has 1 to 64 characters"),
        ("Carl", {}, "The login carl is taken."),
        ("new", {"kind": "boss"}, "kind: boss is not allowed. Choose one of: staff, reseller, customer, individual"),
        ("new", {"kind": "individual"}, "parent: an individual belongs to a customer"),
        ("new", {"kind": "individual", "parent": "rita"}, "parent: rita is no customer"),
        ("new", {"kind": "customer", "parent": "carl"}, "parent: carl is no reseller"),
        ("new", {"kind": "reseller", "parent": "rita"}, "parent: a reseller has none"),
        ("new", {"parent": "nobody"}, "parent: nobody is no reseller"),
        ("new", {"role": "Owner"}, "role: Owner is not allowed. Choose one of: Full self-care, Billing only"),
        ("new", {"class": "Iron"}, "class: Iron is not allowed. Choose one of: Customers, Resellers, Staff"),
        ("new", {"bogus": "1"}, "bogus: no such column"),
        ("new", {"two_factor": "maybe"}, "two_factor: maybe is not allowed. Choose one of: inherit, yes, no"),
    ],
)
def test_a_wrong_user_is_not_made(login: str, columns: dict[str, str], said: str) -> None:
    before = User.select().count()
    assert said in conflict(lambda: users.create(login, console(), **columns))
    assert User.select().count() == before


def test_a_login_may_have_64_characters() -> None:
    assert LOGIN.fullmatch(users.create("a" * 64, console()).login)


# --- Changing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "changed"),
    [
        ({"name": " Carl C. ", "email": "c@c.example"}, {"name": "Carl C.", "email": "c@c.example"}),
        ({"email": ""}, {"email": ""}),
        ({"email": f"{'c' * 230}@cole.example"}, {"email": f"{'c' * 230}@cole.example"}),
        ({"role": "Billing only"}, {"role": "Billing only"}),
        ({"class": "Resellers"}, {"class": "Resellers"}),
        ({"two_factor": "yes"}, {"two_factor": "yes"}),
        ({"active": "no"}, {"active": "no"}),
        ({"expires_at": "2026-12-31"}, {"expires_at": "2027-01-01T00:00:00+00:00"}),
        ({"expires_at": "2026-12-31T23:59+01:00"}, {"expires_at": "2026-12-31T22:59:00+00:00"}),
        ({"activates_at": "", "two_factor": "inherit", "active": "yes", "name": "Carl Cole"}, {}),
    ],
)
def test_columns_are_set_from_their_written_form(cast: Cast, columns: dict[str, str], changed: dict[str, str]) -> None:
    events = Event.select().count()
    result = users.change(cast.carl, columns, console())
    assert set(result) == set(changed)
    assert {column: users.shown(cast.carl, column) for column in changed} == changed
    assert Event.select().count() == events + bool(changed)


def test_a_change_tells_before_and_after_and_is_recorded(cast: Cast) -> None:
    assert users.change(cast.carl, {"email": ""}, console()) == {"email": ("carl@cole.example", "")}
    event = Event.select().order_by(Event.id.desc()).get()
    assert (event.tag, json.loads(event.details)) == ("account:user:changed", {"email": "carl@cole.example → "})


def test_suspending_and_restoring_have_events_of_their_own_whoever_does_it(cast: Cast) -> None:
    for value, tag in (("no", "account:user:suspended"), ("no", None), ("yes", "account:user:restored")):
        before = Event.select().count()
        users.change(cast.carl, {"active": value}, console())
        tags = [event.tag for event in Event.select().order_by(Event.id).offset(before)]
        assert tags == ([tag] if tag else [])


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"bogus": "1"}, "bogus: no such column. There are: name, email, role"),
        ({"password_hash": "x"}, "password_hash: no such column"),
        ({"name": "New", "active": "perhaps"}, "active: perhaps is not allowed. Choose one of: yes, no"),
        ({"name": "New", "expires_at": "tomorrow"}, "expires_at: tomorrow is not a date"),
        ({"name": "New", "role": "Staff"}, "role: Staff is not allowed. Choose one of:"),
    ],
)
def test_one_wrong_column_changes_nothing(cast: Cast, columns: dict[str, str], said: str) -> None:
    assert said in conflict(lambda: users.change(cast.carl, columns, console()))
    assert cast.carl.name == "Carl Cole"


def test_an_individual_has_the_class_of_his_customer(cast: Cast) -> None:
    users.change(cast.carl, {"class": "Resellers"}, console())
    assert cast.ivy.account_class.name == "Resellers"
    assert "the class of the customer" in conflict(lambda: users.change(cast.ivy, {"class": "Staff"}, console()))


@pytest.mark.parametrize(
    "columns",
    [{"active": "no"}, {"role": "Staff"}, {"expires_at": "2026-11-20T12:00Z"}, {"activates_at": "2026-12-31"}],
)
def test_the_last_owner_who_can_log_in_is_kept(cast: Cast, columns: dict[str, str]) -> None:
    assert "last active Owner" in conflict(lambda: users.change(cast.olga, columns, console()))
    assert users.blocked(cast.olga, utcnow()) is None
    assert cast.olga.role.name == "Owner"
    users.change(cast.sam, {"role": "Owner"}, console())
    assert users.change(cast.olga, columns, console())


def test_there_is_one_default_role_of_each_kind() -> None:
    defaults = [role.kind for role in Role.select().where(Role.is_default == True)]  # noqa: E712
    assert sorted(defaults) == ["reseller", "self-care", "staff"]


# --- Blocks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "of_customer", "refusal", "told"),
    [
        ({"activates_at": 60}, {}, errors.NotActiveYet, 60),
        ({"expires_at": -60}, {}, errors.Expired, -60),
        ({}, {"activates_at": 60}, errors.NotActiveYet, 60),
        ({}, {"expires_at": -60}, errors.Expired, -60),
        ({"activates_at": -90}, {"activates_at": 60}, errors.NotActiveYet, 60),
        ({"expires_at": 90}, {"expires_at": -60}, errors.Expired, -60),
    ],
)
def test_the_date_that_blocks_is_the_one_that_is_told(
    cast: Cast, own: dict[str, int], of_customer: dict[str, int], refusal: type[errors.Suspended], told: int
) -> None:
    for login, seconds in (("ivy", own), ("carl", of_customer)):
        if seconds:
            User.update({name: utcnow() + timedelta(seconds=s) for name, s in seconds.items()}).where(
                User.login == login
            ).execute()
    values = refused(lambda: users.refuse_blocked(cast.ivy, utcnow()), refusal).values
    assert list(values.values()) == [utcnow() + timedelta(seconds=told)]


def test_who_is_not_blocked_is_not_refused(cast: Cast) -> None:
    users.refuse_blocked(cast.ivy, datetime(2030, 1, 1, tzinfo=UTC))
