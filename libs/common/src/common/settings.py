"""Settings common to all services, read from the environment by the specification's names (section 4.2).

Any variable `NAME` may instead be given as `NAME_FILE`, the path of a file that holds the value (a mounted secret).
"""

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from common.crypto.envelope import Keyring, KeyringFile

Environment = Literal["development", "staging", "production"]


def _fresh(name: str) -> str | None:
    path = os.environ.get(f"{name}_FILE")
    return Path(path).read_text(encoding="utf-8").rstrip("\r\n") if path else None


class FileSource(PydanticBaseSettingsSource):
    """Reads `NAME` from the file named by `NAME_FILE`, stripped of the trailing line end."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return _fresh(field_name.upper()), field_name, False

    def __call__(self) -> dict[str, Any]:
        values = {}
        for name, field in self.settings_cls.model_fields.items():
            value, key, _ = self.get_field_value(field, name)
            if value is not None:
                values[key] = value
        return values


class Settings(BaseSettings):
    """What every service reads. A service adds its own in its `settings.py`."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    axtech_env: Environment = "development"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "json"

    database_url: SecretStr
    migration_database_url: SecretStr | None = None
    database_pool_size: Annotated[int, Field(ge=1, le=50)] = 5
    nats_url: SecretStr
    redis_url: SecretStr | None = None

    s3_endpoint: str | None = None
    s3_public_endpoint: str | None = None
    s3_access_key: SecretStr | None = None
    s3_secret_key: SecretStr | None = None
    s3_region: str = "us-east-1"
    s3_bucket: str = "axtech-{kind}-{env}"
    s3_server_side_encryption: Literal["AES256", "aws:kms"] | None = None
    """Asked for with every object stored; None leaves it to the bucket's own rule."""
    s3_kms_key_id: str | None = None

    jwks_url: str
    service_key: SecretStr
    service_jwks: str
    encryption_keyring: SecretStr
    blind_index_key: SecretStr

    identity_url: str = "http://identity:8000"
    cases_url: str = "http://cases:8000"
    billing_url: str = "http://billing:8000"
    devices_url: str = "http://devices:8000"
    notifications_url: str = "http://notifications:8000"
    documents_url: str = "http://documents:8000"
    public_url: str = "http://127.0.0.1:8080"
    cors_origins: Annotated[list[str], NoDecode] = []
    trusted_proxies: Annotated[list[str], NoDecode] = ["127.0.0.1"]

    rate_limit_general: str = "100/minute"
    rate_limit_auth: str = "5/minute"
    rate_limit_upload: str = "10/minute"
    rate_limit_billing: str = "20/minute"
    body_limit_bytes: int = 1024 * 1024

    sentry_dsn: SecretStr | None = None
    otel_exporter_otlp_endpoint: str | None = None
    """Where traces are sent, by OTLP over HTTP, such as `http://otel-collector:4318`; without it none are made."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, FileSource(settings_cls), env_settings

    @field_validator("cors_origins", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    def fresh_database_url(self) -> str:
        """The database URL as it stands now: a mounted file is read anew, so a rotated password needs no restart."""
        return _fresh("DATABASE_URL") or self.database_url.get_secret_value()

    def keyring(self) -> Keyring | KeyringFile:
        """The keyring; where it is a mounted file, one that follows its changes, so a rotation needs no restart."""
        path = os.environ.get("ENCRYPTION_KEYRING_FILE")
        return KeyringFile(Path(path)) if path else Keyring.from_json(self.encryption_keyring.get_secret_value())

    def bucket(self, kind: Literal["documents", "generated", "returns", "signatures"]) -> str:
        """The name of one of the four buckets of section 8.1."""
        return self.s3_bucket.format(kind=kind, env=self.axtech_env)
