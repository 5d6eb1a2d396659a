"""./postern import: who comes of a CSV file, and what is said where nobody does."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from time_machine import Traveller
from werkzeug.security import generate_password_hash

from domain import hashing
from models import Authenticator, Event, TrustedIp, User
from tests.browser import Browser
from tests.cast import Authenticator as Phone
from tests.cast import Cast

Terminal = Callable[..., tuple[int, str]]
Import = Callable[..., tuple[int, str]]
KEY = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
SENTENCE = "pauls nine paper boats"


@pytest.fixture
def import_csv(cast: Cast, terminal: Terminal, tmp_path: Path) -> Import:
    """Writes these lines into a file and imports it."""

    def run(*lines: str | bytes, options: tuple[str, ...] = ()) -> tuple[int, str]:
        file = tmp_path / "people.csv"
        file.write_bytes(b"".join((line if isinstance(line, bytes) else line.encode()) + b"\n" for line in lines))
        return terminal("import", str(file), *options)

    return run


@pytest.fixture
def facts(terminal: Terminal) -> Callable[[str], dict]:
    return lambda login: json.loads(terminal("user", "show", login, "--json")[1])


def logins() -> set[str]:
    return {login for (login,) in User.select(User.login).tuples()}


# --- Who comes --------------------------------------------------------------------------------------------------------


def test_every_column_arrives(import_csv: Import, facts: Callable[[str], dict]) -> None:
    code, said = import_csv(
        "login,name,email,kind,parent,class,role,totp_secret,access,trusted_ips,provider_access,provider_ips,"
        "bind_session,two_factor,time_zone,language,output_format,input_format,active,activates_at,expires_at",
        f'Paul,"Boat, Paul",p@b.example,customer,rita,Resellers,Billing only,{KEY},listed,10.0.0.1; 10.1.0.0/16,any,'
        "::1,yes,yes,Berlin,de,DD/MM/YYYY HH24:MI,YYYY-MM-DD HH24:MI,no,2026-01-02,2026-12-31",
    )
    assert (code, said) == (0, "Imported: 1 customer.\n")
    paul = facts("paul")
    wanted = {
        "name": "Boat, Paul", "email": "p@b.example", "kind": "customer", "parent": "rita", "class": "Resellers",
        "role": "Billing only", "two_factor_enrolled": True, "access": "listed", "provider_ips": ["::1"],
        "trusted_ips": ["10.0.0.1", "10.1.0.0/16"], "provider_access": "any", "bind_session": True,
        "two_factor": "yes", "time_zone": "Europe/Berlin", "language": "de", "output_format": "DD/MM/YYYY HH24:MI",
        "input_format": "YYYY-MM-DD HH24:MI", "active": False, "activates_at": "2026-01-01T23:00:00+00:00",
        "expires_at": "2026-12-31T23:00:00+00:00", "must_change_password": False,
    }  # fmt: skip
    assert {column: paul[column] for column in wanted} == wanted


def test_columns_that_are_missing_take_their_defaults(import_csv: Import, facts: Callable[[str], dict]) -> None:
    assert import_csv("login", "paul", "", "pia") == (0, "Imported: 2 customers.\n")
    shown, usual = facts("paul"), facts("carl")
    for column in set(usual) - {"id", "login", "name", "email", "server_time"}:
        assert shown[column] == usual[column], column
    assert User.get(User.login == "paul").password_hash is None


def test_parents_stand_before_or_after_and_individuals_have_their_customers_class(
    import_csv: Import, facts: Callable[[str], dict], terminal: Terminal
) -> None:
    terminal("class", "set", "Resellers", "time_zone=Asia/Tokyo")
    code, said = import_csv(
        "kind,parent,expires_at,login,class",
        "individual,paul,2027-03-01,pia,",
        "individual,carl,,per,Customers",
        "customer,roy,,paul,Resellers",
        "reseller,,,roy,",
    )
    assert (code, said) == (0, "Imported: 1 reseller, 1 customer, 2 individuals.\n")
    assert (facts("pia")["class"], facts("pia")["parent"], facts("paul")["parent"]) == ("Resellers", "paul", "roy")
    assert facts("pia")["expires_at"] == "2027-03-01T15:00:00+00:00"


def test_a_file_of_a_spreadsheet_is_read(import_csv: Import, facts: Callable[[str], dict]) -> None:
    assert (
        import_csv(b"\xef\xbb\xbflogin,name,trusted_ips\r", 'paul,"Zsófia ""Zsó"" 佐藤","10.0.0.1\n10.0.0.2;"\r')[0]
        == 0
    )
    assert facts("paul")["name"] == 'Zsófia "Zsó" 佐藤'
    assert facts("paul")["trusted_ips"] == ["10.0.0.1", "10.0.0.2"]


def test_thousands_come_in_their_order(import_csv: Import) -> None:
    resellers = [f"r{number},reseller," for number in range(2_100)]
    customers = [f"c{number},customer,r{number}" for number in range(2_100)]
    code, said = import_csv("login,kind,parent", *customers, *resellers, "i,individual,c2099")
    assert (code, said) == (0, "Imported: 2100 resellers, 2100 customers, 1 individual.\n")
    parents = {user.login: user.parent.login for user in User.select().where(User.login.startswith("c"), User.parent)}
    assert parents == {f"c{number}": f"r{number}" for number in range(2_100)}


def test_one_event_tells_of_all(import_csv: Import) -> None:
    before = Event.select().count()
    import_csv("login,trusted_ips", "paul,10.0.0.1", "pia,")
    [event] = Event.select().order_by(Event.id).offset(before)
    assert (event.tag, event.subject, json.loads(event.details)) == (
        "account:users:imported",
        "people.csv",
        {"customer": 2},
    )
    assert TrustedIp.get().added_by == event.actor


# --- Getting in -------------------------------------------------------------------------------------------------------


def test_an_imported_password_lets_in_and_need_not_be_changed(import_csv: Import, browser: Browser) -> None:
    assert import_csv("login,password", f"paul,{SENTENCE}") == (0, "Imported: 1 customer.\n")
    assert User.get(User.login == "paul").password_hash.startswith("$argon2id$")
    browser.log_in("paul", password=SENTENCE)
    assert browser.path == "/settings/security"


@pytest.mark.parametrize(
    "method", ["scrypt:16384:8:1", "pbkdf2:sha256:20000", "pbkdf2:sha1:1000", "pbkdf2:sha512:1000"]
)
def test_a_hash_of_another_system_lets_in_and_is_made_anew(
    method: str, import_csv: Import, browser: Browser, browser_at: Callable[[str], Browser]
) -> None:
    stored = generate_password_hash(SENTENCE, method)
    assert import_csv("login,password_hash", f"paul,{stored}")[0] == 0
    assert User.get(User.login == "paul").password_hash == stored
    browser.log_in("paul", password=SENTENCE + "!")
    assert browser.status == 401
    assert User.get(User.login == "paul").password_hash == stored
    browser.log_in("paul", password=SENTENCE)
    assert browser.path == "/settings/security"
    now = User.get(User.login == "paul").password_hash
    assert now.startswith("$argon2id$") and not hashing.needs_rehash(now)
    again = browser_at("198.51.100.9")
    again.log_in("paul", password=SENTENCE)
    assert again.path == "/settings/security"


def test_a_key_means_enrolled(import_csv: Import, browser: Browser, clock: Traveller) -> None:
    spaced = " ".join(KEY[start : start + 4].lower() for start in range(0, 32, 4))
    assert import_csv("login,password,totp_secret", f"paul,{SENTENCE},{spaced}")[0] == 0
    assert KEY not in Authenticator.get().secret
    browser.log_in("paul", Phone(KEY), SENTENCE)
    assert browser.path == "/settings/security"


# --- Who does not -----------------------------------------------------------------------------------------------------

WRONG = {
    "login=no login": "login: no login is none. A login has 1 to 64 characters out of a-z 0-9 . _ @ -",
    "login=|name=Nobody": "login:  is none. A login has 1 to 64 characters out of a-z 0-9 . _ @ -",
    "login=CARL": "login: carl is taken. An import makes new users and changes nobody who is there.",
    "login=good": "login: good stands in line 2 already",
    "kind=boss": "kind: boss is not allowed. Choose one of: staff, reseller, customer, individual",
    "kind=individual": "parent: an individual belongs to a customer",
    "kind=individual|parent=rita": "parent: rita is no customer",
    "kind=individual|parent=gone": "parent: gone is neither in the file nor among the users",
    "parent=carl": "parent: carl is no reseller",
    "parent=good": "parent: good is no reseller",
    "kind=staff|parent=rita": "parent: a staff has none",
    "class=Gold": "class: Gold is not allowed. Choose one of: Staff, Resellers, Customers",
    "kind=individual|parent=good|class=Staff": "class: an individual has the class of the customer, which is Customers."
    " Leave it empty.",
    "role=Boss": "role: Boss is not allowed. Choose one of: Full self-care, Billing only",
    "role=Owner": "role: Owner is not allowed. Choose one of: Full self-care, Billing only",
    "password=short": "password: Use at least 15 characters",
    "password=seven77|two_factor=yes": "password: Use at least 8 characters",
    "password=longer than it must be|password_hash=x": "password: there is a password_hash too. Write one of them.",
    "password_hash=5f4dcc3b5aa765d61d8327deb882cf99": "password_hash: This is no hash that Postern knows. There are:"
    " $argon2…, scrypt:N:r:p$…, pbkdf2:sha256:iterations$….",
    f"password_hash=scrypt:1048576:8:1$s${'a' * 128}": "password_hash: The parameters of this hash are out of bounds:"
    " verifying it would cost too much, or too little.",
    "totp_secret=ABC1": "totp_secret: this is no base 32, which has the letters A to Z and the digits 2 to 7",
    "totp_secret=GEZDGNBVGY3TQ": "totp_secret: too short. It needs 80 bits, which are 16 letters.",
    "access=listed": "trusted_ips: Add at least one address, or choose From any IP.",
    "access=inherit": "access: inherit is not allowed. Choose one of: any, listed",
    "trusted_ips=10.0.0.1; 10.0.0.300": "trusted_ips: 10.0.0.300 is not an IP address. Each number can be 0 to 255.",
    "provider_access=listed": "provider_ips: Add at least one address, or choose From any IP.",
    "two_factor=maybe": "two_factor: maybe is not allowed. Choose one of: inherit, yes, no",
    "active=true": "active: true is not allowed. Choose one of: yes, no",
    "language=xx": "language: xx is not a language of this portal. There are: ",
    "time_zone=Atlantis": "time_zone: There is no time zone Atlantis. ",
    "output_format=HH12": "output_format: ",
    "expires_at=31.12.2026": "expires_at: 31.12.2026 is not a date. Write it as 2026-12-31 or 2026-12-31T23:59+01:00",
    f"name={'n' * 121}": "name: longer than 120 characters",
    "name=a\u202eb": "name: only letters, digits, punctuation and blanks are accepted",
    f"email={'e' * 255}": "email: longer than 254 characters",
}


@pytest.mark.parametrize("fields", WRONG)
def test_a_wrong_line_is_told_with_its_number_and_nobody_comes(fields: str, import_csv: Import) -> None:
    before = logins()
    values = {"login": "paul", **dict(field.split("=", 1) for field in fields.split("|"))}
    empty = "," * (len(values) - 1)
    code, said = import_csv(",".join(values), f"good{empty}", ",".join(values.values()), f"fine{empty}")
    assert code == 1
    first, last = said.splitlines()
    assert first.startswith(f"line 3: {WRONG[fields]}")
    assert last == "Error: 1 line is wrong, so nothing was imported."
    assert logins() == before


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["login,colour,shape", "a,b,c"], "Error: There is no column colour, shape. There are: login, name,"),
        (["name", "a"], "Error: The first line names the columns, and there is no login among them."),
        (["login,login", "a,b"], "Error: The first line names a column twice: login."),
        ([b"login", b"a", b"\xe9va"], "line 3: this is not UTF-8. What follows was not read."),
        (["login,name", "a"], "line 2: not as many fields (1) as the first line names columns (2)"),
        (["login,name", "a,b", 'c,"d', "e,f"], "line 3: this is no CSV (unexpected end of data). What follows"),
        (["login", "a" * 2_000_000], "line 2: longer than 1048576 bytes. What follows was not read."),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_says_where(lines: list[str | bytes], said: str, import_csv: Import) -> None:
    before = logins()
    code, answer = import_csv(*lines)
    assert code == 1 and answer.startswith(said)
    assert logins() == before


def test_an_empty_file_is_refused_and_one_without_people_is_none_to_do(import_csv: Import) -> None:
    assert import_csv() == (1, "Error: The file is empty. Its first line names the columns.\n")
    assert import_csv("login") == (0, "Imported: nobody.\n")


def test_the_first_twenty_wrong_lines_are_told_in_their_order_and_how_many_more(import_csv: Import) -> None:
    people = [f"i{number},individual,gone,no" if number % 2 else f"c{number},customer,,no" for number in range(30)]
    code, said = import_csv("login,kind,parent,active", *people, *(f"x{number},,,maybe" for number in range(5)))
    lines = said.splitlines()
    assert code == 1
    told = [int(line.split()[1].rstrip(":")) for line in lines[:20]]
    assert told == [*range(3, 32, 2), *range(32, 37)]
    assert lines[20:] == ["Error: 20 lines are wrong, so nothing was imported."]
    said = import_csv("login,active", *(f"x{number},maybe" for number in range(23)))[1]
    assert said.splitlines()[19:] == [
        "line 21: active: maybe is not allowed. Choose one of: yes, no",
        "… and 3 more wrong lines",
        "Error: 23 lines are wrong, so nothing was imported.",
    ]


def test_lines_are_those_of_the_file(import_csv: Import) -> None:
    said = import_csv("login,trusted_ips,active", 'a,"10.0.0.1;\n10.0.0.2",yes', "", "b,,maybe")[1]
    assert said.startswith("line 5: active: maybe")


def test_nobody_is_blamed_for_the_line_of_his_parent(import_csv: Import) -> None:
    said = import_csv("login,kind,parent,active", "paul,customer,,maybe", "pia,individual,paul,")[1]
    assert said.splitlines() == [
        "line 2: active: maybe is not allowed. Choose one of: yes, no",
        "Error: 1 line is wrong, so nothing was imported.",
    ]


def test_what_stands_in_a_file_does_not_steer_the_terminal(import_csv: Import) -> None:
    said = import_csv("login,role", f"paul,\x1b[2J{'x' * 5_000}")[1]
    assert "\x1b" not in said and len(said) < 600


# --- Looking first ----------------------------------------------------------------------------------------------------


def test_a_dry_run_says_what_would_come_and_changes_nothing(import_csv: Import, data_dir: Path) -> None:
    before, events = logins(), Event.select().count()
    lines = ("login,kind,parent,password", f"paul,,,{SENTENCE}", "pia,individual,paul,", "roy,reseller,,")
    assert import_csv(*lines, options=("--dry-run",)) == (
        0,
        "Nothing is wrong. It would import: 1 reseller, 1 customer, 1 individual.\n",
    )
    code, said = import_csv(*lines, options=("--dry-run", "--json"))
    counts = {"staff": 0, "reseller": 1, "customer": 1, "individual": 1}
    assert (code, json.loads(said)) == (0, {"imported": 0, "dry_run": True, "counts": counts})
    assert (logins(), Event.select().count()) == (before, events)
    code, said = import_csv(*lines, options=("--json",))
    assert (code, json.loads(said)) == (0, {"imported": 3, "dry_run": False, "counts": counts})
    assert import_csv(*lines, options=("--dry-run",))[0] == 1


def test_those_who_are_there_stay_as_they_are(import_csv: Import, browser: Browser) -> None:
    assert import_csv("login,name,active", "paul,,", "carl,Somebody Else,no")[0] == 1
    browser.log_in("carl")
    assert browser.path == "/settings/security"
    assert User.get(User.login == "carl").name == "Carl Cole"
