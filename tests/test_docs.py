"""The documents say what the product does: every name in them exists, and every name is in them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import click
import pytest

import config
from cli import postern
from domain.audit import Tag
from domain.permissions import Permission
from tests.sources import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
MANUALS = ROOT / "docs" / "manuals.md"
# What the manuals say of one's own account and the terminal; the rest comes with its work.
STATEMENTS = [
    *(f"A{n}" for n in range(1, 22)),
    *(f"T{n}" for n in range(22, 46)),
    *(f"C{n}" for n in (*range(46, 54), 58, *range(60, 77), *range(79, 88))),
    *(f"R{n}" for n in (*range(88, 99), *range(100, 106))),
    *(f"D{n}" for n in range(106, 125)),
]


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


# --- The manuals ------------------------------------------------------------------------------------------------------


def retold() -> dict[str, set[str]]:
    """Statement → the tests that carry it."""
    found: dict[str, set[str]] = {}
    for path in (ROOT / "tests").rglob("test_*.py"):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(function, ast.FunctionDef):
                continue
            for statement in statements_of(function):
                name = f"{path.relative_to(ROOT).as_posix()}::{function.name}"
                found.setdefault(statement, set()).add(name)
    return found


def statements_of(function: ast.FunctionDef) -> list[str]:
    marks = [
        mark
        for mark in function.decorator_list
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.manual"
    ]
    return [str(ast.literal_eval(argument)) for mark in marks for argument in mark.args]


def written() -> dict[str, tuple[str, set[str]]]:
    """Statement → what it says and the tests that docs/manuals.md names for it."""
    rows = re.findall(r"^\| *([ATCRD]\d+) *\| *(.*?) *\| *(.*?) *\|$", MANUALS.read_text(encoding="utf-8"), re.M)
    return {row[0]: (row[1], set(re.findall(r"tests/[\w/]+\.py::\w+", row[2]))) for row in rows}


def test_every_statement_of_the_manuals_is_retold_by_a_test_and_listed() -> None:
    tests, table = retold(), written() if MANUALS.exists() else {}
    untold = [statement for statement in STATEMENTS if statement not in tests]
    wrong = [
        f"| {statement} | {table.get(statement, ('…',))[0]} | {'<br>'.join(sorted(tests.get(statement, ())))} |"
        for statement in sorted({*STATEMENTS, *tests, *table}, key=in_order)
        if table.get(statement, ("", set()))[1] != tests.get(statement, set())
    ]
    assert not untold, f"No test carries @pytest.mark.manual for {untold}"
    assert not wrong, "docs/manuals.md should hold these lines:\n" + "\n".join(wrong)


def in_order(statement: str) -> tuple[int, int]:
    return "ATCRD".index(statement[0]), int(statement[1:])


# --- Links ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if re.match(r"https?:|mailto:", target):
            continue
        file, _, anchor = target.partition("#")
        path = (page.parent / file).resolve() if file else page
        assert path.exists(), f"{page.name} leads to {target}, which is not there"
        if anchor:
            assert anchor in anchors(path), f"{page.name} leads to {target}; {path.name} has {sorted(anchors(path))}"


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


# --- The terminal -----------------------------------------------------------------------------------------------------


def commands(group: click.Group = postern, way: str = "") -> dict[str, click.Command]:
    found: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        inner = commands(command, f"{way}{name} ") if isinstance(command, click.Group) else {f"{way}{name}": command}
        found |= inner
    return found


KNOWN = commands()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_in_the_documents_exist(page: Path) -> None:
    for line in re.findall(r"\./postern((?: [^`\n#;,]+)?)", page.read_text(encoding="utf-8")):
        words = line.split()
        if not words or not re.match("[a-z]", words[0]) or words in (["test"], ["recover", "…"]):
            continue
        named = next((name for name in (" ".join(words[:2]), words[0]) if name in KNOWN), None)
        assert named, f"{page.name}: there is no ./postern {line.strip()}"
        options = {option for parameter in KNOWN[named].params for option in parameter.opts}
        for word in words:
            if word.startswith("--"):
                assert word.partition("=")[0] in options, f"{page.name}: {named} has no option {word}"


@pytest.mark.parametrize("command", sorted(KNOWN))
def test_every_command_is_documented(command: str) -> None:
    page = text_of("docs/operations.md")
    assert re.search(rf"`?(\./postern )?{command}\b", page), f"write ./postern {command} into docs/operations.md"
    assert KNOWN[command].help, f"{command} has no help: write help=N_(…)"


# --- Settings, permissions, events, markers ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", config.DEFAULTS)
def test_every_setting_is_documented_with_its_default(name: str) -> None:
    full, default = f"POSTERN_{name}", config.DEFAULTS[name]
    assert f"#{full}={default}\n" in text_of(".env.example"), f"write #{full}={default} into .env.example"
    row = re.search(rf"^\| {full}\b.*?\| (.*?) \|", text_of("docs/operations.md"), re.M)
    assert row, f"write a row for {full} into the table of docs/operations.md"
    if default:
        assert row[1] == default or name in config.SECRETS, f"docs/operations.md gives {full} the default {row[1]}"


def test_no_setting_is_documented_that_is_not_there() -> None:
    files = {f"{name}_FILE" for name in config.SECRETS}
    for page in (".env.example", "docs/operations.md", "README.md", "docs/security.md"):
        for name in re.findall(r"POSTERN_([A-Z0-9_]+[A-Z0-9])", text_of(page)):
            assert name in config.DEFAULTS or name in files, f"{page} speaks of POSTERN_{name}, which is no setting"


def test_every_permission_is_documented() -> None:
    for permission in Permission:
        assert re.search(rf"^\| {permission} \|", text_of("docs/security.md"), re.M), (
            f"write a row for {permission} into Permissions of docs/security.md"
        )


def test_every_event_is_documented_with_its_sentence() -> None:
    rows = re.findall(r"^\| (\w+:\w+:\w+) \| (.*?) \|$", text_of("docs/security.md"), re.M)
    missing = [f"| {tag.wire} | {tag.sentence} |" for tag in Tag if (tag.wire, tag.sentence) not in rows]
    gone = [wire for wire, sentence in rows if (wire, sentence) not in {(tag.wire, tag.sentence) for tag in Tag}]
    assert not missing, "write into Events of docs/security.md:\n" + "\n".join(missing)
    assert not gone, f"no longer so, take them out of docs/security.md: {gone}"


@pytest.mark.parametrize("marker", ["public", "second_step", "logged_in", "requires"])
def test_every_marker_is_documented(marker: str) -> None:
    assert f"@{marker}" in text_of("docs/architecture.md"), f"write @{marker} into docs/architecture.md"


def test_no_page_speaks_of_a_file_that_is_gone() -> None:
    for page in PAGES:
        for name in re.findall(
            r"`((?:domain|blueprints|templates|tests|commands|static)/[\w/.]+\w)`", page.read_text()
        ):
            assert (ROOT / name).exists(), f"{page.name} speaks of {name}, which is not there"
