"""What a process of the identity service holds open."""

from contextlib import AsyncExitStack
from typing import Annotated

from common.auth.tokens import TokenVerifier
from common.resources import Resources
from fastapi import Depends, Request

from identity.rights.neighbours import Neighbours
from identity.security.passwords import Passwords
from identity.security.tokens import OwnKeySet, PrivateTokens, SigningKeys
from identity.settings import IdentitySettings


class IdentityResources(Resources):
    """Also the keys that sign, and the threads that hash passwords."""

    settings: IdentitySettings

    def __init__(self, settings: IdentitySettings) -> None:
        super().__init__("identity", settings)
        self.signing_keys = SigningKeys(settings.jwt_secret.get_secret_value(), settings.jwt_previous_public_keys)
        self.private_tokens = PrivateTokens(settings.jwt_refresh_secret.get_secret_value())
        self.tokens = TokenVerifier(OwnKeySet(self.signing_keys, settings.jwks_url), self.revocations)
        self.neighbours = Neighbours(settings)
        self.passwords = Passwords(
            rounds=settings.bcrypt_rounds, threads=settings.password_threads, queue=settings.password_queue
        )

    async def open(self, stack: AsyncExitStack) -> None:
        stack.callback(self.passwords.close)
        stack.push_async_callback(self.neighbours.close)
        await super().open(stack)


async def _resources(request: Request) -> IdentityResources:
    found: IdentityResources = request.app.state.resources
    return found


ResourcesOf = Annotated[IdentityResources, Depends(_resources)]
