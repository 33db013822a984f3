"""Ending what is not about the file: signed in, by the link of a mail, and by the mail program's own button."""

import re

from common.contracts import devices
from common.contracts.enums import Role
from common.testing import RunningService, eventually
from common.testing.keys import actor
from notifications.preferences.domain import unsubscribe_key, user_of
from notifications.testing import FakeIdentity, Mailbox, examples


async def test_whoever_is_signed_in_chooses(api: RunningService) -> None:
    client = api.client(actor(Role.PATIENT))
    assert (await client.get("/notifications/preferences")).json() == {"reminders": True}
    for chosen in (False, False, True):
        answer = await client.put("/notifications/preferences", json={"reminders": chosen})
        assert answer.json() == {"reminders": chosen}
        assert (await client.get("/notifications/preferences")).json() == {"reminders": chosen}
    audited = [event.data["changes"] for event in await api.recorded("audit.recorded")]
    assert audited == [{"reminders": {"before": True, "after": False}}, {"reminders": {"before": False, "after": True}}]
    assert (await api.http.get("/api/v1/notifications/preferences")).status_code == 401


async def test_the_link_of_a_reminder_asks_and_its_button_ends_them(
    worker: RunningService, mailbox: Mailbox, identity: FakeIdentity
) -> None:
    patient_id, user_id = identity.patient()
    await worker.publish(examples(patient_id)[devices.ContractRenewalDueV1])
    [mail] = await eventually(lambda: mailbox.sent(identity.email(user_id)))
    [link] = [link for link in mail["links"] if "unsubscribe" in link]
    path = link.removeprefix(worker.resources.settings.public_url)
    page = await worker.http.get(path)
    assert page.status_code == 200
    patient = worker.client(actor(Role.PATIENT, user_id=user_id))
    assert (await patient.get("/notifications/preferences")).json() == {"reminders": True}
    [action, _] = re.findall(r'action="([^"]+)"', page.text)
    for _ in range(2):
        assert (await worker.http.post(path.partition("?")[0] + action)).status_code == 200
    assert (await patient.get("/notifications/preferences")).json() == {"reminders": False}


async def test_a_key_that_is_not_ours_ends_nothing(api: RunningService) -> None:
    for key in ("", "x", f"{'0' * 32}.{'0' * 64}", "<script>"):
        assert (await api.http.post("/api/v1/notifications/unsubscribe", params={"key": key})).status_code == 404
        page = await api.http.get("/api/v1/notifications/unsubscribe", params={"key": key})
        assert "<script>" not in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]


async def test_a_key_is_good_for_its_user_alone(api: RunningService) -> None:
    index, me = api.resources.blind_index, actor(Role.PATIENT).user_id
    key = unsubscribe_key(index, me)
    assert user_of(index, key) == me
    other = unsubscribe_key(index, actor(Role.PATIENT).user_id)
    assert user_of(index, key.partition(".")[0] + "." + other.partition(".")[2]) is None
