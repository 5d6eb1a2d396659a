"""Lists of people: what each filter shows, page by page, beside a naive look at everybody."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine

from domain import people, rescue, trusted_ips, users
from domain.networks import parse
from domain.people import Filter, Row
from domain.trusted_ips import AddressList, Entry
from domain.users import Block
from domain.visit import utcnow
from models import Access, AccountClass, Denial, Kind, Side, User, database
from tests.cast import HOME, Cast
from tests.domain.seat import ELSEWHERE, console

KINDS = tuple(Kind)
MIDNIGHT = timedelta(hours=12)  # before NOON


@pytest.fixture(autouse=True)
def installation(clock: time_machine.Traveller, cast: Cast) -> None:
    """An open database at NOON."""


def logins(kind: Kind = Kind.CUSTOMER, parent: int | None = None, limit: int = 25, **asked: object) -> list[str]:
    """All pages, one after the other."""
    return [row.login for row in every(kind, parent, limit, **asked)]


def every(kind: Kind, parent: int | None, limit: int, **asked: object) -> Iterator[Row]:
    after: str | None = None
    while True:
        rows, after = people.page(
            kind, parent, after=after, since=utcnow() - MIDNIGHT, now=utcnow(), limit=limit, **asked
        )
        yield from rows
        if after is None:
            return
        assert len(rows) == limit, "a page that is not the last is full"


def row_of(login: str) -> Row:
    return people.one(users.find(login).id, utcnow() - MIDNIGHT, utcnow())


# --- Rows -------------------------------------------------------------------------------------------------------------


def test_a_row_tells_who_somebody_is_and_how_he_stands(cast: Cast) -> None:
    assert row_of("carl") == Row(
        id=cast.carl.id, login="carl", name="Carl Cole", kind="customer", role="Full self-care",
        role_id=cast.carl.role_id, block=None, enrolled=False, required=False, off=False, limited=False, bound=False,
        denied_at=None, last_login_at=None, last_login_address=None, parent_id=None, parent_login=None,
        parent_name=None, has_password=True,
    )  # fmt: skip
    cast.enrol("carl")
    users.change(cast.carl, {"active": "no", "bind_session": "yes", "two_factor": "yes"}, console())
    User.update(last_login_at=utcnow(), last_login_address=HOME, password_hash=None).where(
        User.login == "carl"
    ).execute()
    carl = row_of("carl")
    assert (carl.block, carl.enrolled, carl.required, carl.bound, carl.has_password) == (
        Block.SUSPENDED, True, True, True, False,
    )  # fmt: skip
    assert (carl.last_login_at, carl.last_login_address) == (utcnow(), HOME)
    ivy = row_of("ivy")
    assert (ivy.block, ivy.parent_id, ivy.parent_login, ivy.parent_name) == (
        Block.SUSPENDED, cast.carl.id, "carl", "Carl Cole",
    )  # fmt: skip


def test_a_suspended_reseller_blocks_no_customer(cast: Cast) -> None:
    User.update(parent=cast.rita).where(User.login == "carl").execute()
    users.change(cast.rita, {"active": "no"}, console())
    assert (row_of("rita").block, row_of("carl").block) == (Block.SUSPENDED, None)


def test_the_last_denial_counts_from_midnight_on(cast: Cast) -> None:
    deny("carl", utcnow() - MIDNIGHT - timedelta(seconds=1))
    assert (row_of("carl").denied_at, logins(chip=Filter.DENIED)) == (None, [])
    for hours in (3, 2):
        deny("carl", utcnow() - timedelta(hours=hours))
    assert row_of("carl").denied_at == utcnow() - timedelta(hours=2)
    assert logins(chip=Filter.DENIED) == ["carl"]


def deny(login: str, at: datetime, address: str = ELSEWHERE) -> None:
    Denial.create(
        user=users.find(login), rule="own list", address=address, source=address, first_at=at, last_at=at, count=1
    )


def test_several_rows_come_by_login_and_who_is_gone_is_left_out(cast: Cast) -> None:
    ids = [cast.sam.id, cast.carl.id, 999]
    assert [row.login for row in people.by_ids(ids, utcnow(), utcnow())] == ["carl", "sam"]
    with pytest.raises(User.DoesNotExist):
        people.one(999, utcnow(), utcnow())


# --- Whom one looks after ---------------------------------------------------------------------------------------------


def test_each_sees_those_below_him(cast: Cast) -> None:
    for login, parent in (("ben", "rita"), ("cleo", "rita"), ("dan", "")):
        users.create(login, console(), parent=parent)
    for login, parent in (("ivo", "ben"), ("ira", "ben"), ("ian", "dan")):
        users.create(login, console(), kind=Kind.INDIVIDUAL, parent=parent)
    rita, ben = cast.rita.id, users.find("ben").id
    assert logins() == ["ben", "carl", "cleo", "dan"]
    assert (logins(Kind.STAFF), logins(Kind.RESELLER)) == (["olga", "sam"], ["rita"])
    assert logins(Kind.INDIVIDUAL) == ["ian", "ira", "ivo", "ivy"]
    assert logins(parent=rita) == ["ben", "cleo"]
    assert sorted(logins(Kind.INDIVIDUAL, rita)) == sorted(logins(Kind.INDIVIDUAL, ben)) == ["ira", "ivo"]
    assert logins(Kind.STAFF, rita) == logins(Kind.RESELLER, rita) == logins(Kind.CUSTOMER, ben) == []
    users.change(users.find("ben"), {"active": "no"}, console())
    assert logins(parent=rita, chip=Filter.SUSPENDED) == ["ben"]


def test_individuals_move_with_their_customer(cast: Cast) -> None:
    assert logins(Kind.INDIVIDUAL, cast.rita.id) == []
    User.update(parent=cast.rita).where(User.login == "carl").execute()
    assert logins(Kind.INDIVIDUAL, cast.rita.id) == ["ivy"] and logins(parent=cast.rita.id) == ["carl"]
    User.update(parent=None).where(User.login == "carl").execute()
    assert logins(Kind.INDIVIDUAL, cast.rita.id) == logins(parent=cast.rita.id) == []


# --- Filters ----------------------------------------------------------------------------------------------------------


def naive(chip: Filter, user: User, since: datetime) -> bool:
    """The filter, as the verbs of one person know it."""
    policy, enrolled = users.policy_of(user), users.is_enrolled(user)
    match chip:
        case Filter.DENIED:
            return Denial.select().where(Denial.user == user, Denial.last_at >= since).exists()
        case Filter.TWO_FACTOR_OFF:
            return policy.off or not (enrolled or policy.required)
        case Filter.TWO_FACTOR_REQUIRED:
            return policy.required and not enrolled
        case Filter.LIMITED:
            return any(rescue.effective(user, side).access is Access.LISTED for side in Side)
        case Filter.BOUND:
            return bool(user.bind_session)
        case Filter.SUSPENDED:
            return not user.active


def crowd(dice: random.Random, size: int) -> None:
    """People in all the states there are, at random, made by the verbs."""
    for name, policy in (("Strict", "required"), ("Loose", "off")):
        AccountClass.create(name=name, two_factor=policy)
    arm(trusted_ips.class_of(AccountClass.get(AccountClass.name == "Strict")), Access.LISTED)
    made: dict[Kind, list[str]] = {
        Kind.RESELLER: ["rita"],
        Kind.CUSTOMER: ["carl"],
        Kind.STAFF: [],
        Kind.INDIVIDUAL: [],
    }
    for number in range(size):
        kind = dice.choice((Kind.CUSTOMER, Kind.CUSTOMER, Kind.CUSTOMER, *KINDS))
        parents = {Kind.CUSTOMER: [*made[Kind.RESELLER], ""], Kind.INDIVIDUAL: made[Kind.CUSTOMER]}.get(kind, [""])
        login = f"{dice.choice('abc')}{number:03}"
        columns = {"two_factor": dice.choice(("inherit", "inherit", "yes", "no")), "parent": dice.choice(parents)}
        if kind is not Kind.INDIVIDUAL:
            columns["class"] = dice.choice(("Strict", "Loose", "Customers"))
        columns |= {"active": dice.choice(("yes", "no")), "bind_session": dice.choice(("yes", "no"))}
        user = users.create(login, console(), kind=kind, name=f"Name {number}", **columns)
        made[kind].append(login)
        for holder in (trusted_ips.own_of(user), trusted_ips.provider_of(user)):
            if dice.random() < 0.3:
                arm(holder, dice.choice((Access.ANY, Access.LISTED)))
        if dice.random() < 0.3:
            deny(login, utcnow() - timedelta(hours=dice.choice((1, 2, 20))))


def arm(holder: trusted_ips.Holder, access: Access) -> None:
    entries = tuple(Entry(network) for network in parse("192.0.2.0/24").networks)
    trusted_ips.save(holder, AddressList(access, entries), console())


@pytest.mark.parametrize("seed", range(3))
def test_filters_show_whom_a_look_at_each_would_find(cast: Cast, seed: int) -> None:
    dice = random.Random(seed)
    crowd(dice, 60)
    for user in User.select().where(User.login.startswith("a")):
        enrol(user)
    since = utcnow() - MIDNIGHT
    everybody = [users.by_id(user_id) for (user_id,) in User.select(User.id).order_by(User.login).tuples()]
    shown = 0
    for chip in Filter:
        for kind in KINDS:
            for parent in (None, cast.rita, cast.carl):
                expected = [
                    user.login for user in everybody
                    if user.kind == kind and naive(chip, user, since) and (parent is None or is_below(user, parent))
                ]  # fmt: skip
                found = logins(kind, parent and parent.id, chip=chip, limit=4)
                named = logins(kind, parent and parent.id, chip=chip, limit=4, q="ame")
                assert len(found) == len(set(found)) and sorted(found) == expected, (chip, kind, parent)
                assert sorted(named) == [login for login in expected if login not in PLAIN_NAMES], (chip, kind)
                shown += len(found)
    assert shown > 100


PLAIN_NAMES = ("olga", "sam", "rita", "carl", "ivy")  # without "ame"


def enrol(user: User) -> None:
    database.execute_sql(
        "INSERT INTO authenticator (user_id, name, secret, last_step, enabled_at) VALUES (?, 'app', '', 0, '')",
        (user.id,),
    )


def is_below(user: User, parent: User) -> bool:
    above = user.parent
    return above is not None and parent.id in (above.id, above.parent_id if user.kind == Kind.INDIVIDUAL else None)


def test_rows_say_what_the_filters_find(cast: Cast) -> None:
    crowd(random.Random(7), 40)
    of = {row.login: row for kind in KINDS for row in every(kind, None, 100)}
    found = {chip: {login for kind in KINDS for login in logins(kind, chip=chip)} for chip in Filter}
    assert found[Filter.LIMITED] == {login for login, row in of.items() if row.limited}
    assert found[Filter.BOUND] == {login for login, row in of.items() if row.bound}
    assert found[Filter.DENIED] == {login for login, row in of.items() if row.denied_at}
    required = {login for login, row in of.items() if row.required and not row.enrolled}
    assert found[Filter.TWO_FACTOR_REQUIRED] == required
    off = {login for login, row in of.items() if row.off or not (row.enrolled or row.required)}
    assert found[Filter.TWO_FACTOR_OFF] == off
    counted = people.counts(Kind.CUSTOMER, None, since=utcnow() - MIDNIGHT, now=utcnow())
    assert counted.required == len(logins(chip=Filter.TWO_FACTOR_REQUIRED)) > 0
    assert counted.denied == len(logins(chip=Filter.DENIED)) > 0


def test_counting_stops_at_a_hundred(cast: Cast) -> None:
    customers(130)
    User.update(two_factor="yes").execute()
    counted = people.counts(Kind.CUSTOMER, None, since=utcnow(), now=utcnow())
    assert counted == people.Counts(denied=0, required=people.MOST_COUNTED)


def customers(count: int, of: str = "m") -> None:
    for number in range(count):
        users.create(f"{of}{number:03}", console(), email=f"{of}@mail.example")
