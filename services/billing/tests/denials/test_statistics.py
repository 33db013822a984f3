"""Statistics of denials."""

from common.clock import today
from common.contracts.enums import Role
from common.testing.keys import actor
from common.testing.plugin import RunService

from services.billing.tests.conftest import Billing
from services.billing.tests.returns.files import file_of, invoice


async def test_denials_are_counted_by_code_and_by_cause(billing: Billing) -> None:
    claims = [await billing.submitted() for _ in range(3)]
    denials = [("0009-816", "Droits périmés"), ("0009-816", "Droits périmés"), ("294", "Pièce illisible")]
    await billing.returned(
        file_of(
            *(
                invoice(claim["invoiceNumber"], "0.00", state="R", rejection_code=code, rejection_label=label)
                for claim, (code, label) in zip(claims, denials, strict=True)
            )
        )
    )
    await billing.returned(file_of(invoice(claims[0]["invoiceNumber"]), file_id="000002"))
    found = (await billing.http.get("/claims/denials")).json()
    assert found["end"] == today().isoformat()
    rights, document = found["byCode"]
    assert rights == {
        "code": "0009-816",
        "label": "Droits périmés",
        "cause": "RIGHTS",
        "nextStep": "ASK_PATIENT_FOR_RIGHTS",
        "times": 2,
        "claims": 2,
        "amount": "1302.54",
        "recovered": 1,
    }
    assert (document["code"], document["cause"], document["recovered"]) == ("294", "DOCUMENT", 0)
    assert [(each["cause"], each["times"]) for each in found["byCause"]] == [("RIGHTS", 2), ("DOCUMENT", 1)]
    before = (await billing.http.get("/claims/denials", params={"start": "2026-01-01", "end": "2026-01-31"})).json()
    assert (before["byCode"], before["byCause"]) == ([], [])


async def test_a_period_is_a_year_at_most_and_in_order(run_service: RunService) -> None:
    running = await run_service("billing")
    async with running.client(actor(Role.OPS)) as ops, running.client(actor(Role.PATIENT)) as patient:
        for start, end in (("2026-02-01", "2026-01-31"), ("2024-01-01", "2026-01-01")):
            refused = await ops.get("/claims/denials", params={"start": start, "end": end})
            assert (refused.status_code, refused.json()["error"]["code"]) == (400, "VAL_PERIOD")
        assert (await patient.get("/claims/denials")).status_code == 403
