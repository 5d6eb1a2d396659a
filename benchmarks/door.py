"""P2: the before_request hook alone, in this process."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

from flask import Flask

from app import create_app
from domain import sessions, users
from domain.visit import Visit, utcnow
from models import database

from . import plain
from .figures import Figure
from .people import Site
from .visitors import AGENT

ROUNDS = 9
TURNS = 300  # a round
SIZE = 18_000  # bytes of the plain page, about those of the Security page


def door(site: Site) -> list[Figure]:
    app = create_app(site.settings())
    try:
        return _measured(app, site)
    finally:
        database.close_all()


def _measured(app: Flask, site: Site) -> list[Figure]:
    [hook] = app.before_request_funcs[None]
    environ = app.test_request_context(
        "/settings/security",
        headers={"User-Agent": AGENT, "Cookie": cookie_of(app, site.limited[0].login)},
        environ_base={"REMOTE_ADDR": "127.0.0.1"},
    ).request.environ
    bare = plain.make(SIZE)
    bare_environ = bare.test_request_context("/").request.environ

    def with_hook() -> None:
        with app.request_context(environ.copy()):
            if hook() is not None:
                raise RuntimeError("the hook did not let the request in")

    def without_hook() -> None:
        with app.request_context(environ.copy()):
            pass

    def plain_page() -> None:
        with bare.request_context(bare_environ.copy()):
            bare.full_dispatch_request()

    rounds = [tuple(map(_cost, (with_hook, without_hook, plain_page))) for _ in range(ROUNDS + 1)][1:]
    alone = median(a - b for a, b, _ in rounds)
    page = median(c for _, _, c in rounds)
    statements = _statements(app, environ, hook)
    note = f"{alone:.3f} ms ÷ {page:.2f} ms, both without server"
    return [
        Figure("P2", "the hook ÷ plain page", alone / page, "×", 0.2, note=note),
        Figure("P2", "  its statements", len(statements), "", 1),
    ]


def _cost(act: Callable[[], None]) -> float:
    """Milliseconds of CPU a turn."""
    before = time.process_time()
    for _ in range(TURNS):
        act()
    return (time.process_time() - before) * 1000 / TURNS


def cookie_of(app: Flask, login: str) -> str:
    """What a browser that is logged in sends."""
    with database.connection_context():
        user = users.by_id(users.find(login).id)
        at = Visit(login, "127.0.0.1", AGENT, utcnow())
        session_id, _ = sessions.start(user, at, known_browser_id=None, replaces=None)
        tokens = sessions.complete(session_id, at, method="password")
    assert tokens
    content = {"_user_id": tokens.session, "_fresh": True, "csrf_token": "0" * 40}
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    return f"{app.config['SESSION_COOKIE_NAME']}={signer.dumps(content)}"


def _statements(app: Flask, environ: dict[str, object], hook: Callable[[], object]) -> list[str]:
    """What SQLite was told, by its own account."""
    heard: list[str] = []
    with app.request_context(environ.copy()):
        database.connect(reuse_if_open=True)
        database.connection().set_trace_callback(heard.append)
        hook()
        database.connection().set_trace_callback(None)
    return heard
