"""The configuration: what is wrong is named with its variable and its cure, and stops the start."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import FrozenInstanceError
from datetime import timedelta
from pathlib import Path

import pytest

import config
from config import ConfigError

KEY = urlsafe_b64encode(bytes(range(32))).decode()
OTHER = urlsafe_b64encode(bytes(range(1, 33))).decode()
NO_FILE = Path("/nonexistent")


def load(**values: str) -> config.Config:
    return config.load({f"POSTERN_{name}": value for name, value in values.items()}, NO_FILE)


WRONG = [
    ("LISTEN", "localhost:8000", "POSTERN_LISTEN takes"),
    ("LISTEN", "127.0.0.1", "needs a port"),
    ("LISTEN", "", "nothing to listen on"),
    ("BASE_URL", "my.example.com", "Write it as https://my.example.com"),
    ("BASE_URL", "ftp://example.com", "Write it as https://my.example.com"),
    ("BASE_URL", "https://", "Write it as https://my.example.com"),
    ("BASE_URL", "https://example.com/?a=b", "Write it as https://my.example.com"),
    ("BASE_URL", "https://example.com/#top", "Write it as https://my.example.com"),
    ("BASE_URL", "https://[::1", "Write it as https://my.example.com"),
    ("TRUSTED_PROXIES", "my-proxy", "takes 10.0.0.0/8"),
    ("TRUSTED_PROXIES", "0.0.0.0/0", "name the proxy's own address"),
    ("DATABASE_URL", "postgresql://db/postern", "only SQLite files are supported"),
    ("DATABASE_URL", "sqlite:///", "Write sqlite:///relative/path.db"),
    ("SECRET_KEY", "short", "Use at least 32 random characters"),
    ("ENCRYPTION_KEY", "not base64!", "32 random bytes, written as base64"),
    ("ENCRYPTION_KEY", KEY[:-6], "32 random bytes, written as base64"),
    ("ENCRYPTION_KEY", f"{KEY},short", "32 random bytes, written as base64"),
    ("ENCRYPTION_KEY", "ä" * 43, "32 random bytes, written as base64"),
    ("SUPPORT_URL", "javascript:alert(1)", "Write https://…, mailto:… or tel:…"),
    ("SUPPORT_URL", "support.example.com", "Write https://…, mailto:… or tel:…"),
    ("WORKERS", "0", "not a whole number from 1 to 64"),
    ("WORKERS", "many", "not a whole number from 1 to 64"),
    ("WORKERS", "٣", "not a whole number from 1 to 64"),
    ("LOG_FORMAT", "xml", "Choose one of: text, json"),
    ("SESSION_IDLE_MINUTES", "-1", "not a whole number"),
    ("SESSION_HOURS", "1.5", "not a whole number"),
    ("EVENTS_DAYS", "", "not a whole number"),
    ("OWNER_LOGIN", "Bob the Boss", "1 to 64 characters"),
]


@pytest.mark.parametrize(("name", "value", "cure"), WRONG)
def test_a_wrong_value_is_refused_with_its_variable_and_cure(name: str, value: str, cure: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load(**{name: value})
    said = str(refused.value)
    assert said.startswith(f"POSTERN_{name}: ") and cure in said


def test_a_password_inside_an_address_is_refused_and_not_printed() -> None:
    with pytest.raises(ConfigError, match="POSTERN_BASE_URL") as refused:
        load(BASE_URL="https://olga:grey-geese@example.com")
    assert "grey-geese" not in str(refused.value)


def test_an_unknown_name_stops_the_start() -> None:
    with pytest.raises(ConfigError, match=r"POSTERN_LISTENS is not a setting of Postern.*\.env\.example"):
        load(LISTENS="127.0.0.1:8000")


@pytest.mark.parametrize("name", ["POSTERN_LISTEN_FILE", "POSTERN_", "POSTERN__FILE", "POSTERN_secret_key"])
def test_only_secrets_are_read_from_files_and_names_are_exact(name: str) -> None:
    with pytest.raises(ConfigError, match=f"{name} is not a setting"):
        config.load({name: "x"}, NO_FILE)


def test_the_defaults_are_a_server_on_loopback() -> None:
    settings = load()
    assert (settings.base_url, settings.is_https, settings.path_prefix) == ("http://127.0.0.1:8000", False, "")
    assert settings.database == Path("data/postern.db").absolute()
    assert (settings.workers, settings.log_format, settings.site_name) == (1, "text", "Postern")
    assert (settings.session_idle, settings.session_absolute) == (timedelta(hours=1), timedelta(hours=12))
    assert (settings.secret_key, settings.encryption_key, settings.owner_password) == (None, None, None)
    assert not settings.trusted_proxies
    with pytest.raises(FrozenInstanceError):
        settings.workers = 2  # type: ignore[misc]


@pytest.mark.parametrize(
    ("values", "base_url", "prefix"),
    [
        ({"LISTEN": "[::1]:9000"}, "http://[::1]:9000", ""),
        ({"LISTEN": "unix:/run/postern.sock"}, "http://localhost", ""),
        ({"LISTEN": "unix:/run/p.sock,127.0.0.1:8080"}, "http://localhost", ""),
        ({"BASE_URL": "https://example.com/"}, "https://example.com", ""),
        ({"BASE_URL": "https://example.com/portal/"}, "https://example.com/portal", "/portal"),
        ({"BASE_URL": "http://example.com:8080"}, "http://example.com:8080", ""),
    ],
)
def test_the_base_url_comes_from_the_first_place_to_listen_unless_told(
    values: dict[str, str], base_url: str, prefix: str
) -> None:
    settings = load(**values)
    assert (settings.base_url, settings.path_prefix) == (base_url, prefix)


def test_the_database_may_lie_elsewhere() -> None:
    assert load(DATABASE_URL="sqlite:////var/lib/p.db").database == Path("/var/lib/p.db")
    assert load(DATABASE_URL="sqlite:///p.db").database == Path("p.db").absolute()
    assert load(DATA_DIR="~/postern").data_dir == Path.home() / "postern"


def test_several_encryption_keys_are_kept_in_order() -> None:
    assert load(ENCRYPTION_KEY=f"{OTHER}, {KEY}").encryption_key == (bytes(range(1, 33)), bytes(range(32)))
    standard = KEY.rstrip("=").replace("-", "+").replace("_", "/")
    assert load(ENCRYPTION_KEY=standard).encryption_key == (bytes(range(32)),)


def test_the_environment_wins_over_the_file_and_both_over_the_defaults(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("POSTERN_SITE_NAME='From the file'\nPOSTERN_WORKERS=3\nOTHER_THING=1\n# POSTERN_X=1\n")
    settings = config.load({"POSTERN_SITE_NAME": "From outside", "HOME": "/"}, env_file)
    assert (settings.site_name, settings.workers, settings.log_format) == ("From outside", 3, "text")


def test_a_misspelt_name_in_the_file_stops_the_start_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("POSTERN_SITENAME=x\n")
    with pytest.raises(ConfigError, match="POSTERN_SITENAME is not a setting"):
        config.load({}, tmp_path / ".env")


@pytest.mark.parametrize("name", config.SECRETS)
def test_a_secret_may_stand_in_a_file(name: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{KEY}\n")
    values = config.written_values({f"POSTERN_{name}_FILE": str(file)}, NO_FILE)
    assert values == {name: KEY}
    with pytest.raises(ConfigError, match=rf"POSTERN_{name} and POSTERN_{name}_FILE are both set"):
        load(**{name: KEY, f"{name}_FILE": str(file)})
    with pytest.raises(ConfigError, match=rf"POSTERN_{name}_FILE: cannot read .*gone.*Name a text file"):
        load(**{f"{name}_FILE": str(tmp_path / "gone")})


def test_a_secret_file_that_is_no_text_is_refused_in_words(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_bytes(b"\xff\xfe\x00binary")
    with pytest.raises(ConfigError, match="POSTERN_SECRET_KEY_FILE"):
        load(SECRET_KEY_FILE=str(file))


def test_nobody_becomes_owner_without_a_password_by_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    assert load(OWNER_PASSWORD_FILE=str(tmp_path / "empty")).owner_password is None
