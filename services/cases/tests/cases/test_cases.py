"""`/cases`: opening, reading, listing, changing, moving by hand."""

import asyncio
from datetime import timedelta
from typing import Any

from cases.cases import service
from cases.cases.models import Case
from common import clock
from common.clock import now, today
from common.contracts.enums import Role
from common.ids import new_id
from common.testing.keys import actor


async def test_a_case_is_opened_from_a_prescription(desk: Any) -> None:
    prescription = await desk.prescription()
    body = {"patientId": str(desk.patient_id), "prescriptionId": prescription["id"], "priority": "URGENT"}
    made = await desk.mine.post("/cases", json=body)
    assert made.status_code == 201, made.text
    case = made.json()
    assert case["caseNumber"].startswith(f"AX-{today().year}-")
    assert (case["status"], case["priority"], case["patientId"]) == ("INTAKE_RECEIVED", "URGENT", body["patientId"])
    assert [point for point, done in case["checklistState"].items() if done] == ["prescriptionVerified"]
    assert case["allowedTransitions"] == ["CANCELLED"]
    [opened] = await desk.running.recorded("case.opened")
    assert opened.data["prescriptionDocumentId"] == prescription["documentId"]
    assert opened.data["caseNumber"] == case["caseNumber"]


async def test_a_prescription_opens_one_case_even_when_asked_twice_at_once(desk: Any) -> None:
    prescription = await desk.prescription()
    body = {"patientId": str(desk.patient_id), "prescriptionId": prescription["id"]}
    answers = await asyncio.gather(desk.ops.post("/cases", json=body), desk.mine.post("/cases", json=body))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    [refused] = [answer for answer in answers if answer.status_code == 409]
    assert refused.json()["error"]["code"] == "BIZ_PRESCRIPTION_HAS_CASE"


async def test_a_rejected_expired_or_foreign_prescription_opens_none(desk: Any) -> None:
    rejected = await desk.prescription(verified=False)
    await desk.ops.post(f"/prescriptions/{rejected['id']}/verify", json={"decision": "REJECTED", "reason": "illisible"})
    expired = await desk.prescription(expirationDate=str(today() - timedelta(days=1)))
    others = await desk.prescription(patient_id=new_id())
    codes = []
    for prescription in (rejected, expired, others):
        body = {"patientId": str(desk.patient_id), "prescriptionId": prescription["id"]}
        refused = await desk.ops.post("/cases", json=body)
        codes.append((refused.status_code, refused.json()["error"]["code"]))
    assert codes == [
        (422, "BIZ_PRESCRIPTION_REJECTED"),
        (422, "BIZ_PRESCRIPTION_EXPIRED"),
        (422, "BIZ_PRESCRIPTION_OF_ANOTHER"),
    ]


async def test_a_prescriber_opens_the_case_of_their_own_prescription_only(desk: Any) -> None:
    doctor = actor(Role.PRESCRIBER)
    theirs = await desk.prescription(prescriberId=str(doctor.prescriber_id))
    others = await desk.prescription(prescriberId=str(new_id()))
    async with desk.client(doctor) as client:
        statuses = [
            (await client.post("/cases", json={"patientId": p["patientId"], "prescriptionId": p["id"]})).status_code
            for p in (theirs, others)
        ]
    assert statuses == [201, 404]


async def test_who_opens_and_reads_a_case_of_somebody_else(desk: Any) -> None:
    prescription = await desk.prescription()
    case = await desk.case()
    expected = {
        Role.PATIENT: (404, 404),
        Role.PRESCRIBER: (404, 404),
        Role.BILLING: (403, 200),
        Role.TECHNICIAN: (403, 404),
        Role.COMPLIANCE_ADMIN: (403, 200),
        Role.OPS: (201, 200),
    }
    for role, (opens, reads) in expected.items():
        async with desk.client(role) as somebody:
            listed = (await somebody.get("/cases")).json()["items"]
            assert [item["id"] for item in listed] == ([case["id"]] if reads == 200 else [])
            assert (await somebody.get(f"/cases/{case['id']}")).status_code == reads
            body = {"patientId": str(desk.patient_id), "prescriptionId": prescription["id"]}
            assert (await somebody.post("/cases", json=body)).status_code == opens


