"""Identity's internal API over people that a test makes up."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import uvicorn
from common.clock import now
from common.contracts.enums import LinkPurpose, Role
from common.ids import new_id
from common.testing import eventually
from fastapi import Depends, FastAPI, HTTPException, Request

CODE = "482913"


@dataclass
class FakeIdentity:
    """`people` by user id, `patients` as (user id, role) by patient id; `away` makes it answer 503.

    `minted` lists what was asked for: (user id, purpose of a link or `PHONE_CODE`). Somebody in `settled` has no use
    for a link or a code any more.
    """

    url: str
    people: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    patients: dict[UUID, list[tuple[UUID, str]]] = field(default_factory=dict)
    away: bool = False
    minted: list[tuple[UUID, str]] = field(default_factory=list)
    settled: set[UUID] = field(default_factory=set)

    def person(self, role: str = "PATIENT", **changes: Any) -> UUID:
        """A verified person reached by mail; `changes` are fields of the answer."""
        user_id = new_id()
        self.people[user_id] = {
            "userId": str(user_id),
            "role": role,
            "email": f"{user_id.hex}@example.fr",
            "emailVerified": True,
            "phone": f"+336{user_id.int % 10**8:08d}",
            "phoneVerified": True,
            "firstName": "Nathalie",
            "language": "fr",
            "contactPreference": "EMAIL",
        } | changes
        return user_id

    def patient(self, *proxies: UUID, **changes: Any) -> tuple[UUID, UUID]:
        """A patient, with their proxies; gives (patient id, user id)."""
        patient_id, user_id = new_id(), self.person(**changes)
        self.patients[patient_id] = [(user_id, "PATIENT"), *((proxy, "PROXY") for proxy in proxies)]
        return patient_id, user_id

    def email(self, user_id: UUID) -> str:
        """The address of a person."""
        return str(self.people[user_id]["email"])

    def phone(self, user_id: UUID) -> str:
        """The number of a person."""
        return str(self.people[user_id]["phone"])

    def contact(self, user_id: UUID) -> dict[str, Any]:
        """A person as the API shows them; 404 for nobody."""
        if user_id not in self.people:
            raise HTTPException(404)
        return self.people[user_id]

    def mint(self, user_id: UUID, purpose: str) -> None:
        """Note that a link or a code is asked for; 404 where there is no use for one."""
        self.contact(user_id)
        if user_id in self.settled:
            raise HTTPException(404)
        self.minted.append((user_id, purpose))


def _app(fake: FakeIdentity) -> FastAPI:
    async def answering(request: Request) -> None:
        if fake.away:
            raise HTTPException(503)
        if not request.headers.get("authorization", "").startswith("Bearer "):
            raise HTTPException(401)

    app = FastAPI(dependencies=[Depends(answering)])

    @app.get("/internal/v1/patients/{patient_id}/contacts")
    async def contacts(patient_id: UUID) -> dict[str, Any]:
        if patient_id not in fake.patients:
            raise HTTPException(404)
        return {"recipients": [{**fake.people[who], "role": role} for who, role in fake.patients[patient_id]]}

    @app.get("/internal/v1/staff/contacts")
    async def staff(role: Role) -> dict[str, Any]:
        return {"recipients": [each for each in fake.people.values() if each["role"] == role]}

    @app.get("/internal/v1/users/{user_id}/contact")
    async def contact(user_id: UUID) -> dict[str, Any]:
        return fake.contact(user_id)

    @app.post("/internal/v1/users/{user_id}/links")
    async def links(user_id: UUID, body: dict[str, LinkPurpose]) -> dict[str, Any]:
        fake.mint(user_id, body["purpose"])
        url = f"https://app.example/verify?token=secret-{len(fake.minted)}&a=1"
        return {"url": url, "expiresAt": now().isoformat()}

    @app.post("/internal/v1/users/{user_id}/phone-code")
    async def phone_code(user_id: UUID) -> dict[str, Any]:
        fake.mint(user_id, "PHONE_CODE")
        return {"code": CODE, "expiresAt": now().isoformat()}

    return app


@asynccontextmanager
async def serve_identity() -> AsyncIterator[FakeIdentity]:
    """A fake identity on a free port of this machine."""
    listener = socket.create_server(("127.0.0.1", 0))
    fake = FakeIdentity(f"http://127.0.0.1:{listener.getsockname()[1]}")
    async with serving(_app(fake), listener):
        yield fake


@asynccontextmanager
async def serving(app: FastAPI, listener: socket.socket) -> AsyncIterator[None]:
    """Serve an application on a socket that is already bound."""
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
    task = asyncio.create_task(server.serve(sockets=[listener]))

    async def started() -> bool:
        return server.started

    await eventually(started)
    try:
        yield
    finally:
        server.should_exit = True
        await task
        listener.close()
