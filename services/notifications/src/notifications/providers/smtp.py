"""Mail by SMTP (RFC 5321), to any relay: the alternative to Brevo, and Mailpit on a developer's machine."""

import asyncio
import contextlib
import re
import smtplib
import ssl
from collections.abc import Callable
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
_NOT_US = frozenset({530, 534, 535, 538})
"""Replies about how we signed in."""
_ENHANCED = re.compile(rb"5\.(\d{1,3})\.(\d{1,3})\b")
_ADDRESSING, _MAILBOX, _POLICY = 1, 2, 7
_DISABLED = (_MAILBOX, 1)


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
            _accepted(relay.mail(self._from.addr_spec, ["SMTPUTF8"] if utf8 else []), _of_sender)
            _accepted(relay.rcpt(to), _of_recipient)
        except (OSError, smtplib.SMTPServerDisconnected) as error:
            raise NotTaken(f"SMTP: {type(error).__name__}") from error
        try:
            _accepted(relay.data(message.as_bytes(policy=_WIRE.clone(utf8=utf8))), _of_mail)
        except smtplib.SMTPDataError as error:
            raise _of_mail(error.smtp_code, b"") from error
        except (OSError, smtplib.SMTPServerDisconnected) as error:
            raise Unreachable(f"SMTP: {type(error).__name__} while it had the mail") from error


def _accepted(reply: tuple[int, bytes], otherwise: Callable[[int, bytes], Refused | NotTaken]) -> None:
    """Nothing for a 2yz reply; raises what `otherwise` makes of any other."""
    code, text = reply
    if not 200 <= code < 300:
        raise otherwise(code, text)


def _of_sender(code: int, _text: bytes) -> NotTaken:
    """A reply about who we are says nothing of the mail: another provider may take it."""
    return NotTaken(f"SMTP answered {code} to the sender")


def _of_recipient(code: int, text: bytes) -> Refused | NotTaken:
    """A bounce before the mail has left: the address is dead where no such mailbox exists.

    A reply of policy (5.7.z, RFC 3463) is about us, and many servers give it the code of a missing mailbox.
    """
    found = _ENHANCED.search(text)
    subject, detail = (int(found[1]), int(found[2])) if found else (_ADDRESSING, 0)
    if subject == _POLICY:
        return NotTaken(f"SMTP answered {code} of policy")
    gone = subject == _ADDRESSING or (subject, detail) == _DISABLED
    return _of_mail(code, text, dead=gone and code in _NO_SUCH_MAILBOX)


def _of_mail(code: int, _text: bytes, *, dead: bool = False) -> Refused | NotTaken:
    """What a reply stands for that is no acceptance: 5yz is final, 4yz asks to come again."""
    final = code >= _PERMANENT and code not in _NOT_US
    return Refused(f"SMTP {code}", dead=dead) if final else NotTaken(f"SMTP answered {code}")
