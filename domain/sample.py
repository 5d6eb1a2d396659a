"""People who do not exist, as rows of the CSV that `import` reads: for the demo and the benchmarks.

The same seed, count and instant make the same people. All addresses are those of documentation (RFC 5737, RFC 3849),
all mail goes to .example (RFC 2606).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from typing import NamedTuple

import pyotp

from domain.permissions import Permission

Row = dict[str, str]

RESELLERS = 0.04
HAS_INDIVIDUALS = 0.1  # of the customers; 15 % of all people are individuals then
UNDER_RESELLERS = 0.4
STAFF = (("Sam Stone", "Staff"), ("Judit Barta", "Staff"), ("Henrik Aas", "Staff"), ("Miriam Okafor", "Owner"))


class Country(NamedTuple):
    """Names as they are written there; what is not Latin is followed by how it is spelt in a login."""

    given: tuple[str, ...]
    family: tuple[str, ...]
    companies: tuple[str, ...]
    legal: tuple[str, ...]
    time_zone: str
    language: str = ""
    output_format: str = ""
    family_first: bool = False


COUNTRIES = (
    Country(
        ("Anna", "Bence", "Zsófia", "László", "Eszter", "Gergő", "Ágnes", "Ödön", "Krisztina", "Máté"),
        ("Kovács", "Nagy", "Szabó", "Tóth", "Horváth", "Varga", "Kiss", "Molnár", "Németh", "Szentgyörgyi"),
        ("Delta Telecom", "Duna Hálózat", "Tisza Szerver", "Mátra Net", "Kékes Adat", "Pannon Tárhely"),
        ("Kft.", "Bt.", "Zrt."),
        "Europe/Budapest",
        output_format="YYYY.MM.DD. HH24:MI",
        family_first=True,
    ),
    Country(
        ("Ingrid", "Håkon", "Solveig", "Øyvind", "Åse", "Bjørn", "Liv", "Torbjørn", "Kari", "Eirik"),
        ("Hansen", "Ødegård", "Sørensen", "Bakke", "Haugen", "Lærum", "Strand", "Moen", "Nygård", "Aasen"),
        ("Fjord Data", "Nordlys Drift", "Trøndelag Linjer", "Sør Skytjenester", "Vinterbro Nett", "Bølge Telefoni"),
        ("AS", "ANS", "ASA"),
        "Europe/Oslo",
    ),
    Country(
        ("Jürgen", "Anneliese", "Björn", "Käthe", "Wolfgang", "Sabine", "Günther", "Lena", "Uwe", "Jörg"),
        ("Müller", "Weiß", "Schäfer", "Großmann", "Krüger", "Vogel", "Jäger", "Lehmann", "von Hohenstein", "Koch"),
        ("Rheintal Systemhaus", "Nordlicht Hosting", "Elbtal Druck", "Bäckerei Süß", "Zweckverband Vogtland"),
        ("GmbH", "GmbH & Co. KG", "e. K.", "AG"),
        "Europe/Berlin",
        language="de",
        output_format="DD.MM.YYYY HH24:MI",
    ),
    Country(
        ("Emily", "Owen", "Niamh", "Callum", "Grace", "Rhys", "Isla", "Declan", "Maeve", "Hamish"),
        ("Taylor", "O'Connor", "MacDonald", "Evans", "Whitfield-Browne", "Patel", "Murphy", "Hughes", "Fraser"),
        ("Vega Hosting", "Harbour Street Dental", "Larch & Sons", "Blue Kettle Café", "Northern Telecom"),
        ("Ltd", "plc", "LLP"),
        "Europe/London",
        language="en",
        output_format="DD/MM/YYYY HH24:MI",
    ),
    Country(
        ("健|ken", "さくら|sakura", "陽子|yoko", "大輔|daisuke", "美咲|misaki", "翔太|shota", "直人|naoto"),
        ("佐藤|sato", "鈴木|suzuki", "高橋|takahashi", "田中|tanaka", "渡辺|watanabe", "伊藤|ito", "山本|yamamoto"),
        ("東京ネット|tokyo-net", "桜ホスティング|sakura-hosting", "富士通信|fuji-tsushin", "青空データ|aozora-data"),
        ("株式会社|kk", "合同会社|gk"),
        "Asia/Tokyo",
        output_format="YYYY/MM/DD HH24:MI",
        family_first=True,
    ),
    Country(
        ("Ελένη|eleni", "Γιώργος|giorgos", "Μαρία|maria", "Νίκος|nikos", "Σοφία|sofia", "Δημήτρης|dimitris"),
        ("Παπαδόπουλος|papadopoulos", "Νικολάου|nikolaou", "Γεωργίου|georgiou", "Οικονόμου|oikonomou"),
        ("Αιγαίο Δίκτυα|aigaio-diktya", "Όλυμπος Νέφος|olympos-nefos", "Δελφίνι Ξενία|delfini-xenia"),
        ("ΑΕ|ae", "ΕΠΕ|epe"),
        "Europe/Athens",
    ),
    Country(
        ("María José", "Íñigo", "Lucía", "Joaquín", "Begoña", "Álvaro", "Nerea", "Ramón", "Inés", "Sebastián"),
        ("García", "Muñoz", "Fernández de la Peña", "Ibáñez", "Núñez", "Castaño", "Ruiz", "Ortega", "Vidal", "Pérez"),
        ("Redes del Ebro", "Señal Sur", "Olivar Digital", "Construcciones Ibáñez", "Faro Hosting", "Nube Alta"),
        ("S.L.", "S.A."),
        "America/Argentina/Buenos_Aires",
    ),
)  # fmt: skip
LATIN = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "å": "a", "ö": "o", "ü": "u", "ä": "a"})


# Roles and classes beside the built-in ones.
ROLES = (
    (
        "Technician",
        "Runs the machines, pays nothing",
        (Permission.PROFILE, Permission.TWO_FACTOR, Permission.ADDRESSES, Permission.SESSIONS, Permission.ACTIVITY),
    ),
    ("Accountant", "Sees what happened, changes nothing", (Permission.PROFILE, Permission.ACTIVITY)),
    ("Auditor", "Looks in once a year", (Permission.ACTIVITY,)),
)
CLASSES = {
    "Business": {"two_factor": "required", "grace_days": "14", "idle_minutes": "30"},
    "Call centres": {"provider_access": "listed", "provider_ips": "192.0.2.0/24; 198.51.100.0/24; 2001:db8::/32"},
}
GIVEN = ("Technician", "Accountant", "Billing only")


def people(
    count: int,
    seed: int,
    now: datetime,
    password_hash: str = "",
    roles: tuple[str, ...] = ("Billing only",),
    classes: tuple[str, ...] = (),
) -> Iterator[Row]:
    """So many, parents before their children, in little memory. `password_hash` is everybody's who has a password;
    `roles` and `classes` are those that some of the customers have."""
    town = _Town(Random(seed), now, password_hash, round(count * RESELLERS), roles, classes)  # noqa: S311
    return islice(town.everybody(), count)


def new_key() -> str:
    """For an authenticator of which somebody knows the password: by no seed."""
    return pyotp.random_base32()


@dataclass
class _Town:
    random: Random
    now: datetime
    password_hash: str
    resellers: int
    roles: tuple[str, ...]
    classes: tuple[str, ...]
    taken: Counter[str] = field(default_factory=Counter)

    def everybody(self) -> Iterator[Row]:
        for name, role in STAFF:
            yield self._row(name, name.split()[0], COUNTRIES[3], kind="staff", role=role)
        resellers = [self._company("reseller") for _ in range(self.resellers)]
        yield from resellers
        while True:
            customer = self._customer(resellers)
            yield customer
            for _ in range(self._chance(HAS_INDIVIDUALS) and self.random.choice((1, 1, 2, 3))):
                leaves = self._day(30, 300) if self._chance(0.3) else ""
                yield self._person("individual", parent=customer["login"], expires_at=leaves)

    def _customer(self, resellers: list[Row]) -> Row:
        parent = self.random.choice(resellers)["login"] if resellers and self._chance(UNDER_RESELLERS) else ""
        made = self._company if self._chance(0.6) else self._person
        return made("customer", parent=parent)

    def _company(self, kind: str, **columns: str) -> Row:
        country = self.random.choice(COUNTRIES)
        if self._chance(0.5):
            name, _, spelt = self.random.choice(country.companies).partition("|")
        else:  # of a family
            name, _, spelt = self.random.choice(country.family).partition("|")
        legal, _, legal_spelt = self.random.choice(country.legal).partition("|")
        written = f"{spelt or name}-{legal_spelt or legal}".replace(".", "")
        return self._row(f"{name} {legal}", written, country, kind=kind, **columns)

    def _person(self, kind: str, **columns: str) -> Row:
        country = self.random.choice(COUNTRIES)
        given, family = ((self.random.choice(names)).split("|") for names in (country.given, country.family))
        order = (family, given) if country.family_first else (given, family)
        name = " ".join(names[0] for names in order)
        return self._row(name, f"{given[-1]}.{family[-1]}", country, kind=kind, **columns)

    def _row(self, name: str, written: str, country: Country, **columns: str) -> Row:
        slug = _slug(written)
        self.taken[slug] += 1
        login = slug if self.taken[slug] == 1 else f"{slug}{self.taken[slug]}"
        row = {"login": login, "name": name, "email": f"{login}@{slug.replace('.', '-')}.example", **columns}
        row |= self._preferences(country)
        if columns["kind"] != "staff":
            row |= self._state() | self._lists() | self._two_factor(columns["kind"])
        if columns["kind"] in ("customer", "individual") and self._chance(0.12):
            row["role"] = self.random.choice(self.roles)
        if columns["kind"] == "customer" and self.classes and self._chance(0.15):
            row["class"] = self.random.choice(self.classes)
        if not self._chance(0.05):
            row["password_hash"] = self.password_hash
        return {column: value for column, value in row.items() if value}

    def _preferences(self, country: Country) -> Row:
        if not self._chance(0.5):
            return {}
        return {
            "time_zone": country.time_zone,
            "language": country.language,
            "output_format": country.output_format if self._chance(0.4) else "",
            "input_format": country.output_format if self._chance(0.1) else "",
        }

    def _state(self) -> Row:
        match self.random.random():
            case luck if luck < 0.04:
                return {"active": "no"}
            case luck if luck < 0.06:
                return {"expires_at": self._day(-200, -2)}
            case luck if luck < 0.08:
                return {"expires_at": self._day(5, 400)}
            case luck if luck < 0.09:
                return {"activates_at": self._day(3, 60)}
        return {}

    def _lists(self) -> Row:
        """Their own, armed or dormant, the provider's, and binding."""
        row: Row = {}
        if self._chance(0.09):
            row |= {"access": "listed" if self._chance(0.8) else "any", "trusted_ips": self._networks()}
        if self._chance(0.06):
            row |= {
                "provider_access": self.random.choice(("listed", "listed", "any")),
                "provider_ips": self._networks(),
            }
        if self._chance(0.08):
            row["bind_session"] = "yes"
        return row

    def _networks(self) -> str:
        forms = (
            "192.0.2.{a}", "198.51.100.{a}", "203.0.113.{a}", "203.0.113.0/24", "198.51.100.{b}/28",
            "192.0.2.{b}-192.0.2.{c}", "2001:db8:{a:x}::/48", "2001:db8::{a:x}",
        )  # fmt: skip
        block = self.random.randrange(15) * 16
        place = {"a": self.random.randrange(1, 255), "b": block, "c": block + 9}
        return "; ".join(form.format(**place) for form in self.random.sample(forms, self.random.choice((1, 1, 2, 3))))

    def _two_factor(self, kind: str) -> Row:
        row: Row = {}
        if self._chance(0.12):
            row["two_factor"] = "yes" if self._chance(0.7) else "no"
        if self._chance(0.5 if kind == "reseller" else 0.25):
            row["totp_secret"] = "".join(self.random.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=32))
        return row

    def _day(self, first: int, last: int) -> str:
        return f"{self.now + timedelta(days=self.random.randrange(first, last)):%Y-%m-%d}"

    def _chance(self, share: float) -> bool:
        return self.random.random() < share


def _slug(written: str) -> str:
    """As people spell it where they have only the letters of a login."""
    plain = unicodedata.normalize("NFKD", written.lower().translate(LATIN)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9.]+", "-", plain).strip("-.")
