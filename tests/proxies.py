"""nginx, Caddy and haproxy as processes of their own, configured with the blocks of docs/proxies.md."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from domain.visit import utcnow
from tests.processes import PATIENCE, free_port, until
from tests.sources import ROOT

PAGE = ROOT / "docs" / "proxies.md"
HOST = "my.example.com"
PATH = f"{os.environ['PATH']}:/usr/sbin"  # where Debian has nginx and haproxy, and not everybody looks

# What the system's own configuration has around the block, for a process of the test's own.
NGINX = """
daemon off;
master_process off;
pid nginx.pid;
{user}
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    {block}
}}
"""
CADDY = """
{{
    admin off
    auto_https disable_redirects
    default_bind 127.0.0.1 [::1]
}}
{block}
"""
COMMANDS = {
    "nginx": ("nginx", "-e", "stderr", "-p", ".", "-c", "configuration"),
    "caddy": ("caddy", "run", "--adapter", "caddyfile", "--config", "configuration"),
    "haproxy": ("haproxy", "-db", "-f", "configuration"),
}


# --- The document -----------------------------------------------------------------------------------------------------


def blocks(language: str) -> list[str]:
    """The fenced blocks of docs/proxies.md in this language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)


def settings(name: str) -> list[str]:
    return re.findall(rf"^{name}=(\S+)$", PAGE.read_text(encoding="utf-8"), re.M)


def changed(block: str, wanted: str) -> str:
    """The block with the document's change that brings the wanted word; its lines must stand in the block."""
    for change in blocks("diff"):
        lines = change.splitlines()
        before = "".join(f"{line[1:]}\n" for line in lines if line[0] in "- ")
        after = "".join(f"{line[1:]}\n" for line in lines if line[0] in "+ ")
        if wanted in after and before in block:
            return block.replace(before, after)
    raise AssertionError(f"docs/proxies.md has no change with {wanted} for\n{block}")


# --- Processes --------------------------------------------------------------------------------------------------------


class Proxy:
    """One proxy in front of a port on loopback or a unix socket; the outer one of two speaks TLS, the inner one not."""

    def __init__(self, kind: str, place: Literal["outer", "inner"], target: int | Path, here: Path) -> None:
        self.kind = kind
        self.port, self.plain_port = free_port(), free_port()
        self.folder = here / place
        self.folder.mkdir()
        self.log = self.folder / "log"
        self.visitors: list[Client] = []
        self.certificate = make_certificate(self.folder) if place == "outer" else None
        block = blocks(kind)[("outer", "inner").index(place)]
        if isinstance(target, Path):
            block = changed(block, "/run/postern/postern.sock").replace("/run/postern/postern.sock", str(target))
        else:
            block = block.replace("127.0.0.1:8000", f"127.0.0.1:{target}")
        if kind == "caddy" and self.certificate:
            block = changed(block, "tls ")
        (self.folder / "configuration").write_text(self._whole(self._moved(block)))

    def _moved(self, block: str) -> str:
        """Other ports on loopback, other paths."""
        for port, ours in (("443", self.port), ("80", self.plain_port)):
            block = re.sub(rf"(listen|bind) :?{port}\b", rf"\1 127.0.0.1:{ours}", block)
            block = re.sub(rf"(listen|bind) (\[?)::(\]?):{port}\b", rf"\1 \2::1\3:{ours}", block)
        block = re.sub(rf"^{HOST} ", f"{HOST}:{self.port} ", block, flags=re.M)
        block = block.replace(f"{HOST}:8080", f"{HOST}:{self.port}").replace("10.0.0.6:8080", f"127.0.0.1:{self.port}")
        return block.replace("10.0.0.6", "127.0.0.1").replace("10.0.0.5", "127.0.0.1").replace("/etc/ssl", ".")

    def _whole(self, block: str) -> str:
        if self.kind == "nginx":
            return NGINX.format(block=block, user="user root;" if os.geteuid() == 0 else "")
        return CADDY.format(block=block) if self.kind == "caddy" else block

    def begin(self) -> None:
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                COMMANDS[self.kind],
                cwd=self.folder,
                env={"PATH": PATH, "HOME": str(self.folder)},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def ready(self) -> None:
        until(lambda: self._answers() or self.process.poll() is not None)
        assert self.process.poll() is None, self.log.read_text()

    def _answers(self) -> bool:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), PATIENCE).close()
            return True
        return False

    def clients(self, *sources: str) -> list[Client]:
        """One at each of these addresses. They leave when the proxy ends."""
        arrived = [Client(source, self.port, self.certificate) for source in sources]
        self.visitors += arrived
        return arrived

    def end(self) -> None:
        for client in self.visitors:
            client.close()
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


@contextmanager
def running(*proxies: Proxy) -> Iterator[None]:
    """They start side by side, and none is left behind. Where a proxy is not installed the test says so; CI has all."""
    absent = [proxy.kind for proxy in proxies if not shutil.which(proxy.kind, path=PATH)]
    if absent:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"not installed: {', '.join(absent)}")
    begun = []
    try:
        for proxy in proxies:
            proxy.begin()
            begun.append(proxy)
        for proxy in begun:
            proxy.ready()
        yield
    finally:
        for proxy in begun:
            proxy.end()


def make_certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(utcnow() - timedelta(days=1))
        .not_valid_after(utcnow() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    public = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / f"{HOST}.key").write_bytes(private)
    (folder / f"{HOST}.pem").write_bytes(public + private)
    (folder / f"{HOST}.crt").write_bytes(public)
    return folder / f"{HOST}.crt"


# --- Clients ----------------------------------------------------------------------------------------------------------


@dataclass
class Answer:
    status: int
    where: str
    cookies: list[str]
    text: str


class Client(http.client.HTTPConnection):
    """A client with an address of its own on loopback, who asks for the portal's host wherever it connects."""

    def __init__(self, source: str, port: int, certificate: Path | None = None) -> None:
        super().__init__(HOST, timeout=PATIENCE)
        self.source = source
        self.door = ("::1" if ":" in source else "127.0.0.1", port)
        self.context = ssl.create_default_context(cafile=str(certificate)) if certificate else None

    def connect(self) -> None:
        self.sock = socket.create_connection(self.door, PATIENCE, source_address=(self.source, 0))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.context:
            self.sock = self.context.wrap_socket(self.sock, server_hostname=HOST)

    def ask(self, method: str, path: str, headers: Sequence[tuple[str, str]] = (), body: bytes | None = None) -> Answer:
        """With these headers, line by line as they stand."""
        self.putrequest(method, path)
        for name, value in headers:
            self.putheader(name, value.encode("latin-1"))
        if body is not None:
            self.putheader("Content-Length", str(len(body)))
        self.endheaders(body)
        with self.getresponse() as response:
            text = response.read().decode()
        cookies = response.headers.get_all("Set-Cookie", [])
        return Answer(response.status, response.headers.get("Location", ""), cookies, text)

    def say(self, request: bytes) -> str:
        """These bytes on a new connection; everything that comes back until it is closed."""
        self.close()
        self.connect()
        answer = b""
        with suppress(ConnectionError, ssl.SSLEOFError):  # whoever refuses may close before he has read all
            self.sock.sendall(request)
            while part := self.sock.recv(65536):
                answer += part
        self.close()
        return answer.decode()
