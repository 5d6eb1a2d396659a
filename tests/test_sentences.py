"""Every sentence that people read at the terminal is marked for translation, whole and with named placeholders."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sources import ROOT, calls, files, functions, parse

OURS = files()
COMMANDS = {name: path for name, path in OURS.items() if name.startswith("commands.") or name == "cli"}
MARKS = {"N_", "NN_"}
REFUSALS = {"Refusal", "Conflict", "ConfigError", "NotReady", "SettingWrong", "EntryWrong", "Unhealthy", "ListenError"}
PRINTED = {"click.UsageError", "click.ClickException", "click.echo", "click.prompt"}
LINES = {"line", "lines", "said", "before", "after", "again", "done", "phrases"}  # variables that are printed

PLACEHOLDER = re.compile(r"%\((\w+)\)s|\{(\w+)(?:!r)?\}")
CURE = 'write N_("… %(name)s …") and hand the values over by name'


def name_of(call: ast.Call) -> str:
    return ast.unparse(call.func)


def is_prose(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and bool(re.search(r"[A-Za-z]{2}", str(node.value)))


def bare(node: ast.expr) -> Iterator[ast.expr]:
    """Texts that are written here without a mark: f-strings with words, and words; not those inside other calls."""
    if isinstance(node, ast.JoinedStr):
        if any(is_prose(part) for part in node.values):
            yield node
        yield from (found for part in node.values if isinstance(part, ast.FormattedValue) for found in bare(part.value))
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, str) and is_prose(node):
            yield node
    elif isinstance(node, ast.ListComp):
        yield from bare(node.elt)
    elif not isinstance(node, ast.Call | ast.Compare | ast.Subscript):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                yield from bare(child)


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_refusal_is_raised_with_a_marked_sentence(name: str) -> None:
    for call in calls(OURS[name]):
        if name_of(call).rpartition(".")[2] in REFUSALS and call.args:
            text = call.args[0]
            assert not isinstance(text, ast.Constant | ast.JoinedStr | ast.BinOp), (
                f"{name} line {call.lineno}: {ast.unparse(text)}; {CURE}"
            )


def printed(path: Path) -> Iterator[ast.expr]:
    for call in calls(path):
        if name_of(call) in PRINTED | {f"{variable}.append" for variable in LINES}:
            yield call.args[0]
        yield from (keyword.value for keyword in call.keywords if keyword.arg in ("help", "again"))
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Assign) and {ast.unparse(target) for target in node.targets} & LINES:
            yield node.value


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_what_a_command_prints_is_marked(name: str) -> None:
    found = [f"line {text.lineno}: {ast.unparse(text)}" for node in printed(COMMANDS[name]) for text in bare(node)]
    assert not found, f"{name}: {found}; {CURE}"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_help_of_a_command_is_marked(name: str) -> None:
    for function in functions(COMMANDS[name]):
        for decorator in function.decorator_list:
            if isinstance(decorator, ast.Call) and name_of(decorator).endswith((".command", ".group")):
                assert "help" in {keyword.arg for keyword in decorator.keywords}, (
                    f'{name}.{function.name}: write help=N_("…") into its decorator; a docstring is not translated'
                )


def marked() -> Iterator[tuple[str, ast.Call]]:
    for name, path in OURS.items():
        for call in calls(path):
            handed_on = name == "speech" and isinstance(call.args[:1] and call.args[0], ast.Name)  # from templates
            if name_of(call).rpartition(".")[2] in MARKS and not handed_on:
                yield f"{name} line {call.lineno}", call


def test_a_marked_sentence_is_one_literal_with_named_placeholders() -> None:
    assert len(list(marked())) > 200
    for place, call in marked():
        for text in call.args:
            assert isinstance(text, ast.Constant), f"{place}: write the sentence itself; extraction sees literals only"
            rest = PLACEHOLDER.sub("", str(text.value)).replace("%%", "")
            assert not set(rest) & set("%{}"), f"{place}: {text.value!r}; write %(name)s, and %% for a percent sign"


def test_a_counted_sentence_shows_in_its_plural_what_it_counts() -> None:
    counted = [(place, call) for place, call in marked() if name_of(call).endswith("NN_")]
    assert len(counted) > 5
    for place, call in counted:
        assert len(call.args) == 2 and [keyword.arg for keyword in call.keywords] == ["by"], (
            f'{place}: write NN_("One attempt left", "%(left)s attempts left", by="left")'
        )
        by, plural = ast.literal_eval(call.keywords[0].value), ast.literal_eval(call.args[1])
        names = {name for found in PLACEHOLDER.findall(plural) for name in found}
        assert by in names, f"{place}: {plural!r} lacks %({by})s, which decides between singular and plural"


def test_no_sentence_is_both_plain_and_counted() -> None:
    """A catalogue has one entry for both, and the plain one would be said with the unfilled singular of a plural."""
    plain, counted = set(), set()
    for path in OURS.values():
        for call in calls(path):
            texts = [arg.value for arg in call.args if isinstance(arg, ast.Constant)]
            if name_of(call) == "NN_":
                counted |= set(texts[:2])
            elif name_of(call) == "N_":
                plain |= set(texts)
    for path in (ROOT / "templates").rglob("*.*"):
        source = path.read_text(encoding="utf-8")
        plain |= set(re.findall(r'\b_\("([^"]*)"', source))
        counted |= {text for pair in re.findall(r'\bngettext\("([^"]*)", "([^"]*)"', source) for text in pair}
    assert counted and not plain & counted
