"""The plain page, what everything is compared with: bare Flask on bare Waitress, a Jinja page, no database.

It is written as such pages are: a layout, links by url_for, rows of a loop with escaped values.
"""

from __future__ import annotations

import sys

import waitress
from flask import Flask, render_template
from jinja2 import DictLoader

LAYOUT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{% block title %}{% endblock %} · {{ site }}</title>
<link rel="icon" href="{{ url_for("static", filename="icon.svg") }}" type="image/svg+xml">
<link rel="stylesheet" href="{{ url_for("static", filename="app.css") }}">
<script src="{{ url_for("static", filename="app.js") }}" defer></script>
</head>
<body>
<header><a href="{{ url_for("show") }}">{{ site }}</a>
<nav>
{% for name in ("Security", "Activity", "Profile", "Help") %}
<a href="{{ url_for("show", tab=name) }}">{{ name }}</a>
{% endfor %}
</nav>
<span>{{ login }}</span></header>
<main>{% block main %}{% endblock %}</main>
</body>
</html>"""

PAGE = """{% extends "layout.html" %}
{% block title %}Security{% endblock %}
{% block main %}
<h1>Security</h1>
<section class="panel"><header><h2>Sessions</h2><p>What is logged in now.</p></header>
<ul>
{% for row in rows %}
<li class="row" aria-labelledby="session-{{ row.id }}-heading"><span class="lead"><span class="sr">Session</span></span>
<div class="stack snug"><h3 id="session-{{ row.id }}-heading">{{ row.agent }}</h3>
<p class="small muted">Logged in from <code class="address">{{ row.address }}</code>,
last used <time datetime="{{ row.at }}">{{ row.at }}</time></p></div>
<form method="post" action="{{ url_for("show", id=row.id) }}">
<button class="btn small" aria-label="Revoke {{ row.agent }}, {{ row.address }}">Revoke</button></form></li>
{% endfor %}
</ul></section>
{% endblock %}"""


def make(size: int) -> Flask:
    """An application whose one page has at least so many bytes."""
    app = Flask(__name__)
    app.jinja_env.loader = DictLoader({"layout.html": LAYOUT, "page.html": PAGE})
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    rows: list[dict[str, object]] = []

    @app.get("/")
    def show() -> str:
        return render_template("page.html", site="Northgate Hosting", login="carl", rows=rows)

    client = app.test_client()
    while len(client.get("/").data) < size:
        number = len(rows)
        rows.append(
            {
                "id": number,
                "agent": "Firefox on Linux",
                "address": f"192.0.2.{number}",
                "at": f"2026-11-20 12:{number % 60:02}:00 UTC",
            }
        )
    return app


if __name__ == "__main__":
    waitress.serve(make(int(sys.argv[2])), host="127.0.0.1", port=int(sys.argv[1]), _quiet=True)