async def test_patient_proxy_and_prescriber_read_theirs(desk: Any) -> None:
    doctor = actor(Role.PRESCRIBER)
    prescription = await desk.prescription(prescriberId=str(doctor.prescriber_id))
    body = {"patientId": str(desk.patient_id), "prescriptionId": prescription["id"]}
    case = (await desk.ops.post("/cases", json=body)).json()
    await desk.case(patient_id=new_id())
    proxy = actor(Role.TECHNICIAN, proxy_for=frozenset({desk.patient_id}))
    for reader in (desk.patient, doctor, proxy):
        async with desk.client(reader) as client:
            assert (await client.get(f"/cases/{case['id']}")).status_code == 200
            assert [item["id"] for item in (await client.get("/cases")).json()["items"]] == [case["id"]]


async def test_the_hot_read_says_what_the_long_way_says(desk: Any) -> None:
    opened = await desk.case()
    urgent = await desk.case(priority="URGENT")
    quoting = await desk.in_quote_pending()
    for reader in (desk.officer, desk.patient, actor(Role.BILLING)):
        async with desk.client(reader) as client:
            for case in (opened, urgent, quoting):
                hot = await client.get(f"/cases/{case['id']}")
                async with desk.running.resources.database.transaction() as session:
                    entity = await session.get_one(Case, case["id"])
                    long = await service.described(session, reader, entity)
                assert hot.json() == long.model_dump(mode="json", by_alias=True)
                assert hot.headers["etag"] == f'"{entity.version}"'


async def test_a_list_is_filtered_and_paged(desk: Any) -> None:
    made = [await desk.case(priority="URGENT" if number % 2 else "NORMAL") for number in range(5)]
    await desk.move(made[0]["id"], "DOCUMENTS_PENDING")
    await desk.ops.patch(f"/cases/{made[1]['id']}", json={"assignedTo": str(desk.officer.user_id)})

    async def listed(**query: Any) -> list[int]:
        items = (await desk.ops.get("/cases", params=query)).raise_for_status().json()["items"]
        return [[case["id"] for case in made].index(item["id"]) for item in items]

    assert await listed() == [4, 3, 2, 1, 0]
    assert await listed(priority="URGENT") == [3, 1]
    assert await listed(status="DOCUMENTS_PENDING") == [0]
    assert await listed(status=["DOCUMENTS_PENDING", "INTAKE_RECEIVED"], priority="NORMAL") == [4, 2, 0]
    assert await listed(assignedTo=str(desk.officer.user_id)) == [1]
    assert await listed(patientId=str(new_id())) == []
    assert await listed(caseNumber=made[2]["caseNumber"].lower()) == [2]
    assert await listed(open="true") == [4, 3, 2, 1, 0]
    assert await listed(open="false") == []
    assert await listed(status=["INTAKE_RECEIVED"] * 2, limit=3) == [4, 3, 2]
    assert await listed(status=["DOCUMENTS_PENDING", "CLOSED"], open="false") == []
    assert await listed(status="INTAKE_RECEIVED", assignedTo=str(desk.officer.user_id), priority="URGENT") == [1]
    assert await listed(unchecked="idVerified") == [4, 3, 2, 1, 0]
    assert await listed(unchecked=["idVerified", "prescriptionVerified"]) == []
    assert await listed(overdue="true") == []
    assert await listed(atRisk="true") == []
    with clock.travel(now() + timedelta(hours=19)):
        assert await listed(atRisk="true") == [3, 1]
        assert await listed(atRisk="false") == [4, 2, 0]
    with clock.travel(now() + timedelta(days=1, hours=1)):
        assert await listed(overdue="true") == [3, 1]
        assert await listed(overdue="false") == [4, 2, 0]
    first = (await desk.ops.get("/cases", params={"limit": 3})).json()
    rest = (await desk.ops.get("/cases", params={"limit": 3, "cursor": first["nextCursor"]})).json()
    assert [item["id"] for item in first["items"] + rest["items"]] == [case["id"] for case in reversed(made)]
    assert rest["nextCursor"] is None


async def test_a_bad_query_is_refused(desk: Any) -> None:
    bad = {"limit": ["0", "201", "x"], "status": ["LOST"], "cursor": ["!"], "assignedTo": ["me"], "unchecked": ["x"]}
    for name, values in bad.items():
        for value in values:
            refused = await desk.ops.get("/cases", params={name: value})
            assert (refused.status_code, refused.json()["error"]["code"][:4]) == (400, "VAL_")
            assert refused.json()["error"]["details"][0]["field"].startswith(name)


