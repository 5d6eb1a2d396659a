"""A browser without a screen: one connection kept open, cookies, the CSRF token of the last page."""

from __future__ import annotations

import html
import http.client
import re
from dataclasses import dataclass
from urllib.parse import urlencode

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
_TOKEN = re.compile(rb'name="csrf_token" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def transferred(self) -> int:
        """Bytes of status line, headers and body as they were sent."""
        head = len(f"HTTP/1.1 {self.status} {http.client.responses[self.status]}\r\n\r\n")
        return head + sum(len(name) + len(value) + 4 for name, value in self.headers) + len(self.body)


class Visitor:
    def __init__(self, port: int, **headers: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {"User-Agent": AGENT} | {name.replace("_", "-"): value for name, value in headers.items()}
        self.cookies: dict[str, str] = {}
        self.token = ""

    def get(self, path: str, **headers: str) -> Answer:
        return self._ask("GET", path, None, headers)

    def post(self, path: str, **fields: str) -> Answer:
        return self._ask("POST", path, urlencode({"csrf_token": self.token, **fields}).encode(), {})

    def forget(self) -> None:
        """As a browser that was never here."""
        self.cookies.clear()
        self.token = ""

    def close(self) -> None:
        self.connection.close()

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        sent = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.connection.request(method, path, body, sent)
        response = self.connection.getresponse()
        answer = Answer(response.status, response.getheaders(), response.read())
        for name, value in answer.headers:
            if name == "Set-Cookie":
                self._keep(value)
        if found := _TOKEN.search(answer.body):
            self.token = html.unescape(found[1].decode())
        return answer

    def _keep(self, header: str) -> None:
        name, _, value = header.partition(";")[0].partition("=")
        self.cookies.pop(name, None)
        if value:
            self.cookies[name] = value


def expect(answer: Answer, *allowed: int) -> Answer:
    """A benchmark of refusals would measure nothing: anything unexpected ends the run."""
    if answer.status not in allowed:
        raise RuntimeError(f"{answer.status} instead of {allowed}: {answer.body[:2000]!r}")
    return answer
