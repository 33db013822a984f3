"""SMS by Twilio's messages API (`POST /2010-04-01/Accounts/{sid}/Messages.json`)."""

import httpx

from notifications.providers.messages import Sms, Unreachable
from notifications.providers.transport import Transport, body_of

_CREATED = 201
_DEAD = frozenset({"21211", "21610", "21614"})
"""Not a number, a number that refused our messages, not a mobile."""


class Twilio:
    """Takes one SMS at a time and reports to `callback` what becomes of it."""

    name = "TWILIO"

    def __init__(
        self, client: httpx.AsyncClient, *, url: str, account_sid: str, auth_token: str, sender: str, callback: str
    ) -> None:
        self._transport = Transport(self.name, url, client)
        self._path = f"/2010-04-01/Accounts/{account_sid}/Messages.json"
        self._auth = (account_sid, auth_token)
        self._fixed = {"MessagingServiceSid" if sender.startswith("MG") else "From": sender, "StatusCallback": callback}

    async def send(self, sms: Sms) -> str | None:
        """Twilio's message id; None where it took the SMS without telling. Raises `Refused` and `Unreachable`.

        Twilio promises no idempotency: the key is sent along, for gateways in between and for tracing a double.
        """
        answer = await self._transport.post(
            self._path,
            auth=self._auth,
            headers={"Idempotency-Key": str(sms.key)},
            data={**self._fixed, "To": sms.to, "Body": sms.text},
        )
        if answer.status_code == _CREATED:
            identifier = body_of(answer).get("sid")
            return str(identifier)[:200] if identifier else None
        if answer.status_code >= 400:
            raise self._transport.refused(answer, dead=_DEAD)
        raise Unreachable(f"TWILIO answered {answer.status_code} where it creates")
