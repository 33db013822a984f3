"""What a patient who withdrew the consent to the use of health data stops here."""

from typing import Any

import httpx
from common.contracts.enums import ConsentType
from common.contracts.identity import ConsentGivenV1, ConsentWithdrawnV1
from common.ids import new_id
from common.testing import eventually


def refused(answer: httpx.Response) -> bool:
    return answer.status_code == 422 and answer.json()["error"]["code"] == "BIZ_HEALTH_DATA_CONSENT_WITHDRAWN"


async def told(desk: Any, consents: int) -> None:
    """Once word of that many consents has come."""
    reads = desk.running.resources.database.reads
    await eventually(
        lambda: reads.fetchval("SELECT count(*) FROM health_consents"), until=lambda count: count == consents
    )


async def test_without_consent_nothing_new_comes_in_and_what_exists_stays_readable(working_desk: Any) -> None:
    desk = working_desk
    waiting = await desk.prescription()
    drafted, sent = await desk.in_quote_pending(), await desk.in_quote_pending()
    draft = await desk.draft(drafted["id"])
    quote = await desk.send((await desk.draft(sent["id"]))["id"])
    about = {"consent_id": new_id(), "patient_id": desk.patient_id, "consent_type": ConsentType.HEALTH_DATA}
    marketing = {**about, "consent_id": new_id(), "consent_type": ConsentType.MARKETING}
    await desk.running.publish_raw("IDENTITY", ConsentWithdrawnV1.subject(), b"{}")
    await desk.running.publish(ConsentWithdrawnV1(**marketing))
    # Word of the withdrawal comes before that of the consent, and twice.
    await desk.running.publish(ConsentWithdrawnV1(**about), times=2)
    await desk.running.publish(ConsentGivenV1(**about, consent_version="1.0.0"))
    await desk.running.publish(
        ConsentGivenV1(**{**about, "patient_id": new_id(), "consent_id": new_id()}, consent_version="1.0.0")
    )
    await told(desk, 2)

    prescription = {
        "patientId": str(desk.patient_id),
        "documentId": desk.colleagues.add_document(desk.patient_id),
        "prescriptionDate": waiting["prescriptionDate"],
        "productCategory": "MANUAL_WHEELCHAIR",
    }
    new_case = {"patientId": str(desk.patient_id), "prescriptionId": waiting["id"]}
    lines = {"lines": [desk.line(await desk.product())]}
    assert refused(await desk.mine.post("/prescriptions", json=prescription))
    assert refused(await desk.ops.post("/cases", json=new_case))
    assert refused(await desk.ops.post(f"/cases/{drafted['id']}/quotes", json=lines))
    assert refused(await desk.ops.post(f"/quotes/{draft['id']}/send"))
    assert refused(await desk.mine.post(f"/quotes/{quote['id']}/approve"))
    assert (await desk.mine.get(f"/cases/{sent['id']}")).status_code == 200
    declined = await desk.mine.post(f"/quotes/{quote['id']}/reject", json={"reason": "je retire mon accord"})
    assert declined.status_code == 200
    await desk.case(patient_id=new_id())

    await desk.running.publish(ConsentGivenV1(**{**about, "consent_id": new_id()}, consent_version="1.1.0"))
    await told(desk, 3)
    assert (await desk.ops.post(f"/quotes/{draft['id']}/send")).status_code == 200
    [letter] = await desk.running.dead_letters()
    assert (letter["consumer"], letter["reason"]) == ("cases-consents", "invalid")
