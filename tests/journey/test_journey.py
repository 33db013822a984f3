"""The main job across all six services, through the gateway, and what it leaves behind."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest
from axtech.demo.api import Api, Refused
from axtech.demo.cast import Cast
from axtech.demo.people import sign_in
from axtech.demo.story import play
from common.testing import eventually

NewCast = Callable[[], Awaitable[Cast]]

pytestmark = pytest.mark.usefixtures("quiet")

IN_ORDER = [
    "case.opened",
    "quote.created",
    "quote.sent",
    "quote.approved",
    "claim.created",
    "claim.submitted",
    "claim.accepted",
    "claim.paid",
    "case.delivered",
    "device.registered",
    "ticket.opened",
    "ticket.assigned",
    "visit.scheduled",
    "visit.completed",
    "ticket.resolved",
]
MAILS = ["case.opened", "quote.ready", "claim.accepted", "claim.paid", "delivery.scheduled", "ticket.resolved"]


async def test_a_file_goes_from_registration_to_a_repaired_chair(platform: Any, new_cast: NewCast) -> None:
    cast = await new_cast()
    await play(cast)
    case_id = cast.facts.case_id
    types = [item["type"] for item in cast.facts.timeline]
    assert [kind for kind in types if kind in IN_ORDER] == IN_ORDER
    assert {item["service"] for item in cast.facts.timeline} >= {"cases", "documents", "billing", "devices"}
    assert await platform.count("billing", "SELECT count(*) FROM claims WHERE case_id = $1", case_id) == 1
    assert await platform.count("devices", "SELECT count(*) FROM device_instances WHERE case_id = $1", case_id) == 1
    await eventually(partial(_told, cast), until=lambda templates: set(MAILS) <= templates)
    for service in ("identity", "cases", "billing", "devices", "notifications", "documents"):
        assert await platform.count(service, "SELECT count(*) FROM dead_letters WHERE resolved_at IS NULL") == 0
    await _a_stranger_sees_nothing(cast, await new_cast())


async def _told(cast: Cast) -> set[str]:
    """What people were told of lately, by template."""
    listed = await cast.compliance.get("/notifications", limit=200)
    return {item["templateId"] for item in listed["items"]}


async def _a_stranger_sees_nothing(cast: Cast, stranger: Cast) -> None:
    """Another patient finds none of the file's objects, and may do nothing with them."""
    await play(stranger, until="verify")
    facts = cast.facts
    quote = await cast.patient.get(f"/quotes/{facts.quote_id}")
    hidden = [
        f"/patients/{facts.patient_id}",
        f"/prescriptions/{facts.prescription_id}",
        f"/cases/{facts.case_id}",
        f"/cases/{facts.case_id}/timeline",
        f"/cases/{facts.case_id}/notes",
        f"/quotes/{facts.quote_id}",
        f"/documents/{facts.papers['ID_CARD']}",
        f"/documents/{facts.papers['ID_CARD']}/download",
        f"/documents/{quote['pdfDocumentId']}/download",
        f"/devices/{facts.device['id']}",
        f"/tickets/{facts.ticket['id']}",
    ]
    for path in hidden:
        assert await _status(stranger.patient, "GET", path) == 404, path
    assert await _status(stranger.patient, "GET", f"/claims/{facts.claim['id']}") == 403
    assert await _status(stranger.patient, "POST", f"/quotes/{facts.quote_id}/approve") == 404
    for path in ("/cases", "/devices", "/tickets", "/prescriptions", "/documents", "/notifications"):
        listed = await stranger.patient.get(path)
        assert not {str(facts.case_id), str(facts.patient_id)} & set(str(listed).split("'")), path


async def _status(person: Api, method: str, path: str) -> int:
    try:
        await person.call(method, path)
    except Refused as refused:
        return refused.status
    return 200


async def test_a_signed_in_session_ends_everywhere_within_moments(new_cast: NewCast) -> None:
    cast = await new_cast()
    await play(cast, until="verify")
    await cast.patient.post("/auth/logout")
    for path in ("/users/me", "/cases", "/documents", "/devices", "/notifications"):
        assert await _refused(cast.patient, path) == 401, path


async def _refused(person: Api, path: str) -> int:
    """401 once the revocation has spread."""
    return await eventually(lambda: _status(person, "GET", path), until=lambda status: status == 401)


async def test_two_stories_at_once_do_not_mix(new_cast: NewCast) -> None:
    one, other = await new_cast(), await new_cast()
    await play(one, until="open_case")
    await play(other, until="open_case")
    assert one.facts.case_number != other.facts.case_number
    mine = await one.patient.get("/cases")
    assert [case["id"] for case in mine["items"]] == [one.facts.case_id]


async def test_a_patient_logs_in_by_the_new_password_only(new_cast: NewCast) -> None:
    cast = await new_cast()
    await play(cast, until="verify")
    body = {"currentPassword": cast.password, "newPassword": "une-autre-phrase-de-passe"}
    await cast.patient.post("/auth/password/change", body)
    with pytest.raises(Refused) as refused:
        await sign_in(cast.patient, cast.email, cast.password)
    assert refused.value.status == 401
    await sign_in(cast.patient, cast.email, "une-autre-phrase-de-passe")
