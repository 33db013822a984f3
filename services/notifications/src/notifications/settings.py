"""Settings of the notifications service."""

from typing import Annotated, Self

from common.settings import Settings
from pydantic import Field, SecretStr, model_validator

PLACEHOLDERS = (
    "brevo_api_key",
    "brevo_webhook_token",
    "twilio_account_sid",
    "twilio_auth_token",
    "mail_sender",
    "hotline_phone",
)
"""What has a value good enough for a developer's machine, and must be given anywhere else."""


class NotificationsSettings(Settings):
    """`hotline_phone` is in E.164; its default is one of the numbers that are reserved for fiction."""

    brevo_url: str = "https://api.brevo.com"
    brevo_api_key: SecretStr = SecretStr("development")
    brevo_webhook_token: SecretStr = SecretStr("development")
    """What Brevo presents with its reports, as a bearer token."""
    twilio_url: str = "https://api.twilio.com"
    twilio_account_sid: str = "ACdevelopment"
    twilio_auth_token: SecretStr = SecretStr("development")
    provider_timeout_seconds: Annotated[float, Field(gt=0, le=25)] = 10.0

    mail_sender: str = "ne-pas-repondre@axtech.example"
    mail_sender_name: str = "AX TECH"
    sms_sender: Annotated[str, Field(min_length=3, max_length=34)] = "AXTECH"
    """A number in E.164, an alphanumeric sender of up to 11 characters or a messaging service (`MG…`)."""
    hotline_phone: Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$")] = "+33199000015"

    @model_validator(mode="after")
    def _nothing_made_up_outside_development(self) -> Self:
        missing = [name.upper() for name in PLACEHOLDERS if name not in self.model_fields_set]
        if self.axtech_env != "development" and missing:
            raise ValueError(f"in {self.axtech_env} these must be set: {', '.join(missing)}")
        return self
