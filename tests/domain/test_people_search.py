"""What staff type to find people, and the index that knows the words."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain import login_sources, people, people_search, users
from domain.people import Filter
from domain.people_keys import MOST_READ
from domain.visit import utcnow
from models import Denial, Kind, User, database
from tests.cast import HOME, Cast
from tests.domain.seat import ELSEWHERE, Seat, console
from tests.domain.test_people import every

PEOPLE = {
    "kovacsbt": ("Kovács Bt.", "office@kovacs.example"),
    "a.weber": ("Anna Weber", "anna@weber.example"),
    "b_weber": ("Bernd Weber", "50%@weber.example"),
    "abbott": ('O\'Brien & Sons "North"', "NEAR@north.example"),
    "li.wei": ("李明 Li Wei", ""),
}


@pytest.fixture(autouse=True)
def installation(clock: time_machine.Traveller, cast: Cast) -> None:
    """An open database at NOON, with more customers."""
    for login, (name, email) in PEOPLE.items():
        users.create(login, console(), name=name, email=email)


def found(q: str, kind: Kind = Kind.CUSTOMER, chip: Filter | None = None) -> list[str]:
    return sorted(row.login for row in every(kind, None, 2, q=q, chip=chip))


# --- Words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("q", "logins"),
    [
        ("kovács", ["kovacsbt"]),
        ("KOVÁCS", ["kovacsbt"]),
        ("vács bt", ["kovacsbt"]),
        ("ovacsb", ["kovacsbt"]),
        ("@kovacs.ex", ["kovacsbt"]),
        ("weber", ["a.weber", "b_weber"]),
        ("weber.example anna", ["a.weber"]),
        ("anna  bernd", []),
        ("  weber\tbernd\n", ["b_weber"]),
        ("webers", []),
        ("50%", ["b_weber"]),
        ("a.", ["a.weber"]),
        ("A", ["a.weber", "abbott"]),
        ("b_", ["b_weber"]),
        ("b.", []),
        ("%", []),
        ("a ab", ["abbott"]),
        ("a b", []),
        ("wei li", ["li.wei"]),
        ("weber be", ["a.weber", "b_weber"]),
        ("weber rn", ["b_weber"]),
        ("weber _w", ["b_weber"]),
        ("weber %", ["b_weber"]),
        ("李明 ", []),
        ("李明 wei", ["li.wei"]),
        ("192.0", []),
    ],
)
def test_all_words_stand_somewhere_and_a_short_one_begins_the_login(q: str, logins: list[str]) -> None:
    assert found(q) == logins


@pytest.mark.parametrize("composed", ["Kov\u00e1cs", "Kova\u0301cs"])
def test_an_accent_may_be_typed_in_either_form(composed: str) -> None:
    assert found(composed) == ["kovacsbt"]


@pytest.mark.parametrize(
    ("q", "logins"),
    [
        ('"north"', ["abbott"]),
        ('sons "north', ["abbott"]),
        ("o'brien", ["abbott"]),
        ("near@", ["abbott"]),
        ("NEAR(weber)", []),
        ("weber OR kovács", []),
        ("weber NOT bernd", []),
        ("weber AND anna", []),
        ("weber*", []),
        ("^weber", []),
        ("-weber", []),
        ("login:weber", []),
        ("kind : customer", []),
        ('weber" OR kind : "cus', []),
        ("{name} : weber", []),
        ("' OR 1=1 --", []),
        ("web\0er", ["a.weber", "b_weber"]),
        ("\0", ["a.weber", "abbott", "b_weber", "carl", "kovacsbt", "li.wei"]),
        ("weber\udc80", ["a.weber", "b_weber"]),
        ("\ue000cu", []),
        (" " * 99 + "weber", ["a.weber", "b_weber"]),
    ],
)
def test_nothing_that_is_typed_is_syntax(q: str, logins: list[str]) -> None:
    assert found(q) == logins


def test_what_is_far_too_long_is_cut(cast: Cast) -> None:
    assert found("weber " * 2_000) == ["a.weber", "b_weber"]
    assert found("w" * 10_000) == found('"' * 10_000) == []


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=20), st.sampled_from([None, *Filter]))
def test_whatever_is_typed_is_answered(q: str, chip: Filter | None) -> None:
    names = {login: " ".join((login, *more)).lower() for login, more in PEOPLE.items()}
    words = people_search.parse(q).words
    for login in found(q, chip=chip):
        assert login == "carl" or all(word.lower() in names[login] for word in words)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from(sorted(PEOPLE)), st.integers(0, 2), st.integers(0, 10), st.integers(3, 30))
def test_every_part_of_login_name_and_address_finds_its_owner(login: str, column: int, begin: int, length: int) -> None:
    part = (login, *PEOPLE[login])[column][begin : begin + length]
    if len(part.strip()) >= people_search.TRIGRAM and part.split() == [part]:
        assert login in found(part) and login in found(part.upper())


def test_a_search_is_for_one_kind_and_below_one_user(cast: Cast) -> None:
    User.update(email="all@all.example").execute()
    assert (found("all.example", Kind.STAFF), found("all.example", Kind.INDIVIDUAL)) == (["olga", "sam"], ["ivy"])
    User.update(parent=cast.rita).where(User.login == "carl").execute()
    for kind, logins in ((Kind.CUSTOMER, ["carl"]), (Kind.INDIVIDUAL, ["ivy"]), (Kind.STAFF, [])):
        below = list(every(kind, cast.rita.id, 25, q="all.example"))
        assert [row.login for row in below] == logins


def test_nobody_makes_himself_a_customer_of_another_reseller_by_his_name(cast: Cast) -> None:
    """The signs that stand for a reseller in the index count in their own column only."""
    User.update(parent=cast.rita).where(User.login == "carl").execute()
    query = "SELECT kind || ' ' || parent FROM user_words WHERE id = ?"
    [[marks]] = database.execute_sql(query, (cast.carl.id,))
    User.update(name=marks, email=marks).where(User.login == "abbott").execute()
    assert [row.login for row in every(Kind.CUSTOMER, cast.rita.id, 25, q="abbott")] == []


def test_a_short_word_that_few_of_many_have_is_found_over_several_pages(cast: Cast) -> None:
    """A page looks at so many who have the long word, and goes on in the next one."""
    fill(MOST_READ + 50)
    User.update(name="zq").where(User.login == f"x{MOST_READ + 40}").execute()
    first = people.page(Kind.CUSTOMER, None, q="bulk zq", since=utcnow(), now=utcnow())
    assert first.rows == [] and first.after
    second = people.page(Kind.CUSTOMER, None, q="bulk zq", after=first.after, since=utcnow(), now=utcnow())
    assert [row.login for row in second.rows] == [f"x{MOST_READ + 40}"] and second.after is None


def fill(count: int) -> None:
    """As an import does: rows by INSERT … SELECT."""
    database.execute_sql(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
        " INSERT INTO user (login, name, email, kind, role_id, account_class_id, active, created_at, two_factor,"
        " wrong_codes_in_row, must_change_password)"
        " SELECT 'x' || i, '', 'bulk@x.example', 'customer', u.role_id, u.account_class_id, 1, u.created_at, 'inherit',"
        " 0, 0 FROM n, user u WHERE u.login = 'carl'",
        (count,),
    )


# --- Addresses --------------------------------------------------------------------------------------------------------


def test_an_address_finds_who_logged_in_was_denied_or_is_known_there(cast: Cast) -> None:
    User.update(last_login_address=ELSEWHERE, last_login_at=utcnow() - timedelta(days=90)).where(
        User.login == "a.weber"
    ).execute()
    login_sources.note(users.find("b_weber").id, ELSEWHERE, utcnow())
    at = utcnow() - timedelta(days=3)
    for _ in range(2):
        Denial.create(user=cast.carl, rule="x", address=ELSEWHERE, source=ELSEWHERE, first_at=at, last_at=at, count=1)
    for typed in (ELSEWHERE, f" {ELSEWHERE} ", f"::ffff:{ELSEWHERE}", "::FFFF:c633:6407"):
        assert found(typed) == ["a.weber", "b_weber", "carl"]
    assert found("198.51.100.70") == found("198.51.100") == found(ELSEWHERE, Kind.STAFF) == []


def test_a_live_session_is_found_by_its_address(cast: Cast) -> None:
    Seat("carl", "198.51.100.44").enter()
    Seat("carl", HOME).enter()
    assert found("198.51.100.44") == found(HOME) == ["carl"]


def test_an_ipv6_address_is_known_by_its_line(cast: Cast) -> None:
    login_sources.note(cast.carl.id, "2001:db8:0:1::1", utcnow())
    assert found("2001:DB8:0:1::99") == found("2001:0db8:0000:0001::1") == ["carl"]
    assert found("2001:db8:0:2::1") == []


def test_an_address_is_filtered_too(cast: Cast, clock: time_machine.Traveller) -> None:
    for login in ("carl", "a.weber"):
        login_sources.note(users.find(login).id, ELSEWHERE, utcnow())
    users.change(cast.carl, {"active": "no"}, console())
    assert (found(ELSEWHERE, chip=Filter.SUSPENDED), found(ELSEWHERE, chip=Filter.BOUND)) == (["carl"], [])
    assert [row.login for row in every(Kind.CUSTOMER, cast.rita.id, 25, q=ELSEWHERE)] == []
    clock.shift(login_sources.FAMILIAR)
    assert found(ELSEWHERE) == []
