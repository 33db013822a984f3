"""`/notification-templates`: for staff, with the sample each is shown by."""

from typing import Any

import pytest
from common.contracts import cases
from common.contracts.enums import STAFF, Role
from common.testing import RunningService, eventually
from common.testing.keys import actor
from notifications.catalogue import repository
from notifications.catalogue.domain import TemplateId
from notifications.catalogue.sources import read_sources
from notifications.testing import FakeIdentity, Mailbox, examples


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


def reworded(running: RunningService, path: str, text: str) -> None:
    """Give the running service another wording."""
    running.resources.renderer = running.resources.renderer.over({**read_sources(), path: text})


async def test_the_wording_a_message_was_sent_in_is_kept(
    worker: RunningService, mailbox: Mailbox, identity: FakeIdentity
) -> None:
    patient_id, user_id = identity.patient()
    await worker.publish(examples(patient_id)[cases.QuoteSentV1])
    [mail] = await eventually(lambda: mailbox.sent(identity.email(user_id)))
    client = worker.client(actor(Role.OPS))

    async def sent() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await client.get("/notifications", params={"status": "SENT"})).json()["items"]
        return found

    [notification] = await eventually(sent)
    version = notification["templateVersion"]
    [kept] = (await client.get("/notification-templates/quote.ready/versions")).json()["items"]
    assert kept["version"] == version
    reworded(worker, "quote.ready/fr/subject.txt", "Un tout autre objet")
    preview = "/notification-templates/quote.ready/preview"
    now = (await client.get(preview)).json()
    assert (now["subject"], now["version"] == version) == ("Un tout autre objet", False)
    then = (await client.get(preview, params={"version": version})).json()
    assert (then["subject"], then["version"]) == (mail["subject"], version)
    assert (await client.get(preview, params={"version": "0" * 12})).status_code == 404
    assert (await client.get("/notification-templates/nothing/versions")).status_code == 404


async def test_a_version_that_the_sample_no_longer_fits_is_refused(api: RunningService) -> None:
    renderer = api.resources.renderer.over({**read_sources(), "quote.ready/fr/subject.txt": "{{ gone }}"})
    version = renderer.version(TemplateId.QUOTE_READY)
    async with api.resources.database.transaction() as session:
        await repository.keep(session, TemplateId.QUOTE_READY, version, renderer.files(TemplateId.QUOTE_READY))
    answer = await api.client(actor(Role.OPS)).get(
        "/notification-templates/quote.ready/preview", params={"version": version}
    )
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "BIZ_TEMPLATE_VERSION"
