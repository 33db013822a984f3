"""The gateway's application: the contract's endpoints, the control interface and the faults."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

from common.clock import now
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.responses import JSONResponse

from axtech.simulators.billing_gateway.control import control_routes
from axtech.simulators.billing_gateway.lgpi import Lgpi, keeping_at_it
from axtech.simulators.billing_gateway.outcomes import accepted_later, then_rejected
from axtech.simulators.billing_gateway.returns import ReturnRefusedError
from axtech.simulators.billing_gateway.schemas import (
    Attachment,
    Claim,
    Claims,
    ClaimSubmission,
    DocumentReceipts,
    Payments,
    ReturnFiles,
    Settings,
    Submission,
)
from axtech.simulators.billing_gateway.store import ReferenceReusedError, Store
from axtech.simulators.billing_gateway.vega import vega_routes
from axtech.simulators.faults import FaultMiddleware, FaultRequest, Faults, Kind, fault_routes
from axtech.simulators.serving import health_routes

OPERATIONS = (
    ("submit", "POST", re.compile(r"/v1/claims")),
    ("lookup", "GET", re.compile(r"/v1/claims")),
    ("status", "GET", re.compile(r"/v1/claims/[^/]+")),
    ("documents", "POST", re.compile(r"/v1/claims/[^/]+/documents")),
    ("payments", "GET", re.compile(r"/v1/claims/[^/]+/payments")),
    ("returns", "GET", re.compile(r"/v1/returns")),
    ("download", "GET", re.compile(r"/v1/returns/[^/]+")),
    ("submit", "PUT", re.compile(r"/api/dossiers/[^/]+")),
    ("lookup", "GET", re.compile(r"/api/dossiers")),
    ("documents", "PUT", re.compile(r"/api/dossiers/[^/]+/pieces/[^/]+")),
    ("payments", "GET", re.compile(r"/api/dossiers/[^/]+/reglements")),
    ("returns", "GET", re.compile(r"/api/retours")),
    ("download", "GET", re.compile(r"/api/retours/[^/]+")),
)
CODES = {400: "NOT_JSON", 401: "UNAUTHORISED", 404: "NOT_FOUND", 405: "NOT_ALLOWED", 409: "CONFLICT"}
FAILURES = {429: ("TOO_MANY_REQUESTS", "too many requests"), 500: ("FAILED", "internal error"), 504: ("FAILED", "late")}


def create_app(
    folder: Path,
    *,
    api_key: str | None = None,
    vega_key: str | None = None,
    accept_after: float = 3.0,
    lgpi: Path | None = None,
) -> FastAPI:
    """The simulator keeping its data in `folder`; without a key of Infimax or Vega, any that is not empty is good.

    `lgpi` is a folder in which it also does what LGPI would.
    """
    store = Store(folder)
    faults = Faults()
    settings = Settings(accept_after_seconds=accept_after)
    by_files = Lgpi(lgpi, store, settings, faults) if lgpi else None

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with keeping_at_it(by_files):
            yield
        store.database.close()

    app = FastAPI(title="Billing gateway simulator", lifespan=lifespan)
    app.state.store = store
    app.include_router(health_routes(store.database))
    app.include_router(_contract_routes(store, settings), dependencies=[Depends(_key_check(api_key))])
    app.include_router(vega_routes(store, settings, vega_key))
    app.include_router(control_routes(store, faults, settings, by_files))
    app.include_router(fault_routes(faults, frozenset(name for name, _, _ in OPERATIONS), frozenset(Kind)))
    app.add_middleware(FaultMiddleware, faults=faults, operation=_operation, answers=_failure)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(StarletteHTTPException, _http_error)
    app.add_exception_handler(ReturnRefusedError, _return_refused)
    return app


def _contract_routes(store: Store, settings: Settings) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["contract"])

    def known(ref: str) -> Claim:
        claim = store.claim(ref)
        if claim is None:
            raise HTTPException(404, "no such claim")
        return claim

    @router.post("/claims", status_code=201)
    def submit(submission: ClaimSubmission, request: Request, response: Response) -> Submission:
        fault: FaultRequest | None = getattr(request.state, "fault", None)
        steps = accepted_later(now().timestamp(), settings.accept_after_seconds)
        if fault is not None and fault.kind is Kind.LATE_REJECTION:
            steps = then_rejected(steps, fault.hold, fault.code, fault.reason)
        again = fault is not None and fault.kind is Kind.DUPLICATE_ACCEPTANCE
        try:
            claim, new = store.submit(submission, steps, fault=fault.kind if fault else None, again=again)
        except ReferenceReusedError as error:
            raise HTTPException(409, "the reference belongs to another claim") from error
        response.status_code = 201 if new else 200
        return Submission(gateway_ref=claim.gateway_ref, status=claim.status, received_at=claim.received_at)

    @router.get("/claims")
    def look_up(reference: Annotated[str, Query(min_length=1)]) -> Claims:
        return Claims(items=store.claims(reference=reference))

    @router.get("/claims/{ref}")
    def status(claim: Annotated[Claim, Depends(known)]) -> Claim:
        return claim

    @router.post("/claims/{ref}/documents", status_code=201)
    def attach(claim: Annotated[Claim, Depends(known)], attachment: Attachment) -> DocumentReceipts:
        return DocumentReceipts(documents=store.attach(claim.gateway_ref, attachment.documents))

    @router.get("/claims/{ref}/payments")
    def payments(claim: Annotated[Claim, Depends(known)]) -> Payments:
        found = store.payments(claim.gateway_ref)
        total = sum((payment.amount for payment in found), claim.amount * 0)
        return Payments(gateway_ref=claim.gateway_ref, total_paid=total, payments=found)

    @router.get("/returns")
    def returns(after: str | None = None, limit: Annotated[int, Query(ge=1, le=200)] = 100) -> ReturnFiles:
        if after is not None and store.return_content(after) is None:
            raise RequestValidationError([{"loc": ("query", "after"), "msg": "no such file", "type": "value_error"}])
        found = store.returns(after=after, limit=limit + 1)
        more = len(found) > limit
        return ReturnFiles(items=found[:limit], next_after=found[limit - 1].id if more else None)

    @router.get("/returns/{identifier}", response_class=Response)
    def download(identifier: str) -> Response:
        found = store.return_content(identifier)
        if found is None:
            raise HTTPException(404, "no such file")
        name, content = found
        disposition = f'attachment; filename="{name}"'
        return Response(content, headers={"Content-Disposition": disposition}, media_type="application/octet-stream")

    return router


def _key_check(expected: str | None) -> Any:
    async def check(x_api_key: Annotated[str, Header()] = "") -> None:
        if not x_api_key or (expected and x_api_key != expected):
            raise HTTPException(401, "unknown API key")

    return check


def _operation(method: str, path: str) -> str | None:
    return next((name for name, verb, form in OPERATIONS if verb == method and form.fullmatch(path)), None)


def _failure(_: str, status: int) -> dict[str, Any]:
    code, message = FAILURES[status]
    return {"code": code, "message": message}


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    if any(each["type"] == "json_invalid" for each in found):
        return JSONResponse({"code": "NOT_JSON", "message": "the body is not JSON"}, 400)
    details = [{"path": ".".join(str(part) for part in each["loc"]), "message": each["msg"]} for each in found]
    return JSONResponse({"code": "INVALID", "message": "the request breaks the contract", "details": details}, 422)


async def _http_error(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, StarletteHTTPException):
        raise error
    if isinstance(error.detail, dict):
        return JSONResponse(error.detail, error.status_code)
    return JSONResponse({"code": CODES.get(error.status_code, "ERROR"), "message": error.detail}, error.status_code)


async def _return_refused(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, ReturnRefusedError):
        raise error
    return JSONResponse({"code": error.code, "message": str(error)}, error.status)
