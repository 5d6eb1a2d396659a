"""Headers of every answer: pages, partials, redirects, files and errors alike."""

from __future__ import annotations

from flask import Response

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # no-referrer breaks forms on https
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_ALL = (*HEADERS.items(), ("Cache-Control", "no-store"))
_HTTPS = (*_ALL, ("Strict-Transport-Security", "max-age=31536000"))


def put(response: Response, *, https: bool) -> Response:
    """What a view has set itself stays. HSTS only where the site is served by https."""
    there = {name.lower() for name, _ in response.headers}
    missing = [(name, value) for name, value in (_HTTPS if https else _ALL) if name.lower() not in there]
    response.headers.extend(missing)
    return response
