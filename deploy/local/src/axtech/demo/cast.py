"""Who plays in the story, with what, and how they look for what should have happened."""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx

from axtech.demo.api import Api, seen
from axtech.demo.people import Sessions
from axtech.project import ROOT

Happened = list[str]
"""What a step led to, a line each."""


@dataclass(frozen=True)
class Setting:
    """Where the story plays: the gateway, the mailbox, seeded staff by role and a seeded product."""

    gateway: str
    mailbox: str
    staff: Mapping[str, Mapping[str, str]]
    product: Mapping[str, Any]
    sessions: Sessions
    on_wait: Callable[[str], None] = lambda _: None
    transport: Callable[[], httpx.AsyncBaseTransport | None] = lambda: None
    """How each person's calls travel; None is as usual."""


@dataclass
class Facts:
    """What the story has led to so far, by the API's names."""

    patient_id: str = ""
    papers: dict[str, str] = field(default_factory=dict)
    prescription_id: str = ""
    case_id: str = ""
    case_number: str = ""
    quote_id: str = ""
    claim: dict[str, Any] = field(default_factory=dict)
    device: dict[str, Any] = field(default_factory=dict)
    ticket: dict[str, Any] = field(default_factory=dict)
    visit_id: str = ""
    timeline: list[dict[str, Any]] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)


def sample(name: str) -> bytes:
    """The content of one of the sample documents."""
    return (ROOT / "samples" / name).read_bytes()


class Cast:
    """The people of one story, an invented patient among them. To be entered; `facts` holds what came of the steps."""

    def __init__(self, setting: Setting, tag: str | None = None) -> None:
        """`tag` tells this story's people and devices from all others'; by chance unless given."""
        self.setting = setting
        tag = tag or secrets.token_hex(4)
        self.email = f"eleonore.{tag}@patients.example"
        self.phone = f"+336{secrets.randbelow(10**8):08d}"
        self.password = secrets.token_urlsafe(16)
        self.serial = f"AX200-{tag.upper()}"
        self.facts = Facts()
        self.uploaded: list[str] = []
        self.patient, self.ops, self.billing, self.technician, self.compliance = (
            Api(setting.gateway, setting.on_wait, setting.transport()) for _ in range(5)
        )
        self.web = httpx.AsyncClient(timeout=30, trust_env=False, transport=setting.transport())
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for client in (self.patient, self.ops, self.billing, self.technician, self.compliance, self.web):
            await self._stack.enter_async_context(client)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def upload(
        self, person: Api, kind: str, name: str, content: bytes, mime_type: str, about: Mapping[str, str]
    ) -> str:
        """Announce, upload, complete; the id of the document once it was scanned clean."""
        made = await person.post(
            "/documents",
            {
                "documentType": kind,
                "filename": name,
                "mimeType": mime_type,
                "sizeBytes": len(content),
                "sha256Hash": hashlib.sha256(content).hexdigest(),
                **about,
            },
        )
        link, identifier = made["upload"], str(made["document"]["id"])
        stored = await self.web.request(link["method"], link["url"], headers=link["headers"], content=content)
        stored.raise_for_status()
        await person.post(f"/documents/{identifier}/complete")
        self.uploaded.append(identifier)
        await seen(
            lambda: person.get(f"/documents/{identifier}"),
            lambda document: document["scanStatus"] == "CLEAN",
            what=f"the scan of {name}",
        )
        return identifier

    async def messages(self) -> list[dict[str, Any]]:
        answer = await self.web.get(f"{self.setting.mailbox}/messages", params={"to": self.email})
        found: list[dict[str, Any]] = answer.raise_for_status().json()
        return found

    async def mail(self, wanted: Callable[[dict[str, Any]], bool], what: str) -> dict[str, Any]:
        found = await seen(self.messages, lambda messages: any(map(wanted, messages)), what=what)
        return next(message for message in found if wanted(message))

    async def case(self, person: Api) -> dict[str, Any]:
        case: dict[str, Any] = await person.get(f"/cases/{self.facts.case_id}")
        return case

    async def case_in(self, status: str) -> dict[str, Any]:
        return await seen(
            lambda: self.case(self.patient), lambda case: case["status"] == status, what=f"the case as {status}"
        )

    async def claim_in(self, status: str) -> dict[str, Any]:
        claim: dict[str, Any] = await seen(
            lambda: self.billing.get(f"/claims/{self.facts.claim['id']}"),
            lambda found: found["status"] == status,
            what=f"the claim as {status}",
        )
        return claim

    async def timeline(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        cursor = None
        while True:
            page = await self.patient.get(f"/cases/{self.facts.case_id}/timeline", limit=200, cursor=cursor)
            items += page["items"]
            cursor = page["nextCursor"]
            if cursor is None:
                return items
