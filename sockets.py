"""The sockets of POSTERN_LISTEN, opened in one process and inherited by the workers."""

from __future__ import annotations

import errno
import os
import socket
import stat
from contextlib import suppress
from pathlib import Path

from domain.errors import N_, Refusal
from domain.listen import Listen

TROUBLE = {
    errno.EADDRINUSE: N_(
        "it is taken. Stop the program that listens there (an older Postern?) or choose another place."
    ),
    errno.EACCES: N_("this user may not. Choose a port from 1024 up, or a socket in a directory that it owns."),
    errno.EADDRNOTAVAIL: N_("this machine has no such address. 127.0.0.1 is this machine, 0.0.0.0 all its addresses."),
    errno.ENOENT: N_("its directory does not exist. Create it or choose another place."),
}


class ListenError(Refusal):
    """The server cannot listen there; the text says where, why and what to do."""


def open_socket(place: Listen) -> socket.socket:
    try:
        sock = socket.socket(_family(place))
        try:
            (_bind_unix if place.unix_path else _bind_tcp)(sock, place)
            sock.listen(1024)
        except BaseException:
            sock.close()
            raise
    except (OSError, AttributeError) as error:  # AttributeError: Windows has no unix sockets
        trouble = TROUBLE.get(getattr(error, "errno", None) or 0, N_("%(error)s. Choose another place."))
        reason = ListenError(trouble, error=error)
        raise ListenError(
            N_("Cannot listen on POSTERN_LISTEN=%(place)s: %(reason)s"), place=place, reason=reason
        ) from None
    return sock


def _family(place: Listen) -> socket.AddressFamily:
    if place.unix_path:
        return socket.AF_UNIX
    return socket.AF_INET6 if ":" in place.host else socket.AF_INET


def _bind_tcp(sock: socket.socket, place: Listen) -> None:
    if os.name == "posix":  # elsewhere it would let two programs take the same port
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    sock.bind(socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)[0][4])  # reads a zone, too


def _bind_unix(sock: socket.socket, place: Listen) -> None:
    """For owner and group, as proxies run under a user of their own. The file a dead server left is removed first."""
    path = Path(place.unix_path)
    with suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        if stat.S_ISSOCK(path.lstat().st_mode) and probe.connect_ex(place.unix_path) == errno.ECONNREFUSED:
            path.unlink()
    mask = os.umask(0o117)
    try:
        sock.bind(place.unix_path)
    finally:
        os.umask(mask)
