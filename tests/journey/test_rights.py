"""A patient's consent and rights, across all services: withdrawn, everything handed out, forgotten."""

import io
import zipfile
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest
from axtech.demo.api import Api, Refused
from axtech.demo.cast import Cast, sample
from axtech.demo.people import sign_in
from axtech.demo.story import play
from common.testing import eventually

NewCast = Callable[[], Awaitable[Cast]]

pytestmark = pytest.mark.usefixtures("quiet")

STOPPED = "BIZ_HEALTH_DATA_CONSENT_WITHDRAWN"


async def _refusal(person: Api, path: str, body: Any = None) -> str:
    """Why a call is refused; nothing when it is not."""
    try:
        await person.post(path, body)
    except Refused as refused:
        return str(refused)
    return ""


async def test_a_patient_withdraws_takes_everything_along_and_is_forgotten(platform: Any, new_cast: NewCast) -> None:
    cast = await new_cast()
    await play(cast, until="open_case")
    patient_id, case = cast.facts.patient_id, f"/cases/{cast.facts.case_id}"
    about = {"patientId": patient_id}
    loose = await cast.upload(cast.patient, "OTHER", "a.pdf", sample("ordonnance.pdf"), "application/pdf", about)
    conversation = await cast.patient.post("/chat/conversations")
    words = "bonjour, mon fauteuil grince"
    await cast.patient.post(f"/chat/conversations/{conversation['id']}/messages", {"text": words})
    await cast.ops.post(f"{case}/notes", {"content": "rappeler la patiente"})

    consents = (await cast.patient.get(f"/patients/{patient_id}/consents"))["items"]
    health = next(one for one in consents if one["consentType"] == "HEALTH_DATA")
    await cast.patient.post(f"/consents/{health['id']}/withdraw")
    announced = {"documentType": "OTHER", "filename": "b.pdf", "mimeType": "application/pdf", "sizeBytes": 9, **about}
    prescribed = {
        "documentId": cast.facts.papers["PRESCRIPTION"],
        "prescriptionDate": "2026-02-12",
        "productCategory": "ACCESSORIES",
        **about,
    }
    for path, body in (
        ("/documents", announced),
        ("/prescriptions", prescribed),
        ("/chat/conversations", {}),
    ):
        await eventually(partial(_refusal, cast.patient, path, body), until=lambda why: STOPPED in why)

    whole = await cast.patient._client.get(f"/patients/{patient_id}/export")
    with zipfile.ZipFile(io.BytesIO(whole.raise_for_status().content)) as archive:
        assert words in archive.read("conversations.json").decode()
        assert any(name.startswith(f"files/{loose}") for name in archive.namelist())
    told = await cast.patient.get(f"/patients/{patient_id}/exports/{whole.headers['export-id']}")
    assert (told["state"], told["servicesDone"], told["servicesTotal"]) == ("COMPLETE", 6, 6)

    assert "BIZ_ERASURE_REFUSED" in await _refusal(cast.compliance, f"/patients/{patient_id}/erasure")
    await cast.patient.post(f"{case}/transitions", {"to": "CANCELLED", "reason": "je n'en veux plus"})
    done = await cast.compliance.post(f"/patients/{patient_id}/erasure")
    kept = {one["what"]: one["duty"] for one in done["kept"]}
    assert f"document {loose}" in done["erased"]
    assert kept[f"document {cast.facts.papers['PRESCRIPTION']}"] == "DOCUMENT_RETENTION"
    assert kept["identity"] in {"PRESCRIPTIONS_10_YEARS", "FINANCIAL_RECORDS_10_YEARS"}

    async def left() -> list[int]:
        deleted = "SELECT count(*) FROM documents WHERE id = $1 AND deleted_at IS NULL"
        written = "SELECT count(*) FROM case_notes WHERE case_id = $1 AND content <> 'Effacé'"
        said = "SELECT count(*) FROM chat_messages WHERE conversation_id = $1 AND text IS NOT NULL"
        return [
            await platform.count("documents", deleted, loose),
            await platform.count("cases", written, cast.facts.case_id),
            await platform.count("devices", said, conversation["id"]),
        ]

    await eventually(left, until=lambda found: found == [0, 0, 0])
    assert (await cast.compliance.get(f"/documents/{cast.facts.papers['PRESCRIPTION']}"))["scanStatus"] == "CLEAN"
    with pytest.raises(Refused, match="AUTH_INVALID_CREDENTIALS"):
        await sign_in(cast.patient, cast.email, cast.password)
