"""The rules of docs/architecture.md: who may import whom, how large things are, where they stand, their names."""

from __future__ import annotations

import ast
import re
import sys
from statistics import median

import pytest
from flask import Flask

from tests.sources import ROOT, calls, files, functions, imports, parse

OURS = files()
BLUEPRINTS = {name: path for name, path in OURS.items() if name.startswith("blueprints.")}
GRAPH = {name: {imported for imported, _ in imports(path) if imported in OURS} - {name} for name, path in OURS.items()}

# --- Floors -----------------------------------------------------------------------------------------------------------

DOMAIN_MAY = {"peewee", "playhouse", "pyotp", "segno", "argon2", "cryptography"}
# They know no other verb: what is asked of them depends on nothing that could change under them.
LEAVES = {
    "audit", "client_address", "errors", "format_errors", "format_pieces", "formats", "hashing", "languages",
    "list_errors", "listen", "login_name", "login_sources", "networks", "password_rules", "permissions", "policy",
    "site", "throttle", "vault", "visit", "zones",
}  # fmt: skip


def foreign(name: str) -> list[str]:
    """What a module imports from neither us nor the standard library, with the line."""
    tops = ((imported.partition(".")[0], line) for imported, line in imports(OURS[name]))
    ours = {module.partition(".")[0] for module in OURS}
    return [f"{top} (line {line})" for top, line in tops if top not in ours | sys.stdlib_module_names]


@pytest.mark.parametrize("name", [name for name in OURS if name.startswith("domain")])
def test_domain_knows_models_and_nothing_of_the_web(name: str) -> None:
    third = [found for found in foreign(name) if found.split()[0] not in DOMAIN_MAY]
    assert not third, f"{name} imports {third}: what needs the web belongs into guard.py or blueprints/"
    upwards = {imported for imported in GRAPH[name] if not imported.startswith("domain")} - {"models"}
    assert not upwards, f"{name} imports {upwards}: domain/ stands below them; hand the value over as an argument"


@pytest.mark.parametrize("leaf", sorted(LEAVES))
def test_a_leaf_of_domain_knows_only_leaves(leaf: str) -> None:
    beside = {
        imported.removeprefix("domain.") for imported in GRAPH[f"domain.{leaf}"] if imported.startswith("domain.")
    }
    assert beside <= LEAVES, f"domain/{leaf}.py imports {beside - LEAVES}: a leaf must not, see docs/architecture.md"


def test_models_know_peewee_only() -> None:
    assert GRAPH["models"] == set()
    assert {found.split()[0] for found in foreign("models")} <= {"peewee", "playhouse"}


def test_the_guard_stands_on_domain_and_models() -> None:
    others = {name for name in GRAPH["guard"] if not name.startswith("domain")}
    assert others <= {"models", "headers", "forgery", "cookies", "refusals", "speech"}


def test_nobody_imports_the_application_but_who_serves_it() -> None:
    assert {name for name, imported in GRAPH.items() if "app" in imported} == {"commands.site"}


def test_blueprints_do_not_know_each_other() -> None:
    for name in BLUEPRINTS:
        others = {imported for imported in GRAPH[name] if imported.startswith("blueprints")}
        if name in ("blueprints.settings", "blueprints.admin"):  # they put their siblings together
            continue
        panels = {f"{name.rpartition('.')[0]}.panels"}
        assert others <= panels, f"{name} imports {others}: share it by domain/ or answers.py"


def test_only_the_health_check_reads_models_without_a_verb() -> None:
    words = {"Kind", "Mode", "Side", "Access", "User"}  # of the language of verbs; users come from authority.find
    for name, path in BLUEPRINTS.items():
        nodes = [node for node in ast.walk(parse(path)) if isinstance(node, ast.ImportFrom) and node.module == "models"]
        rows = {alias.name for node in nodes for alias in node.names} - words
        assert not rows or name == "blueprints.health", f"{name} imports {rows}: a view asks a verb of domain/ instead"


def test_no_import_goes_in_circles() -> None:
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, f"in circles: {' → '.join((*way[way.index(name) :], name))}"
        if name not in done:
            for imported in GRAPH[name]:
                visit(imported, (*way, name))
            done.add(name)

    for name in GRAPH:
        visit(name, ())


