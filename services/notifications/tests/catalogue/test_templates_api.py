"""`/notification-templates`: for staff, with the sample each is shown by."""

import pytest
from common.contracts.enums import STAFF, Role
from common.testing import RunningService
from common.testing.keys import actor
from notifications.catalogue.domain import TemplateId


async def test_staff_see_every_template_and_its_preview(api: RunningService) -> None:
    for role in sorted(STAFF):
        client = api.client(actor(role))
        listed = (await client.get("/notification-templates")).json()
        assert {each["id"] for each in listed["items"]} == set(TemplateId)
        assert listed["nextCursor"] is None
        answer = await client.get("/notification-templates/quote.ready/preview", params={"language": "en"})
        assert answer.status_code == 200
        body = answer.json()
        assert body["subject"] == "Your quote DV-2026-000123 is ready"
        assert body["sample"]["totalAmount"] == "3391.21"
        assert body["html"].startswith("<!doctype html>")
        assert body["sms"].startswith("AX TECH: ")


async def test_a_template_without_sms_has_none_in_its_preview(api: RunningService) -> None:
    body = (await api.client(actor(Role.OPS)).get("/notification-templates/staff.break-glass/preview")).json()
    assert body["sms"] is None
    assert body["language"] == "fr"


async def test_others_see_none(api: RunningService) -> None:
    for role in (Role.PATIENT, Role.PRESCRIBER):
        client = api.client(actor(role))
        assert (await client.get("/notification-templates")).status_code == 403
        assert (await client.get("/notification-templates/quote.ready/preview")).status_code == 403


@pytest.mark.parametrize(("path", "status"), [("nothing", 404), ("layout", 404), ("quote.ready", 400)])
async def test_an_unknown_template_or_language_is_refused(api: RunningService, path: str, status: int) -> None:
    query = {"language": "de"} if status == 400 else {}
    answer = await api.client(actor(Role.OPS)).get(f"/notification-templates/{path}/preview", params=query)
    assert answer.status_code == status
