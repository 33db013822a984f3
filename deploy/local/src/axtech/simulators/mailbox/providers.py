"""The providers' own interfaces: Brevo's transactional mail and Twilio's messages, with their errors."""

import base64
import binascii
import math
import re
import secrets
from collections.abc import Mapping
from email.utils import format_datetime
from typing import Any

from common.clock import now
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from axtech.simulators.mailbox.store import NewMessage, Store
from axtech.simulators.mailbox.webhooks import Webhooks

ADDRESS = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
SMS_LENGTH = 1600
TWILIO_ERRORS = {
    400: (20001, "Bad request"),
    401: (20003, "Authenticate"),
    429: (20429, "Too Many Requests"),
    500: (20500, "Internal Server Error"),
    504: (20504, "Gateway Timeout"),
}
BREVO_ERRORS = {
    429: ("too_many_requests", "The expected rate limit is exceeded."),
    500: ("internal_error", "Internal server error"),
    504: ("internal_error", "Gateway timeout"),
}


class MailAddress(BaseModel):
    email: str = Field(pattern=ADDRESS)
    name: str | None = None


class BrevoMail(BaseModel):
    """What is read of a mail; Brevo takes more, which the mailbox has no use for."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore")

    sender: MailAddress
    to: list[MailAddress] = Field(min_length=1, max_length=99)
    subject: str = Field(min_length=1)
    cc: list[MailAddress] = []
    bcc: list[MailAddress] = []
    html_content: str | None = None
    text_content: str | None = None
    headers: dict[str, str] = {}
    tags: list[str] = []


def provider_failure(operation: str, status: int) -> dict[str, Any]:
    """The body of a failure in the shape of the provider the operation belongs to."""
    if operation == "email":
        code, message = BREVO_ERRORS[status]
        return {"code": code, "message": message}
    return _twilio_error(status, *TWILIO_ERRORS[status])


def brevo_routes(store: Store, webhooks: Webhooks, api_key: str | None) -> APIRouter:
    """`POST /v3/smtp/email`."""
    router = APIRouter(tags=["brevo"])

    @router.post("/v3/smtp/email", status_code=201)
    async def send(request: Request) -> JSONResponse:
        given = request.headers.get("api-key")
        if not given or (api_key and given != api_key):
            message = "Key not found" if given else "authentication not found in headers"
            return JSONResponse({"code": "unauthorized", "message": message}, 401)
        try:
            mail = BrevoMail.model_validate_json(await request.body())
        except ValidationError as error:
            return JSONResponse(_brevo_refusal(error), 400)
        if not mail.html_content and not mail.text_content:
            body = {"code": "missing_parameter", "message": "either of htmlContent or textContent is required"}
            return JSONResponse(body, 400)
        message_id = f"<{now():%Y%m%d%H%M}.{secrets.token_hex(8)}@smtp-relay.mailin.fr>"
        sent = [
            NewMessage(
                channel="EMAIL",
                message_id=message_id,
                sender=mail.sender.email,
                to=recipient.email,
                subject=mail.subject,
                text=mail.text_content,
                html=mail.html_content,
                tags=mail.tags,
                idempotency_key=_idempotency_key(mail.headers) or _idempotency_key(request.headers),
            )
            for recipient in (*mail.to, *mail.cc, *mail.bcc)
        ]
        await run_in_threadpool(store.add, sent)
        for each in sent:
            webhooks.mail_sent(each)
        return JSONResponse({"messageId": message_id}, 201)

    return router


def twilio_routes(store: Store, webhooks: Webhooks, account: str | None, token: str | None) -> APIRouter:
    """`POST /2010-04-01/Accounts/{sid}/Messages.json`."""
    router = APIRouter(tags=["twilio"])

    @router.post("/2010-04-01/Accounts/{sid}/Messages.json", status_code=201)
    async def send(sid: str, request: Request) -> JSONResponse:
        if not _twilio_authorised(request, sid, account, token):
            error = _twilio_error(401, *TWILIO_ERRORS[401])
            return JSONResponse(error, 401, {"WWW-Authenticate": 'Basic realm="Twilio API"'})
        form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
        refusal = _twilio_refusal(form)
        if refusal:
            return JSONResponse(_twilio_error(400, *refusal), 400)
        message = NewMessage(
            channel="SMS",
            message_id=f"SM{secrets.token_hex(16)}",
            sender=form.get("From") or form["MessagingServiceSid"],
            to=form["To"],
            subject=None,
            text=form["Body"],
            html=None,
            idempotency_key=_idempotency_key(request.headers),
        )
        await run_in_threadpool(store.add, [message])
        webhooks.text_sent(message, sid, form.get("StatusCallback"))
        return JSONResponse(_twilio_message(sid, message, form), 201)

    return router


def _brevo_refusal(error: ValidationError) -> dict[str, str]:
    first = error.errors()[0]
    if first["type"] == "json_invalid" or not first["loc"]:
        return {"code": "bad_request", "message": "Input must be a valid JSON object"}
    name, part = str(first["loc"][0]), str(first["loc"][-1])
    if first["type"] in ("missing", "too_short", "string_too_short"):
        return {"code": "missing_parameter", "message": f"{name} is missing"}
    return {"code": "invalid_parameter", "message": f"{part} is not valid in {name}"}


def _twilio_authorised(request: Request, sid: str, account: str | None, token: str | None) -> bool:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return False
    user, secret = _basic(encoded)
    known = (account is None or user == account) and (token is None or secrets.compare_digest(secret, token))
    return bool(user and secret) and user == sid and known


def _basic(encoded: str) -> tuple[str, str]:
    try:
        user, _, secret = base64.b64decode(encoded, validate=True).decode("ascii").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, secret


def _twilio_refusal(form: Mapping[str, str]) -> tuple[int, str] | None:
    to = form.get("To", "")
    if not to:
        return 21604, "A 'To' phone number is required."
    if not PHONE.fullmatch(to):
        return 21211, "Invalid 'To' Phone Number"
    if not form.get("From") and not form.get("MessagingServiceSid"):
        return 21603, "A 'From' phone number is required."
    if not form.get("Body"):
        return 21602, "Message body is required."
    if len(form["Body"]) > SMS_LENGTH:
        return 21617, f"The concatenated message body exceeds the {SMS_LENGTH} character limit."
    return None


def _twilio_error(status: int, code: int, message: str) -> dict[str, Any]:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return {"code": code, "message": message, "more_info": more, "status": status}


def _twilio_message(sid: str, message: NewMessage, form: Mapping[str, str]) -> dict[str, Any]:
    at = format_datetime(now())
    uri = f"/2010-04-01/Accounts/{sid}/Messages/{message.message_id}"
    return {
        "account_sid": sid,
        "api_version": "2010-04-01",
        "body": message.text,
        "date_created": at,
        "date_sent": None,
        "date_updated": at,
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": form.get("From"),
        "messaging_service_sid": form.get("MessagingServiceSid"),
        "num_media": "0",
        "num_segments": str(_segments(message.text or "")),
        "price": None,
        "price_unit": "USD",
        "sid": message.message_id,
        "status": "queued",
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.to,
        "uri": f"{uri}.json",
    }


def _segments(text: str) -> int:
    return 1 if len(text) <= 160 else math.ceil(len(text) / 153)


def _idempotency_key(headers: Mapping[str, str]) -> str | None:
    """The key under any of the names in use (`Idempotency-Key`, `idempotencyKey`, `I-Twilio-Idempotency-Token`)."""
    return next((value for name, value in headers.items() if "idempotency" in name.lower().replace("-", "")), None)
