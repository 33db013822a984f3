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


async def test_a_renewal_is_flagged_by_the_years_of_the_family(desk: Any) -> None:
    chair = await desk.product()
    case, _ = await desk.scheduled(desk.line(chair))
    body = {
        "items": [{"productId": chair["id"], "serialNumber": "SN-1"}],
        "deliveredAt": now().isoformat(),
        "proofDocumentId": desk.proof(case["id"]),
    }
    (await desk.ops.post(f"/cases/{case['id']}/delivery/complete", json=body)).raise_for_status()
    again = await desk.case()
    assert await flags(desk, case["id"]) == []
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