async def test_a_search_finds_numbers_by_a_part_and_patients_by_name(desk: Any) -> None:
    mine, others = await desk.case(), await desk.case(patient_id=new_id())
    desk.colleagues.names["durand"] = [str(desk.patient_id)]

    async def found(client: Any, q: str, **filters: Any) -> list[str]:
        answer = await client.post("/cases/search", json={"q": q, **filters})
        return [item["id"] for item in answer.raise_for_status().json()["items"]]

    assert await found(desk.ops, others["caseNumber"][-4:].lower()) == [others["id"]]
    assert await found(desk.ops, "Durand") == [mine["id"]]
    assert await found(desk.ops, "Durand", priority="URGENT") == []
    assert await found(desk.ops, "Durand", open=True, unchecked="idVerified", overdue=False, atRisk=False) == [
        mine["id"]
    ]
    assert await found(desk.ops, "Durand", open=False) == []
    assert await found(desk.ops, "Durand", unchecked=["prescriptionVerified"]) == []
    assert await found(desk.ops, "Dupont") == []
    assert await found(desk.ops, "%%") == []
    assert await found(desk.ops, others["caseNumber"][3:]) == [others["id"]]
    assert await found(desk.ops, others["caseNumber"][-6:-2]) == [others["id"], mine["id"]]
    assert await found(desk.ops, others["caseNumber"][3:7], patientId=str(desk.patient_id)) == [mine["id"]]
    assert await found(desk.mine, "AX-") == [mine["id"]]
    assert (await desk.ops.post("/cases/search", json={"q": "D"})).status_code == 400
    first = (await desk.ops.post("/cases/search", params={"limit": 1}, json={"q": "AX-"})).json()
    rest = await desk.ops.post("/cases/search", params={"cursor": first["nextCursor"]}, json={"q": "AX-"})
    assert [item["id"] for item in first["items"] + rest.json()["items"]] == [others["id"], mine["id"]]


async def test_staff_reads_are_audited_and_the_patients_are_not(desk: Any) -> None:
    case = await desk.case()
    for client in (desk.mine, desk.ops):
        await client.get(f"/cases/{case['id']}")
        await client.get("/cases")
        await client.post("/cases/search", json={"q": case["caseNumber"]})
    entries = [event.data for event in await desk.running.recorded("audit.recorded")]
    reads = [entry for entry in entries if entry["action"] in {"case.read", "case.list", "case.search"}]
    assert [entry["action"] for entry in reads] == ["case.read", "case.list", "case.search"]
    assert {entry["actorId"] for entry in reads} == {str(desk.officer.user_id)}


async def test_ops_assign_prioritise_and_tick(desk: Any) -> None:
    case = await desk.case()
    path = f"/cases/{case['id']}"
    changed = await desk.ops.patch(
        path,
        json={
            "assignedTo": str(desk.officer.user_id),
            "priority": "URGENT",
            "checklistState": {"idVerified": True, "prescriptionVerified": True},
        },
    )
    assert changed.status_code == 200, changed.text
    body = changed.json()
    assert (body["assignedTo"], body["priority"]) == (str(desk.officer.user_id), "URGENT")
    assert body["checklistState"]["idVerified"] is True
    assert body["slaDeadline"] < case["slaDeadline"]
    assert (await desk.ops.patch(path, json={"assignedTo": None})).json()["assignedTo"] is None
    stale = await desk.ops.patch(path, json={"priority": "NORMAL"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    assert len(await desk.running.recorded("case.assigned")) == 2


async def test_points_that_set_themselves_are_not_ticked_by_hand(desk: Any) -> None:
    case = await desk.case(verified=False)
    for point in ("prescriptionVerified", "productSelected", "quoteGenerated", "patientApproved"):
        refused = await desk.ops.patch(f"/cases/{case['id']}", json={"checklistState": {point: True}})
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "BIZ_CHECKLIST_AUTOMATIC")
        assert refused.json()["error"]["details"][0]["field"] == f"checklistState.{point}"


async def test_a_case_is_given_to_active_ops_staff_only(desk: Any) -> None:
    case = await desk.case()
    unsuitable = [
        desk.colleagues.add_user(Role.BILLING),
        desk.colleagues.add_user(Role.OPS, status="SUSPENDED"),
        str(new_id()),
    ]
    for user in unsuitable:
        refused = await desk.ops.patch(f"/cases/{case['id']}", json={"assignedTo": user})
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "BIZ_ASSIGNEE_UNSUITABLE")


