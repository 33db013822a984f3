"""What a process of the notifications service holds open."""

from contextlib import AsyncExitStack

import httpx
from common.resources import Resources

from notifications.catalogue.rendering import Renderer
from notifications.providers.brevo import Brevo
from notifications.providers.twilio import Twilio
from notifications.settings import NotificationsSettings


class NotificationsResources(Resources):
    """The providers and the templates, beside what every service has."""

    def __init__(self, settings: NotificationsSettings) -> None:
        super().__init__("notifications", settings)
        timeout = httpx.Timeout(settings.provider_timeout_seconds, connect=3.0)
        self._providers = httpx.AsyncClient(timeout=timeout, limits=httpx.Limits(max_connections=50))
        self.mail = Brevo(
            self._providers,
            url=settings.brevo_url,
            api_key=settings.brevo_api_key.get_secret_value(),
            sender=settings.mail_sender,
            sender_name=settings.mail_sender_name,
        )
        self.sms = Twilio(
            self._providers,
            url=settings.twilio_url,
            account_sid=settings.twilio_account_sid,
            auth_token=settings.twilio_auth_token.get_secret_value(),
            sender=settings.sms_sender,
        )
        self.renderer = Renderer(app_url=settings.public_url, hotline=settings.hotline_phone)

    async def open(self, stack: AsyncExitStack) -> None:
        """Also close the connections to the providers at the end."""
        await super().open(stack)
        await stack.enter_async_context(self._providers)
