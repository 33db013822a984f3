"""What the other services hold of a patient, part by part."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from identity.rights.neighbours import Caller, NotReadable

OK = "OK"


@dataclass(frozen=True, slots=True)
class Source:
    """A list of a service narrowed to the patient, and what belongs to each of its items (`{id}` is the item's)."""

    service: str
    name: str
    by_patient: bool = True
    children: tuple[str, ...] = ()
    single: tuple[str, ...] = ()
    """Children of which there is one at most."""


@dataclass(slots=True)
class Part:
    """`status` is OK, NOT_PERMITTED (the caller may not read it) or UNAVAILABLE."""

    name: str
    status: str = OK
    items: list[dict[str, Any]] = field(default_factory=list)


SOURCES = (
    Source("cases", "prescriptions"),
    Source("cases", "cases", children=("timeline", "notes", "tasks", "quotes")),
    Source("documents", "documents"),
    Source("devices", "devices", single=("maintenance-contract",)),
    Source("devices", "tickets", children=("visits", "parts")),
)
OF_THE_CALLER = (
    Source("devices", "chat/conversations", by_patient=False),
    Source("notifications", "notifications", by_patient=False),
)
"""Lists that show callers their own: asked when the patient asks in person."""


async def parts(caller: Caller, patient_id: UUID, *, in_person: bool) -> AsyncIterator[Part]:
    """Every part, each as soon as it is there; what cannot be read is told by its status."""
    case_ids: list[str] = []
    for source in (*SOURCES, *(OF_THE_CALLER if in_person else ())):
        part = await _gather(caller, source, patient_id)
        if source.name == "cases":
            case_ids = [case["id"] for case in part.items]
        yield part
    yield await _claims(caller, case_ids)


async def _gather(caller: Caller, source: Source, patient_id: UUID) -> Part:
    part = Part(source.name.rsplit("/", 1)[-1])
    narrowed = {"patientId": str(patient_id)} if source.by_patient else {}
    try:
        part.items = await caller.items(source.service, f"/{source.name}", **narrowed)
        for item in part.items:
            await _add_children(caller, source, item)
    except NotReadable as error:
        part.status = error.status
    return part


async def _add_children(caller: Caller, source: Source, item: dict[str, Any]) -> None:
    path = f"/{source.name}/{item['id']}"
    for child in source.children:
        item[child] = await caller.items(source.service, f"{path}/{child}")
    for child in source.single:
        item[child] = await caller.one(source.service, f"{path}/{child}")


async def _claims(caller: Caller, case_ids: list[str]) -> Part:
    """Claims are found by their cases."""
    part = Part("claims")
    try:
        for case_id in case_ids:
            for claim in await caller.items("billing", "/claims", caseId=case_id):
                part.items.append(await caller.one("billing", f"/claims/{claim['id']}") or claim)
    except NotReadable as error:
        part.status = error.status
    return part
