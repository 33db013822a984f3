"""`/webhooks/brevo` and `/webhooks/twilio`, called by the providers and by nobody else."""

from typing import Annotated
from urllib.parse import parse_qsl

from common.clock import now
from common.errors import Detail, InvalidInput, Unauthenticated
from common.http import RequestSession, api_router, edge_route
from fastapi import Depends, Request
from pydantic import ValidationError

from notifications.reports import service
from notifications.reports.domain import (
    BrevoBody,
    TwilioStatus,
    brevo_report,
    events_of,
    is_of_its_time,
    is_signed,
    presents,
    twilio_report,
)
from notifications.settings import NotificationsSettings

router = api_router("webhooks", prefix="/webhooks", route_class=edge_route(limit=None))


def _settings(request: Request) -> NotificationsSettings:
    settings: NotificationsSettings = request.app.state.resources.settings
    return settings


async def _brevo(request: Request) -> None:
    """Brevo signs nothing: it presents the token that its webhook was set up with."""
    token = _settings(request).brevo_webhook_token.get_secret_value()
    if not presents(token, request.headers.get("authorization")):
        raise Unauthenticated("This is not Brevo", code="AUTH_WEBHOOK")


async def _twilio(request: Request) -> TwilioStatus:
    """The form of a callback that Twilio signed for our account."""
    settings = _settings(request)
    form = parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
    token, signature = settings.twilio_auth_token.get_secret_value(), request.headers.get("x-twilio-signature")
    if not is_signed(token, settings.twilio_callback_url, form, signature):
        raise Unauthenticated("This is not Twilio", code="AUTH_WEBHOOK")
    try:
        status = TwilioStatus.model_validate(dict(form))
    except ValidationError as error:
        details = [Detail(str(each["loc"][0]), "INVALID", each["msg"]) for each in error.errors(include_input=False)]
        raise InvalidInput("This is no status callback", details=details) from None
    if status.account_sid != settings.twilio_account_sid:
        raise Unauthenticated("This is another account's", code="AUTH_WEBHOOK")
    return status


@router.post("/brevo", status_code=204, dependencies=[Depends(_brevo)])
async def brevo(body: BrevoBody, session: RequestSession) -> None:
    """Take reports of mails; one that is too old to be the provider's own is refused as a replay."""
    events = events_of(body)
    if not all(is_of_its_time(event.happened_at, now()) for event in events):
        raise InvalidInput("A report is not of its time", code="VAL_STALE_REPORT")
    await service.receive(session, filter(None, map(brevo_report, events)))


_FORM = {"application/x-www-form-urlencoded": {"schema": TwilioStatus.model_json_schema(by_alias=True)}}


@router.post("/twilio", status_code=204, openapi_extra={"requestBody": {"content": _FORM, "required": True}})
async def twilio(status: Annotated[TwilioStatus, Depends(_twilio)], session: RequestSession) -> None:
    """Take the report of an SMS."""
    report = twilio_report(status)
    if report is not None:
        await service.receive(session, [report])