def test_imports_stand_at_the_top() -> None:
    inside = [
        f"{name} line {node.lineno}"
        for name, path in OURS.items()
        for function in functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not inside


# --- Sizes ------------------------------------------------------------------------------------------------------------


def lines_of(function: ast.FunctionDef) -> int:
    return (function.end_lineno or 0) - function.lineno + 1


def test_functions_and_files_stay_small() -> None:
    product = {name: path for name, path in OURS.items() if not name.startswith("migrations")}
    lengths = {f"{name}.{f.name}": lines_of(f) for name, path in product.items() for f in functions(path)}
    assert {name: length for name, length in lengths.items() if length > 40} == {}
    assert median(lengths.values()) <= 7
    long = {name: len(path.read_text().splitlines()) for name, path in product.items()}
    assert {name: length for name, length in long.items() if length > (600 if name == "models" else 300)} == {}


def is_view(function: ast.FunctionDef) -> bool:
    return any(ast.unparse(decorator).startswith("bp.") for decorator in function.decorator_list)


def test_views_only_translate() -> None:
    views = [(name, function) for name, path in BLUEPRINTS.items() for function in functions(path) if is_view(function)]
    assert len(views) > 20
    assert [f"{name}.{function.name}" for name, function in views if lines_of(function) > 20] == []


# --- One name, five places --------------------------------------------------------------------------------------------


def test_an_endpoint_is_named_after_its_module(app: Flask) -> None:
    for endpoint, view in app.view_functions.items():
        assert f"{view.__module__}.{view.__name__}" == f"blueprints.{endpoint}", endpoint


def test_a_view_renders_the_templates_of_its_own_folder() -> None:
    for name, path in BLUEPRINTS.items():
        folder = "/".join(name.split(".")[1:]).replace("panels", "security") + "/"
        for call in calls(path):
            if ast.unparse(call.func) == "render_template" and isinstance(call.args[0], ast.Constant):
                template = str(call.args[0].value)
                assert template.startswith(folder), f"{name} line {call.lineno} renders {template}, not one of {folder}"
                assert (ROOT / "templates" / template).is_file(), f"{name} line {call.lineno}: no template {template}"


def test_every_folder_of_templates_belongs_to_a_blueprint() -> None:
    parts = {"macros", "shell"}
    for path in (ROOT / "templates").rglob("*.*"):
        folder = path.parent.relative_to(ROOT / "templates").as_posix()
        owner = "blueprints." + folder.replace("/", ".")
        assert folder in parts | {"."} or owner in BLUEPRINTS, f"templates/{folder} belongs to no blueprint"


@pytest.mark.parametrize("name", sorted(BLUEPRINTS))
def test_every_blueprint_has_its_tests(name: str) -> None:
    path = BLUEPRINTS[name].relative_to(ROOT)
    if path.name in ("__init__.py", "panels.py"):
        return
    test = ROOT / "tests" / path.with_name(f"test_{path.name}")
    assert test.is_file(), f"{path} has no tests: write {test.relative_to(ROOT)}"


def test_addresses_are_kebab_case_and_typed(app: Flask) -> None:
    texts = {"token"}  # any text is looked up by its hash
    for rule in app.url_map.iter_rules():
        assert re.fullmatch(r"(/([a-z0-9-]+(\.[a-z]+)?|<[a-z_:]+>))+|/", rule.rule), rule.rule
        for placeholder in re.findall(r"<([^>]+)>", rule.rule):
            assert ":" in placeholder or placeholder in texts, (
                f"{rule.rule}: give {placeholder} a type, <int:{placeholder}>"
            )


# --- What nobody may do -----------------------------------------------------------------------------------------------


def test_views_fetch_people_by_their_session_only() -> None:
    """An id from the address or a form is looked up together with its owner, in domain/: a stranger's is 404."""
    for name, path in BLUEPRINTS.items():
        for call in calls(path):
            said = ast.unparse(call.func)
            assert not said.endswith(("get_by_id", "get_or_none", ".select")) or name == "blueprints.health", name
            if said.endswith("by_id"):
                assert ast.unparse(call.args[0]) == "g.standing.user_id", (
                    f"{name} line {call.lineno}: {ast.unparse(call)}"
                )


SECRET = re.compile(r"passw|secret|token|cookie|csrf|\bkey|(?<!exit)code", re.I)


def test_nothing_secret_is_logged() -> None:
    logged = 0
    for name, path in OURS.items():
        for call in calls(path):
            said = ast.unparse(call.func)
            if not re.fullmatch(r"(log|logging\.\w+(\(.*\))?)\.(debug|info|warning|error|exception|critical)", said):
                continue
            logged += 1
            values = [ast.unparse(value) for value in [*call.args[1:], *(keyword.value for keyword in call.keywords)]]
            assert not [v for v in values if SECRET.search(v)], f"{name} line {call.lineno} logs {values}"
            assert isinstance(call.args[0], ast.Constant), (
                f"{name} line {call.lineno}: the first word of a log is fixed"
            )
    assert logged > 3


def test_events_hold_nothing_secret() -> None:
    for name, path in OURS.items():
        for call in calls(path):
            if ast.unparse(call.func) != "audit.record":
                continue
            details = [ast.unparse(keyword.value) for keyword in call.keywords if keyword.arg == "details"]
            assert not [d for d in details if SECRET.search(d)], f"{name} line {call.lineno} records {details}"


def test_only_the_guard_reads_cookies_and_the_peer() -> None:
    banned = ("request.cookies", "request.remote_addr", "request.environ", "request.access_route")
    for name, path in OURS.items():
        text = ast.unparse(parse(path))
        found = [word for word in banned if word in text]
        assert name in ("guard", "forgery", "cookies") or not found, f"{name} reads {found}: ask guard.py"


def test_there_is_one_clock() -> None:
    for name, path in OURS.items():
        found = [
            ast.unparse(call)
            for call in calls(path)
            if re.search(r"\b(utcnow|datetime\.now|time\.time)$", ast.unparse(call.func))
        ]
        foreign_clock = [said for said in found if not said.endswith("utcnow()")]
        assert name == "domain.visit" or not foreign_clock, f"{name}: {foreign_clock}; domain/visit.py has the clock"
