"""What identity is asked: who is to be told, where they are reached, personal links and codes.

Nothing personal is stored. Every call raises `common.errors.Unavailable` while identity cannot be reached.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any, Literal
from uuid import UUID

from common.contracts.enums import Channel, LinkPurpose, Role
from common.http.client import ServiceClient
from pydantic import AwareDatetime, BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

_ROLE_SECONDS = 5.0
_AT_ONCE = 10


class _Answer(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")


class Recipient(_Answer):
    """A person and how to reach them. `repr` shows neither name nor address: it may end up in a traceback."""

    user_id: UUID
    role: str
    email: str
    email_verified: bool
    phone: str | None = None
    phone_verified: bool = False
    first_name: str | None = None
    language: Literal["fr", "en"] = "fr"
    contact_preference: str = "EMAIL"

    def __repr__(self) -> str:
        return f"Recipient({self.user_id})"

    __str__ = __repr__

    @property
    def is_proxy(self) -> bool:
        return self.role == "PROXY"

    @property
    def prefers_sms(self) -> bool:
        return self.contact_preference == "SMS"

    @property
    def prefers_calls(self) -> bool:
        return self.contact_preference == "PHONE"

    @property
    def verified(self) -> Mapping[Channel, str]:
        """The verified address of each channel."""
        found = {Channel.EMAIL: self.email} if self.email_verified else {}
        if self.phone and self.phone_verified:
            found[Channel.SMS] = self.phone
        return found


class PersonalLink(_Answer):
    """A link good for one use until it expires."""

    url: str
    expires_at: AwareDatetime


class PhoneCode(_Answer):
    """A code that proves who holds a phone."""

    code: str
    expires_at: AwareDatetime


class _Recipients(_Answer):
    recipients: list[Recipient]


class Directory:
    """Identity's internal API, asked once where several want to know the same at the same time.

    Who is of a role is known for some seconds, for one flood of alerts asks it thousands of times; of a person nothing
    is kept once it was answered, so that what goes to them goes to where they are reached now.
    """

    def __init__(self, services: ServiceClient) -> None:
        self._services = services
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._asked: dict[str, asyncio.Task[Any]] = {}
        self._roles: dict[Role, tuple[float, Sequence[Recipient]]] = {}

    async def of_patient(self, patient_id: UUID) -> Sequence[Recipient] | None:
        """The patient and their active proxies; None for a patient that identity does not know."""
        answer = await self._get(f"/patients/{patient_id}/contacts")
        return None if answer is None else _Recipients.model_validate(answer).recipients

    async def of_role(self, role: Role) -> Sequence[Recipient] | None:
        """The active staff of a role, as of the last few seconds."""
        until, known = self._roles.get(role, (0.0, ()))
        if time.monotonic() < until:
            return known
        answer = await self._get("/staff/contacts", role=role.value)
        if answer is None:
            return None
        found = _Recipients.model_validate(answer).recipients
        if found:
            self._roles[role] = (time.monotonic() + _ROLE_SECONDS, found)
        return found

    async def of_user(self, user_id: UUID) -> Recipient | None:
        """One user; None when identity does not know them."""
        answer = await self._get(f"/users/{user_id}/contact")
        return None if answer is None else Recipient.model_validate(answer)

    async def mint_link(self, user_id: UUID, purpose: LinkPurpose) -> PersonalLink | None:
        """A new link for the user; None when they have no use for one any more."""
        answer = await self._services.post("identity", f"/users/{user_id}/links", {"purpose": purpose.value})
        return None if answer is None else PersonalLink.model_validate(answer)

    async def mint_phone_code(self, user_id: UUID) -> PhoneCode | None:
        """A new code for the user's phone; None when none is being verified."""
        answer = await self._services.post("identity", f"/users/{user_id}/phone-code", {})
        return None if answer is None else PhoneCode.model_validate(answer)

    async def _get(self, path: str, **parameters: str) -> Any | None:
        """What a call under way for the same answers, or else a new one; leaving does not end it for others."""
        key = f"{path}?{parameters}"
        asked = self._asked.get(key)
        if asked is None:
            asked = asyncio.create_task(self._in_turn(path, parameters))
            self._asked[key] = asked
            asked.add_done_callback(lambda task: self._answered(key, task))
        return await asyncio.shield(asked)

    async def _in_turn(self, path: str, parameters: dict[str, str]) -> Any | None:
        async with self._turns:
            return await self._services.get("identity", path, **parameters)

    def _answered(self, key: str, asked: "asyncio.Task[Any]") -> None:
        del self._asked[key]
        if not asked.cancelled():
            asked.exception()  # seen, even where nobody waits any more
