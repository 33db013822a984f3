"""Rules that go by product family: prior agreement, and renewal."""

from datetime import datetime, timedelta
from typing import Any

from cases.cases import service
from cases.cases.models import Case
from common import clock
from common.clock import now


async def flags(desk: Any, case_id: str) -> list[str]:
    return [flag["code"] for flag in (await desk.read(case_id))["flags"] if flag["code"] != "DOCUMENT_MISSING"]


async def test_a_family_on_prior_agreement_sets_the_delay_after_which_silence_is_agreement(desk: Any) -> None:
    chair, cushion = await desk.product(), await desk.product(category="ACCESSORY")
    for product, procedure in ((chair, "STANDARD"), (cushion, "ON_QUOTE")):
        path = f"/product-families/{product['familyId']}"
        assert (await desk.ops.patch(path, json={"priorAgreement": procedure})).json()["priorAgreement"] == procedure
    case, _ = await desk.approved(desk.line(chair), desk.line(cushion, optional=True))
    submitted = await desk.move(case["id"], "SUBMITTED_TO_CPAM")
    agreement = datetime.fromisoformat(submitted["agreementBy"])
    assert agreement - datetime.fromisoformat(submitted["submittedAt"]) == timedelta(days=15)
    assert (await desk.move(case["id"], "CPAM_PENDING"))["slaDeadline"] == submitted["agreementBy"]
    assert "AGREED_BY_SILENCE" not in await flags(desk, case["id"])
    with clock.travel(agreement + timedelta(minutes=1)):
        assert "AGREED_BY_SILENCE" in await flags(desk, case["id"])


async def delivered(desk: Any) -> Any:
    """A chair that the patient was given today by a case."""
    chair = await desk.product()
    case, _ = await desk.scheduled(desk.line(chair))
    body = {
        "items": [{"productId": chair["id"], "serialNumber": "SN-1"}],
        "deliveredAt": now().isoformat(),
        "proofDocumentId": desk.proof(case["id"]),
    }
    (await desk.ops.post(f"/cases/{case['id']}/delivery/complete", json=body)).raise_for_status()
    assert await flags(desk, case["id"]) == []
    return chair


async def test_a_device_is_renewed_after_five_years_and_after_three_by_a_patient_under_16(desk: Any) -> None:
    await delivered(desk)
    patient, renewals = str(desk.patient_id), {}
    for under_16 in (True, False):
        desk.colleagues.under_16[patient] = under_16
        renewals[under_16] = (await desk.case())["id"]
    desk.colleagues.under_16[patient] = True  # what the patient becomes later changes no case
    early = {2: (True, False), 4: (False,), 6: ()}
    for years, expected in early.items():
        with clock.travel(now() + timedelta(days=366 * years)):
            for under_16, case_id in renewals.items():
                flagged = [flag["code"] for flag in (await desk.read(case_id))["flags"]]
                assert ("RENEWAL_TOO_EARLY" in flagged) is (under_16 in expected), (years, under_16)
                assert "RENEWAL_DEPENDS_ON_AGE" not in flagged


async def test_no_case_is_opened_while_identity_cannot_be_asked(desk: Any, monkeypatch: Any) -> None:
    prescription = await desk.prescription()
    body = {"patientId": prescription["patientId"], "prescriptionId": prescription["id"]}
    monkeypatch.setitem(desk.running.resources.services._urls, "identity", "http://127.0.0.1:1")
    assert (await desk.ops.post("/cases", json=body)).status_code == 503
    monkeypatch.undo()
    assert (await desk.ops.post("/cases", json=body)).status_code == 201


async def test_a_renewal_is_flagged_by_the_years_of_the_family(desk: Any) -> None:
    chair = await delivered(desk)
    again = await desk.case()
    assert await flags(desk, again["id"]) == ["RENEWAL_TOO_EARLY"]
    with clock.travel(now() + timedelta(days=4 * 365)):
        hot = await desk.read(again["id"])
        assert "RENEWAL_DEPENDS_ON_AGE" in [flag["code"] for flag in hot["flags"]]
        async with desk.running.resources.database.transaction() as session:
            entity = await session.get_one(Case, again["id"])
            long = await service.described(session, desk.officer, entity)
        assert long.model_dump(mode="json", by_alias=True) == hot
    await desk.ops.patch(f"/product-families/{chair['familyId']}", json={"renewalYearsUnder16": 0, "renewalYears": 0})
    assert await flags(desk, again["id"]) == []
