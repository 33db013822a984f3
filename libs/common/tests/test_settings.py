"""What keeps a service from starting, and what is told of it."""

from typing import Any

import pytest
from common.safety import is_made_up
from common.settings import Settings
from common.testing.live import live_settings
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError


def test_sound_settings_go_live() -> None:
    assert Settings(**live_settings()).axtech_env == "production"
    assert Settings(**live_settings(axtech_env="staging", cors_origins="https://app.example.com")).cors_origins


UNSAFE: list[tuple[dict[str, Any], str]] = [
    ({"database_url": "postgresql://cases_runtime:postgres@database/cases"}, "DATABASE_URL has no real password"),
    ({"database_url": "postgresql://cases_runtime@database/cases"}, "DATABASE_URL has no real password"),
    ({"nats_url": "nats://nats:4222"}, "NATS_URL has no real password"),
    ({"redis_url": "valkey://valkey:6379/0"}, "REDIS_URL has no real password"),
    ({"redis_url": None}, "REDIS_URL must be set"),
    ({"s3_secret_key": "changeme"}, "S3_SECRET_KEY holds no real secret"),
    ({"service_key": "development"}, "SERVICE_KEY holds no real secret"),
    ({"encryption_keyring": "{}"}, "ENCRYPTION_KEYRING holds no real secret"),
    ({"blind_index_key": "A" * 43}, "BLIND_INDEX_KEY holds no real secret"),
    ({"public_url": "http://api.example.com"}, "PUBLIC_URL must be https"),
    ({"s3_endpoint": "http://s3.example.com"}, "S3_ENDPOINT must be https"),
    ({"s3_public_endpoint": "http://s3.example.com"}, "S3_PUBLIC_ENDPOINT must be https"),
    ({"jwks_url": "http://identity.example.com/jwks.json"}, "JWKS_URL must be https"),
    ({"jwks_url": "file:///tmp/jwks.json"}, "JWKS_URL must be https"),
    ({"billing_url": "http://127.0.0.1:8000"}, "BILLING_URL must be https"),
    ({"cors_origins": "*"}, "CORS_ORIGINS must list https origins, not '*'"),
    ({"cors_origins": "https://*.example.com"}, "CORS_ORIGINS must list https origins"),
    ({"cors_origins": "https://a.example.com,http://b.example.com"}, "not 'http://b.example.com'"),
    ({"trusted_proxies": "*"}, "TRUSTED_PROXIES must not be everybody"),
    ({"trusted_proxies": "0.0.0.0/0"}, "TRUSTED_PROXIES must not be everybody"),
    ({"rate_limit_auth": "100000/minute"}, "RATE_LIMIT_AUTH of 100000/minute is no limit"),
    ({"log_level": "DEBUG"}, "LOG_LEVEL must not be DEBUG"),
]


@pytest.mark.parametrize(("changes", "told"), UNSAFE, ids=[told for _, told in UNSAFE])
@pytest.mark.parametrize("environment", ["staging", "production"])
def test_what_is_unsafe_is_refused_by_name(changes: dict[str, Any], told: str, environment: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(**live_settings(**{"axtech_env": environment, **changes}))
    assert told in str(refused.value)


def test_all_that_is_unsafe_is_told_at_once_and_no_secret_with_it() -> None:
    given = live_settings(cors_origins="*", log_level="DEBUG", s3_secret_key="hunter2-hunter2-")
    with pytest.raises(ValidationError) as refused:
        Settings(**given)
    told = str(refused.value)
    assert "CORS_ORIGINS" in told
    assert "LOG_LEVEL" in told
    assert not any(str(value) in told for name, value in given.items() if "key" in name or name.startswith("database"))


def test_a_developers_machine_may_do_as_it_likes() -> None:
    given = {**live_settings(), "axtech_env": "development", "log_level": "DEBUG", "cors_origins": "*"}
    assert Settings(**given).log_level == "DEBUG"


@given(st.binary(min_size=24, max_size=64).filter(lambda key: len(set(key.hex())) >= 8))
def test_random_keys_are_never_taken_for_made_up_ones(key: bytes) -> None:
    assert not is_made_up(key.hex())
