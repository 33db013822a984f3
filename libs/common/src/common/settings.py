"""Settings common to all services, read from the environment by the specification's names (section 4.2).

Any variable `NAME` may instead be given as `NAME_FILE`, the path of a file that holds the value (a mounted secret).
"""

import os
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from common import safety
from common.crypto.envelope import Keyring, KeyringFile

_SERVICES = ("identity", "cases", "billing", "devices", "notifications", "documents")
_LIMITS = ("rate_limit_general", "rate_limit_auth", "rate_limit_upload", "rate_limit_billing")
Environment = Literal["development", "staging", "production"]
FlagsProvider = Literal["environment", "file", "flagd", "launchdarkly"]


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
    """What every service reads. A service adds its own in its `settings.py`, and what makes them unsafe in `unsafe`."""

    model_config = SettingsConfigDict(
        extra="ignore",
        frozen=True,
        env_ignore_empty=True,
        use_attribute_docstrings=True,
        hide_input_in_errors=True,  # which are secrets
    )

    axtech_env: Environment = "development"
    """Anything but development refuses to start with unsafe settings."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """From which level on lines are written."""
    log_format: Literal["json", "console"] = "json"
    """One JSON object a line, or text for people."""

    database_url: SecretStr
    """The service's database as its runtime role; read anew for each connection when given by file."""
    migration_database_url: SecretStr | None = None
    """The same as the owner role, for `migrate` only."""
    database_pool_size: Annotated[int, Field(ge=1, le=50)] = 5
    """Connections of each of the two pools of a process; the one for writes may grow to twice as many."""
    nats_url: SecretStr
    """The broker, with the service's user and password."""
    redis_url: SecretStr | None = None
    """Valkey, where rate limits are counted for all replicas; without it each process counts for itself."""

    s3_endpoint: str | None = None
    """Object storage, as services reach it."""
    s3_public_endpoint: str | None = None
    """Object storage, as browsers reach it, where that differs."""
    s3_access_key: SecretStr | None = None
    """Key id of object storage."""
    s3_secret_key: SecretStr | None = None
    """Key of object storage."""
    s3_region: str = "us-east-1"
    """Region that requests to object storage are signed for."""
    s3_bucket: str = "axtech-{kind}-{env}"
    """Pattern of the names of the four buckets."""
    s3_server_side_encryption: Literal["AES256", "aws:kms"] | None = None
    """Asked for with every object stored; without it the bucket's own rule holds."""
    s3_kms_key_id: str | None = None
    """Key of `aws:kms`."""

    jwks_url: str
    """Where identity publishes the keys that sign access tokens."""
    service_key: SecretStr
    """Ed25519 private key, PEM: signs the service's calls to the others."""
    service_jwks: str
    """The public keys of all services, a JSON Web Key Set."""
    encryption_keyring: SecretStr
    """Keys that wrap what is encrypted in columns; followed without a restart when given by file."""
    blind_index_key: SecretStr
    """Key of the hashes by which encrypted values are found again, 32 bytes in base64."""

    identity_url: str = "http://identity:8000"
    """Identity, as the other services reach it."""
    cases_url: str = "http://cases:8000"
    """Cases, likewise."""
    billing_url: str = "http://billing:8000"
    """Billing, likewise."""
    devices_url: str = "http://devices:8000"
    """Devices, likewise."""
    notifications_url: str = "http://notifications:8000"
    """Notifications, likewise."""
    documents_url: str = "http://documents:8000"
    """Documents, likewise."""
    public_url: str = "http://127.0.0.1:8080"
    """The gateway, as the world reaches it."""
    cors_origins: Annotated[list[str], NoDecode] = []
    """Origins of browser applications, separated by commas."""
    trusted_proxies: Annotated[list[str], NoDecode] = ["127.0.0.1"]
    """Addresses or networks of the gateway, whose word on the caller's address is taken; separated by commas."""

    rate_limit_general: str = "100/minute"
    """Calls of one user."""
    rate_limit_auth: str = "5/minute"
    """Calls of one address to each endpoint that signs in."""
    rate_limit_upload: str = "10/minute"
    """Uploads of one user."""
    rate_limit_billing: str = "20/minute"
    """Calls of one user to billing."""
    body_limit_bytes: int = 1024 * 1024
    """Largest body, where an endpoint does not say otherwise."""

    flags_provider: FlagsProvider = "environment"
    """Where feature flags come from: `FLAG_<NAME>` of the environment, a file, flagd or LaunchDarkly."""
    flags_file: Path | None = None
    """Flags in flagd's format, JSON or YAML, followed without a restart."""
    flagd_url: str = "http://localhost:8015"
    """flagd's sync service (gRPC): flags are kept and evaluated in the process."""
    launchdarkly_sdk_key: SecretStr | None = None
    """Server-side SDK key."""
    launchdarkly_relay_url: str | None = None
    """A relay proxy instead of LaunchDarkly's own addresses."""

    sentry_dsn: SecretStr | None = None
    """Where unexpected errors are reported, without personal data; without it nowhere."""
    otel_exporter_otlp_endpoint: str | None = None
    """Where traces are sent, by OTLP over HTTP, such as `http://otel-collector:4318`; without it none are made."""
    otel_traces_sampler_arg: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Which part of all traces is sent whole; of the others only what failed or took longer than two seconds."""

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

    @model_validator(mode="after")
    def _refuse_what_is_unsafe(self) -> Self:
        if self.axtech_env != "development" and (problems := self.unsafe()):
            raise ValueError(f"not safe for {self.axtech_env}: {'; '.join(problems)}")
        return self

    def unsafe(self) -> list[str]:
        """What may not be so outside development, each with the name of its variable."""
        held = {name: getattr(self, name) for name in type(self).model_fields}
        secrets = [
            (name, value)
            for name, value in held.items()
            if isinstance(value, SecretStr) and self.given(name) and name != "sentry_dsn"  # which holds none
        ]
        ours = [(name, held[name]) for name in ("jwks_url", *(f"{service}_url" for service in _SERVICES))]
        limits = [(name, held[name], Settings.model_fields[name].default) for name in _LIMITS]
        problems = [
            *safety.made_up(secrets),
            *safety.in_the_clear((name, held[name]) for name in ("public_url", "s3_endpoint", "s3_public_endpoint")),
            *safety.outside_in_the_clear(ours),
            *safety.open_origins("cors_origins", self.cors_origins),
            *safety.trusted_by_all("trusted_proxies", self.trusted_proxies),
            *safety.limits_off(limits),
        ]
        if self.redis_url is None:
            problems.append("REDIS_URL must be set: without it each replica counts calls for itself")
        if self.log_level == "DEBUG":
            problems.append("LOG_LEVEL must not be DEBUG")
        return problems

    def given(self, name: str) -> bool:
        """Whether a setting was set, rather than left to its default."""
        return name in self.model_fields_set

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
