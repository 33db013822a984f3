"""The control interface, for tests and the demonstration: outcomes, return files, and what was received."""

from collections import Counter

from common.clock import now
from fastapi import APIRouter, HTTPException

from axtech.simulators.billing_gateway.lgpi import Lgpi
from axtech.simulators.billing_gateway.outcomes import Step, decided
from axtech.simulators.billing_gateway.returns import make_return
from axtech.simulators.billing_gateway.schemas import (
    Claim,
    OutcomeRequest,
    Received,
    ReturnFile,
    ReturnRequest,
    Settings,
)
from axtech.simulators.billing_gateway.store import Store
from axtech.simulators.faults import Faults


def control_routes(store: Store, faults: Faults, settings: Settings, lgpi: Lgpi | None) -> APIRouter:
    """Everything under `/control` but the faults."""
    router = APIRouter(prefix="/control", tags=["control"])

    def known(ref: str) -> Claim:
        claim = store.claim(ref)
        if claim is None:
            raise HTTPException(404, "no such claim")
        return claim

    @router.post("/claims/{ref}/outcome")
    def outcome(ref: str, request: OutcomeRequest) -> Claim:
        known(ref)
        rejected = request.status == "REJECTED"
        step = Step(
            now().timestamp() + request.after_seconds,
            request.status,
            request.code if rejected else None,
            request.reason if rejected else None,
        )
        store.plan(ref, decided(store.steps(ref), step))
        return known(ref)

    @router.post("/returns", status_code=201)
    def returns(request: ReturnRequest) -> ReturnFile:
        made = make_return(store, request)
        found = store.return_content(made.id)
        if lgpi is not None and found is not None:
            lgpi.hand_out(*found)
        return made

    @router.get("/received")
    def received() -> Received:
        claims = store.claims()
        references = Counter(claim.reference for claim in claims)
        invoices = Counter(claim.invoice_number for claim in claims if claim.status != "REJECTED")
        return Received(
            claims=claims,
            submissions=store.submissions(),
            documents=store.documents(),
            payments=store.payments(),
            returns=store.returns(limit=-1),
            faults=faults.rules(),
            doubled_references=sorted(each for each, count in references.items() if count > 1),
            doubled_invoices=sorted(each for each, count in invoices.items() if count > 1),
        )

    @router.put("/settings")
    async def change(request: Settings) -> Settings:
        settings.accept_after_seconds = request.accept_after_seconds
        return settings

    @router.post("/reset", status_code=204)
    def reset() -> None:
        store.reset()
        faults.clear()
        if lgpi is not None:
            lgpi.forget()

    return router
