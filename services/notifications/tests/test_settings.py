"""What has to be set, and what a setting may say."""

from typing import Any

import pytest
from common.testing.live import live_settings
from notifications.deliveries.domain import QuietHours
from notifications.settings import NotificationsSettings
from pydantic import ValidationError

LIVE = {
    "axtech_env": "production",
    "mail_sender": "a@b.fr",
    "hotline_phone": "+33123456789",
    "twilio_account_sid": "AC1",
    "twilio_auth_token": "8f14e45fceea167a5a36dedd4bea2543",
}
BREVO = {"brevo_api_key": "xkeysib-45c48cce2e2d7fbd", "brevo_webhook_token": "c9f0f895fb98ab9159f51fd0297e236d"}


def settings(**given: Any) -> NotificationsSettings:
    return NotificationsSettings(**{**live_settings(axtech_env="development"), **given})


def test_a_developers_machine_needs_nothing_and_sends_sms_at_any_hour() -> None:
    assert settings().mail_providers == ("brevo",)
    assert settings().quiet_hours is None
    assert settings(sms_quiet_hours="22:00-07:00").quiet_hours == QuietHours.parse("22:00-07:00")


def test_elsewhere_the_night_is_quiet_unless_told_otherwise() -> None:
    assert settings(**LIVE, **BREVO).quiet_hours == QuietHours.parse("21:00-08:00")
    assert settings(**LIVE, **BREVO, sms_quiet_hours="none").quiet_hours is None


@pytest.mark.parametrize("missing", [name for name in {**LIVE, **BREVO} if name != "axtech_env"])
def test_nothing_made_up_goes_live(missing: str) -> None:
    given = {name: value for name, value in {**LIVE, **BREVO}.items() if name != missing}
    with pytest.raises(ValidationError, match=missing.upper()):
        settings(**given)


def test_only_the_providers_in_use_have_to_be_set() -> None:
    assert settings(**LIVE, mail_providers="smtp", smtp_host="relay").mail_providers == ("smtp",)
    with pytest.raises(ValidationError, match="SMTP_HOST"):
        settings(**LIVE, **BREVO, mail_providers="brevo,smtp")


@pytest.mark.parametrize("provider", ["brevo_url", "twilio_url"])
def test_providers_are_not_spoken_to_in_the_clear(provider: str) -> None:
    with pytest.raises(ValidationError, match=f"{provider.upper()} must be https"):
        settings(**LIVE, **BREVO, **{provider: "http://provider.example.com"})


def test_mail_does_not_leave_in_the_clear() -> None:
    with pytest.raises(ValidationError, match="SMTP_SECURITY"):
        settings(**LIVE, mail_providers="smtp", smtp_host="relay", smtp_security="none")


@pytest.mark.parametrize(
    "given",
    [{"mail_providers": ""}, {"mail_providers": "pigeon"}, {"sms_quiet_hours": "night"}, {"hotline_phone": "15"}],
)
def test_what_makes_no_sense_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        settings(**given)


def test_twilio_signs_the_public_address_of_the_webhook() -> None:
    assert settings(public_url="https://a.fr/").twilio_callback_url == "https://a.fr/api/v1/webhooks/twilio"
