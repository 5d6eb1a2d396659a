"""create_app: configuration → database → guard → blueprints → error pages."""

from __future__ import annotations

from flask import Flask

import answers
import guard
import installation
import templating
from blueprints import acting, admin, health, home, login, login_links, password_links, settings, two_factor
from blueprints import files as files_blueprint
from config import Config, load
from wsgi import BaseUrl


def create_app(configuration: Config | None = None) -> Flask:
    """The WSGI application. Raises ConfigError or NotReady, each with the cure."""
    config = configuration or load()
    secret_key = installation.open_prepared(config)
    app = Flask(__name__, static_folder=None)
    app.config.update(
        POSTERN=config,
        SECRET_KEY=secret_key,
        SESSION_COOKIE_NAME=config.cookie_name("session"),
        SESSION_COOKIE_SECURE=config.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # our own Origin check stands in for the Referer
        MAX_CONTENT_LENGTH=1024 * 1024,
        MAX_FORM_MEMORY_SIZE=256 * 1024,
        MAX_FORM_PARTS=1000,
    )
    guard.install(app)
    templating.install(app)
    admin.install(app)
    for blueprint in (
        files_blueprint.bp,
        health.bp,
        home.bp,
        login.bp,
        login_links.bp,
        password_links.bp,
        two_factor.bp,
        settings.bp,
        acting.bp,
    ):
        app.register_blueprint(blueprint)
    answers.install(app)
    app.wsgi_app = BaseUrl(app.wsgi_app, config.base_url)  # type: ignore[method-assign]
    return app
