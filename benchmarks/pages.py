"""P1 the Security page, P3 with long lists, P11 what a first visit transfers, P12 the QR dialog."""

from __future__ import annotations

import re
from statistics import median

from . import servers
from .figures import Figure
from .people import Person, Site, log_in
from .servers import Server
from .visitors import AGENT, Visitor, expect

ROUNDS = 7
REQUESTS = 150  # a round
SECURITY = "/settings/security"


def security(site: Site) -> list[Figure]:
    """Security page and plain page by turns, so that what else runs on the machine strikes both."""
    with servers.postern(site.data_dir) as ours:
        visitor = _at_home(ours, site.limited[0])
        page = expect(visitor.get(SECURITY), 200).body
        with servers.plain(len(page), site.data_dir.parent) as plain:
            bare = Visitor(plain.port)
            pairs = [(_cost(ours, visitor, SECURITY), _cost(plain, bare, "/")) for _ in range(ROUNDS + 1)][1:]
    full, plainly = median(full for full, _ in pairs), median(plainly for _, plainly in pairs)
    note = f"{full:.2f} ms ÷ {plainly:.2f} ms of CPU, {len(page) / 1000:.1f} kB"
    return [Figure("P1", "Security page ÷ plain page", median(a / b for a, b in pairs), "×", 1.7, note=note)]


def lists(site: Site) -> list[Figure]:
    """Somebody with 1,000 entries in both lists beside somebody with one, by turns."""
    with servers.postern(site.data_dir) as ours:
        short, long = _at_home(ours, site.limited[0]), _at_home(ours, site.limited[1])
        pairs = [(_cost(ours, long, SECURITY), _cost(ours, short, SECURITY)) for _ in range(ROUNDS + 1)][1:]
    many, one = median(many for many, _ in pairs), median(one for _, one in pairs)
    note = f"{many:.2f} ms ÷ {one:.2f} ms of CPU"
    return [Figure("P3", "Security page, 1,000 ÷ 1 entries", median(a / b for a, b in pairs), "×", 1.1, note=note)]


def _at_home(server: Server, person: Person) -> Visitor:
    """Logged in from three browsers; the last one."""
    for offset, agent in enumerate((AGENT, AGENT.replace("Linux", "Windows"), AGENT), start=-1):
        visitor = Visitor(server.port, User_Agent=agent)
        log_in(visitor, person, offset)
    return visitor


def _cost(server: Server, visitor: Visitor, path: str) -> float:
    """Milliseconds of CPU a request."""
    before = server.cpu()
    for _ in range(REQUESTS):
        expect(visitor.get(path), 200)
    return (server.cpu() - before) * 1000 / REQUESTS


def transfer(site: Site) -> list[Figure]:
    """With an empty cache, and then the Security page with what the first visit left in it."""
    person = site.enrolled[0]
    with servers.postern(site.data_dir) as server:
        visitor = Visitor(server.port, Accept_Encoding="gzip")
        page = expect(visitor.get("/login"), 200)
        cached = _files(page.body)
        first = [page, *(expect(visitor.get(path), 200) for path in sorted(cached))]
        log_in(visitor, person)
        page = expect(visitor.get(SECURITY), 200)
        second = [page, *(expect(visitor.get(path), 200) for path in sorted(_files(page.body) - cached))]
    kilobytes = [sum(answer.transferred for answer in answers) / 1000 for answers in (first, second)]
    note = f"{len(second)} request{'s' if len(second) > 1 else ''}"
    return [
        Figure("P11", "first visit: log-in page, files, icon", kilobytes[0], "kB", 30),
        Figure("P11", "  in so many requests", len(first), "", 5),
        Figure("P11", "Security page after it", kilobytes[1], "kB", 25, note=note),
    ]


def _files(page: bytes) -> set[str]:
    return {path.decode() for path in re.findall(rb'(?:src|href)="(/static/[^"]+)"', page)}


def qr(site: Site) -> list[Figure]:
    """Each dialog is the first of its session: a new key, stored, then drawn."""
    costs = []
    with servers.postern(site.data_dir) as server:
        visitors = [Visitor(server.port, HX_Request="true") for _ in site.simple]
        for visitor, person in zip(visitors, site.simple, strict=True):
            log_in(visitor, person)
            expect(visitor.get(SECURITY, HX_Request=""), 200)
        for _ in range(5):
            site.change("DELETE FROM enrolment")
            before = server.cpu()
            for visitor in visitors:
                assert b"<svg" in expect(visitor.post("/settings/two-factor/enrolment"), 200).body
            costs.append((server.cpu() - before) * 1000 / len(visitors))
    return [Figure("P12", "QR dialog", median(costs[1:]), "ms", 3)]
