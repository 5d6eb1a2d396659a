"""What clients send to claim an address that is not theirs: FORGED headers, request by request, and ODD requests."""

from __future__ import annotations

CLAIMED = "203.0.113.66"

NAMES = (
    "X-Forwarded-For",
    "x-forwarded-for",
    "X-FORWARDED-FOR",
    "x-FoRwArDeD-fOr",
    "X_Forwarded_For",
    "X-Forwarded_For",
    "X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_FOR",
    "REMOTE_ADDR",
    "Remote-Addr",
    "Forwarded-For",
    "X-Forwarded",
    "X-Real-IP",
    "X-Client-IP",
    "Client-IP",
    "True-Client-IP",
    "CF-Connecting-IP",
    "CF-Connecting-IPv6",
    "Fastly-Client-IP",
    "X-Azure-ClientIP",
    "X-Original-Forwarded-For",
    "X-Original-Remote-Addr",
    "X-Cluster-Client-IP",
    "X-Envoy-External-Address",
    "X-Originating-IP",
    "X-Remote-IP",
    "X-Remote-Addr",
    "X-ProxyUser-Ip",
    "Via",
    "From",
)
VALUES = (
    "127.0.0.1",
    "::1",
    f"{CLAIMED}, 127.0.0.1",
    f"127.0.0.1, {CLAIMED}",
    f"{CLAIMED}, 127.0.0.1, 127.0.0.1",
    f"{CLAIMED},",
    f",{CLAIMED}",
    f"{CLAIMED} 127.0.0.1",
    f"{CLAIMED};127.0.0.1",
    f"{CLAIMED}:4711",
    f"[{CLAIMED}]",
    f'"{CLAIMED}"',
    f"for={CLAIMED}",
    f"{CLAIMED}%eth0",
    f"{CLAIMED}/32",
    "2001:db8::66",
    "[2001:db8::66]",
    "[2001:db8::66]:4711",
    "fe80::1%eth0",
    f"::ffff:{CLAIMED}",
    "::ffff:127.0.0.1",
    "::ffff:cb00:7142",
    "203.000.113.066",
    "3405803842",
    "0xcb007142",
    "203.0.29026",
    "localhost",
    "unknown",
    "unix",
    "_hidden",
    "",
    " ",
    ",",
    ",,,, ,\t,",
    "\t",
    "garbage",
    "\xa0127.0.0.1",
    "x" * 5_000,
    "1" * 5_000,
    "," * 5_000,
    (f"{CLAIMED}," * 400)[:5_000],
    ", ".join(["127.0.0.1"] * 60),
    ", ".join([CLAIMED, *["127.0.0.1"] * 60]),
)
FORGED: list[list[tuple[str, str]]] = [
    *([(name, CLAIMED)] for name in NAMES),
    *([("X-Forwarded-For", value)] for value in VALUES),
    [("Forwarded", f"for={CLAIMED}")],
    [("Forwarded", f'for="[2001:db8::66]:4711";by=127.0.0.1;host=evil.example;proto=https, for={CLAIMED}')],
    [("X-Forwarded-For", CLAIMED), ("X-Forwarded-For", "127.0.0.1")],
    [("X-Forwarded-For", "127.0.0.1"), ("x-forwarded-for", CLAIMED), ("X-FORWARDED-FOR", "")],
    [("X-Forwarded-For", ""), ("X-Forwarded-For", "unknown"), ("X-Forwarded-For", CLAIMED)],
    [("X-Forwarded-For", CLAIMED)] * 40,
    [("X-Forwarded-For", "127.0.0.1"), ("X_Forwarded_For", CLAIMED), ("X-Forwarded_For", CLAIMED)],
    [("X-Forwarded-For", CLAIMED), ("X-Real-IP", CLAIMED), ("Forwarded", f"for={CLAIMED}"), ("Client-IP", CLAIMED)],
    # a proxy takes away what Connection names, perhaps what the proxy before it has written
    [("Connection", "X-Forwarded-For")],
    [("Connection", "keep-alive, X-Forwarded-For, X-Real-IP"), ("X-Forwarded-For", CLAIMED)],
    [("Connection", "close, x-forwarded-for"), ("Keep-Alive", "X-Forwarded-For")],
    [("Proxy-Connection", "X-Forwarded-For"), ("TE", "trailers, X-Forwarded-For"), ("Trailer", "X-Forwarded-For")],
    [("Upgrade", "X-Forwarded-For"), ("X-Forwarded-For", CLAIMED)],
]

_HEAD = b"Host: my.example.com\r\n"
_LIE = b"X-Forwarded-For: " + CLAIMED.encode() + b"\r\n"
_GET = b"GET /login HTTP/1.1\r\n" + _HEAD
_POST = b"POST /login HTTP/1.1\r\n" + _HEAD
_LAST = b"Connection: close\r\n"
_HIDDEN = _GET + _LIE + _LAST + b"\r\n"
# As bytes on a connection of their own, which the last request closes. Many deserve a 400.
ODD = (
    b"GET /login HTTP/1.0\r\n" + _LIE + b"\r\n",
    (b"GET /login HTTP/1.0\r\n" + _HEAD + _LIE + b"Connection: keep-alive\r\n\r\n") + _HIDDEN,
    (_GET + b"\r\n") + (_GET + _LIE + b"\r\n") + _HIDDEN,
    b"GET http://my.example.com/login HTTP/1.1\r\n" + _HEAD + _LIE + _LAST + b"\r\n",
    b"GET /login%0d%0aX-Forwarded-For:%20" + CLAIMED.encode() + b" HTTP/1.1\r\n" + _HEAD + _LAST + b"\r\n",
    _POST + _LAST + b"Trailer: X-Forwarded-For\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na=b\r\n0\r\n" + _LIE + b"\r\n",
    # a second request inside the body of the first, for whoever reads its length in another way
    _POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + _HIDDEN,
    _POST + b"Content-Length: 5\r\nTransfer_Encoding: chunked\r\n\r\n0\r\n\r\n" + _HIDDEN,
    _POST + b"Content-Length: 5\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + _HIDDEN,
    _POST + b"Content-Length: 5\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + _HIDDEN,
    _GET + b"Content-Length: %d\r\n\r\n" % len(_HIDDEN) + _HIDDEN + _HIDDEN,
    # names and lines that one reads and another does not
    _GET + _LAST + b"X-Forwarded-For : " + CLAIMED.encode() + b"\r\n\r\n",
    _GET + _LAST + b"X-Forwarded-For\x00: " + CLAIMED.encode() + b"\r\n\r\n",
    _GET + _LAST + b"X-Forwarded-For:\r\n " + CLAIMED.encode() + b"\r\n\r\n",
    _GET + _LAST + b"Accept: text/html,\r\n " + _LIE + b"\r\n",
    _GET + _LAST + b"Accept: text/html\n" + _LIE + b"\r\n",
    _GET + _LAST + b"Accept: text/html\r" + _LIE + b"\r\n",
    # the PROXY protocol
    b"PROXY TCP4 " + CLAIMED.encode() + b" 127.0.0.1 4711 443\r\n" + _HIDDEN,
    b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\xcb\x00\x71\x42\x7f\x00\x00\x01\x12\x67\x01\xbb" + _HIDDEN,
)
