"""From the delivery to the repaired chair."""

import secrets
from datetime import timedelta
from typing import Any

from common.clock import now
from common.contracts.enums import Role

from axtech.demo.api import NotSeen, Refused, seen
from axtech.demo.cast import Cast, Happened, sample

_FIRST_HOUR = 7  # UTC
_HORIZON = 60  # days


async def deliver(cast: Cast) -> Happened:
    when = (now() + timedelta(days=2)).isoformat()
    await cast.ops.post(f"/cases/{cast.facts.case_id}/delivery/schedule", {"scheduledAt": when})
    await cast.case_in("DELIVERY_SCHEDULED")
    proof = await cast.upload(
        cast.ops,
        "DELIVERY_PROOF",
        "bon-livraison.pdf",
        sample("bon-livraison.pdf"),
        "application/pdf",
        {"patientId": cast.facts.patient_id, "caseId": cast.facts.case_id},
    )
    await cast.ops.post(
        f"/cases/{cast.facts.case_id}/delivery/complete",
        {
            "items": [{"productId": cast.setting.product["id"], "serialNumber": cast.serial}],
            "deliveredAt": now().isoformat(),
            "proofDocumentId": proof,
        },
    )
    return [f"serial number {cast.serial}, signed delivery note kept"]


async def see_device(cast: Cast) -> Happened:
    devices = await seen(
        lambda: cast.patient.get("/devices", patientId=cast.facts.patient_id),
        lambda page: page["items"],
        what="the delivered device",
    )
    cast.facts.device = devices["items"][0]
    contract = await cast.patient.get(f"/devices/{cast.facts.device['id']}/maintenance-contract")
    await cast.case_in("MAINTENANCE_ACTIVE")
    return [
        f"device {cast.facts.device['serialNumber']} {cast.facts.device['status']}",
        f"{contract['contractType'].lower()} contract {contract['status']}, {contract['annualForfait']} € a year, "
        f"renewal {contract['renewalDate']}",
        "case MAINTENANCE_ACTIVE",
    ]


async def report_fault(cast: Cast) -> Happened:
    ticket = await cast.patient.post(
        "/tickets",
        {
            "deviceId": cast.facts.device["id"],
            "category": "JOYSTICK",
            "severity": "MEDIUM",
            "description": "Le joystick ne répond plus vers la gauche.",
        },
    )
    technician = cast.setting.staff[Role.TECHNICIAN.value]["userId"]
    await cast.ops.post(f"/tickets/{ticket['id']}/assign", {"technicianId": technician})
    visit = await _book(cast, ticket["id"], technician)
    cast.facts.ticket, cast.facts.visit_id = ticket, visit["id"]
    return [
        f"{ticket['ticketNumber']} {ticket['status']}, given to a technician",
        f"visit on {visit['scheduledAt'][:16]}",
    ]


async def _book(cast: Cast, ticket_id: str, technician: str) -> dict[str, Any]:
    """A visit at the first free hour from a day on that is taken by chance: a technician is nowhere twice at once."""
    day = (now() + timedelta(days=1 + secrets.randbelow(_HORIZON))).replace(minute=0, second=0, microsecond=0)
    for hours in range(100):
        moment = day.replace(hour=_FIRST_HOUR) + timedelta(days=hours // 8, hours=hours % 8)
        try:
            visit: dict[str, Any] = await cast.ops.post(
                f"/tickets/{ticket_id}/visits", {"technicianId": technician, "scheduledAt": moment.isoformat()}
            )
        except Refused as refused:
            if refused.status != 409:
                raise
        else:
            return visit
    raise NotSeen("the technician has no free hour")


async def repair(cast: Cast) -> Happened:
    ticket_id = cast.facts.ticket["id"]
    await cast.technician.post(f"/visits/{cast.facts.visit_id}/arrive")
    await cast.technician.post(
        f"/tickets/{ticket_id}/parts",
        {
            "visitId": cast.facts.visit_id,
            "partSku": "JOY-200",
            "partName": "Joystick AX 200",
            "quantity": 1,
            "unitCost": "189.90",
        },
    )
    await cast.technician.post(
        f"/visits/{cast.facts.visit_id}/complete",
        {"outcome": "COMPLETED", "notes": "Joystick remplacé, essai concluant."},
    )
    ticket = await cast.technician.get(f"/tickets/{ticket_id}")
    if ticket["status"] != "RESOLVED":
        body = {"to": "RESOLVED", "resolutionNotes": "Joystick remplacé."}
        ticket = await cast.technician.post(f"/tickets/{ticket_id}/transitions", body)
    if ticket["status"] != "RESOLVED":
        raise NotSeen(f"the ticket is {ticket['status']}, not RESOLVED")
    return ["joystick replaced (189.90 €), visit COMPLETED", f"{ticket['ticketNumber']} RESOLVED"]
