"""What is handed to a provider, and what comes of it."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, repr=False)
class Mail:
    """A mail as it is handed over. `key` is the same whenever the same message is tried again.

    `unsubscribe` is where its recipient ends such mails with one click (RFC 8058); None for what they must get.
    """

    to: str
    subject: str
    html: str
    text: str
    tag: str
    key: UUID
    unsubscribe: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """The header fields that a mail of its kind carries beside the usual ones."""
        if self.unsubscribe is None:
            return {}
        return {"List-Unsubscribe": f"<{self.unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


@dataclass(frozen=True, slots=True, repr=False)
class Sms:
    """An SMS as it is handed over; `to` in E.164."""

    to: str
    text: str
    key: UUID


@dataclass(frozen=True, slots=True)
class Taken:
    """A provider took a message. `external_id` is its own id of it, None where it did not tell."""

    provider: str
    external_id: str | None


class Refused(Exception):
    """The provider will never take this message; `reason` is a code without personal data.

    `dead`: the address or number is what is wrong, and no other message would reach it either.
    """

    def __init__(self, reason: str, *, dead: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.dead = dead


class Unreachable(Exception):
    """The provider did not say that it took the message. It may have."""


class NotTaken(Unreachable):
    """The provider surely did not take the message: another one may be asked without sending it twice."""
