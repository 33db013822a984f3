"""Settings that a service may go live with, for tests of what it refuses."""

import secrets
from typing import Any


def live_settings(**changes: Any) -> dict[str, Any]:
    """What every service needs in production, with secrets of its own; `changes` on top, None taking one away."""
    password = secrets.token_urlsafe(24)
    given = {
        "axtech_env": "production",
        "database_url": f"postgresql://cases_runtime:{password}@database/cases",
        "nats_url": f"nats://cases:{password}@nats:4222",
        "redis_url": f"valkey://:{password}@valkey:6379/0",
        "s3_endpoint": "https://s3.example.com",
        "s3_access_key": secrets.token_hex(10),
        "s3_secret_key": password,
        "jwks_url": "http://identity-api:8000/.well-known/jwks.json",
        "service_key": secrets.token_urlsafe(48),
        "service_jwks": '{"keys": []}',
        "encryption_keyring": secrets.token_urlsafe(48),
        "blind_index_key": secrets.token_urlsafe(32),
        "public_url": "https://api.example.com",
        "trusted_proxies": "10.0.0.0/8",
        **changes,
    }
    return {name: value for name, value in given.items() if value is not None}
