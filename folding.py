"""Templates, once for each language: what cannot change is worked out when they are compiled, a third of a page."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

from flask.templating import Environment
from jinja2 import Template, nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

import speech
from domain.languages import Language

# With nothing but constants for arguments they give the same to everybody: `_` because each language has templates of
# its own, `url_for` and `static` because there is one base URL.
CONSTANT = frozenset({"_", "icon", "url_for", "static", "code"})


class Templates(Environment):
    """Of all languages: what Flask renders is taken from those of the reader's."""

    by_language: dict[str, Templates]

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.by_language = {}

    def get_or_select_template(self, *args: Any, **named: Any) -> Template:
        language = speech.speaking().language
        of_language = self.by_language.get(language.code) or self._begin(language)
        return super(Templates, of_language).get_or_select_template(*args, **named)

    def _begin(self, language: Language) -> Templates:
        made = self.overlay()
        say = partial(_say, language)
        made.globals = {**self.globals, "language": language, "_": say, "ngettext": partial(_say_number, language)}
        return self.by_language.setdefault(language.code, made)  # two threads may meet here

    def _generate(self, source: nodes.Template, *args: Any, **named: Any) -> str:
        return super()._generate(_Folding(self).visit(source), *args, **named)


@cache
def _sentence(language: Language, sentence: str) -> Markup:
    return Markup(language.gettext(sentence))  # noqa: S704 (written by us)


def _say(language: Language, sentence: str, **values: object) -> Markup:
    """A sentence of ours, with its values escaped."""
    said = _sentence(language, sentence)
    return said % values if values else said


def _say_number(language: Language, one: str, many: str, n: int, **values: object) -> Markup:
    shown = {"n": language.number(n), **values}
    return Markup(language.catalogue.ngettext(one, many, n)) % shown  # noqa: S704 (written by us)


class _Folding(NodeTransformer):
    def __init__(self, env: Environment) -> None:
        self.env = env

    def visit_Call(self, node: nodes.Call, *_args: object) -> nodes.Node:  # noqa: N802 (the name of the node)
        self.generic_visit(node)
        if not (isinstance(node.node, nodes.Name) and node.node.name in CONSTANT):
            return node
        try:
            args = [arg.as_const() for arg in node.args]
            named = {kwarg.key: kwarg.value.as_const() for kwarg in node.kwargs}
        except nodes.Impossible:
            return node
        return nodes.Const(self.env.globals[node.node.name](*args, **named), lineno=node.lineno)
