"""Mail by Brevo's transactional API (`POST /v3/smtp/email`)."""

import httpx

from notifications.providers.messages import Mail, Unreachable
from notifications.providers.transport import Transport, body_of

_ACCEPTED = frozenset({201, 202})
_SEEN_BEFORE = "duplicate_parameter"


class Brevo:
    """Takes one mail at a time."""

    name = "BREVO"

    def __init__(self, client: httpx.AsyncClient, *, url: str, api_key: str, sender: str, sender_name: str) -> None:
        self._transport = Transport(self.name, url, client)
        self._headers = {"api-key": api_key, "accept": "application/json"}
        self._sender = {"email": sender, "name": sender_name}

    async def send(self, mail: Mail) -> str | None:
        """Brevo's message id; None where it took the mail without telling, or had taken it before.

        Brevo recognises `idempotencyKey` for about a quarter of an hour and answers `duplicate_parameter` then.
        Raises `Refused` and `Unreachable`.
        """
        answer = await self._transport.post(
            "/v3/smtp/email",
            headers=self._headers,
            json={
                "sender": self._sender,
                "to": [{"email": mail.to}],
                "subject": mail.subject,
                "htmlContent": mail.html,
                "textContent": mail.text,
                "headers": {"idempotencyKey": str(mail.key), **mail.headers},
                "tags": [mail.tag],
            },
        )
        body = body_of(answer)
        if answer.status_code in _ACCEPTED:
            identifier = body.get("messageId")
            return str(identifier)[:200] if identifier else None
        if body.get("code") == _SEEN_BEFORE:
            return None
        if answer.status_code >= 400:
            raise self._transport.refused(answer)
        raise Unreachable(f"BREVO answered {answer.status_code} where it creates")
