"""Mail by SMTP, to a server over real sockets."""

import datetime
import ssl
from collections.abc import AsyncIterator
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from common.ids import new_id
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from notifications.providers.messages import Mail, NotTaken, Refused, Unreachable
from notifications.providers.smtp import Smtp
from notifications.testing.smtp import FakeRelay, serve_smtp


def mail(**changes: Any) -> Mail:
    fields = {
        "to": "anne@example.fr",
        "subject": "Votre devis est prêt — reste à payer : 230,00 €",
        "html": "<p>Bonjour Élodie 🦽</p>",
        "text": "Bonjour Élodie 🦽\n.\nUn point seul.\n",
        "tag": "t",
        "key": new_id(),
    }
    return Mail(**{**fields, **changes})


def smtp(relay: FakeRelay, **changes: Any) -> Smtp:
    settings: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": relay.port,
        "security": "none",
        "user": None,
        "password": "",
        "sender": "ne-pas-repondre@axtech.example",
        "sender_name": "AX TECH",
        "timeout": 5.0,
    }
    return Smtp(**{**settings, **changes})


@pytest_asyncio.fixture
async def relay() -> AsyncIterator[FakeRelay]:
    async with serve_smtp() as served:
        yield served


async def test_a_mail_arrives_whole(relay: FakeRelay) -> None:
    sent = mail(unsubscribe=f"https://app.example/api/v1/notifications/unsubscribe?key={'0' * 97}")
    external_id = await smtp(relay).send(sent)
    [(to, received)] = relay.received
    assert to == "anne@example.fr"
    assert received["subject"] == sent.subject
    assert received["from"] == "AX TECH <ne-pas-repondre@axtech.example>"
    assert received["message-id"] == external_id == f"<{sent.key}@axtech.example>"
    assert received["list-unsubscribe"] == f"<{sent.unsubscribe}>"
    text, html = received.get_body(("plain",)), received.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().replace("\r\n", "\n") == sent.text
    assert "Élodie 🦽" in html.get_content()
    assert f"List-Unsubscribe: <{sent.unsubscribe}>".encode() in relay.raw[0]
    assert relay.raw[0].isascii()


@pytest.mark.parametrize(
    ("step", "reply", "raised"),
    [
        ("MAIL", "451 later", NotTaken),
        ("MAIL", "550 not you", NotTaken),
        ("MAIL", "530 sign in first", NotTaken),
        ("RCPT", "450 busy", NotTaken),
        ("RCPT", "550 no such mailbox", Refused),
        ("RCPT", "550 5.7.1 relaying denied", NotTaken),
        ("RCPT", "535 5.7.8 credentials", NotTaken),
        ("RCPT", "552 5.2.2 mailbox full", Refused),
        ("DATA", "452 full", NotTaken),
        ("DATA", "554 no", Refused),
        (".", "451 later", NotTaken),
        (".", "554 spam", Refused),
        ("MAIL", "", NotTaken),
        ("RCPT", "", NotTaken),
        (".", "", Unreachable),
    ],
)
async def test_a_reply_that_is_no_acceptance_says_what_may_be_done(
    relay: FakeRelay, step: str, reply: str, raised: type[Exception]
) -> None:
    relay.answers[step] = reply
    with pytest.raises(raised) as caught:
        await smtp(relay).send(mail())
    assert type(caught.value) is raised
    assert relay.received == []


@pytest.mark.parametrize(
    ("step", "reply", "dead"),
    [
        ("RCPT", "550 no", True),
        ("RCPT", "550 5.1.1 no such user", True),
        ("RCPT", "553 5.1.3 no such address", True),
        ("RCPT", "550 5.2.1 mailbox disabled", True),
        ("RCPT", "550 5.2.2 mailbox full", False),
        ("RCPT", "554 no", False),
        (".", "550 5.1.1 no such user", False),
    ],
)
async def test_only_a_mailbox_that_does_not_exist_is_a_dead_address(
    relay: FakeRelay, step: str, reply: str, dead: bool
) -> None:
    relay.answers = {step: reply}
    with pytest.raises(Refused) as caught:
        await smtp(relay).send(mail())
    assert caught.value.dead is dead


async def test_a_farewell_that_goes_wrong_is_no_failure(relay: FakeRelay) -> None:
    relay.answers["QUIT"] = "421 shutting down"
    await smtp(relay).send(mail())
    assert len(relay.received) == 1


async def test_an_address_beyond_ascii_goes_where_it_is_understood(relay: FakeRelay) -> None:
    with pytest.raises(Refused):
        await smtp(relay).send(mail(to="élodie@example.fr"))
    relay.extensions = ("8BITMIME", "SMTPUTF8")
    await smtp(relay).send(mail(to="élodie@example.fr"))
    assert relay.received[0][0] == "élodie@example.fr"


async def test_a_relay_that_is_not_there_took_nothing(relay: FakeRelay) -> None:
    with pytest.raises(NotTaken):
        await smtp(relay, port=9).send(mail())


async def test_mail_does_not_leave_in_the_clear_where_it_must_not(relay: FakeRelay) -> None:
    with pytest.raises(NotTaken):
        await smtp(relay, security="starttls").send(mail())
    assert relay.received == []


async def test_mail_goes_over_tls_to_a_relay_that_proves_who_it_is(tmp_path: Path) -> None:
    context, ca_file = certificate(tmp_path)
    async with serve_smtp(context) as relay:
        await smtp(relay, security="starttls", ca_file=str(ca_file)).send(mail())
        assert len(relay.received) == 1
        with pytest.raises(NotTaken):
            await smtp(relay, security="starttls").send(mail())


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's context for 127.0.0.1, and the file of the certificate to trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relay.test")])
    today = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "relay.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(made.public_bytes(Encoding.PEM) + private)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path)
    ca_file = folder / "ca.pem"
    ca_file.write_bytes(made.public_bytes(Encoding.PEM))
    return context, ca_file
