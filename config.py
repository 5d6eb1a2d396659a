"""The configuration: one frozen dataclass from POSTERN_* (environment, .env, *_FILE). A wrong one stops the start."""

from __future__ import annotations

import os
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from dotenv import dotenv_values

from domain.client_address import Trusted, parse_trusted
from domain.errors import N_, Refusal, SettingWrong
from domain.listen import Listen, parse_listen
from domain.login_name import LOGIN, fold

T = TypeVar("T")
PREFIX = "POSTERN_"
SECRET_BYTES = 32


class ConfigError(Refusal):
    """Names the variable and the cure."""


@dataclass(frozen=True, slots=True)
class Config:
    data_dir: Path
    database: Path
    listen: tuple[Listen, ...]
    base_url: str
    trusted_proxies: Trusted
    secret_key: str | None  # None: from a file in data_dir, generated at the first start
    encryption_key: tuple[bytes, ...] | None
    owner_login: str
    owner_password: str | None
    site_name: str
    support_url: str
    workers: int
    log_format: str
    session_idle: timedelta
    session_absolute: timedelta
    events_kept: timedelta
    bind_ipv6_exact: bool
    enter_within: timedelta

    @property
    def is_https(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def origin(self) -> str:
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}"

    def cookie_name(self, name: str) -> str:
        """With https the browser itself holds a cookie to this host and to https."""
        return ("__Host-" if self.is_https else "") + f"postern_{name}"

    @property
    def path_prefix(self) -> str:
        return urlsplit(self.base_url).path.rstrip("/")


DEFAULTS: dict[str, str] = {
    "DATA_DIR": "data",
    "DATABASE_URL": "",
    "LISTEN": "127.0.0.1:8000",
    "BASE_URL": "",
    "TRUSTED_PROXIES": "",
    "SECRET_KEY": "",
    "ENCRYPTION_KEY": "",
    "OWNER_LOGIN": "owner",
    "OWNER_PASSWORD": "",
    "SITE_NAME": "Postern",
    "SUPPORT_URL": "",
    "WORKERS": "1",
    "LOG_FORMAT": "text",
    "SESSION_IDLE_MINUTES": "60",
    "SESSION_HOURS": "12",
    "EVENTS_DAYS": "400",
    "BIND_IPV6_EXACT": "no",
    "ENTER_HOURS": "8",
}
SECRETS = ("SECRET_KEY", "ENCRYPTION_KEY", "OWNER_PASSWORD")


def load(environ: Mapping[str, str] | None = None, env_file: Path | None = None) -> Config:
    """Raises ConfigError. The environment wins over .env; both win over the defaults."""
    written = written_values(environ, env_file)
    values = DEFAULTS | written
    data_dir = Path(values["DATA_DIR"]).expanduser().absolute()
    listen = _checked("LISTEN", values, parse_listen)
    return Config(
        data_dir=data_dir,
        database=_checked("DATABASE_URL", values, lambda url: _sqlite_file(url, data_dir)),
        listen=tuple(listen),
        base_url=_checked("BASE_URL", values, lambda url: _base_url(url, listen[0])),
        trusted_proxies=_checked("TRUSTED_PROXIES", values, parse_trusted),
        secret_key=_checked("SECRET_KEY", values, _secret_key),
        encryption_key=_checked("ENCRYPTION_KEY", values, parse_encryption_keys),
        owner_login=_checked("OWNER_LOGIN", values, _login),
        owner_password=values["OWNER_PASSWORD"] or None,
        site_name=values["SITE_NAME"].strip() or DEFAULTS["SITE_NAME"],
        support_url=_checked("SUPPORT_URL", values, _support_url),
        workers=_checked("WORKERS", values, _number(1, 64)),
        log_format=_checked("LOG_FORMAT", values, _one_of("text", "json")),
        session_idle=timedelta(minutes=_checked("SESSION_IDLE_MINUTES", values, _number(1, 24 * 60))),
        session_absolute=timedelta(hours=_checked("SESSION_HOURS", values, _number(1, 24 * 30))),
        events_kept=timedelta(days=_checked("EVENTS_DAYS", values, _number(1, 36500))),
        bind_ipv6_exact=_checked("BIND_IPV6_EXACT", values, _one_of("yes", "no")) == "yes",
        enter_within=timedelta(hours=_checked("ENTER_HOURS", values, _number(1, 24 * 30))),
    )


