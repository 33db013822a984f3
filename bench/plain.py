"""The bar: one case by plain FastAPI and asyncpg, its token decoded at every request. Takes `--port N`."""

import argparse
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

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


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    async def prepare(connection: Any) -> None:
        await connection.set_type_codec("jsonb", encoder=orjson.dumps, decoder=orjson.loads, schema="pg_catalog")

    app.state.pool = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=5, max_size=5, init=prepare)
    app.state.key = jwt.PyJWK.from_json(os.environ["PUBLIC_KEY"])
    yield
    await app.state.pool.close()


app = FastAPI(lifespan=_lifespan)


def _patient(request: Request, authorization: Annotated[str, Header()]) -> str:
    token = authorization.removeprefix("Bearer ")
    claims = jwt.decode(token, request.app.state.key, algorithms=[ALGORITHM], audience=AUDIENCE, issuer=ISSUER)
    return str(claims["patientId"])


@app.get("/api/v1/cases/{case_id}", response_model=Case)
async def read_case(case_id: UUID, request: Request, patient_id: Annotated[str, Depends(_patient)]) -> Any:
    """One case, for its patient."""
    row = await request.app.state.pool.fetchrow(_ONE, case_id)
    if row is None or str(row["patient_id"]) != patient_id:
        raise HTTPException(404)
    return dict(row)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    uvicorn.run(
        app, port=parser.parse_args().port, loop="uvloop", http="httptools", access_log=False, log_level="error"
    )
