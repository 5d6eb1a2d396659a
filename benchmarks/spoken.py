"""P14: what it costs that a page speaks to its reader, in this process: his language, zone and formats."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from unittest.mock import patch

from flask import Flask

import folding
import speech
from app import create_app
from domain.preferences import NOTHING, in_force
from models import User, database

from .door import cookie_of
from .figures import Figure
from .people import Site
from .visitors import AGENT

ROUNDS = 9
REQUESTS = 100  # a round


def spoken(site: Site) -> list[Figure]:
    """The Security page in German, in a zone and formats of one's own, beside the same page that says all as it is."""
    login = site.limited[0].login
    app, mute = create_app(site.settings()), create_app(site.settings())
    with database.connection_context():
        chosen = {"language": "de", "time_zone": "America/St_Johns", "output_format": "D MON YYYY HH12:MI AM"}
        User.update(chosen).where(User.login == login).execute()
    cookie = cookie_of(app, login)
    try:
        pairs = [(_cost(app, cookie), _unsaid(mute, cookie)) for _ in range(ROUNDS + 1)][1:]
    finally:
        database.close_all()
    said, unsaid = median(a for a, _ in pairs), median(b for _, b in pairs)
    note = f"{said:.2f} ms ÷ {unsaid:.2f} ms of CPU, both without server"
    return [Figure("P14", "Security page, spoken ÷ unsaid", median(a / b for a, b in pairs), "×", 1.1, note=note)]


def _unsaid(app: Flask, cookie: str) -> float:
    with _mute():
        return _cost(app, cookie)


@contextmanager
def _mute() -> Iterator[None]:
    """Sentences stay English with their values as they are, instants are not looked at, nobody is asked for his language."""
    nobody = in_force(NOTHING)
    with ExitStack() as stack:
        stack.enter_context(patch.object(speech, "speaking", lambda: nobody))
        stack.enter_context(patch.object(speech, "gettext", lambda sentence, **values: sentence))
        stack.enter_context(
            patch.object(speech, "moment", lambda at, now: ("20.11.2026 12:00", "20.11.2026 12:00 UTC"))
        )
        stack.enter_context(
            patch.object(folding, "_say", lambda language, sentence, **values: folding.Markup(sentence))
        )
        stack.enter_context(patch("cookies.in_this_browser", lambda chosen, kept=True: nobody))
        yield


def _cost(app: Flask, cookie: str) -> float:
    """Milliseconds of CPU a request."""
    client = app.test_client(use_cookies=False)
    headers = {"User-Agent": AGENT, "Cookie": cookie}
    before = time.process_time()
    for _ in range(REQUESTS):
        answer = client.get("/settings/security", headers=headers, environ_base={"REMOTE_ADDR": "127.0.0.1"})
        if answer.status_code != 200:
            raise RuntimeError(f"the page was refused with {answer.status_code}")
    return (time.process_time() - before) * 1000 / REQUESTS
