"""Settings of the notifications service."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Literal, Self

from common.settings import Settings
from pydantic import Field, SecretStr, field_validator, model_validator
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
    """`hotline_phone` is in E.164; its default is one of the numbers that are reserved for fiction.

    What has a default good enough for a developer's machine must be given anywhere else.
    """

    mail_providers: Annotated[tuple[MailProvider, ...], NoDecode, Field(min_length=1)] = ("brevo",)
    """In the order of preference, separated by commas: the second takes over where the first takes nothing."""

    brevo_url: str = "https://api.brevo.com"
    brevo_api_key: SecretStr = SecretStr("development")
    brevo_webhook_token: SecretStr = SecretStr("development")
    """What Brevo presents with its reports, as a bearer token."""

    smtp_host: str = "127.0.0.1"
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = 587
    smtp_security: Literal["none", "starttls", "tls"] = "starttls"
    smtp_user: str | None = None
    smtp_password: SecretStr = SecretStr("")
    smtp_ca_file: str | None = None
    """Certificates to trust instead of the machine's, PEM."""

    twilio_url: str = "https://api.twilio.com"
    twilio_account_sid: str = "ACdevelopment"
    twilio_auth_token: SecretStr = SecretStr("development")
    provider_timeout_seconds: Annotated[float, Field(gt=0, le=25)] = 10.0

    mail_sender: str = "ne-pas-repondre@axtech.example"
    mail_sender_name: str = "AX TECH"
    sms_sender: Annotated[str, Field(min_length=3, max_length=34)] = "AXTECH"
    """A number in E.164, an alphanumeric sender of up to 11 characters or a messaging service (`MG…`)."""
    sms_quiet_hours: str | None = None
    """Hours in France such as `21:00-08:00` in which no SMS is sent that can wait; `none` for no such hours."""
    digest_after: Annotated[int, Field(ge=1)] = 20
    digest_minutes: Annotated[float, Field(gt=0)] = 10.0
    """From `digest_after` mails to one person within so many minutes on, the next ones come together."""
    hotline_phone: Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$")] = "+33199000015"

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

    @model_validator(mode="after")
    def _nothing_made_up_outside_development(self) -> Self:
        if self.axtech_env == "development":
            return self
        needed = [*ALWAYS, *TWILIO, *(name for provider in self.mail_providers for name in MAIL[provider])]
        if missing := [name.upper() for name in needed if name not in self.model_fields_set]:
            raise ValueError(f"in {self.axtech_env} these must be set: {', '.join(missing)}")
        if "smtp" in self.mail_providers and self.smtp_security == "none":
            raise ValueError(f"in {self.axtech_env} mail does not leave in the clear: set SMTP_SECURITY")
        return self
