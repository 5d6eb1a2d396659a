"""Calls in templates whose outcome cannot change are made once, when a template is compiled: a third of a page."""

from __future__ import annotations

from typing import Any

from flask.templating import Environment
from jinja2 import nodes
from jinja2.visitor import NodeTransformer

# With nothing but constants for arguments they give the same to everybody: `_` because there is one language (with a
# second one each needs an environment of its own), `url_for` and `static` because there is one base URL.
CONSTANT = frozenset({"_", "icon", "url_for", "static", "code"})


class Templates(Environment):
    def _generate(self, source: nodes.Template, *args: Any, **named: Any) -> str:
        return super()._generate(_Folding(self).visit(source), *args, **named)


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
