"""Brevo and Twilio as the mailbox speaks for them, in good and in bad days."""

from collections.abc import AsyncIterator
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
import pytest_asyncio
from common.clock import now
from common.ids import new_id
from notifications.providers.brevo import Brevo
from notifications.providers.messages import Mail, NotTaken, Refused, Sms, Unreachable
from notifications.providers.transport import retry_after, safe_code
from notifications.providers.twilio import Twilio
from notifications.testing import Mailbox

TO, PHONE = "anne@example.fr", "+33612345678"
CALLBACK = "http://127.0.0.1:9/api/v1/webhooks/twilio"


def mail(**changes: Any) -> Mail:
    fields = {"to": TO, "subject": "Bonjour", "html": "<p>Bonjour</p>", "text": "Bonjour", "tag": "t", "key": new_id()}
    return Mail(**{**fields, **changes})


def sms(**changes: Any) -> Sms:
    return Sms(**{"to": PHONE, "text": "Bonjour", "key": new_id(), **changes})


@pytest_asyncio.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=10) as made:
        yield made


@pytest.fixture
def brevo(client: httpx.AsyncClient, mailbox: Mailbox) -> Brevo:
    return Brevo(client, url=mailbox.url, api_key="brevo-key", sender="a@axtech.example", sender_name="AX TECH")


@pytest.fixture
def twilio(client: httpx.AsyncClient, mailbox: Mailbox) -> Twilio:
    return Twilio(
        client, url=mailbox.url, account_sid="ACtest", auth_token="twilio-token", sender="AXTECH", callback=CALLBACK
    )


async def test_a_mail_arrives_as_it_was_written(brevo: Brevo, mailbox: Mailbox) -> None:
    sent = mail(subject="Élodie 🦽", text="Reste à payer : 230,00 €")
    external_id = await brevo.send(sent)
    [received] = await mailbox.sent(TO)
    assert (received["subject"], received["text"]) == ("Élodie 🦽", "Reste à payer : 230,00 €")
    assert received["messageId"] == external_id
    assert received["idempotencyKey"] == str(sent.key)
    assert received["tags"] == ["t"]


async def test_an_sms_arrives_as_it_was_written(twilio: Twilio, mailbox: Mailbox) -> None:
    sent = sms(text="Votre code : 482913")
    external_id = await twilio.send(sent)
    [received] = await mailbox.sent(PHONE)
    assert received["text"] == "Votre code : 482913"
    assert received["messageId"] == external_id
    assert received["idempotencyKey"] == str(sent.key)


@pytest.mark.parametrize("kind", ["SERVER_ERROR", "EMPTY", "HTML", "TIMEOUT"])
async def test_an_answer_that_says_nothing_is_left_to_the_queue(
    client: httpx.AsyncClient, brevo: Brevo, twilio: Twilio, mailbox: Mailbox, kind: str
) -> None:
    if kind == "TIMEOUT":
        client.timeout = httpx.Timeout(10, read=0.3)  # the mailbox answers after a minute
    await mailbox.fail(kind, operations=["email"])
    await mailbox.fail(kind, operations=["sms"])
    for failing in (brevo.send(mail()), twilio.send(sms())):
        with pytest.raises(Unreachable) as caught:
            await failing
        assert not isinstance(caught.value, NotTaken)
    assert await mailbox.sent(TO) == await mailbox.sent(PHONE) == []


async def test_half_an_answer_is_a_message_taken_without_an_id(brevo: Brevo, twilio: Twilio, mailbox: Mailbox) -> None:
    await mailbox.fail("MALFORMED", count=2)
    assert await brevo.send(mail()) is None
    assert await twilio.send(sms()) is None
    assert len(await mailbox.sent(TO)) == len(await mailbox.sent(PHONE)) == 1


