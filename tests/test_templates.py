"""The rules of templates: partials with one root each, sentences that can be translated, nothing a policy forbids."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from jinja2 import nodes

from tests.sources import ROOT

TEMPLATES = ROOT / "templates"
NAMES = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
PARTIALS = [name for name in NAMES if Path(name).name.startswith("_")]
# It has no root of its own: it puts panels together, each with the id under which htmx finds it.
COMPOSED = {"settings/security/_answer.html", "admin/person/_answer.html"}
FUNCTIONS = [name for name in NAMES if name.startswith("macros/")]
UNTRANSLATED = {"UTC", "·"}


def source(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def markup(name: str) -> BeautifulSoup:
    """The template as it stands, every branch of it, with nothing in the place of what Jinja puts in."""
    bare = re.sub(r"\{% trans\b.*?\{% endtrans %\}|\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", source(name), flags=re.S)
    return BeautifulSoup(bare, "html.parser")


def id_of(name: str) -> str:
    """settings/two_factor/_panel.html → two-factor-panel"""
    path = Path(name)
    return f"{path.parent.name}{path.stem}".replace("_", "-")


def test_a_name_that_begins_with_an_underscore_is_a_partial_and_extends_nothing() -> None:
    for name in NAMES:
        if name == "base.html" or name in FUNCTIONS:
            continue
        extends = "{% extends" in source(name)
        assert extends != (name in PARTIALS), f"{name}: a page extends base.html, a partial begins with _ and does not"


@pytest.mark.parametrize("name", PARTIALS)
def test_a_partial_has_one_root_whose_id_comes_from_its_path(name: str) -> None:
    roots = [child for child in markup(name).children if isinstance(child, Tag)]
    if name in COMPOSED:
        assert roots == []
        return
    ids = [str(root.get("id", "")).removesuffix("-") for root in roots]  # one of many ends in -{{ its id }}
    assert ids == [id_of(name)], f'{name} needs one root element with id="{id_of(name)}"'


def test_no_two_partials_share_an_id() -> None:
    ids = [id_of(name) for name in PARTIALS]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", NAMES)
def test_every_sentence_can_be_translated(name: str, app: Flask) -> None:
    page = markup(name)
    texts = [re.sub(r' aria-\w+="[^"]*"', "", str(text)) for text in page.find_all(string=True)]  # macros make them
    for mark in ("aria-label", "title", "placeholder", "alt"):
        texts += [str(tag[mark]) for tag in page.find_all(attrs={mark: True})]
    bare = [word for text in texts for word in text.split() if re.search("[A-Za-z]", word) and word not in UNTRANSLATED]
    bare = [word for word in bare if word not in ("html",)]  # of the doctype
    assert not bare, f'{name}: write {{{{ _("…") }}}} around {bare}'
    tree = app.jinja_env.parse(source(name))
    translated = {id(const) for call in calls_of_gettext(tree) for const in call.find_all(nodes.Const)}
    sentences = [
        const.value
        for const in tree.find_all(nodes.Const)
        if isinstance(const.value, str)
        and re.search(r"[A-Z]\w+ \w|\w \w+ \w", const.value)
        and id(const) not in translated
    ]
    assert not sentences, f"{name}: not translated: {sentences}"


def calls_of_gettext(tree: nodes.Template) -> list[nodes.Call]:
    return [
        call
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in ("_", "gettext", "ngettext")
    ]


def test_sentences_are_whole() -> None:
    """Named placeholders, no sentence put together from pieces by ~ or %."""
    for name in NAMES:
        for sentence in re.findall(r'_\("((?:[^"\\]|\\.)*)"', source(name)):
            assert not re.search(r"(?<!%)%[sd]", sentence), f"{name}: {sentence!r} needs named placeholders"


FORBIDDEN = {
    r"\|\s*safe": "markup that somebody typed would act",
    r"autoescape\s+false": "markup that somebody typed would act",
    r"\bhx-on": "an inline handler",
    r"\bjs:": "an inline script",
    r"\bhx-boost": "pages are links",
    r"<script(?![^>]*src=)": "an inline script",
    r"<style|\sstyle=": "an inline style",
    r"\son[a-z]+=": "an inline handler",
    r"(src|href)=\"(https?:)?//": "somebody else's server",
}


@pytest.mark.parametrize("pattern", FORBIDDEN)
def test_templates_hold_nothing_that_the_policy_forbids(pattern: str) -> None:
    found = [name for name in NAMES if re.search(pattern, source(name))]
    assert not found, f"{found}: {FORBIDDEN[pattern]}"


def test_every_template_is_rendered_by_somebody() -> None:
    python = "".join(path.read_text(encoding="utf-8") for path in ROOT.rglob("*.py") if ".venv" not in path.parts)
    everything = python + "".join(map(source, NAMES))
    lost = [name for name in NAMES if f'"{name}"' not in everything and not name.endswith("/_panel.html")]
    assert lost == []