async def test_nobody_else_changes_a_case(desk: Any) -> None:
    case = await desk.case()
    path = f"/cases/{case['id']}"
    for role in (Role.PATIENT, Role.PRESCRIBER, Role.BILLING, Role.TECHNICIAN, Role.COMPLIANCE_ADMIN):
        async with desk.client(role) as somebody:
            changed = await somebody.patch(path, json={"priority": "URGENT"})
            moved = await somebody.post(f"{path}/transitions", json={"to": "DOCUMENTS_PENDING"})
        expected = 404 if role is Role.PATIENT else 403
        assert (changed.status_code, moved.status_code) == (expected, expected)
    assert (await desk.mine.patch(path, json={"priority": "URGENT"})).status_code == 403


async def test_a_move_the_table_does_not_have_names_those_it_has(desk: Any) -> None:
    case = await desk.case()
    refused = await desk.ops.post(f"/cases/{case['id']}/transitions", json={"to": "DELIVERED"})
    error = refused.json()["error"]
    assert (refused.status_code, error["code"]) == (409, "BIZ_INVALID_TRANSITION")
    assert error["details"][0]["allowed"] == ["DOCUMENTS_PENDING", "DOCUMENTS_COMPLETE", "CANCELLED"]


async def test_a_case_stops_at_review_until_all_papers_are_verified(desk: Any) -> None:
    case = await desk.case(verified=False)
    await desk.move(case["id"], "DOCUMENTS_COMPLETE", "UNDER_REVIEW")
    ticked = await desk.tick(case["id"], idVerified=True, carteVitaleVerified=True, addressVerified=True)
    refused = await desk.ops.post(f"/cases/{case['id']}/transitions", json={"to": "QUOTE_PENDING"})
    assert (ticked["status"], refused.status_code) == ("UNDER_REVIEW", 422)
    assert [d["field"] for d in refused.json()["error"]["details"]] == ["checklistState.prescriptionVerified"]
    await desk.verify(case["prescriptionId"])
    assert (await desk.read(case["id"]))["status"] == "QUOTE_PENDING"
    again = await desk.ops.post(f"/cases/{case['id']}/transitions", json={"to": "QUOTE_PENDING"})
    assert (again.status_code, again.json()["status"]) == (200, "QUOTE_PENDING")


async def test_a_patient_withdraws_before_submission(desk: Any) -> None:
    case = await desk.case()
    path = f"/cases/{case['id']}/transitions"
    assert (await desk.mine.post(path, json={"to": "DOCUMENTS_PENDING"})).status_code == 403
    withdrawn = await desk.mine.post(path, json={"to": "CANCELLED", "reason": "plus besoin"})
    assert (withdrawn.status_code, withdrawn.json()["status"]) == (200, "CANCELLED")
    [told] = await desk.running.recorded("case.status-changed")
    assert (told.data["fromStatus"], told.data["toStatus"]) == ("INTAKE_RECEIVED", "CANCELLED")
    assert "plus besoin" not in str(told.data)


async def test_of_two_staff_moving_one_case_at_once_one_has_effect(desk: Any) -> None:
    case = await desk.case()
    path = f"/cases/{case['id']}/transitions"
    answers = await asyncio.gather(*(desk.ops.post(path, json={"to": "DOCUMENTS_PENDING"}) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert len(await desk.running.recorded("case.status-changed")) == 1


async def test_devices_may_ask_about_a_case_and_others_may_not(desk: Any) -> None:
    case = await desk.case()
    async with desk.running.internal("devices") as devices, desk.running.internal("billing") as billing:
        answer = await devices.get(f"/cases/{case['id']}")
        assert answer.json() == {key: case[key] for key in ("id", "caseNumber", "patientId", "status")}
        assert (await devices.get(f"/cases/{new_id()}")).status_code == 404
        assert (await billing.get(f"/cases/{case['id']}")).status_code == 403
