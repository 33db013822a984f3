"""Without the patient's consent to the use of health data no claim goes out."""

from common.contracts.enums import ConsentType
from common.contracts.identity import ConsentGivenV1, ConsentWithdrawnV1
from common.ids import new_id
from common.testing import eventually

from services.billing.tests.conftest import Billing


async def test_no_claim_is_sent_without_consent_and_those_sent_go_on(billing: Billing) -> None:
    patient_id = new_id()
    sent, draft = await billing.submitted(patient_id=patient_id), await billing.draft(patient_id=patient_id)
    about = {"consent_id": new_id(), "patient_id": patient_id, "consent_type": ConsentType.HEALTH_DATA}
    reads = billing.running.resources.database.reads
    await billing.running.publish_raw("IDENTITY", ConsentGivenV1.subject(), b"not JSON")
    await billing.running.publish(ConsentWithdrawnV1(**about), times=2)
    await billing.running.publish(ConsentGivenV1(**about, consent_version="1.0.0"))
    await eventually(lambda: reads.fetchval("SELECT count(*) FROM health_consents"))
    refused = await billing.http.post(f"/claims/{draft['id']}/submit")
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "BIZ_HEALTH_DATA_CONSENT_WITHDRAWN")
    assert (await billing.http.post(f"/claims/{sent['id']}/sync")).status_code == 202
    await billing.running.publish(ConsentGivenV1(**{**about, "consent_id": new_id()}, consent_version="1.1.0"))
    await eventually(lambda: reads.fetchval("SELECT count(*) FROM health_consents"), until=lambda count: count == 2)
    assert (await billing.http.post(f"/claims/{draft['id']}/submit")).status_code == 202
    [letter] = await billing.running.dead_letters()
    assert (letter["consumer"], letter["reason"]) == ("billing-consents", "invalid")
