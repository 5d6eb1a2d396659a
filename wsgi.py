"""The outer address of the portal, for whatever WSGI server carries it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class BaseUrl:
    """Tells the application the scheme and path prefix of POSTERN_BASE_URL.

    They are settled by configuration, never by X-Forwarded-Proto or -Prefix, which anybody can send. A proxy may cut
    the prefix off or hand it through: both arrive as the same request.
    """

    def __init__(self, app: WSGIApplication, scheme: str, prefix: str) -> None:
        self.app = app
        self.scheme = scheme
        self.prefix = prefix.rstrip("/")

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if self.prefix and (path + "/").startswith(self.prefix + "/"):
            path = path[len(self.prefix) :]
        environ = {**environ, "wsgi.url_scheme": self.scheme, "SCRIPT_NAME": self.prefix, "PATH_INFO": path}
        return self.app(environ, start_response)
