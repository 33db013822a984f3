"""What the other services hold of a patient, part by part."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from common.errors import Unavailable
from common.http.client import ServiceClient

from identity.rights.neighbours import Caller, NotReadable

OK = "OK"
_PAGE = 200


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is asked about."""

    patient_id: UUID
    user_id: UUID


@dataclass(frozen=True, slots=True)
class Source:
    """A public list narrowed to the patient, and what belongs to each of its items (`{id}` is the item's)."""

    name: str
    children: tuple[str, ...] = ()
    single: tuple[str, ...] = ()
    """Children of which there is one at most."""


@dataclass(frozen=True, slots=True)
class InternalSource:
    """A list that patients have no call for, though what it holds is about them: read in our own name."""

    name: str
    where: Callable[[Subject], tuple[str, dict[str, str]]]
    """Path and query."""


@dataclass(slots=True)
class Part:
    """`status` is OK, NOT_PERMITTED (the caller may not read it) or UNAVAILABLE; `last` of its service."""

    name: str
    service: str = "identity"
    status: str = OK
    items: list[dict[str, Any]] = field(default_factory=list)
    last: bool = False


PLAN: dict[str, tuple[Source | InternalSource, ...]] = {
    "cases": (Source("prescriptions"), Source("cases", children=("timeline", "notes", "tasks", "quotes"))),
    "documents": (Source("documents"),),
    "devices": (
        Source("devices", single=("maintenance-contract",)),
        Source("tickets", children=("visits", "parts")),
        InternalSource(
            "conversations",
            lambda who: (f"/patients/{who.patient_id}/conversations", {"userId": str(who.user_id)}),
        ),
    ),
    "notifications": (InternalSource("notifications", lambda who: (f"/users/{who.user_id}/notifications", {})),),
    "billing": (InternalSource("claims", lambda who: (f"/patients/{who.patient_id}/claims", {})),),
}
SERVICES_TOTAL = 1 + len(PLAN)
"""The others and identity itself."""


async def parts(caller: Caller, services: ServiceClient, subject: Subject) -> AsyncIterator[Part]:
    """Every part, service after service, each as soon as it is there; what cannot be read is told by its status."""
    for service, sources in PLAN.items():
        for source in sources:
            part = Part(source.name, service, last=source is sources[-1])
            try:
                if isinstance(source, Source):
                    part.items = await _public(caller, service, source, subject.patient_id)
                else:
                    part.items = await _internal(services, service, *source.where(subject))
            except NotReadable as error:
                part.status = error.status
            yield part


async def _public(caller: Caller, service: str, source: Source, patient_id: UUID) -> list[dict[str, Any]]:
    items = await caller.items(service, f"/{source.name}", patientId=str(patient_id))
    for item in items:
        path = f"/{source.name}/{item['id']}"
        for child in source.children:
            item[child] = await caller.items(service, f"{path}/{child}")
        for child in source.single:
            item[child] = await caller.one(service, f"{path}/{child}")
    return items


async def _internal(services: ServiceClient, service: str, path: str, query: dict[str, str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        following = {"cursor": cursor} if cursor else {}
        try:
            page = await services.get(service, path, **query, **following, limit=_PAGE)
        except Unavailable as error:
            raise NotReadable("UNAVAILABLE") from error
        if page is None:
            return found
        found += page["items"]
        cursor = page["nextCursor"]
        if cursor is None:
            return found
