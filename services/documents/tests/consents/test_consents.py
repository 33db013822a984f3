"""What a patient who withdrew the consent to the use of health data stops here."""

from typing import Any

import pytest
from common.auth import Actor
from common.contracts.enums import ConsentType, DocumentType, Role
from common.contracts.identity import ConsentGivenV1, ConsentWithdrawnV1
from common.ids import new_id
from common.testing import eventually
from common.testing.keys import actor
from documents.documents.domain import needs_consent

from services.documents.tests.conftest import announcement


async def test_without_consent_no_document_comes_in_but_proof_of_what_was_handed_over(
    working_desk: Any, patient: Actor, ops: Actor
) -> None:
    desk = working_desk
    document = await desk.upload(patient)
    about = {"consent_id": new_id(), "patient_id": patient.patient_id, "consent_type": ConsentType.HEALTH_DATA}
    await desk.running.publish_raw("IDENTITY", ConsentGivenV1.subject(), b"[]")
    await desk.running.publish(ConsentWithdrawnV1(**about), times=2)
    await desk.running.publish(ConsentGivenV1(**about, consent_version="1.0.0"))

    async def announced(by: Actor, **changes: Any) -> Any:
        async with desk.running.client(by) as client:
            answer = await client.post("/documents", json=announcement(**changes))
        return answer.json()["error"]["code"] if answer.status_code == 422 else answer.status_code

    code = await eventually(lambda: announced(patient), until=lambda found: found != 201)
    assert code == "BIZ_HEALTH_DATA_CONSENT_WITHDRAWN"
    named = str(patient.patient_id)
    assert await announced(ops, patientId=named) == "BIZ_HEALTH_DATA_CONSENT_WITHDRAWN"
    assert await announced(ops, patientId=named, documentType="DELIVERY_PROOF") == 201
    assert await announced(actor(Role.PATIENT)) == 201
    assert (await desk.read(patient, document["id"]))["id"] == document["id"]
    await desk.running.publish(ConsentGivenV1(**{**about, "consent_id": new_id()}, consent_version="1.1.0"))
    await eventually(lambda: announced(patient), until=lambda found: found == 201)
    [letter] = await desk.running.dead_letters()
    assert (letter["consumer"], letter["reason"]) == ("documents-consents", "invalid")


@pytest.mark.parametrize("role", list(Role))
def test_only_what_a_technician_signs_off_and_proofs_come_in_without_consent(role: Role) -> None:
    needing = {kind for kind in DocumentType if needs_consent(kind, role)}
    expected = set(DocumentType) - {DocumentType.QUOTE_PDF, DocumentType.DELIVERY_PROOF}
    assert needing == (set() if role is Role.TECHNICIAN else expected)
