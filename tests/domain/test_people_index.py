"""What triggers keep for the lists of people is right, whoever writes."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from domain import people, people_search, trusted_ips, two_factor, users
from domain.people import Filter
from domain.trusted_ips import AddressList
from domain.visit import utcnow
from models import Access, Denial, Kind, TrustedIpList, User, database
from tests.cast import HOME, Cast
from tests.domain.seat import console
from tests.domain.test_people import MIDNIGHT, arm
from tests.domain.test_people_search import PEOPLE, fill, found


@pytest.fixture(autouse=True)
def installation(clock: time_machine.Traveller, cast: Cast) -> None:
    """An open database at NOON, with more customers."""
    for login, (name, email) in PEOPLE.items():
        users.create(login, console(), name=name, email=email)


def test_the_index_follows_names_that_change_and_people_who_go(cast: Cast) -> None:
    User.update(name="Northwind").where(User.login == "abbott").execute()
    assert (found("brien"), found("northwind")) == ([], ["abbott"])
    database.execute_sql("UPDATE user SET login = 'costello', email = '' WHERE login = 'abbott'")
    assert (found("abbott"), found("NEAR@"), found("costello")) == ([], [], ["costello"])
    User.delete().where(User.login == "costello").execute()
    assert found("northwind") == []
    sound()


def sound() -> None:
    """What the index holds is what the view of the users says."""
    database.execute_sql("INSERT INTO user_search (user_search, rank) VALUES ('integrity-check', 1)")


def test_a_change_that_is_taken_back_leaves_no_trace(cast: Cast) -> None:
    with database.atomic() as transaction:
        User.update(name="Northwind").execute()
        User.delete().where(User.login == "abbott").execute()
        transaction.rollback()
    assert (found("northwind"), found("brien")) == ([], ["abbott"])
    sound()


def test_the_index_knows_what_an_import_writes(cast: Cast) -> None:
    fill(300)
    for _ in range(2):
        assert len(found("bulk@x")) == 300 and found("x299") == ["x299"]
        people_search.tidy()
    database.execute_sql("DELETE FROM user WHERE login LIKE 'x%'")
    assert found("bulk@x") == []
    sound()


def test_enrolment_and_reset_are_seen_at_once(cast: Cast) -> None:
    users.change(cast.carl, {"two_factor": "yes"}, console())
    assert found("carl", chip=Filter.TWO_FACTOR_REQUIRED) == found("", chip=Filter.TWO_FACTOR_REQUIRED) == ["carl"]
    cast.enrol("carl")
    assert cast.carl.enrolled and found("carl", chip=Filter.TWO_FACTOR_REQUIRED) == []
    two_factor.reset(cast.carl, console())
    assert not cast.carl.enrolled and found("carl", chip=Filter.TWO_FACTOR_REQUIRED) == ["carl"]
    sound()


def test_an_authenticator_that_is_given_away_goes_with_its_owner(cast: Cast) -> None:
    cast.enrol("carl")
    database.execute_sql("UPDATE authenticator SET user_id = ?", (cast.rita.id,))
    assert (cast.carl.enrolled, cast.rita.enrolled) == (False, True)
    User.delete().where(User.login == "rita").execute()
    sound()


def test_lists_of_addresses_are_seen_at_once(cast: Cast) -> None:
    own, provider = trusted_ips.own_of(cast.carl), trusted_ips.provider_of(cast.carl)
    of_class = trusted_ips.class_of(cast.carl.account_class)
    arm(of_class, Access.LISTED)
    assert "carl" in found("", chip=Filter.LIMITED)
    trusted_ips.save(provider, AddressList(Access.ANY), console())
    assert "carl" not in found("", chip=Filter.LIMITED) and found("carl", chip=Filter.LIMITED) == []
    arm(own, Access.LISTED)
    assert found("carl", chip=Filter.LIMITED) == ["carl"] and cast.carl.access == Access.LISTED
    TrustedIpList.delete().where(TrustedIpList.user == cast.carl).execute()
    assert cast.carl.access == Access.INHERIT and found("carl", chip=Filter.LIMITED) == ["carl"]
    arm(of_class, Access.ANY)
    assert found("", chip=Filter.LIMITED) == []
    sound()


def test_a_denial_that_is_forgotten_is_no_longer_the_last(cast: Cast) -> None:
    for hours in (2, 1):
        at = utcnow() - timedelta(hours=hours)
        Denial.create(user=cast.carl, rule="x", address=HOME, source=HOME, first_at=at, last_at=at, count=1)
    Denial.delete().where(Denial.last_at == at).execute()
    assert cast.carl.denied_at == utcnow() - timedelta(hours=2)
    Denial.delete().execute()
    assert cast.carl.denied_at is None


def test_the_verbs_that_save_a_person_leave_alone_what_triggers_keep(cast: Cast) -> None:
    before = cast.carl
    cast.enrol("carl")
    arm(trusted_ips.own_of(cast.carl), Access.LISTED)
    users.change(before, {"name": "Carl the Second"}, console())
    assert (cast.carl.enrolled, cast.carl.access, cast.carl.name) == (True, Access.LISTED, "Carl the Second")


def test_many_classes_are_no_trouble(cast: Cast) -> None:
    database.execute_sql(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 700)"
        " INSERT INTO account_class (name, is_built_in, two_factor, grace_days) SELECT 'c' || i, 0, 'off', 0 FROM n"
    )
    users.change(cast.carl, {"class": "c700"}, console())
    assert "carl" in found("", chip=Filter.TWO_FACTOR_OFF) and found("carl", chip=Filter.TWO_FACTOR_OFF) == ["carl"]
    assert found("carl", chip=Filter.LIMITED) == []


def test_dates_of_today_are_the_callers(cast: Cast) -> None:
    """Midnight is the reader's: of the same denial two readers may think differently."""
    at = utcnow() - timedelta(hours=3)
    Denial.create(user=cast.carl, rule="x", address=HOME, source=HOME, first_at=at, last_at=at, count=1)
    for midnight, logins in ((MIDNIGHT, ["carl"]), (timedelta(hours=2), [])):
        page = people.page(Kind.CUSTOMER, None, q="carl", chip=Filter.DENIED, since=utcnow() - midnight, now=utcnow())
        assert [row.login for row in page.rows] == logins
