"""Reading reports and telling real ones from forged and replayed ones."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

KEPT_FOR = timedelta(days=30)
OLDEST = timedelta(days=3)
"""A provider tries again for less than a day; what is older is a replay. Well under `KEPT_FOR`, so that a report is
still known for as long as it would be accepted."""
CLOCKS_APART = timedelta(minutes=10)


class Outcome(StrEnum):
    DELIVERED = "DELIVERED"
    BOUNCED = "BOUNCED"
    FAILED = "FAILED"
    COMPLAINED = "COMPLAINED"
    """The recipient called it spam."""


@dataclass(frozen=True, slots=True)
class Report:
    """What became of the message the provider calls `external_id`; `event` is its own word for it.

    `reason` is a code for staff. `dead`: the address is what is wrong, and no other message would reach it either.
    """

    provider: str
    external_id: str
    event: str
    outcome: Outcome
    reason: str | None = None
    dead: bool = False


class BrevoEvent(BaseModel):
    """What is read of a Brevo webhook (https://developers.brevo.com/docs/transactional-webhooks)."""

    model_config = ConfigDict(extra="ignore")

    event: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
    message_id: Annotated[str, Field(alias="message-id", min_length=1, max_length=200)]
    ts_event: Annotated[int, Field(ge=0, le=2**40)]
    """Seconds since 1970."""

    @property
    def happened_at(self) -> datetime:
        return datetime.fromtimestamp(self.ts_event, UTC)


_BREVO: Mapping[str, tuple[Outcome, bool]] = {
    "delivered": (Outcome.DELIVERED, False),
    "hard_bounce": (Outcome.BOUNCED, True),
    "invalid_email": (Outcome.BOUNCED, True),
    "blocked": (Outcome.BOUNCED, True),
    "soft_bounce": (Outcome.BOUNCED, False),
    "error": (Outcome.FAILED, False),
    "spam": (Outcome.COMPLAINED, False),
    "complaint": (Outcome.COMPLAINED, False),
}


def brevo_report(event: BrevoEvent) -> Report | None:
    """None for what says nothing about the delivery, such as `request`, `opened` and `deferred`."""
    if event.event not in _BREVO:
        return None
    outcome, dead = _BREVO[event.event]
    reason = None if outcome is Outcome.DELIVERED else f"BREVO {event.event}"
    return Report("BREVO", event.message_id, event.event, outcome, reason, dead)


def is_of_its_time(happened_at: datetime, now: datetime) -> bool:
    """Whether a report can be the provider's first telling, or one of its later tries."""
    return now - OLDEST <= happened_at <= now + CLOCKS_APART


class TwilioStatus(BaseModel):
    """What is read of a Twilio status callback (https://www.twilio.com/docs/messaging/api/message-resource)."""

    model_config = ConfigDict(extra="ignore")

    account_sid: Annotated[str, Field(alias="AccountSid")]
    message_sid: Annotated[str, Field(alias="MessageSid", pattern=r"^(SM|MM)[0-9a-f]{32}$")]
    status: Annotated[str, Field(alias="MessageStatus", pattern=r"^[a-z_-]{1,40}$")]
    error_code: Annotated[str | None, Field(alias="ErrorCode", pattern=r"^\d{1,9}$")] = None


_TWILIO: Mapping[str, Outcome] = {
    "delivered": Outcome.DELIVERED,
    "undelivered": Outcome.BOUNCED,
    "failed": Outcome.FAILED,
}
_TWILIO_DEAD = frozenset({"21211", "21610", "21614", "30004", "30005", "30006"})
"""Not a number, refused our messages, not a mobile, blocked, unknown, a landline."""


def twilio_report(status: TwilioStatus) -> Report | None:
    """None for a message that is still on its way."""
    outcome = _TWILIO.get(status.status)
    if outcome is None:
        return None
    reason = None
    if outcome is not Outcome.DELIVERED:
        reason = f"TWILIO {status.status} {status.error_code or ''}".strip()
    return Report("TWILIO", status.message_sid, status.status, outcome, reason, status.error_code in _TWILIO_DEAD)


def twilio_signature(token: str, url: str, form: Sequence[tuple[str, str]]) -> str:
    """Twilio's signature of a callback: the address and each form field in the order of names, HMAC-SHA1, base64.

    A field that comes several times counts once for each of its values.
    """
    signed = url + "".join(name + value for name, value in sorted(set(form)))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def is_signed(token: str, url: str, form: Sequence[tuple[str, str]], signature: str | None) -> bool:
    """Whether the holder of `token` sent this form to `url`."""
    return signature is not None and _same(twilio_signature(token, url, form), signature)


def presents(token: str, authorization: str | None) -> bool:
    """Whether an Authorization header presents `token` as its bearer's."""
    return authorization is not None and _same(f"Bearer {token}", authorization)


def _same(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogateescape"))


BrevoBody = Annotated[list[BrevoEvent] | BrevoEvent, Field(union_mode="left_to_right")]
"""One event, or a batch where the webhook is set to batches."""


def events_of(body: list[BrevoEvent] | BrevoEvent) -> Sequence[BrevoEvent]:
    """The events of a call."""
    return body if isinstance(body, list) else [body]
