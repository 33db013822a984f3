"""Accounts for tests, made and used through the API as people make and use them."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import pyotp
from common.clock import now
from common.contracts.enums import STAFF, LinkPurpose, Role
from common.ids import new_id
from common.testing import RunningService

from identity.staff import seeding
from identity.staff.models import Department
from identity.staff.schemas import SeededStaff

PASSWORD = "un mot de passe assez long"  # noqa: S105 - of accounts that live as long as a test
NIR = "295109912611193"
CONSENTS = [
    {"consentType": kind, "version": "1.0.0", "textHash": "ab" * 32} for kind in ("HEALTH_DATA", "TERMS_OF_SERVICE")
]
_DEPARTMENTS = {
    Role.OPS: Department.OPS,
    Role.BILLING: Department.BILLING,
    Role.TECHNICIAN: Department.TECH,
    Role.COMPLIANCE_ADMIN: Department.COMPLIANCE,
}


@dataclass(frozen=True)
class Account:
    """An account and the secrets of its owner; `profile_id` is None for staff."""

    email: str
    role: Role
    user_id: UUID
    profile_id: UUID | None = None
    password: str = PASSWORD
    totp_secret: str | None = field(default=None)

    def code(self, *, steps: int = 0) -> str:
        """The authenticator's code now, or some time steps from now."""
        return str(pyotp.TOTP(self.totp_secret or "").at(now(), counter_offset=steps))


def registration(email: str, **changes: Any) -> dict[str, Any]:
    """The body of a patient's registration."""
    profile = {"firstName": "Camille", "lastName": "Béranger", "dateOfBirth": "1995-10-12", "nir": NIR}
    body = {"email": email, "password": PASSWORD, "role": "PATIENT", "profile": profile, "consents": CONSENTS}
    return body | changes


class People:
    """Makes accounts of one running identity service, and logs them in."""

    def __init__(self, service: RunningService) -> None:
        self.service = service

    async def register(self, role: Role = Role.PATIENT, **profile: Any) -> Account:
        """A patient or prescriber whose address is not verified yet."""
        email = f"{role.value.lower()}-{new_id()}@example.test"
        body = registration(email)
        if role is Role.PRESCRIBER:
            named = {"firstName": "Anne", "lastName": "Lefèvre", "rppsNumber": "10003456786"}
            body |= {"role": role.value, "profile": named, "consents": []}
        body["profile"] |= profile
        made = await self.service.http.post("/api/v1/auth/register", json=body)
        assert made.status_code == 201, made.text  # noqa: S101 - for tests
        return Account(email, role, UUID(made.json()["userId"]), UUID(made.json()["profileId"]))

    async def patient(self, **profile: Any) -> Account:
        """An active patient."""
        return await self._verified(await self.register(**profile))

    async def prescriber(self, **profile: Any) -> Account:
        """An active prescriber."""
        return await self._verified(await self.register(Role.PRESCRIBER, **profile))

    async def staff(self, role: Role) -> Account:
        """An active member of staff with a second factor."""
        secret = pyotp.random_base32()
        given = SeededStaff(
            email=f"{role.value.lower()}-{new_id()}@example.test",
            password=PASSWORD,
            role=role,
            employee_id=f"E-{new_id().hex}",
            department=_DEPARTMENTS[role],
            totp_secret=secret,
        )
        resources = self.service.resources
        async with resources.database.transaction() as session:
            user_id = await seeding.seed(resources, session, given)
        return Account(given.email, role, user_id, totp_secret=secret)

    async def of(self, role: Role) -> Account:
        """An active account of any role."""
        if role in STAFF:
            return await self.staff(role)
        return await (self.patient() if role is Role.PATIENT else self.prescriber())

    async def link_token(self, user_id: UUID, purpose: LinkPurpose) -> str:
        """The token of a link that would have been mailed."""
        async with self.service.internal("notifications") as notifications:
            made = await notifications.post(f"/users/{user_id}/links", json={"purpose": purpose.value})
        assert made.status_code == 200, made.text  # noqa: S101 - for tests
        return str(parse_qs(urlsplit(made.json()["url"]).query)["token"][0])

    async def log_in(self, account: Account, **changes: Any) -> dict[str, Any]:
        """The pair of tokens of a new session, the second factor given where there is one."""
        body = {"email": account.email, "password": account.password} | changes
        answer = await self.service.http.post("/api/v1/auth/login", json=body)
        assert answer.status_code == 200, answer.text  # noqa: S101 - for tests
        tokens: dict[str, Any] = answer.json()
        if tokens.get("mfaRequired"):
            second = {"mfaToken": tokens["mfaToken"], "code": account.code()}
            answer = await self.service.http.post("/api/v1/auth/mfa/verify", json=second)
            assert answer.status_code == 200, answer.text  # noqa: S101 - for tests
            tokens = answer.json()
        return tokens

    async def client(self, account: Account) -> httpx.AsyncClient:
        """A client in a new session of the account; paths are relative to `/api/v1`."""
        return self.bearer((await self.log_in(account))["accessToken"])

    def bearer(self, token: str) -> httpx.AsyncClient:
        """A client with any token."""
        transport = httpx.ASGITransport(self.service.app, client=("127.0.0.1", 50000))
        base = f"{self.service.http.base_url}/api/v1"
        return httpx.AsyncClient(transport=transport, base_url=base, headers={"Authorization": f"Bearer {token}"})

    async def _verified(self, account: Account) -> Account:
        token = await self.link_token(account.user_id, LinkPurpose.VERIFY_EMAIL)
        verified = await self.service.http.post("/api/v1/auth/verify-email", json={"token": token})
        assert verified.status_code == 200, verified.text  # noqa: S101 - for tests
        return account
