"""Settings come from the environment alone; each is documented in docs/operations.md."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

TELEGRAM_API_URL = "https://api.telegram.org"
LOOPBACK_HOSTS = {"127.0.0.1", "localhost", "::1"}


class SettingsError(Exception):
    """The environment holds something Cairn cannot start with; the text names the variable."""


class Settings(BaseSettings):
    """All of Cairn's settings. Secrets have no default: see `core.sealing` for those made on first start."""

    model_config = SettingsConfigDict(env_prefix="CAIRN_", extra="ignore")

    telegram_token: SecretStr | None = None
    telegram_api_url: str = TELEGRAM_API_URL
    telegram_mode: Literal["polling", "webhook"] = "polling"
    webhook_url: str = ""
    webhook_port: int = Field(default=8443, ge=1, le=65535)
    database_url: SecretStr | None = None
    redis_url: SecretStr | None = None
    data: Path = Path("data")
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    public_url: str = ""
    trusted_proxy: str = ""
    service_name: str = "Cairn"
    opens_at: int = Field(default=8, ge=0, le=23)
    closes_at: int = Field(default=20, ge=1, le=24)
    screening_threads: int = Field(default=1, ge=1, le=64)
    screening_model: Literal["large", "light", "none"] = "large"
    log_format: Literal["plain", "json"] = "plain"

    @field_validator("telegram_token", "database_url", "redis_url", mode="before")
    @classmethod
    def _empty_is_absent(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("telegram_api_url")
    @classmethod
    def _base_address(cls, value: str) -> str:
        address = (value or TELEGRAM_API_URL).rstrip("/").removesuffix("/bot")
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must be an http or https address")
        return address

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: SecretStr | None) -> SecretStr | None:
        scheme = value.get_secret_value().partition("://")[0] if value else "sqlite"
        if scheme not in {"sqlite", "postgresql", "postgres", "postgresql+psycopg"}:
            raise ValueError("must begin with postgresql:// or sqlite:///")
        try:
            make_url(value.get_secret_value() if value else "sqlite://")
        except (ArgumentError, ValueError):
            raise ValueError("cannot be read as an address; look at its port and host") from None
        return value

    @field_validator("redis_url")
    @classmethod
    def _known_redis(cls, value: SecretStr | None) -> SecretStr | None:
        scheme = value.get_secret_value().partition("://")[0] if value else "redis"
        if scheme not in {"redis", "rediss", "unix"}:
            raise ValueError("must begin with redis://, rediss:// or unix://")
        return value

    @field_validator("public_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in {"http", "https"} or not parts.hostname):
            raise ValueError("must be an http or https address")
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Settings:
        if self.opens_at >= self.closes_at:
            raise ValueError("CAIRN_OPENS_AT must be before CAIRN_CLOSES_AT")
        if self.telegram_mode == "webhook" and not self.webhook_url:
            raise ValueError("CAIRN_WEBHOOK_URL is needed when CAIRN_TELEGRAM_MODE is webhook")
        return self

    @classmethod
    def load(cls) -> Settings:
        """Read the environment.

        Raises SettingsError, naming each variable that does not do.
        """
        try:
            return cls()
        except ValidationError as error:
            lines = [
                f"CAIRN_{'_'.join(str(part).upper() for part in problem['loc'])}: {problem['msg']}"
                if problem["loc"]
                else problem["msg"]
                for problem in error.errors()
            ]
            lines = [line.replace("Value error, ", "") for line in lines]
            raise SettingsError("; ".join(lines)) from None

    @property
    def rehearsal(self) -> bool:
        """True when there is no Telegram token: Cairn then plays against its own emulator."""
        return self.telegram_token is None

    @property
    def database(self) -> str:
        """The database address; SQLite in the data folder unless CAIRN_DATABASE_URL says otherwise."""
        if self.database_url is None:
            return f"sqlite:///{(self.data / 'cairn.sqlite3').absolute()}"
        address = self.database_url.get_secret_value()
        for prefix in ("postgresql://", "postgres://"):
            if address.startswith(prefix):
                return "postgresql+psycopg://" + address.removeprefix(prefix)
        return address

    @property
    def web_address(self) -> str:
        """Where people open the console and the guide, without a trailing slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def over_tls(self) -> bool:
        """Whether people reach the console over HTTPS; cookies are then Secure and `__Host-`."""
        return self.web_address.startswith("https://")
