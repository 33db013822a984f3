"""Settings of the identity service."""

import os
from typing import Annotated

from common.settings import Settings
from pydantic import Field, SecretStr


class IdentitySettings(Settings):
    """Keys that only identity holds, and what a password hash may cost."""

    jwt_secret: SecretStr
    """Ed25519 private key, PEM: signs access tokens."""
    jwt_refresh_secret: Annotated[SecretStr, Field(min_length=32)]
    """Signs what only identity reads back: refresh, second-factor and enrolment tokens."""
    jwt_previous_public_keys: str = ""
    """Further Ed25519 public keys to publish, PEM after PEM: those that signed before, or will sign next."""
    bcrypt_rounds: Annotated[int, Field(ge=4, le=16)] = 12
    """What a password hash costs: two to this power."""
    password_threads: Annotated[int, Field(ge=1, le=64)] = Field(default_factory=lambda: os.cpu_count() or 1)
    """Passwords hashed at once; as many as the machine has processors."""

    password_queue: Annotated[int, Field(ge=1)] = 2000
    """How many may wait for theirs to be hashed; further ones are sent away until there is room."""

    def unsafe(self) -> list[str]:
        """As of every service, and hashes that are guessed too fast."""
        cheap = ["BCRYPT_ROUNDS must be 12 or more"] if self.bcrypt_rounds < 12 else []
        return super().unsafe() + cheap
