"""Mail by SMTP (RFC 5321), to any relay: the alternative to Brevo, and Mailpit on a developer's machine."""

import asyncio
import contextlib
import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Literal

from common.clock import now

from notifications.providers.messages import Mail, NotTaken, Refused, Unreachable

Security = Literal["none", "starttls", "tls"]
_CONTENT = SMTP.clone(cte_type="7bit")
_WIRE = _CONTENT.clone(max_line_length=998)
"""Long addresses in header fields are not to be folded: some readers do not put them together again."""
_PERMANENT = 500
_NO_SUCH_MAILBOX = frozenset({550, 551, 553})


class Smtp:
    """Takes one mail at a time, each over a connection of its own; smtplib blocks, so it runs in a thread."""

    name = "SMTP"

    def __init__(
        self,
        *,
        host: str,
        port: int,
        security: Security,
        user: str | None,
        password: str,
        sender: str,
        sender_name: str,
        timeout: float,
        ca_file: str | None = None,
    ) -> None:
        local, _, self._domain = sender.partition("@")
        self._from = Address(sender_name, local, self._domain)
        self._host, self._port, self._security, self._timeout = host, port, security, timeout
        self._login = (user, password) if user else None
        self._tls = ssl.create_default_context(cafile=ca_file)

    async def send(self, mail: Mail) -> str | None:
        """The mail's Message-ID, which is made of its key. Raises `Refused` and `Unreachable`."""
        message_id = f"<{mail.key}@{self._domain}>"
        await asyncio.to_thread(self._send, self._message(mail, message_id), mail.to)
        return message_id

    def _message(self, mail: Mail, message_id: str) -> EmailMessage:
        message = EmailMessage(policy=_CONTENT)
        message["From"] = self._from
        message["To"] = mail.to
        message["Subject"] = mail.subject
        message["Message-ID"] = message_id
        message["Date"] = now()
        message["Auto-Submitted"] = "auto-generated"
        for name, value in mail.headers.items():
            message[name] = value
        message.set_content(mail.text)
        message.add_alternative(mail.html, subtype="html")
        return message

    def _send(self, message: EmailMessage, to: str) -> None:
        relay = self._connected()
        try:
            self._submit(relay, message, to)
            with contextlib.suppress(smtplib.SMTPException):  # it has the mail, whatever it says to the farewell
                relay.quit()
        finally:
            relay.close()

    def _connected(self) -> smtplib.SMTP:
        """A connection that is ready to take a mail; `NotTaken` when there is none to be had."""
        relay: smtplib.SMTP | None = None
        try:
            relay = self._dialled()
            if self._security == "starttls":
                relay.starttls(context=self._tls)
            relay.ehlo_or_helo_if_needed()
            if self._login is not None:
                relay.login(*self._login)
        except (OSError, smtplib.SMTPException) as error:
            if relay is not None:
                relay.close()
            raise NotTaken(f"SMTP: no connection, {type(error).__name__}") from error
        return relay

    def _dialled(self) -> smtplib.SMTP:
        if self._security == "tls":
            return smtplib.SMTP_SSL(self._host, self._port, timeout=self._timeout, context=self._tls)
        return smtplib.SMTP(self._host, self._port, timeout=self._timeout)

    def _submit(self, relay: smtplib.SMTP, message: EmailMessage, to: str) -> None:
        utf8 = not to.isascii()
        if utf8 and not relay.has_extn("smtputf8"):
            raise Refused("SMTP cannot carry this address")
        try:
            _accepted(relay.mail(self._from.addr_spec, ["SMTPUTF8"] if utf8 else []))
            _accepted(relay.rcpt(to), dead=_NO_SUCH_MAILBOX)
        except (OSError, smtplib.SMTPServerDisconnected) as error:
            raise NotTaken(f"SMTP: {type(error).__name__}") from error
        try:
            _accepted(relay.data(message.as_bytes(policy=_WIRE.clone(utf8=utf8))))
        except smtplib.SMTPDataError as error:
            raise _refusal(error.smtp_code) from error
        except (OSError, smtplib.SMTPServerDisconnected) as error:
            raise Unreachable(f"SMTP: {type(error).__name__} while it had the mail") from error


def _accepted(reply: tuple[int, bytes], *, dead: frozenset[int] = frozenset()) -> None:
    """Nothing for a 2yz reply."""
    code, _ = reply
    if not 200 <= code < 300:
        raise _refusal(code, dead=code in dead)


def _refusal(code: int, *, dead: bool = False) -> Refused | NotTaken:
    """What a reply stands for that is no acceptance: 5yz is final, 4yz asks to come again."""
    return Refused(f"SMTP {code}", dead=dead) if code >= _PERMANENT else NotTaken(f"SMTP answered {code}")
