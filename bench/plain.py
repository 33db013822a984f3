"""The bar: cases by plain FastAPI and asyncpg, the token decoded at every request. Takes `--port N`."""

import argparse
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

import asyncpg
import jwt
import orjson
import uvicorn
from common.auth.tokens import ALGORITHM, AUDIENCE, ISSUER
from fastapi import Depends, FastAPI, Header, HTTPException, Request
from pydantic import BaseModel

_COLUMNS = (
    "id, case_number, patient_id, prescription_id, status, priority, assigned_to, checklist_state, sla_deadline, "
    "submitted_at, approved_at, rejected_at, rejection_reason, delivery_scheduled_at, delivered_at, "
    "created_at, updated_at"
)
_MANY = f"SELECT {_COLUMNS} FROM cases WHERE patient_id = $1 ORDER BY id DESC LIMIT $2"  # noqa: S608 - constants
_NOTE = "INSERT INTO case_notes (id, case_id, author_id, content, is_internal) VALUES ($1, $2, $3, $4, $5)"
_EVENT = (
    "INSERT INTO outbox (event_id, stream, subject, aggregate_id, aggregate_version, payload, headers) "
    "VALUES ($1, 'AUDIT', 'axtech.audit.cases.v1', $2, 0, $3, $4)"
)
_ONE = f"SELECT {_COLUMNS} FROM cases WHERE id = $1"  # noqa: S608 - constants


class Case(BaseModel):
    """The same fields as the real one."""

    id: UUID
    case_number: str
    patient_id: UUID
    prescription_id: UUID
    status: str
    priority: str
    assigned_to: UUID | None
    checklist_state: dict[str, bool]
    sla_deadline: datetime | None
    submitted_at: datetime | None
    approved_at: datetime | None
    rejected_at: datetime | None
    rejection_reason: str | None
    delivery_scheduled_at: datetime | None
    delivered_at: datetime | None
    created_at: datetime
    updated_at: datetime


class Page(BaseModel):
    """Some of them."""

    items: list[Case]


class NewNote(BaseModel):
    """What is posted."""

    content: str


class Note(BaseModel):
    """What is answered."""

    id: UUID
    case_id: UUID
    author_id: UUID
    content: str
    is_internal: bool


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    async def prepare(connection: Any) -> None:
        await connection.set_type_codec("jsonb", encoder=_json, decoder=orjson.loads, schema="pg_catalog")

    app.state.pool = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=5, max_size=5, init=prepare)
    app.state.key = jwt.PyJWK.from_json(os.environ["PUBLIC_KEY"])
    yield
    await app.state.pool.close()


app = FastAPI(lifespan=_lifespan)


def _claims(request: Request, authorization: Annotated[str, Header()]) -> dict[str, Any]:
    token = authorization.removeprefix("Bearer ")
    return jwt.decode(token, request.app.state.key, algorithms=[ALGORITHM], audience=AUDIENCE, issuer=ISSUER)


Claims = Annotated[dict[str, Any], Depends(_claims)]


@app.get("/api/v1/cases", response_model=Page)
async def list_cases(request: Request, claims: Claims, limit: int = 20) -> Any:
    """A patient's cases."""
    rows = await request.app.state.pool.fetch(_MANY, UUID(claims["patientId"]), limit)
    return {"items": [dict(row) for row in rows]}


@app.get("/api/v1/cases/{case_id}", response_model=Case)
async def read_case(case_id: UUID, request: Request, claims: Claims) -> Any:
    """One case, for its patient."""
    row = await request.app.state.pool.fetchrow(_ONE, case_id)
    if row is None or str(row["patient_id"]) != claims["patientId"]:
        raise HTTPException(404)
    return dict(row)


@app.post("/api/v1/cases/{case_id}/notes", response_model=Note, status_code=201)
async def add_note(case_id: UUID, body: NewNote, request: Request, claims: Claims) -> Any:
    """A patient's note: the rows that the service writes, the audit entry in its outbox among them."""
    note_id, author_id = uuid4(), UUID(claims["sub"])
    entry = orjson.dumps({"action": "note.create", "objectId": note_id, "actorId": author_id})
    async with request.app.state.pool.acquire() as connection, connection.transaction():
        row = await connection.fetchrow(_ONE, case_id)
        if row is None or str(row["patient_id"]) != claims["patientId"]:
            raise HTTPException(404)
        await connection.execute(_NOTE, note_id, case_id, author_id, body.content, False)
        await connection.execute(_EVENT, uuid4(), note_id, entry, {})
    return {
        "id": note_id,
        "case_id": case_id,
        "author_id": author_id,
        "content": body.content,
        "is_internal": False,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    uvicorn.run(
        app, port=parser.parse_args().port, loop="uvloop", http="httptools", access_log=False, log_level="error"
    )