def written_values(environ: Mapping[str, str] | None = None, env_file: Path | None = None) -> dict[str, str]:
    """What somebody wrote down, without the prefix, files read. Raises ConfigError for names that nobody knows."""
    environ = os.environ if environ is None else environ
    env_file = env_file or Path(".env")
    from_file = {name: value or "" for name, value in dotenv_values(env_file).items()} if env_file.is_file() else {}
    written = {name: value for name, value in {**from_file, **environ}.items() if name.startswith(PREFIX)}
    values: dict[str, str] = {}
    for name, value in written.items():
        bare = name.removeprefix(PREFIX)
        if bare.removesuffix("_FILE") in SECRETS and bare.endswith("_FILE"):
            bare, value = bare.removesuffix("_FILE"), _read(name, value)
            if PREFIX + bare in written:
                raise ConfigError(
                    N_("%(name)s and %(file)s are both set. Keep one of them."), name=PREFIX + bare, file=name
                )
        elif bare not in DEFAULTS:
            raise ConfigError(
                N_("%(name)s is not a setting of Postern. Check its spelling; .env.example lists all settings."),
                name=name,
            )
        values[bare] = value
    return values


def _read(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise ConfigError(
            N_("%(name)s: cannot read %(path)s (%(reason)s). Name a text file that this user can read."),
            name=name,
            path=path,
            reason=error.strerror if isinstance(error, OSError) else SettingWrong(N_("it is not a text")),
        ) from None


def _checked(name: str, values: Mapping[str, str], parse: Callable[[str], T]) -> T:
    try:
        return parse(values[name])
    except (SettingWrong, ValueError) as error:
        raise ConfigError(N_("%(name)s: %(reason)s"), name=PREFIX + name, reason=error) from None


def _sqlite_file(url: str, data_dir: Path) -> Path:
    if not url:
        return data_dir / "postern.db"
    if not url.startswith("sqlite:///") or len(url) == len("sqlite:///"):
        raise SettingWrong(
            N_("only SQLite files are supported. Write sqlite:///relative/path.db or sqlite:////absolute/path.db")
        )
    return Path(url.removeprefix("sqlite:///")).absolute()


def _base_url(url: str, first: Listen) -> str:
    if not url:
        return f"http://{first}" if first.host else "http://localhost"
    wrong = SettingWrong(
        N_("this is not a web address. Write it as https://my.example.com or https://example.com/portal")
    )
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 (raises for a port that is none)
    except ValueError:
        raise wrong from None
    if (
        parts.scheme not in ("http", "https")
        or not parts.netloc
        or parts.query
        or parts.fragment
        or "@" in parts.netloc
    ):
        raise wrong
    return url.rstrip("/")


def _secret_key(text: str) -> str | None:
    if text and len(text) < SECRET_BYTES:
        raise SettingWrong(
            N_("too short. Use at least %(least)s random characters, or leave it out to have one generated"),
            least=SECRET_BYTES,
        )
    return text or None


def parse_encryption_keys(text: str) -> tuple[bytes, ...] | None:
    """Several keys, separated by commas: the first encrypts, all of them decrypt. Raises SettingWrong."""
    keys = tuple(_encryption_key(item.strip()) for item in text.split(",") if item.strip())
    return keys or None


def _encryption_key(text: str) -> bytes:
    wrong = SettingWrong(
        N_("a key is %(bytes)s random bytes, written as base64. Leave it out to have one generated"),
        bytes=SECRET_BYTES,
    )
    if not re.fullmatch(r"[A-Za-z0-9_=+/-]+", text):
        raise wrong
    try:
        key = urlsafe_b64decode(text.replace("+", "-").replace("/", "_") + "=" * (-len(text) % 4))
    except ValueError:
        raise wrong from None
    if len(key) != SECRET_BYTES:
        raise wrong
    return key


def _login(text: str) -> str:
    if not LOGIN.fullmatch(fold(text)):
        raise SettingWrong(N_("a login has 1 to 64 characters out of a-z 0-9 . _ @ -"))
    return fold(text)


def _support_url(url: str) -> str:
    if url and urlsplit(url).scheme not in ("https", "http", "mailto", "tel"):
        raise SettingWrong(N_("%(url)s is not an address. Write https://…, mailto:… or tel:…."), url=url)
    return url


def _number(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            raise SettingWrong(
                N_("%(value)s is not a whole number from %(least)s to %(most)s"), value=text, least=least, most=most
            )
        return int(text)

    return parse


def _one_of(*names: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in names:
            raise SettingWrong(
                N_("%(value)s is not allowed. Choose one of: %(choices)s"), value=text, choices=", ".join(names)
            )
        return text

    return parse
