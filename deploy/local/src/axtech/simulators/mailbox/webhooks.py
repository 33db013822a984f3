"""Delivery events, sent as the providers send them.

Brevo authenticates its webhooks with a bearer token (it signs nothing); Twilio signs the address and the form with
HMAC-SHA1 under the account's token in `X-Twilio-Signature`.
"""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
from common.clock import now
from starlette.concurrency import run_in_threadpool

from axtech.simulators.mailbox.store import NewMessage, OutcomeRequest, Store

BREVO_EVENTS = {
    "DELIVERED": "delivered",
    "HARD_BOUNCE": "hard_bounce",
    "SOFT_BOUNCE": "soft_bounce",
    "BLOCKED": "blocked",
    "UNDELIVERED": "soft_bounce",
    "FAILED": "error",
}
TWILIO_STATUSES = {"DELIVERED": "delivered", "FAILED": "failed"}
TWILIO_UNKNOWN_HANDSET = "30005"
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """Where mail events go and how both kinds are authenticated; `delay` is seconds before each event."""

    brevo_url: str | None = None
    brevo_token: str | None = None
    twilio_auth_token: str | None = None
    delay: float = 0.2


def twilio_signature(token: str, url: str, form: Mapping[str, str]) -> str:
    """Twilio's signature of a callback: the address, then each form field in the order of names."""
    signed = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


class Webhooks:
    """Sends events in the background, each tried three times; used from the event loop."""

    def __init__(
        self, store: Store, settings: WebhookSettings, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._store = store
        self._settings = settings
        self._client = httpx.AsyncClient(timeout=5, transport=transport)
        self._running: set[asyncio.Task[None]] = set()

    def mail_sent(self, message: NewMessage) -> None:
        """Announce a mail's `request` event and then what became of it."""
        if self._settings.brevo_url:
            self._start(self._mail_events(message, self._settings.brevo_url))

    def text_sent(self, message: NewMessage, account: str, callback: str | None) -> None:
        """Announce a text message's `sent` status and then what became of it, where the sender asked to be told."""
        if callback:
            self._start(self._text_events(message, account, callback))

    async def settled(self) -> None:
        """Wait until every event has been sent."""
        while self._running:
            await asyncio.gather(*self._running)

    async def close(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._client.aclose()

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _mail_events(self, message: NewMessage, url: str) -> None:
        outcome = await run_in_threadpool(self._store.outcome, message.to)
        headers = {"Authorization": f"Bearer {self._settings.brevo_token}"} if self._settings.brevo_token else {}
        for event in ("request", BREVO_EVENTS.get(outcome.event)):
            if event is not None:
                body = _brevo_body(message, event, outcome)
                await self._send(message.message_id, event, httpx.Request("POST", url, json=body, headers=headers))

    async def _text_events(self, message: NewMessage, account: str, url: str) -> None:
        outcome = await run_in_threadpool(self._store.outcome, message.to)
        final = None if outcome.event == "NONE" else TWILIO_STATUSES.get(outcome.event, "undelivered")
        for status in ("sent", final):
            if status is None:
                continue
            form = {
                "AccountSid": account,
                "ApiVersion": "2010-04-01",
                "From": message.sender,
                "MessageSid": message.message_id,
                "MessageStatus": status,
                "SmsSid": message.message_id,
                "SmsStatus": status,
                "To": message.to,
            }
            if status in ("failed", "undelivered"):
                form["ErrorCode"] = TWILIO_UNKNOWN_HANDSET
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            if self._settings.twilio_auth_token:
                headers["X-Twilio-Signature"] = twilio_signature(self._settings.twilio_auth_token, url, form)
            request = httpx.Request("POST", url, content=urlencode(form), headers=headers)
            await self._send(message.message_id, status, request)

    async def _send(self, message_id: str, event: str, request: httpx.Request) -> None:
        answer: int | None = None
        attempts = 0
        while attempts < ATTEMPTS and (answer is None or answer >= 400):
            await asyncio.sleep(self._settings.delay * 2**attempts)
            attempts += 1
            try:
                answer = (await self._client.send(request)).status_code
            except httpx.HTTPError:
                answer = None  # recorded as not reached
        await run_in_threadpool(self._store.add_webhook, message_id, str(request.url), event, attempts, answer)


def _brevo_body(message: NewMessage, event: str, outcome: OutcomeRequest) -> dict[str, Any]:
    seconds = int(now().timestamp())
    body: dict[str, Any] = {
        "event": event,
        "email": message.to,
        "id": 1,
        "date": now().strftime("%Y-%m-%d %H:%M:%S"),
        "ts": seconds,
        "message-id": message.message_id,
        "ts_event": seconds,
        "ts_epoch": seconds * 1000,
        "subject": message.subject,
        "sending_ip": "127.0.0.1",
        "tags": message.tags,
    }
    return body if event in ("request", "delivered") else body | {"reason": outcome.reason}
