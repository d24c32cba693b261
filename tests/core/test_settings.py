"""Settings: each variable is read, an empty one counts as absent, and what will not do is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.settings import Settings, SettingsError


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"CAIRN_{name.upper()}", raising=False)


def test_with_nothing_set_it_is_a_rehearsal_on_sqlite() -> None:
    settings = Settings.load()
    assert settings.rehearsal
    assert settings.database == f"sqlite:///{Path('data/cairn.sqlite3').absolute()}"
    assert settings.web_address == "http://127.0.0.1:8000"
    assert (settings.opens_at, settings.closes_at, settings.service_name) == (8, 20, "Cairn")
    assert settings.redis_url is None
    assert settings.trusted_proxy == ""
    assert not settings.over_tls


def test_no_secret_has_a_default() -> None:
    for name in ("telegram_token", "database_url", "redis_url"):
        assert Settings.model_fields[name].default is None


@pytest.mark.parametrize(
    ("variable", "value", "attribute", "found"),
    [
        ("CAIRN_TELEGRAM_API_URL", "http://127.0.0.1:8081/bot", "telegram_api_url", "http://127.0.0.1:8081"),
        ("CAIRN_TELEGRAM_API_URL", "https://stand-in.example/", "telegram_api_url", "https://stand-in.example"),
        ("CAIRN_TELEGRAM_API_URL", "", "telegram_api_url", "https://api.telegram.org"),
        ("CAIRN_DATABASE_URL", "postgresql://u:p@db/cairn", "database", "postgresql+psycopg://u:p@db/cairn"),
        ("CAIRN_DATABASE_URL", "postgres://u:p@db/cairn", "database", "postgresql+psycopg://u:p@db/cairn"),
        ("CAIRN_DATABASE_URL", "postgresql+psycopg://db/c", "database", "postgresql+psycopg://db/c"),
        ("CAIRN_DATABASE_URL", "sqlite:////var/lib/c.sqlite3", "database", "sqlite:////var/lib/c.sqlite3"),
        ("CAIRN_DATA", "/var/lib/cairn", "database", "sqlite:////var/lib/cairn/cairn.sqlite3"),
        ("CAIRN_PORT", "9000", "web_address", "http://127.0.0.1:9000"),
        ("CAIRN_HOST", "localhost", "web_address", "http://localhost:8000"),
        ("CAIRN_PUBLIC_URL", "https://cairn.example.org/", "web_address", "https://cairn.example.org"),
        ("CAIRN_PUBLIC_URL", "https://cairn.example.org", "over_tls", True),
        ("CAIRN_TRUSTED_PROXY", "10.0.0.2", "trusted_proxy", "10.0.0.2"),
        ("CAIRN_SERVICE_NAME", "Stepping stones", "service_name", "Stepping stones"),
        ("CAIRN_OPENS_AT", "9", "opens_at", 9),
        ("CAIRN_CLOSES_AT", "24", "closes_at", 24),
        ("CAIRN_LOG_FORMAT", "json", "log_format", "json"),
        ("CAIRN_TELEGRAM_MODE", "polling", "telegram_mode", "polling"),
        (
            "CAIRN_WEBHOOK_URL",
            "https://cairn.example.org/telegram",
            "webhook_url",
            "https://cairn.example.org/telegram",
        ),
        ("CAIRN_WEBHOOK_PORT", "9443", "webhook_port", 9443),
    ],
)
def test_a_variable_is_read(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, attribute: str, found: object
) -> None:
    monkeypatch.setenv(variable, value)
    assert getattr(Settings.load(), attribute) == found


@pytest.mark.parametrize("name", ["telegram_token", "database_url", "redis_url"])
def test_a_secret_is_read_and_does_not_show(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    value = "redis://:s3cret-word@cache/0" if name == "redis_url" else "postgresql://u:s3cret-word@db/cairn"
    monkeypatch.setenv(f"CAIRN_{name.upper()}", value)
    settings = Settings.load()
    held = getattr(settings, name)
    assert held.get_secret_value() == value
    assert "s3cret" not in repr(settings)
    assert "s3cret" not in str(settings)


@pytest.mark.parametrize("name", ["telegram_token", "database_url", "redis_url"])
def test_an_empty_secret_is_absent(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(f"CAIRN_{name.upper()}", "")
    assert getattr(Settings.load(), name) is None


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CAIRN_PORT", "abc"),
        ("CAIRN_PORT", "0"),
        ("CAIRN_PORT", "65536"),
        ("CAIRN_TELEGRAM_API_URL", "api.telegram.org"),
        ("CAIRN_TELEGRAM_API_URL", "ftp://example.org"),
        ("CAIRN_TELEGRAM_API_URL", "https://"),
        ("CAIRN_TELEGRAM_MODE", "pigeon"),
        ("CAIRN_DATABASE_URL", "s3cret-nonsense"),
        ("CAIRN_DATABASE_URL", "mysql://u:s3cret@db/cairn"),
        ("CAIRN_REDIS_URL", "s3cret-nonsense"),
        ("CAIRN_REDIS_URL", "http://s3cret@cache"),
        ("CAIRN_PUBLIC_URL", "cairn.example.org"),
        ("CAIRN_PUBLIC_URL", "javascript:alert(1)"),
        ("CAIRN_OPENS_AT", "24"),
        ("CAIRN_OPENS_AT", "20"),
        ("CAIRN_CLOSES_AT", "25"),
        ("CAIRN_CLOSES_AT", "8"),
        ("CAIRN_LOG_FORMAT", "xml"),
    ],
)
def test_what_will_not_do_is_named_without_its_value(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    assert variable in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_webhook_needs_the_address_at_which_telegram_finds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIRN_TELEGRAM_MODE", "webhook")
    with pytest.raises(SettingsError, match="CAIRN_WEBHOOK_URL is needed"):
        Settings.load()
    monkeypatch.setenv("CAIRN_WEBHOOK_URL", "https://cairn.example.org/telegram")
    assert Settings.load().telegram_mode == "webhook"


def test_every_variable_is_in_the_operations_page() -> None:
    page = (Path(__file__).parent.parent.parent / "docs" / "operations.md").read_text("utf-8")
    assert [name for name in Settings.model_fields if f"CAIRN_{name.upper()}" not in page] == []


def test_every_fault_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIRN_PORT", "abc")
    monkeypatch.setenv("CAIRN_LOG_FORMAT", "xml")
    with pytest.raises(SettingsError, match=r"CAIRN_PORT.*CAIRN_LOG_FORMAT"):
        Settings.load()
