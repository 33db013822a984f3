"""SMS by Twilio's messages API (`POST /2010-04-01/Accounts/{sid}/Messages.json`)."""

from dataclasses import dataclass
from uuid import UUID

import httpx

from notifications.providers.transport import Transport, Unreachable, body_of

_CREATED = 201


@dataclass(frozen=True, slots=True, repr=False)
class Sms:
    """An SMS as it is handed over; `to` in E.164."""

    to: str
    text: str
    key: UUID


class Twilio:
    """Takes one SMS at a time."""

    def __init__(self, client: httpx.AsyncClient, *, url: str, account_sid: str, auth_token: str, sender: str) -> None:
        self._transport = Transport("TWILIO", url, client)
        self._path = f"/2010-04-01/Accounts/{account_sid}/Messages.json"
        self._auth = (account_sid, auth_token)
        self._sender = {"MessagingServiceSid" if sender.startswith("MG") else "From": sender}

    async def send(self, sms: Sms) -> str | None:
        """Twilio's message id; None where it took the SMS without telling. Raises `Refused` and `Unreachable`.

        Twilio promises no idempotency: the key is sent along, for gateways in between and for tracing a double.
        """
        answer = await self._transport.post(
            self._path,
            auth=self._auth,
            headers={"Idempotency-Key": str(sms.key)},
            data={**self._sender, "To": sms.to, "Body": sms.text},
        )
        if answer.status_code == _CREATED:
            identifier = body_of(answer).get("sid")
            return str(identifier)[:200] if identifier else None
        if answer.status_code >= 400:
            raise self._transport.refused(answer)
        raise Unreachable(f"TWILIO answered {answer.status_code} where it creates")