async def test_what_took_effect_before_it_timed_out_comes_again_under_the_same_key(
    client: httpx.AsyncClient, brevo: Brevo, mailbox: Mailbox
) -> None:
    sent = mail()
    await mailbox.fail("TIMEOUT_AFTER_EFFECT", operations=["email"])
    client.timeout = httpx.Timeout(10, read=0.5)
    with pytest.raises(Unreachable):
        await brevo.send(sent)
    client.timeout = httpx.Timeout(10)
    await brevo.send(sent)
    assert {each["idempotencyKey"] for each in await mailbox.sent(TO)} == {str(sent.key)}


async def test_a_provider_that_is_called_too_often_is_called_again_after_its_pause(
    brevo: Brevo, mailbox: Mailbox
) -> None:
    await mailbox.fail("RATE_LIMIT", operations=["email"], retryAfter=1)
    await brevo.send(mail())
    assert len(await mailbox.sent(TO)) == 1


async def test_a_long_pause_is_not_sat_out(brevo: Brevo, mailbox: Mailbox) -> None:
    await mailbox.fail("RATE_LIMIT", operations=["email"], retryAfter=60)
    for _ in range(2):
        with pytest.raises(NotTaken):
            await brevo.send(mail())
    assert await mailbox.sent(TO) == []


async def test_a_provider_that_is_not_there_took_nothing(client: httpx.AsyncClient) -> None:
    nowhere = Brevo(client, url="http://127.0.0.1:9", api_key="k", sender="a@b.fr", sender_name="A")
    with pytest.raises(NotTaken):
        await nowhere.send(mail())


async def test_a_wrong_key_is_the_accounts_fault_and_not_the_messages(
    client: httpx.AsyncClient, mailbox: Mailbox
) -> None:
    with pytest.raises(NotTaken):
        await Brevo(client, url=mailbox.url, api_key="wrong", sender="a@b.fr", sender_name="A").send(mail())
    stranger = Twilio(client, url=mailbox.url, account_sid="AC", auth_token="x", sender="AXTECH", callback=CALLBACK)
    with pytest.raises(NotTaken):
        await stranger.send(sms())


async def test_a_refusal_names_the_providers_code_and_no_address(
    brevo: Brevo, twilio: Twilio, mailbox: Mailbox
) -> None:
    with pytest.raises(Refused, match=r"^BREVO 400 invalid_parameter$") as mail_refused:
        await brevo.send(mail(to="not an address"))
    with pytest.raises(Refused, match=r"^TWILIO 400 21211$") as sms_refused:
        await twilio.send(sms(to="0612"))
    assert not mail_refused.value.dead
    assert sms_refused.value.dead


async def test_a_mail_that_brevo_has_seen_before_counts_as_taken() -> None:
    async def seen(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(400, json={"code": "duplicate_parameter", "message": "idempotencyKey was used"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(seen)) as client:
        assert await Brevo(client, url="http://b", api_key="k", sender="a@b.fr", sender_name="A").send(mail()) is None


async def test_an_optional_mail_carries_the_way_out() -> None:
    asked: list[httpx.Request] = []

    async def take(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(201, json={"messageId": "<1>"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(take)) as client:
        brevo = Brevo(client, url="http://b", api_key="k", sender="a@b.fr", sender_name="A")
        await brevo.send(mail(unsubscribe="https://app.example/u?key=k"))
    assert b'"List-Unsubscribe":"<https://app.example/u?key=k>"' in asked[0].content.replace(b'": "', b'":"')
    assert b"One-Click" in asked[0].content


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), ("", 1.0), ("soon", 1.0), ("-3", 1.0), ("²", 1.0), ("Mon, 99 Foo", 1.0)]
)
def test_the_pause_asked_for_is_read_whatever_it_says(header: str, seconds: float) -> None:
    assert retry_after(httpx.Response(429, headers=[(b"retry-after", header.encode())])) == seconds


def test_the_pause_may_be_given_as_a_date() -> None:
    at = format_datetime(now() + timedelta(seconds=30), usegmt=True)
    assert 25 < retry_after(httpx.Response(429, headers={"retry-after": at})) <= 30


@pytest.mark.parametrize("code", ["anne@example.fr is blocked", None, "", "a b", "x" * 61])
def test_a_code_that_could_hold_an_address_is_not_kept(code: str | None) -> None:
    assert safe_code(code) == ""
