import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from axtech.simulators.mailbox import create_app
from axtech.simulators.mailbox.app import Credentials
from axtech.simulators.mailbox.webhooks import WebhookSettings, twilio_signature
from fastapi import FastAPI

ACCOUNT = "AC0123"
CREDENTIALS = Credentials(brevo_api_key="key", twilio_account_sid=ACCOUNT, twilio_auth_token="secret")
MAIL = {
    "sender": {"email": "noreply@axtech.example", "name": "AX TECH"},
    "to": [{"email": "Nathalie@example.fr"}],
    "subject": "Vérifiez votre adresse",
    "htmlContent": '<p>Bonjour <a href="https://app.example/verify?a=1&amp;token=t">vérifier</a></p>',
    "headers": {"Idempotency-Key": "n-1"},
    "tags": ["account.verify"],
}
SMS = {"To": "+33612345678", "From": "+33700000000", "Body": "Votre code : 123456 https://app.example/c"}
SMS_PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


class Receiver(httpx.AsyncBaseTransport):
    """Takes webhooks; answers the statuses it was given, then 204."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.statuses: list[int] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        status = self.statuses.pop(0) if self.statuses else 204
        if status == 0:
            raise httpx.ConnectError("refused", request=request)
        return httpx.Response(status)


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
async def app(tmp_path: Path, receiver: Receiver) -> AsyncIterator[FastAPI]:
    settings = WebhookSettings("http://us/webhooks/brevo", "hook", "secret", delay=0)
    made = create_app(tmp_path, CREDENTIALS, settings, receiver)
    async with made.router.lifespan_context(made):
        yield made


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://mailbox") as made:
        yield made


async def send_mail(client: httpx.AsyncClient, **changes: Any) -> httpx.Response:
    return await client.post("/v3/smtp/email", json=MAIL | changes, headers={"api-key": "key"})


async def send_sms(
    client: httpx.AsyncClient, auth: tuple[str, str] = (ACCOUNT, "secret"), **form: str
) -> httpx.Response:
    return await client.post(SMS_PATH, data=SMS | form, auth=auth)


async def messages(client: httpx.AsyncClient, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get("/messages", params=query)).json()
    return found


async def test_a_mail_is_taken_and_shown_with_its_links(client: httpx.AsyncClient) -> None:
    answer = await send_mail(client)
    assert answer.status_code == 201
    assert set(answer.json()) == {"messageId"}
    (mail,) = await messages(client, to="nathalie@EXAMPLE.fr")
    assert mail["messageId"] == answer.json()["messageId"]
    assert (mail["channel"], mail["to"], mail["subject"]) == ("EMAIL", "Nathalie@example.fr", "Vérifiez votre adresse")
    assert mail["links"] == ["https://app.example/verify?a=1&token=t"]
    assert (mail["text"], mail["html"]) == ("Bonjour vérifier", MAIL["htmlContent"])
    assert (mail["idempotencyKey"], mail["tags"]) == ("n-1", ["account.verify"])
    assert mail["sentAt"].endswith("Z")
    assert (await client.get(f"/messages/{mail['id']}")).json() == mail


async def test_doubles_are_kept_and_listed_oldest_first(client: httpx.AsyncClient) -> None:
    for subject in ("un", "deux", "deux"):
        await send_mail(client, subject=subject)
    assert [each["subject"] for each in await messages(client)] == ["un", "deux", "deux"]
    assert [each["subject"] for each in await messages(client, limit="2")] == ["deux", "deux"]


async def test_each_recipient_has_the_mail(client: httpx.AsyncClient) -> None:
    await send_mail(client, to=[{"email": "a@x.fr"}, {"email": "b@x.fr"}], cc=[{"email": "c@x.fr"}])
    assert [each["to"] for each in await messages(client)] == ["a@x.fr", "b@x.fr", "c@x.fr"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sender": None}, "invalid_parameter"),
        ({"to": []}, "missing_parameter"),
        ({"to": [{"email": "nobody"}]}, "invalid_parameter"),
        ({"subject": ""}, "missing_parameter"),
        ({"htmlContent": None}, "missing_parameter"),
    ],
)
async def test_a_bad_mail_is_refused_as_brevo_does(
    client: httpx.AsyncClient, changes: dict[str, Any], code: str
) -> None:
    answer = await send_mail(client, **changes)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert await messages(client) == []


async def test_brevo_wants_its_key_and_json(client: httpx.AsyncClient) -> None:
    for headers in ({}, {"api-key": "other"}):
        answer = await client.post("/v3/smtp/email", json=MAIL, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert (await client.post("/v3/smtp/email", content=b"{", headers={"api-key": "key"})).status_code == 400


async def test_a_text_message_is_taken_and_found_by_its_number(client: httpx.AsyncClient) -> None:
    answer = await send_sms(client)
    assert answer.status_code == 201
    body = answer.json()
    assert body["sid"].startswith("SM")
    assert (body["status"], body["to"], body["error_code"]) == ("queued", "+33612345678", None)
    (sms,) = (await client.get("/messages?to=+33612345678&channel=SMS")).json()
    assert (sms["channel"], sms["text"], sms["html"], sms["subject"]) == ("SMS", SMS["Body"], None, None)
    assert sms["links"] == ["https://app.example/c"]


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"To": ""}, 21604),
        ({"To": "0612345678"}, 21211),
        ({"From": ""}, 21603),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
    ],
)
async def test_a_bad_text_message_is_refused_as_twilio_does(
    client: httpx.AsyncClient, form: dict[str, str], code: int
) -> None:
    answer = await send_sms(client, (ACCOUNT, "secret"), **form)
    assert answer.status_code == 400
    assert (answer.json()["code"], answer.json()["status"]) == (code, 400)
    assert str(code) in answer.json()["more_info"]


@pytest.mark.parametrize("auth", [(ACCOUNT, "other"), ("AC9", "secret"), (ACCOUNT, ""), ("", "")])
async def test_twilio_wants_the_account_and_its_token(client: httpx.AsyncClient, auth: tuple[str, str]) -> None:
    answer = await send_sms(client, auth)
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)


async def test_faults_speak_each_providers_language(client: httpx.AsyncClient) -> None:
    await client.post("/control/faults", json={"kind": "RATE_LIMIT", "count": 2, "retryAfter": 3})
    mail, sms = await send_mail(client), await send_sms(client)
    assert (mail.status_code, mail.json()["code"], mail.headers["retry-after"]) == (429, "too_many_requests", "3")
    assert (sms.status_code, sms.json()["code"], sms.headers["retry-after"]) == (429, 20429, "3")
    await client.post("/control/faults", json={"kind": "HTML", "operations": ["email"]})
    assert (await send_mail(client)).headers["content-type"].startswith("text/html")
    await client.post("/control/faults", json={"kind": "TIMEOUT_AFTER_EFFECT", "operations": ["sms"], "seconds": 0})
    assert (await send_sms(client)).status_code == 504
    assert [each["channel"] for each in await messages(client)] == ["SMS"]
    assert (await client.post("/control/faults", json={"kind": "LATE_REJECTION"})).status_code == 422


async def test_brevo_tells_what_became_of_a_mail(app: FastAPI, client: httpx.AsyncClient, receiver: Receiver) -> None:
    await client.put("/control/outcomes", json={"to": "gone@x.fr", "event": "HARD_BOUNCE", "reason": "unknown user"})
    sent = [await send_mail(client), await send_mail(client, to=[{"email": "GONE@x.fr"}])]
    await app.state.webhooks.settled()
    bodies = [httpx.Response(200, content=request.content).json() for request in receiver.requests]
    events = {(body["message-id"], body["event"], body.get("reason")) for body in bodies}
    first, second = (answer.json()["messageId"] for answer in sent)
    assert events == {
        (first, "request", None),
        (first, "delivered", None),
        (second, "request", None),
        (second, "hard_bounce", "unknown user"),
    }
    assert {request.headers["authorization"] for request in receiver.requests} == {"Bearer hook"}


async def test_twilio_signs_what_it_tells_of_a_text_message(
    app: FastAPI, client: httpx.AsyncClient, receiver: Receiver
) -> None:
    callback = "https://us.example/webhooks/twilio?n=1"
    await client.put("/control/outcomes", json={"to": SMS["To"], "event": "UNDELIVERED"})
    sid = (await send_sms(client, StatusCallback=callback)).json()["sid"]
    await app.state.webhooks.settled()
    forms = [dict(parse_qsl(request.content.decode())) for request in receiver.requests]
    assert [(form["MessageSid"], form["MessageStatus"], form.get("ErrorCode")) for form in forms] == [
        (sid, "sent", None),
        (sid, "undelivered", "30005"),
    ]
    for form, request in zip(forms, receiver.requests, strict=True):
        assert request.headers["x-twilio-signature"] == twilio_signature("secret", callback, form)


def test_the_signature_is_the_one_twilio_documents() -> None:
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675310",
        "Digits": "1234",
        "From": "+14158675310",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert twilio_signature("12345", url, form) == "GvWf1cFY/Q7PnoempGyD5oXAezc="


async def test_webhooks_are_tried_again_and_recorded(
    app: FastAPI, client: httpx.AsyncClient, receiver: Receiver
) -> None:
    receiver.statuses = [0, 500, 204, 500, 500, 500]
    await send_mail(client)
    await app.state.webhooks.settled()
    found = (await client.get("/control/webhooks")).json()
    assert [(each["event"], each["attempts"], each["answer"]) for each in found] == [
        ("request", 3, 204),
        ("delivered", 3, 500),
    ]


async def test_the_page_lists_and_shows_mails_without_running_them(client: httpx.AsyncClient) -> None:
    await send_mail(client, subject="<script>alert(1)</script>", htmlContent='<p onclick="x">Bonjour</p>')
    index = await client.get("/")
    assert "<script>" not in index.text
    assert "&lt;script&gt;" in index.text
    (mail,) = await messages(client)
    page = await client.get(f"/view/{mail['id']}")
    assert 'sandbox="" ' in page.text
    assert 'srcdoc="&lt;p onclick=&quot;x&quot;&gt;Bonjour' in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "Nothing was sent" in (await client.get("/", params={"to": "other@x.fr"})).text
    assert (await client.get("/view/none")).status_code == 404


async def test_many_senders_at_once_lose_nothing(client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(send_mail(client, subject=str(number)) for number in range(30)))
    assert {answer.status_code for answer in answers} == {201}
    assert {each["subject"] for each in await messages(client)} == {str(number) for number in range(30)}


async def test_messages_outlive_the_process_until_a_reset(tmp_path: Path) -> None:
    for count in (1, 2):
        app = create_app(tmp_path / "data")
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://mailbox") as client,
        ):
            await send_mail(client)
            assert len(await messages(client)) == count
            assert (await client.get("/health/ready")).status_code == 200
            if count == 2:
                await client.post("/control/reset")
                assert await messages(client) == []
