"""What the service counts."""

from typing import Any

from cases.metrics import count


async def test_open_cases_are_counted_by_status(desk: Any) -> None:
    moved, withdrawn = await desk.case(), await desk.case()
    await desk.case()
    await desk.move(moved["id"], "DOCUMENTS_PENDING")
    await desk.move(withdrawn["id"], "CANCELLED")
    await count(desk.running.resources.database)
    lines = (await desk.running.http.get("/metrics")).text.splitlines()
    counted = {line for line in lines if line.startswith("active_cases_total{")}
    assert {
        'active_cases_total{status="INTAKE_RECEIVED"} 1.0',
        'active_cases_total{status="DOCUMENTS_PENDING"} 1.0',
        'active_cases_total{status="UNDER_REVIEW"} 0.0',
    } <= counted
    assert not any("CANCELLED" in line for line in counted)
