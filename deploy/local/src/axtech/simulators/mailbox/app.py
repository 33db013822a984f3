"""The mailbox's application: the providers' interfaces, what was sent, the control interface and the faults."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import httpx
from fastapi import APIRouter, FastAPI, HTTPException, Query

from axtech.simulators.faults import FaultMiddleware, Faults, Kind, fault_routes
from axtech.simulators.mailbox.pages import page_routes
from axtech.simulators.mailbox.providers import brevo_routes, provider_failure, twilio_routes
from axtech.simulators.mailbox.store import Channel, Message, OutcomeRequest, Store, WebhookRecord
from axtech.simulators.mailbox.webhooks import Webhooks, WebhookSettings
from axtech.simulators.serving import health_routes

KINDS = frozenset(Kind) - {Kind.DUPLICATE_ACCEPTANCE, Kind.LATE_REJECTION}
OPERATIONS = {
    "email": re.compile(r"/v3/smtp/email"),
    "sms": re.compile(r"/2010-04-01/Accounts/[^/]+/Messages\.json"),
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """What callers must present; where one is not set, any that is not empty is good."""

    brevo_api_key: str | None = None
    twilio_account_sid: str | None = None
    twilio_auth_token: str | None = None


def create_app(
    folder: Path,
    credentials: Credentials | None = None,
    webhook_settings: WebhookSettings | None = None,
    webhook_transport: httpx.AsyncBaseTransport | None = None,
) -> FastAPI:
    """The simulator keeping its data in `folder`; `webhook_transport` replaces the network in tests."""
    credentials = credentials or Credentials()
    store = Store(folder)
    faults = Faults()
    webhooks = Webhooks(store, webhook_settings or WebhookSettings(), webhook_transport)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await webhooks.close()
        store.database.close()

    app = FastAPI(title="Mailbox", lifespan=lifespan)
    app.state.webhooks = webhooks
    app.include_router(health_routes(store.database))
    app.include_router(brevo_routes(store, webhooks, credentials.brevo_api_key))
    app.include_router(twilio_routes(store, webhooks, credentials.twilio_account_sid, credentials.twilio_auth_token))
    app.include_router(_message_routes(store))
    app.include_router(_control_routes(store, faults))
    app.include_router(fault_routes(faults, frozenset(OPERATIONS), KINDS))
    app.include_router(page_routes(store))
    app.add_middleware(FaultMiddleware, faults=faults, operation=_operation, answers=provider_failure)
    return app


def _message_routes(store: Store) -> APIRouter:
    router = APIRouter(prefix="/messages", tags=["messages"])

    @router.get("")
    def messages(
        to: str | None = None,
        channel: Channel | None = None,
        limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
    ) -> list[Message]:
        """The last messages, the oldest first. A number's `+` that came as a space is understood."""
        if to is not None and to.startswith(" "):
            to = "+" + to.strip()
        return store.messages(to=to, channel=channel, limit=limit)

    @router.get("/{identifier}")
    def message(identifier: str) -> Message:
        found = store.message(identifier)
        if found is None:
            raise HTTPException(404, "no such message")
        return found

    return router


def _control_routes(store: Store, faults: Faults) -> APIRouter:
    router = APIRouter(prefix="/control", tags=["control"])

    @router.put("/outcomes")
    def outcome(request: OutcomeRequest) -> OutcomeRequest:
        store.set_outcome(request)
        return request

    @router.get("/webhooks")
    def webhooks() -> list[WebhookRecord]:
        return store.webhooks()

    @router.post("/reset", status_code=204)
    def reset() -> None:
        store.clear()
        faults.clear()

    return router


def _operation(method: str, path: str) -> str | None:
    if method != "POST":
        return None
    return next((name for name, form in OPERATIONS.items() if form.fullmatch(path)), None)
