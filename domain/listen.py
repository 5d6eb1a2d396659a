"""POSTERN_LISTEN: where the server waits for connections."""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from domain.errors import N_, SettingWrong

CURE = SettingWrong(
    N_("POSTERN_LISTEN takes 127.0.0.1:8000, [::1]:8000 or unix:/path/to.sock, several separated by commas.")
)


@dataclass(frozen=True, slots=True)
class Listen:
    """One place to listen: an address and a port, or the path of a unix socket."""

    host: str = ""
    port: int = 0
    unix_path: str = ""

    def __str__(self) -> str:
        if self.unix_path:
            return f"unix:{self.unix_path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_listen(text: str) -> list[Listen]:
    """POSTERN_LISTEN as typed; SettingWrong names the item that is wrong and what to write instead."""
    places = [_place(item) for item in (part.strip() for part in text.split(",")) if item]
    if not places:
        raise SettingWrong(N_("There is nothing to listen on. %(cure)s"), cure=CURE)
    twice = next((place for place in places if places.count(place) > 1), None)
    if twice:
        raise SettingWrong(N_("%(item)s is listed twice."), item=repr(str(twice)))
    return places


def _place(item: str) -> Listen:
    if item.startswith("unix:"):
        path = item.removeprefix("unix:")
        if not path.startswith("/") or "\0" in path:
            raise SettingWrong(
                N_("%(item)s needs the whole path of the socket, for instance unix:/run/postern.sock."),
                item=repr(item),
            )
        return Listen(unix_path=path)
    host, _, port = item.rpartition(":")
    if not re.fullmatch("[1-9][0-9]{0,4}", port) or int(port) > 65535:
        raise SettingWrong(N_("%(item)s needs a port from 1 to 65535. %(cure)s"), item=repr(item), cure=CURE)
    return Listen(host=_host(host, item), port=int(port))


def _host(host: str, item: str) -> str:
    """Addresses only: what a name stands for changes with the resolver, and some stand for several addresses."""
    try:
        address = ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        raise SettingWrong(
            N_(
                "%(item)s needs an address in front of the port. "
                "0.0.0.0 stands for every address, 127.0.0.1 for this machine alone. %(cure)s"
            ),
            item=repr(item),
            cure=CURE,
        ) from None
    if isinstance(address, IPv6Address) != (host[0] == "[" and host[-1] == "]"):
        raise SettingWrong(
            N_("%(item)s: brackets belong around IPv6 addresses, and only there. %(cure)s"), item=repr(item), cure=CURE
        )
    return str(address)
