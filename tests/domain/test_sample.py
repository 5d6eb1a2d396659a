"""The people who do not exist: always the same ones, lifelike, and such as an import takes."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from ipaddress import ip_network

from domain import networks, sample
from domain.login_name import LOGIN
from domain.sample import Row

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DOCUMENTATION = [ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")]


def people(count: int, seed: int = 1) -> list[Row]:
    return list(sample.people(count, seed, NOW, "hash"))


def share(rows: list[Row], column: str, value: str | None = None) -> float:
    return sum(row.get(column) == value if value else column in row for row in rows) / len(rows)


def test_the_same_seed_makes_the_same_people() -> None:
    assert people(500) == people(500)
    assert people(500, seed=2) != people(500)
    assert [len(people(count)) for count in (0, 1, 4, 100)] == [0, 1, 4, 100]


def test_logins_are_logins_and_nobodys_twice() -> None:
    logins = [row["login"] for row in people(20_000)]
    assert all(LOGIN.fullmatch(login) for login in logins)
    assert len(set(logins)) == len(logins)


def test_parents_come_before_their_children() -> None:
    kinds: dict[str, str] = {}
    for row in people(3_000):
        if "parent" in row:
            assert kinds[row["parent"]] == {"individual": "customer", "customer": "reseller"}[row["kind"]]
        kinds[row["login"]] = row["kind"]


def test_there_are_as_many_of_each_as_a_provider_has() -> None:
    rows = people(10_000)
    kinds = Counter(row["kind"] for row in rows)
    assert kinds["staff"] == len(sample.STAFF) and kinds["reseller"] == 400
    assert 0.13 < kinds["individual"] / len(rows) < 0.17
    customers = [row for row in rows if row["kind"] == "customer"]
    assert 0.37 < share(customers, "parent") < 0.43
    for column, value in (
        ("two_factor", "yes"), ("two_factor", "no"), ("totp_secret", None), ("access", "listed"), ("access", "any"),
        ("provider_access", "listed"), ("provider_access", "any"), ("bind_session", "yes"), ("active", "no"),
        ("activates_at", None), ("expires_at", None), ("role", "Billing only"), ("language", "de"), ("time_zone", None),
        ("output_format", None), ("input_format", None),
    ):  # fmt: skip
        assert 0.001 < share(rows, column, value) < 0.55, (column, value)
    assert 0.9 < share(rows, "password_hash") < 1


def test_all_addresses_are_those_of_documentation() -> None:
    written = [row[column] for row in people(5_000) for column in ("trusted_ips", "provider_ips") if column in row]
    found = {network for text in written for network in networks.parse(text).networks}
    assert len(found) > 100
    for network in found:
        homes = (networks.parse_entry(str(home)).network for home in DOCUMENTATION)
        assert any(home.covers(network) for home in homes), network
    assert all(row["email"].endswith(".example") for row in people(5_000))


def test_names_are_of_several_scripts() -> None:
    names = "".join(row["name"] for row in people(2_000))
    for sign in "őøßñ佐λ":
        assert sign in names or sign.upper() in names, sign
