"""Records of a patient nobody here has anything to do with, one of each kind that a path names."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from uuid import UUID

import asyncpg
import orjson
from cases.cases.domain import empty_checklist
from common import clock
from common.ids import new_id
from common.testing.planting import plant

Ids = dict[str, str]


async def plant_all(service: str, connection: asyncpg.Connection) -> Ids:
    """The ids, by the names that paths give them. The connection checks no foreign keys."""
    ids = await _PLANTERS[service](connection, new_id())
    return {name: str(value) for name, value in ids.items()}


async def _billing(connection: asyncpg.Connection, patient: UUID) -> dict[str, object]:
    claim, file, entry, document = (new_id() for _ in range(4))
    numbers = {"invoice_number": f"{patient.int % 10**9:09}", "gateway_type": "LGPI", "status": "DRAFT", "lines": "[]"}
    await plant(connection, "claims", id=claim, patient_id=patient, **numbers)
    await plant(connection, "claim_documents", claim_id=claim, document_id=document, document_role="QUOTE")
    kinds = {"status": "PROCESSED", "return_type": "NOEMIE", "origin": "UPLOAD"}
    await plant(connection, "return_files", id=file, other_amounts="[]", **kinds)
    unmatched = {"decision": "PAID", "invoice_number": "000000009", "denials": "[]", "parked_reason": "UNKNOWN_INVOICE"}
    await plant(connection, "return_entries", id=entry, return_file_id=file, **unmatched)
    return {"claim_id": claim, "return_id": file, "entry_id": entry, "document_id": document}


async def _cases(connection: asyncpg.Connection, patient: UUID) -> dict[str, object]:
    case, prescription, quote, task, family, product, item, imported = (new_id() for _ in range(8))
    category = "ELECTRIC_WHEELCHAIR"
    about = {"patient_id": patient, "product_category": category, "verification_status": "VERIFIED"}
    await plant(connection, "prescriptions", id=prescription, **about)
    checklist = orjson.dumps(empty_checklist()).decode()
    state = {"status": "INTAKE_RECEIVED", "priority": "NORMAL", "checklist_state": checklist}
    await plant(connection, "cases", id=case, patient_id=patient, prescription_id=prescription, **state)
    await plant(connection, "quotes", id=quote, case_id=case, status="PENDING_APPROVAL", sent_at=clock.now())
    await plant(connection, "case_tasks", id=task, case_id=case, task_type="OTHER", status="PENDING")
    await plant(connection, "product_families", id=family, category=category, prior_agreement="NONE")
    await plant(connection, "products", id=product, family_id=family)
    await plant(connection, "lppr_items", id=item, code="4320187")
    await plant(connection, "lppr_imports", id=imported, status="QUEUED")
    return {
        "patient_id": patient,
        "case_id": case,
        "prescription_id": prescription,
        "quote_id": quote,
        "task_id": task,
        "family_id": family,
        "product_id": product,
        "item_id": item,
        "import_id": imported,
    }


async def _devices(connection: asyncpg.Connection, patient: UUID) -> dict[str, object]:
    device, contract, ticket, visit, conversation, recall = (new_id() for _ in range(6))
    then = clock.now()
    await plant(connection, "device_instances", id=device, patient_id=patient, status="ACTIVE")
    year = {"start_date": date(2026, 1, 1), "renewal_date": date(2027, 1, 1)}
    kind = {"contract_type": "ELECTRIC", "status": "ACTIVE"}
    await plant(connection, "maintenance_contracts", id=contract, device_id=device, **kind, **year)
    fault = {"category": "JOYSTICK", "severity": "MEDIUM", "status": "OPEN"}
    await plant(connection, "service_tickets", id=ticket, device_id=device, **fault)
    day = {"scheduled_at": then, "scheduled_until": then + timedelta(hours=1)}
    await plant(connection, "technician_visits", id=visit, ticket_id=ticket, **day)
    await plant(connection, "chat_conversations", id=conversation, patient_id=patient, escalation="NONE")
    await plant(
        connection, "recalls", id=recall, category="JOYSTICK", severity="MEDIUM", status="OPEN", product_id=new_id()
    )
    return {
        "device_id": device,
        "contract_id": contract,
        "ticket_id": ticket,
        "visit_id": visit,
        "conversation_id": conversation,
        "recall_id": recall,
    }


async def _documents(connection: asyncpg.Connection, patient: UUID) -> dict[str, object]:
    document = new_id()
    kind = {"owner_type": "PATIENT", "document_type": "ID_CARD", "bucket": "DOCUMENTS"}
    content = {"sha256_hash": "0" * 64, "thumbnail_key": "thumbnail"}
    scanned = {"uploaded_at": clock.now(), "scan_status": "CLEAN", "scan_completed_at": clock.now()}
    await plant(
        connection, "documents", id=document, owner_id=new_id(), patient_id=patient, **kind, **content, **scanned
    )
    return {"document_id": document, "patient_id": patient}


async def plant_user(connection: asyncpg.Connection, user: UUID) -> None:
    """An account of identity's."""
    state = {"role": "PATIENT", "status": "ACTIVE", "language": "FR"}
    await plant(connection, "users", id=user, email=f"{user}@example.test", **state)


async def _identity(connection: asyncpg.Connection, patient: UUID) -> dict[str, object]:
    user, prescriber, proxy, consent, session, export = (new_id() for _ in range(6))
    await plant(
        connection, "users", id=user, role="PATIENT", status="ACTIVE", language="FR", email=f"{user}@example.test"
    )
    await plant(connection, "patient_profiles", id=patient, user_id=user, contact_preference="EMAIL")
    await plant(connection, "prescriber_profiles", id=prescriber)
    await plant(connection, "proxy_relationships", id=proxy, patient_id=patient, relationship="FAMILY", status="ACTIVE")
    await plant(connection, "consents", id=consent, patient_id=patient, consent_type="HEALTH_DATA")
    await plant(connection, "sessions", id=session, user_id=user)
    await plant(connection, "exports", id=export, patient_id=patient, state="COMPLETE", parts="[]")
    return {
        "user_id": user,
        "patient_id": patient,
        "prescriber_id": prescriber,
        "proxy_id": proxy,
        "consent_id": consent,
        "session_id": session,
        "export_id": export,
    }


async def _notifications(connection: asyncpg.Connection, patient: UUID) -> dict[str, object]:
    notification = new_id()
    await plant(connection, "notifications", id=notification, recipient_id=patient, channel="EMAIL", status="PENDING")
    return {"notification_id": notification, "template_id": "account.verify-email"}


_PLANTERS: dict[str, Callable[[asyncpg.Connection, UUID], Awaitable[dict[str, object]]]] = {
    "billing": _billing,
    "cases": _cases,
    "devices": _devices,
    "documents": _documents,
    "identity": _identity,
    "notifications": _notifications,
}
