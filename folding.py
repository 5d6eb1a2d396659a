"""Templates, once for each language: what cannot change is worked out when they are compiled, a third of a page."""

from __future__ import annotations

from collections.abc import MutableMapping
from functools import partial
from typing import Any

from flask.templating import Environment
from jinja2 import Template, nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

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

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Plain: each partial goes through all of them, and Jinja's chain of two takes ten times as long."""
        return {**self.globals, **(d or {})}

    def _generate(self, source: nodes.Template, *args: Any, **named: Any) -> str:
        return super()._generate(_Folding(self).visit(source), *args, **named)


def _say(language: Language, sentence: str, **values: object) -> Markup:
    """A sentence of ours, with its values escaped: so it takes a third of what Markup's own % does."""
    said = language.sentence(sentence)
    return Markup(said % {name: escape(value) for name, value in values.items()} if values else said)  # noqa: S704


def _say_number(language: Language, one: str, many: str, n: int, **values: object) -> Markup:
    said = language.counted(one, many, n)
    return Markup(said % {name: escape(value) for name, value in {"n": language.number(n), **values}.items()})  # noqa: S704


class _Folding(NodeTransformer):
    def __init__(self, env: Environment) -> None:
        self.env = env

    def visit_Call(self, node: nodes.Call, *_args: object) -> nodes.Node:  # noqa: N802 (the name of the node)
        self.generic_visit(node)
        if not (isinstance(node.node, nodes.Name) and node.node.name in CONSTANT) or node.dyn_args or node.dyn_kwargs:
            return node
        try:
            args = [arg.as_const() for arg in node.args]
            named = {kwarg.key: kwarg.value.as_const() for kwarg in node.kwargs}
        except nodes.Impossible:
            return node
        return nodes.Const(self.env.globals[node.node.name](*args, **named), lineno=node.lineno)
