"""The timeline: every event of a case from all services, once, oldest first."""

from typing import Any

from cases.timeline.domain import MAX_SUMMARY, summary
from common.clock import now
from common.contracts.billing import ClaimCreatedV1
from common.contracts.documents import DocumentCleanV1
from common.contracts.enums import Channel, ClaimStatus, DocumentType, Role
from common.contracts.notifications import NotificationSentV1
from common.ids import new_id
from common.testing import eventually


def claim(case: Any, **changes: Any) -> ClaimCreatedV1:
    given = {
        "case_id": case["id"],
        "claim_id": new_id(),
        "claim_number": "CL-2026-000001",
        "patient_id": case["patientId"],
        "quote_id": new_id(),
        "status": ClaimStatus.DRAFT,
        "total_amount": "600.00",
        **changes,
    }
    return ClaimCreatedV1.model_validate(given)


def test_an_event_without_words_is_called_by_its_name_and_none_is_too_long() -> None:
    assert summary("thing.happened", {}) == "thing.happened"
    assert len(summary("case.opened", {"caseNumber": "x" * 1000})) == MAX_SUMMARY


async def test_events_of_all_services_are_kept_once_and_told_oldest_first(working_desk: Any) -> None:
    desk = working_desk
    case = await desk.case()
    await desk.move(case["id"], "DOCUMENTS_PENDING")
    path = f"/cases/{case['id']}/timeline"

    async def items() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await desk.mine.get(path)).raise_for_status().json()["items"]
        return found

    await eventually(items, until=lambda found: len(found) >= 4)
    created = await desk.running.publish(claim(case), times=3)
    document = {
        "document_id": new_id(),
        "document_type": DocumentType.ID_CARD,
        "owner_id": new_id(),
        "patient_id": case["patientId"],
    }
    await desk.running.publish(DocumentCleanV1(case_id=None, **document))
    await desk.running.publish(DocumentCleanV1(case_id=case["id"], **document))
    notification = {"notification_id": new_id(), "recipient_id": new_id(), "channel": Channel.EMAIL}
    await desk.running.publish(NotificationSentV1(case_id=case["id"], template_id="case-opened", **notification))
    found = await eventually(items, until=lambda found: len(found) >= 7)
    assert [(item["service"], item["type"]) for item in found] == [
        ("cases", "prescription.submitted"),
        ("cases", "prescription.verified"),
        ("cases", "case.opened"),
        ("cases", "case.status-changed"),
        ("billing", "claim.created"),
        ("documents", "document.clean"),
        ("notifications", "notification.sent"),
    ]
    moved, told = found[3], found[4]
    assert moved["summary"] == "Status changed from INTAKE_RECEIVED to DOCUMENTS_PENDING"
    assert (moved["actorId"], moved["data"]["toStatus"]) == (str(desk.officer.user_id), "DOCUMENTS_PENDING")
    assert (told["id"], told["summary"]) == (str(created), "Claim CL-2026-000001 drafted: 600.00 EUR")
    assert sorted(item["occurredAt"] for item in found) == [item["occurredAt"] for item in found]
    assert found[0]["occurredAt"] < now().isoformat().replace("+00:00", "Z")

    pages, cursor = [], None
    while True:
        page = (await desk.mine.get(path, params={"limit": 3, **({"cursor": cursor} if cursor else {})})).json()
        pages.append(page["items"])
        cursor = page["nextCursor"]
        if cursor is None:
            break
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [item for page in pages for item in page] == found


async def test_who_reads_the_case_reads_its_timeline_and_staff_are_audited(desk: Any) -> None:
    case = await desk.case()
    expected = {Role.PATIENT: 404, Role.PRESCRIBER: 404, Role.TECHNICIAN: 404, Role.BILLING: 200, Role.OPS: 200}
    for role, status in expected.items():
        async with desk.client(role) as somebody:
            assert (await somebody.get(f"/cases/{case['id']}/timeline")).status_code == status
    await desk.mine.get(f"/cases/{case['id']}/timeline")
    entries = await desk.running.recorded("audit.recorded")
    assert len([entry for entry in entries if entry.data["action"] == "case.timeline"]) == 2
