"""`/notifications`: who reads what, in pages, and who has it sent again."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
from common.contracts.enums import Role
from common.ids import new_id
from common.testing import RunningService
from common.testing.keys import actor

Add = Callable[..., Awaitable[UUID]]
OTHERS = [Role.PATIENT, Role.PRESCRIBER, Role.BILLING, Role.TECHNICIAN]


async def test_a_recipient_reads_their_own_and_knows_of_no_other(api: RunningService, add: Add) -> None:
    other = await add(api)
    for role in OTHERS:
        me = actor(role)
        own = await add(api, recipient_id=me.user_id)
        client = api.client(me)
        assert [each["id"] for each in (await client.get("/notifications")).json()["items"]] == [str(own)]
        assert (await client.get(f"/notifications/{own}")).status_code == 200
        assert (await client.get(f"/notifications/{other}")).status_code == 404
    assert await api.recorded("audit.recorded") == []


@pytest.mark.parametrize("role", [Role.OPS, Role.COMPLIANCE_ADMIN])
async def test_ops_and_compliance_read_all_and_it_is_audited(api: RunningService, add: Add, role: Role) -> None:
    identifiers = [await add(api), await add(api)]
    client = api.client(actor(role))
    items = (await client.get("/notifications")).json()["items"]
    assert [each["id"] for each in items] == [str(each) for each in reversed(identifiers)]
    one = await client.get(f"/notifications/{identifiers[0]}")
    assert one.status_code == 200
    assert one.headers["etag"] == '"1"'
    audited = [event.data["action"] for event in await api.recorded("audit.recorded")]
    assert audited == ["notification.list", "notification.read"]


async def test_a_notification_shows_the_fields_of_the_specification_and_no_address(
    api: RunningService, add: Add
) -> None:
    me = actor(Role.PATIENT)
    identifier = await add(
        api, recipient_id=me.user_id, status="DELIVERED", external_id="m-1", provider="BREVO", address_index="0" * 64
    )
    body = (await api.client(me).get(f"/notifications/{identifier}")).json()
    assert body.keys() == {
        *("id", "recipientId", "channel", "templateId", "context", "status", "sentAt", "deliveredAt"),
        *("failureReason", "externalId", "caseId", "templateVersion", "createdAt", "updatedAt"),
    }
    assert body["context"]["caseNumber"] == "AX-2026-000123"
    assert body["sentAt"].endswith("Z")


async def test_the_list_is_filtered_and_comes_in_pages(api: RunningService, add: Add) -> None:
    sent = [await add(api, status="SENT") for _ in range(3)]
    await add(api, status="FAILED")
    await add(api, status="SENT", channel="SMS")
    client = api.client(actor(Role.OPS))
    query: dict[str, str | int] = {"status": "SENT", "channel": "EMAIL", "limit": 2}
    first = (await client.get("/notifications", params=query)).json()
    second = (await client.get("/notifications", params={**query, "cursor": first["nextCursor"]})).json()
    found = [each["id"] for each in [*first["items"], *second["items"]]]
    assert found == [str(each) for each in reversed(sent)]
    assert second["nextCursor"] is None


async def test_a_bad_filter_is_refused(api: RunningService) -> None:
    client = api.client(actor(Role.OPS))
    for query in ({"status": "LOST"}, {"channel": "FAX"}, {"limit": "0"}, {"limit": "201"}, {"cursor": "?"}):
        answer = await client.get("/notifications", params=query)
        assert answer.status_code == 400
        assert answer.json()["error"]["code"].startswith("VAL_")


async def test_nothing_is_shown_to_nobody(api: RunningService) -> None:
    for path in ("/notifications", f"/notifications/{new_id()}", "/notification-templates"):
        assert (await api.http.get(f"/api/v1{path}")).status_code == 401


@pytest.mark.parametrize("status", ["FAILED", "BOUNCED"])
async def test_ops_has_a_failed_one_sent_again(api: RunningService, add: Add, status: str) -> None:
    identifier = await add(api, status=status, external_id="m-1")
    answer = await api.client(actor(Role.OPS)).post(f"/notifications/{identifier}/retry")
    assert answer.status_code == 202
    assert answer.json()["status"] == "PENDING"
    assert answer.json()["failureReason"] is None
    assert answer.json()["externalId"] is None
    [job] = await api.recorded("notifications.deliver-notification")
    assert job.data["notificationId"] == str(identifier)
    [audited] = await api.recorded("audit.recorded")
    assert audited.data["changes"]["status"] == {"before": status, "after": "PENDING"}


async def test_what_did_not_fail_is_not_sent_again(api: RunningService, add: Add) -> None:
    for status in ("PENDING", "SENT", "DELIVERED"):
        identifier = await add(api, status=status)
        answer = await api.client(actor(Role.OPS)).post(f"/notifications/{identifier}/retry")
        assert answer.status_code == 409
        assert answer.json()["error"]["code"] == "BIZ_NOTIFICATION_STATE"
    assert await api.recorded() == []


async def test_nobody_but_ops_has_one_sent_again(api: RunningService, add: Add) -> None:
    for role in (*OTHERS, Role.COMPLIANCE_ADMIN):
        me = actor(role)
        identifier = await add(api, status="FAILED", recipient_id=me.user_id)
        assert (await api.client(me).post(f"/notifications/{identifier}/retry")).status_code == 403


async def test_sending_again_what_does_not_exist_is_not_found(api: RunningService) -> None:
    assert (await api.client(actor(Role.OPS)).post(f"/notifications/{new_id()}/retry")).status_code == 404


async def test_what_postgresql_writes_is_what_the_ordinary_route_would_answer(api: RunningService, add: Add) -> None:
    me = actor(Role.PATIENT)
    one = await add(api, recipient_id=me.user_id, status="DELIVERED", external_id="m-1", case_id=new_id())
    await add(api, recipient_id=me.user_id)
    paths = ("/notifications", f"/notifications/{one}")
    hot = [(await api.client(me).get(path)).json() for path in paths]
    api.app.state.hot.clear()
    assert [(await api.client(me).get(path)).json() for path in paths] == hot


async def test_what_is_no_id_is_refused(api: RunningService) -> None:
    assert (await api.client(actor(Role.OPS)).get("/notifications/nothing")).status_code == 400
