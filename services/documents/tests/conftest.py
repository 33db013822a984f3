"""Fixtures of the documents service's tests: the service on real storage, and what other services would say."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest_asyncio
import uvicorn
from common.auth import Actor
from common.contracts.enums import Role
from common.servers import free_port
from common.testing import RunningService, eventually
from common.testing.keys import actor
from common.testing.plugin import RunService
from fastapi import FastAPI, HTTPException, Request

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\ntrailer\n<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n"
# In two halves, so that antivirus programs leave this file alone.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STAND" + rb"ARD-ANTIVIRUS-TEST-FILE!$H+H*"
INFECTED_PDF = PDF.replace(b"trailer", EICAR + b"\ntrailer")


def announcement(content: bytes = PDF, **changes: Any) -> dict[str, Any]:
    """The body of POST `/documents` for `content`; a change to None leaves a field out."""
    body = {
        "documentType": "PRESCRIPTION",
        "filename": "ordonnance.pdf",
        "mimeType": "application/pdf",
        "sizeBytes": len(content),
        "sha256Hash": hashlib.sha256(content).hexdigest(),
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


class Desk:
    """The running service, and short ways to bring documents where a test wants them."""

    def __init__(self, running: RunningService) -> None:
        self.running = running

    async def announce(self, by: Actor, content: bytes = PDF, **changes: Any) -> dict[str, Any]:
        """A document and its upload link."""
        async with self.running.client(by) as client:
            answer = await client.post("/documents", json=announcement(content, **changes))
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def send(self, upload: dict[str, Any], content: bytes) -> httpx.Response:
        """Use an upload link as a browser would, which counts the content itself."""
        headers = {**upload["headers"], "Content-Length": str(len(content))}
        async with httpx.AsyncClient(timeout=30) as client:
            return await client.request(upload["method"], upload["url"], headers=headers, content=content)

    async def complete(self, by: Actor, document_id: str) -> httpx.Response:
        async with self.running.client(by) as client:
            return await client.post(f"/documents/{document_id}/complete")

    async def upload(self, by: Actor, content: bytes = PDF, **changes: Any) -> dict[str, Any]:
        """A document that has arrived, and waits for its scan."""
        made = await self.announce(by, content, **changes)
        assert (await self.send(made["upload"], content)).status_code == 200
        answer = await self.complete(by, made["document"]["id"])
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document

    async def read(self, by: Actor, document_id: str) -> dict[str, Any]:
        async with self.running.client(by) as client:
            answer = await client.get(f"/documents/{document_id}")
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document

    async def status(self, by: Actor, method: str, path: str) -> int:
        """The status code of a call."""
        async with self.running.client(by) as client:
            return (await client.request(method, path)).status_code

    async def scanned(self, by: Actor, content: bytes = PDF, **changes: Any) -> dict[str, Any]:
        """A document that has been scanned; needs the worker."""
        document = await self.upload(by, content, **changes)
        return await eventually(
            lambda: self.read(by, document["id"]), until=lambda found: found["scanStatus"] != "PENDING"
        )

    async def audited(self, action: str) -> list[UUID]:
        """The objects of the audit entries of an action."""
        entries = await self.running.recorded("audit.recorded")
        return [UUID(entry.data["objectId"]) for entry in entries if entry.data["action"] == action]

    async def stored(self, document_id: str) -> tuple[str, str]:
        """Bucket and key of a document's object."""
        row = await self.running.resources.database.reads.fetchrow(
            "SELECT bucket, storage_key FROM documents WHERE id = $1", UUID(document_id)
        )
        return f"axtech-{row['bucket'].lower()}-development", row["storage_key"]

    async def set_clean(self, document_id: str) -> None:
        """As a scan would, without a worker."""
        async with self.running.resources.database.transaction() as session:
            connection = await session.connection()
            await connection.exec_driver_sql(
                "UPDATE documents SET scan_status = 'CLEAN', scan_completed_at = now() WHERE id = $1",
                (UUID(document_id),),
            )


class Neighbours:
    """What cases and identity would answer, by path; anything else is 404."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.answers: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self.app = FastAPI()
        self.app.get("/internal/v1/{path:path}")(self._answer)

    async def _answer(self, path: str, request: Request) -> dict[str, Any]:
        if not request.headers.get("authorization", "").startswith("Bearer "):
            raise HTTPException(401)
        self.asked.append(f"/{path}")
        if f"/{path}" not in self.answers:
            raise HTTPException(404)
        return self.answers[f"/{path}"]


@pytest_asyncio.fixture
async def neighbours() -> AsyncIterator[Neighbours]:
    """Cases' and identity's internal APIs, over real sockets."""
    made = Neighbours()
    server = uvicorn.Server(uvicorn.Config(made.app, "127.0.0.1", made.port, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server._serve())

    async def started() -> bool:
        return server.started

    await eventually(started)
    yield made
    server.should_exit = True
    await serving


@pytest_asyncio.fixture
async def desk(run_service: RunService) -> Desk:
    """The service's API, on an empty database."""
    return Desk(await run_service("documents", case_wait_seconds=0))


@pytest_asyncio.fixture
async def working_desk(run_worker: RunService, neighbours: Neighbours) -> Desk:
    """The service with broker, consumers and jobs, and with patience for a case it is about to hear of."""
    urls = {"cases_url": neighbours.url, "identity_url": neighbours.url}
    running = await run_worker("documents", case_wait_seconds=10, **urls)
    return Desk(running)


@pytest_asyncio.fixture
async def patient() -> Actor:
    return actor(Role.PATIENT)


@pytest_asyncio.fixture
async def ops() -> Actor:
    return actor(Role.OPS)
