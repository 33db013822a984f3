"""What a process of the notifications service holds open."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import httpx
from common.http.outgoing import Client
from common.resources import Resources

from notifications.catalogue.rendering import Renderer
from notifications.identity import Directory
from notifications.preferences.domain import unsubscribe_key
from notifications.providers.brevo import Brevo
from notifications.providers.carriers import Carriers, Provider
from notifications.providers.messages import Mail, Sms
from notifications.providers.smtp import Smtp
from notifications.providers.twilio import Twilio
from notifications.settings import MailProvider, NotificationsSettings


class NotificationsResources(Resources):
    """The providers and the templates, beside what every service has."""

    settings: NotificationsSettings

    def __init__(self, settings: NotificationsSettings) -> None:
        super().__init__("notifications", settings)
        timeout = httpx.Timeout(settings.provider_timeout_seconds, connect=3.0)
        self._providers = Client(timeout=timeout, limits=httpx.Limits(max_connections=50))
        self.mail: Carriers[Mail] = Carriers([self._mail(name, settings) for name in settings.mail_providers])
        self.sms: Carriers[Sms] = Carriers([self._twilio(settings)])
        self.kept_versions: set[tuple[str, str]] = set()
        """Template versions known to be stored."""
        self.directory = Directory(self.services)
        self.addressing: dict[UUID, asyncio.Task[Any]] = {}
        """The announcements being addressed together with others, and by what."""
        self.renderer = Renderer(app_url=settings.public_url, hotline=settings.hotline_phone)

    def unsubscribe_url(self, user_id: UUID) -> str:
        """Where that user ends optional messages."""
        key = unsubscribe_key(self.blind_index, user_id)
        return f"{self.settings.public_url.rstrip('/')}/api/v1/notifications/unsubscribe?key={key}"

    async def open(self, stack: AsyncExitStack) -> None:
        """Also close the connections to the providers at the end."""
        await super().open(stack)
        await stack.enter_async_context(self._providers)

    def _mail(self, name: MailProvider, settings: NotificationsSettings) -> Provider[Mail]:
        if name == "smtp":
            return Smtp(
                host=settings.smtp_host,
                port=settings.smtp_port,
                security=settings.smtp_security,
                user=settings.smtp_user,
                password=settings.smtp_password.get_secret_value(),
                sender=settings.mail_sender,
                sender_name=settings.mail_sender_name,
                timeout=settings.provider_timeout_seconds,
                ca_file=settings.smtp_ca_file,
            )
        return Brevo(
            self._providers,
            url=settings.brevo_url,
            api_key=settings.brevo_api_key.get_secret_value(),
            sender=settings.mail_sender,
            sender_name=settings.mail_sender_name,
        )

    def _twilio(self, settings: NotificationsSettings) -> Provider[Sms]:
        return Twilio(
            self._providers,
            url=settings.twilio_url,
            account_sid=settings.twilio_account_sid,
            auth_token=settings.twilio_auth_token.get_secret_value(),
            sender=settings.sms_sender,
            callback=settings.twilio_callback_url,
        )
