"""`/lppr-items/import`: an export becomes the catalogue, by a job."""

from typing import Any
from uuid import UUID

import httpx
from cases.lppr_import import service
from common.contracts.enums import Role
from common.contracts.jobs import ImportLpprV1
from common.ids import new_id
from common.testing import eventually


async def upload(client: httpx.AsyncClient, content: bytes) -> httpx.Response:
    return await client.post("/lppr-items/import", files={"file": ("lpp.zip", content)})


async def finished(client: httpx.AsyncClient, import_id: str) -> dict[str, Any]:
    async def poll() -> dict[str, Any]:
        found: dict[str, Any] = (await client.get(f"/lppr-items/import/{import_id}")).raise_for_status().json()
        return found

    return await eventually(poll, until=lambda job: job["status"] in {"DONE", "FAILED"}, seconds=30)


async def imported(client: httpx.AsyncClient, content: bytes) -> dict[str, Any]:
    answer = await upload(client, content)
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/api/v1/lppr-items/import/{answer.json()['id']}"
    return await finished(client, answer.json()["id"])


async def test_an_export_of_thousands_of_rows_is_imported_and_again_changes_nothing(
    working_desk: Any, lpp: Any
) -> None:
    ops = working_desk.ops
    content = lpp.export(1200)
    done = await imported(ops, content)
    assert (done["status"], done["rows"], done["codes"], done["codesDone"]) == ("DONE", 4800, 1200, 1200)
    assert (done["created"], done["updated"], done["unchanged"], done["refused"]) == (3600, 0, 0, 0)
    again = await imported(ops, content)
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 3600)
    items = (await ops.get("/lppr-items", params={"code": "4000007"})).json()["items"]
    assert sorted((item["validFrom"], item["validUntil"], item["maxPrice"]) for item in items) == [
        ("2010-01-01", "2010-12-31", "360.53"),
        ("2011-01-01", "2011-12-31", "361.53"),
        ("2012-01-01", None, "362.53"),
    ]
    assert {item["label"] for item in items} == {"Véhicule pour handicapé n° 4000007"}
    [stored] = await working_desk.running.resources.database.reads.fetch(
        "SELECT count(*) AS left FROM lppr_imports WHERE content IS NOT NULL"
    )
    assert stored["left"] == 0


async def test_rows_left_out_are_listed_and_a_broken_file_fails_as_a_whole(working_desk: Any, lpp: Any) -> None:
    ops = working_desk.ops
    fiche = {"CODE_TIPS": "4222803", "NOM_COURT": "Fauteuil"}
    row = {"CODE_TIPS": "4222803", "DEBUTVALID": "20250101", "NAT_PREST": "VEH", "PUREGLEMEN": "360.53"}
    bad = [{**row, "DEBUTVALID": "20259999"}, {**row, "CODE_TIPS": "4222804"}, row]
    done = await imported(ops, lpp.zip(lpp_fiche_tot=lpp.fiches(fiche), lpp_histo_tot=lpp.history(row, *bad)))
    assert (done["status"], done["created"], done["refused"]) == ("DONE", 1, 3)
    refusals = (await ops.get(f"/lppr-items/import/{done['id']}/refusals")).json()["items"]
    assert sorted((refusal["row"], refusal["code"], refusal["reason"]) for refusal in refusals) == [
        (2, "4222803", "DATE"),
        (3, "4222804", "LABEL"),
        (4, "4222803", "OVERLAP"),
    ]
    failed = await imported(ops, lpp.zip(lpp_histo_tot=lpp.history(row)[:-30]))
    assert (failed["status"], failed["failureReason"]) == ("FAILED", "the table ends too early")
    assert await working_desk.running.dead_letters() == []


async def test_imports_asked_for_again_by_a_new_broker_leave_the_catalogue_to_the_last(
    working_desk: Any, lpp: Any
) -> None:
    ops = working_desk.ops
    fiche = {"CODE_TIPS": "4222803", "NOM_COURT": "Fauteuil"}
    row = {"CODE_TIPS": "4222803", "DEBUTVALID": "20250101", "NAT_PREST": "VEH", "PUREGLEMEN": "360.53"}
    exports = [
        lpp.zip(lpp_fiche_tot=lpp.fiches(fiche), lpp_histo_tot=lpp.history({**row, "PUREGLEMEN": price}))
        for price in ("360.53", "370.00")
    ]
    jobs = [await imported(ops, content) for content in exports]
    jobs.append(await imported(ops, exports[0][:-40]))
    assert await working_desk.running.republish_jobs() == 3
    assert [await finished(ops, job["id"]) for job in jobs] == jobs
    [item] = (await ops.get("/lppr-items", params={"code": "4222803"})).json()["items"]
    assert item["maxPrice"] == "370.00"


async def test_an_interrupted_import_goes_on_where_it_was(desk: Any, lpp: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(service, "CODES_AT_ONCE", 10)
    database = desk.running.resources.database
    made = (await upload(desk.ops, lpp.export(30, periods=1))).json()
    export = await service._begin(database, UUID(made["id"]))
    assert export is not None
    assert await service._some_codes(database, UUID(made["id"]), export)
    halfway = (await desk.ops.get(f"/lppr-items/import/{made['id']}")).json()
    assert (halfway["status"], halfway["codesDone"], halfway["created"]) == ("RUNNING", 10, 10)
    for _ in range(2):
        await service.run(database, UUID(made["id"]))
    done = await finished(desk.ops, made["id"])
    assert (done["codesDone"], done["created"], done["unchanged"]) == (30, 30, 0)
    await service.fail(database, UUID(made["id"]), "too late")
    assert (await finished(desk.ops, made["id"]))["status"] == "DONE"


async def test_who_imports_and_what_is_refused_at_once(desk: Any, lpp: Any) -> None:
    content = lpp.export(1)
    for role in Role:
        async with desk.client(role) as somebody:
            allowed = role in {Role.OPS, Role.BILLING}
            assert (await upload(somebody, content)).status_code == (202 if allowed else 403)
            polled = await somebody.get(f"/lppr-items/import/{new_id()}")
            assert polled.status_code == (404 if allowed else 403)
    for nothing in (b"", b"%PDF-1.7", b"\x89PNG"):
        refused = await upload(desk.ops, nothing)
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "VAL_LPP_FILE")
    assert (await desk.ops.post("/lppr-items/import")).status_code == 400
    large = await upload(desk.ops, bytes(33 * 1024 * 1024))
    assert (large.status_code, large.json()["error"]["code"]) == (413, "VAL_BODY_TOO_LARGE")
    jobs = await desk.running.recorded("cases.import-lppr")
    assert [job.type for job in jobs] == [ImportLpprV1.type_name()] * 2
