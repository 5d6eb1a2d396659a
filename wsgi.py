"""The outer address of the portal, for whatever WSGI server carries it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


REQUESTED_HOST = "postern.requested_host"


class BaseUrl:
    """Tells the application the scheme, host and path prefix of POSTERN_BASE_URL.

    They are settled by configuration, never by Host or X-Forwarded-Proto, which anybody can send; what was asked for
    stays readable under REQUESTED_HOST. A proxy may cut
    the prefix off or hand it through: both arrive as the same request.
    """

    def __init__(self, app: WSGIApplication, base_url: str) -> None:
        parts = urlsplit(base_url)
        self.app = app
        self.scheme = parts.scheme
        self.host = parts.netloc
        self.prefix = parts.path.rstrip("/")

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if self.prefix and (path + "/").startswith(self.prefix + "/"):
            path = path[len(self.prefix) :]
        ours = {"wsgi.url_scheme": self.scheme, "SCRIPT_NAME": self.prefix, "PATH_INFO": path, "HTTP_HOST": self.host}
        asked = environ.get("HTTP_HOST", "")
        return self.app({**environ, **ours, REQUESTED_HOST: asked}, start_response)
