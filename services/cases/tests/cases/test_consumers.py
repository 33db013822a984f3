"""What events of other services make of a case: duplicates, disorder and strangers included."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from common import clock
from common.clock import now, today
from common.contracts import billing
from common.contracts.devices import ContractActivatedV1, TicketAssignedV1
from common.contracts.documents import DocumentCleanV1, DocumentDeletedV1, DocumentGeneratedV1
from common.contracts.enums import ClaimStatus, ContractType, DocumentType, GatewayType, Role
from common.ids import new_id
from common.testing import eventually
from common.testing.keys import actor

KINDS: dict[ClaimStatus, type[billing.ClaimEvent]] = {
    ClaimStatus.DRAFT: billing.ClaimCreatedV1,
    ClaimStatus.SUBMITTED: billing.ClaimSubmittedV1,
    ClaimStatus.RESUBMITTED: billing.ClaimResubmittedV1,
    ClaimStatus.PENDING: billing.ClaimPendingV1,
    ClaimStatus.ACCEPTED: billing.ClaimAcceptedV1,
    ClaimStatus.REJECTED: billing.ClaimRejectedV1,
    ClaimStatus.PAID: billing.ClaimPaidV1,
}


class Claim:
    """A claim of billing, telling how it goes."""

    def __init__(self, desk: Any, case: Any, quote_id: str) -> None:
        self.desk = desk
        self.id = new_id()
        self.about = {
            "case_id": case["id"],
            "claim_id": self.id,
            "claim_number": "CL-2026-000001",
            "patient_id": case["patientId"],
            "quote_id": quote_id,
            "total_amount": "600.00",
            "gateway_type": GatewayType.INFIMAX,
            "rejection_code": "0009-816",
            "paid_amount": "600.00",
        }

    async def tells(self, status: ClaimStatus, version: int, *, times: int = 1) -> None:
        event = KINDS[status].model_validate({**self.about, "status": status})
        await self.desk.running.publish(event, of=self.id, version=version, times=times)


async def history(desk: Any, case_id: str) -> list[str]:
    rows = await desk.running.resources.database.reads.fetch(
        "SELECT to_status FROM case_transitions WHERE case_id = $1 ORDER BY id", UUID(case_id)
    )
    return [row["to_status"] for row in rows]


async def without_claim(desk: Any) -> list[str]:
    listed = (await desk.ops.get("/cases", params={"claimMissing": "true"})).raise_for_status().json()
    return [case["id"] for case in listed["items"]]


async def settled(desk: Any, durable: str, stream: str) -> None:
    """Return once the durable is done with the last event of its stream, which is one of those it reads."""
    jetstream = desk.running.resources.nats().jetstream()

    async def left() -> int:
        last = (await jetstream.stream_info(stream)).state.last_seq
        return int(last - (await jetstream.consumer_info(stream, durable)).ack_floor.stream_seq)

    await eventually(left, until=lambda count: count == 0)


async def test_a_case_follows_its_claim_through_rejection_to_agreement(working_desk: Any) -> None:
    desk = working_desk
    case, quote = await desk.approved()
    claim = Claim(desk, case, quote["id"])
    with clock.travel(now() + timedelta(minutes=6)):
        assert await without_claim(desk) == [case["id"]]
        await Claim(desk, case, str(new_id())).tells(ClaimStatus.DRAFT, 1)
        await settled(desk, "cases-claims", "BILLING")
        assert await without_claim(desk) == [case["id"]]
        await claim.tells(ClaimStatus.DRAFT, 1)
        await eventually(lambda: without_claim(desk), until=lambda found: found == [])
    await claim.tells(ClaimStatus.SUBMITTED, 2, times=3)
    submitted = await desk.until(case["id"], "SUBMITTED_TO_CPAM")
    assert submitted["submittedAt"] is not None
    await claim.tells(ClaimStatus.REJECTED, 3)
    rejected = await desk.until(case["id"], "CPAM_REJECTED")
    assert (rejected["rejectionReason"], rejected["rejectedAt"] is not None) == ("0009-816", True)
    await claim.tells(ClaimStatus.RESUBMITTED, 4)
    await desk.until(case["id"], "SUBMITTED_TO_CPAM")
    await claim.tells(ClaimStatus.PENDING, 5)
    await claim.tells(ClaimStatus.ACCEPTED, 6)
    accepted = await desk.until(case["id"], "CPAM_APPROVED")
    assert (accepted["rejectionReason"], accepted["approvedAt"] is not None) == (None, True)
    assert (await history(desk, case["id"]))[-5:] == [
        "SUBMITTED_TO_CPAM",
        "CPAM_REJECTED",
        "SUBMITTED_TO_CPAM",
        "CPAM_PENDING",
        "CPAM_APPROVED",
    ]


async def test_claim_events_out_of_order_lead_to_the_same_end_and_stale_ones_back_nowhere(working_desk: Any) -> None:
    desk = working_desk
    case, quote = await desk.approved()
    claim = Claim(desk, case, quote["id"])
    await claim.tells(ClaimStatus.PAID, 5)
    await desk.until(case["id"], "CPAM_APPROVED")
    await claim.tells(ClaimStatus.REJECTED, 3)
    await claim.tells(ClaimStatus.SUBMITTED, 2)
    await settled(desk, "cases-claims", "BILLING")
    assert (await desk.read(case["id"]))["status"] == "CPAM_APPROVED"
    assert (await history(desk, case["id"]))[-2:] == ["SUBMITTED_TO_CPAM", "CPAM_APPROVED"]


async def test_a_claim_that_went_ahead_of_its_case_is_caught_up_with(working_desk: Any) -> None:
    desk = working_desk
    case = await desk.in_quote_pending()
    quote = await desk.send((await desk.draft(case["id"]))["id"])
    await desk.tick(case["id"], addressVerified=False)
    await desk.approve(quote["id"])
    await Claim(desk, case, quote["id"]).tells(ClaimStatus.PENDING, 3)
    await settled(desk, "cases-claims", "BILLING")
    assert (await desk.read(case["id"]))["status"] == "PATIENT_APPROVAL_PENDING"
    assert (await desk.tick(case["id"], addressVerified=True))["status"] == "CPAM_PENDING"


async def test_the_claim_of_a_replaced_quote_moves_nothing(working_desk: Any) -> None:
    desk = working_desk
    case, quote = await desk.approved()
    await desk.move(case["id"], "QUOTE_PENDING")
    replaced = await desk.draft(case["id"])
    await desk.send(replaced["id"])
    await desk.approve(replaced["id"])
    await Claim(desk, case, quote["id"]).tells(ClaimStatus.SUBMITTED, 2)
    await settled(desk, "cases-claims", "BILLING")
    assert (await desk.read(case["id"]))["status"] == "READY_TO_SUBMIT"


async def test_an_event_about_a_case_that_is_not_ours_is_kept_aside(working_desk: Any) -> None:
    desk = working_desk
    stranger = {"id": str(new_id()), "patientId": str(new_id())}
    await Claim(desk, stranger, str(new_id())).tells(ClaimStatus.SUBMITTED, 2)
    letters = await eventually(desk.running.dead_letters)
    assert [(letter["consumer"], letter["reason"]) for letter in letters] == [("cases-claims", "permanent")]


async def test_a_contract_brings_a_delivered_case_under_maintenance_once(working_desk: Any) -> None:
    desk = working_desk
    chair = await desk.product()
    case, _ = await desk.scheduled(desk.line(chair))
    body = {
        "items": [{"productId": chair["id"], "serialNumber": "SN-1"}],
        "deliveredAt": now().isoformat(),
        "proofDocumentId": desk.proof(case["id"]),
    }
    (await desk.ops.post(f"/cases/{case['id']}/delivery/complete", json=body)).raise_for_status()
    event = ContractActivatedV1(
        case_id=case["id"],
        device_id=new_id(),
        patient_id=case["patientId"],
        contract_id=new_id(),
        contract_type=ContractType.MANUAL,
        renewal_date=today() + timedelta(days=365),
    )
    await desk.running.publish(event, times=2)
    await desk.until(case["id"], "MAINTENANCE_ACTIVE")
    await settled(desk, "cases-devices", "DEVICES")
    assert (await history(desk, case["id"])).count("MAINTENANCE_ACTIVE") == 1


async def test_the_technician_of_a_ticket_sees_its_case_until_another_has_it(working_desk: Any) -> None:
    desk = working_desk
    case = await desk.case()
    first, second = actor(Role.TECHNICIAN), actor(Role.TECHNICIAN)
    ticket = new_id()

    async def assigned(technician: Any, version: int) -> None:
        event = TicketAssignedV1(
            case_id=case["id"],
            device_id=new_id(),
            patient_id=case["patientId"],
            ticket_id=ticket,
            ticket_number="TK-2026-000001",
            technician_id=technician.user_id,
            previous_technician_id=None,
        )
        await desk.running.publish(event, of=ticket, version=version)

    async with desk.client(first) as one, desk.client(second) as two:

        async def statuses() -> tuple[int, int]:
            path = f"/cases/{case['id']}"
            return (await one.get(path)).status_code, (await two.get(path)).status_code

        await assigned(first, 2)
        await eventually(statuses, until=lambda seen: seen == (200, 404))
        await assigned(second, 3)
        await eventually(statuses, until=lambda seen: seen == (404, 200))
        await assigned(first, 2)
        await settled(desk, "cases-devices", "DEVICES")
        assert await statuses() == (404, 200)


async def test_documents_settle_flags_and_their_latest_state_counts(working_desk: Any) -> None:
    desk = working_desk
    case = await desk.case()
    document = {
        "document_id": new_id(),
        "document_type": DocumentType.ID_CARD,
        "owner_id": new_id(),
        "patient_id": case["patientId"],
        "case_id": None,
    }

    async def missing() -> list[str]:
        flags = (await desk.read(case["id"]))["flags"]
        return [flag["documentType"] for flag in flags if flag["code"] == "DOCUMENT_MISSING"]

    assert await missing() == ["ID_CARD", "CARTE_VITALE", "PROOF_OF_ADDRESS"]
    await desk.running.publish(DocumentCleanV1(**document), of=document["document_id"], version=2)
    await eventually(missing, until=lambda found: found == ["CARTE_VITALE", "PROOF_OF_ADDRESS"])
    await desk.running.publish(DocumentDeletedV1(**document), of=document["document_id"], version=4)
    await eventually(missing, until=lambda found: "ID_CARD" in found)
    await desk.running.publish(DocumentCleanV1(**document), of=document["document_id"], version=3)
    await settled(desk, "cases-documents", "DOCUMENTS")
    assert "ID_CARD" in await missing()


async def test_the_pdf_of_a_quote_is_linked_when_it_is_made(working_desk: Any) -> None:
    desk = working_desk
    case = await desk.in_quote_pending()
    quote = await desk.send((await desk.draft(case["id"]))["id"])
    document_id = new_id()

    def generated(quote_id: str) -> DocumentGeneratedV1:
        return DocumentGeneratedV1(
            document_id=document_id,
            document_type=DocumentType.QUOTE_PDF,
            owner_id=None,
            patient_id=case["patientId"],
            case_id=case["id"],
            quote_id=quote_id,
        )

    await desk.running.publish(generated(quote["id"]), of=document_id, times=2)

    async def linked() -> Any:
        return (await desk.mine.get(f"/quotes/{quote['id']}")).json()["pdfDocumentId"]

    assert await eventually(linked) == str(document_id)
    await desk.approve(quote["id"])
    [approved] = await desk.running.recorded("quote.approved")
    assert approved.data["quoteDocumentId"] == str(document_id)
    await desk.running.publish(generated(str(new_id())), of=document_id)
    letters = await eventually(desk.running.dead_letters)
    assert [letter["consumer"] for letter in letters] == ["cases-documents"]
