"""Settings of the notifications service."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Literal

from common import safety
from common.settings import Settings
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from notifications.deliveries.domain import DigestRule, QuietHours

MailProvider = Literal["brevo", "smtp"]
TWILIO = ("twilio_account_sid", "twilio_auth_token")
MAIL: Mapping[MailProvider, Sequence[str]] = {
    "brevo": ("brevo_api_key", "brevo_webhook_token"),
    "smtp": ("smtp_host",),
}
ALWAYS = ("mail_sender", "hotline_phone")


class NotificationsSettings(Settings):
    """What has a default good enough for a developer's machine must be given anywhere else."""

    mail_providers: Annotated[tuple[MailProvider, ...], NoDecode, Field(min_length=1)] = ("brevo",)
    """In the order of preference, separated by commas: the second takes over where the first takes nothing."""

    brevo_url: str = "https://api.brevo.com"
    """Brevo's API."""
    brevo_api_key: SecretStr = SecretStr("development")
    """Brevo's key."""
    brevo_webhook_token: SecretStr = SecretStr("development")
    """What Brevo presents with its reports, as a bearer token."""

    smtp_host: str = "127.0.0.1"
    """The mail server of `smtp`."""
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = 587
    """Its port."""
    smtp_security: Literal["none", "starttls", "tls"] = "starttls"
    """How mail is kept from being read on its way."""
    smtp_user: str | None = None
    """Whom to sign in as, if at all."""
    smtp_password: SecretStr = SecretStr("")
    """Their password."""
    smtp_ca_file: str | None = None
    """Certificates to trust instead of the machine's, PEM."""

    twilio_url: str = "https://api.twilio.com"
    """Twilio's API."""
    twilio_account_sid: str = "ACdevelopment"
    """Twilio's account."""
    twilio_auth_token: SecretStr = SecretStr("development")
    """Signs our calls to Twilio, and its reports to us."""
    provider_timeout_seconds: Annotated[float, Field(gt=0, le=25)] = 10.0
    """Seconds that a provider may take for an answer."""

    mail_sender: str = "ne-pas-repondre@axtech.example"
    """Address that mail comes from."""
    mail_sender_name: str = "AX TECH"
    """Name that mail comes from."""
    sms_sender: Annotated[str, Field(min_length=3, max_length=34)] = "AXTECH"
    """A number in E.164, an alphanumeric sender of up to 11 characters or a messaging service (`MG…`)."""
    sms_quiet_hours: str | None = None
    """Hours in France such as `21:00-08:00` in which no SMS is sent that can wait; `none` for no such hours."""
    digest_after: Annotated[int, Field(ge=1)] = 20
    """From so many mails to one person within `digest_minutes` on, the next ones come together."""
    digest_minutes: Annotated[float, Field(gt=0)] = 10.0
    """Minutes, as above."""
    hotline_phone: Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$")] = "+33199000015"
    """The number to call about an unsafe device, E.164. The default is one of the numbers reserved for fiction."""

    @field_validator("mail_providers", mode="before")
    @classmethod
    def _list(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("sms_quiet_hours")
    @classmethod
    def _hours(cls, value: str | None) -> str | None:
        if value not in {None, "none"}:
            QuietHours.parse(str(value))
        return value

    @property
    def quiet_hours(self) -> QuietHours | None:
        """As set; where nothing is set, the night, but on a developer's machine none."""
        text = self.sms_quiet_hours or ("none" if self.axtech_env == "development" else "21:00-08:00")
        return None if text == "none" else QuietHours.parse(text)

    @property
    def digest_rule(self) -> DigestRule:
        """When mails to one person are put together."""
        return DigestRule(self.digest_after, timedelta(minutes=self.digest_minutes))

    @property
    def twilio_callback_url(self) -> str:
        """Where Twilio reports; it signs this very address."""
        return f"{self.public_url.rstrip('/')}/api/v1/webhooks/twilio"

    def unsafe(self) -> list[str]:
        """As of every service, and providers' keys and senders that are made up, and mail that leaves in the clear."""
        needed = [*ALWAYS, *TWILIO, *(name for provider in self.mail_providers for name in MAIL[provider])]
        missing = [name for name in needed if not self.given(name)]
        problems = super().unsafe() + [f"{name.upper()} must be set" for name in missing]
        problems += safety.in_the_clear([("brevo_url", self.brevo_url), ("twilio_url", self.twilio_url)])
        if "smtp" in self.mail_providers and self.smtp_security == "none":
            problems.append("SMTP_SECURITY must not be none: mail does not leave in the clear")
        return problems
