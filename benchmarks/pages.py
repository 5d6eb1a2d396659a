"""P1 the Security page, P11 what a first visit transfers, P12 the QR dialog."""

from __future__ import annotations

import re
from statistics import median

from . import servers
from .figures import Figure
from .people import Site, log_in
from .servers import Server
from .visitors import AGENT, Visitor, expect

ROUNDS = 7
REQUESTS = 150  # a round
SECURITY = "/settings/security"


def security(site: Site) -> list[Figure]:
    """Security page and plain page by turns, so that what else runs on the machine strikes both."""
    person = site.enrolled[0]
    with servers.postern(site.data_dir) as ours:
        others = [Visitor(ours.port, User_Agent=agent) for agent in (AGENT, AGENT.replace("Linux", "Windows"))]
        for offset, visitor in enumerate(others, start=-1):
            log_in(visitor, person, offset)
        visitor = Visitor(ours.port)
        log_in(visitor, person, offset=1)
        page = expect(visitor.get(SECURITY), 200).body
        with servers.plain(len(page), site.data_dir.parent) as plain:
            bare = Visitor(plain.port)
            pairs = [(_cost(ours, visitor, SECURITY), _cost(plain, bare, "/")) for _ in range(ROUNDS + 1)][1:]
    full, plainly = median(full for full, _ in pairs), median(plainly for _, plainly in pairs)
    note = f"{full:.2f} ms ÷ {plainly:.2f} ms of CPU, {len(page) / 1000:.1f} kB"
    return [Figure("P1", "Security page ÷ plain page", median(a / b for a, b in pairs), "×", 1.7, note=note)]


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
