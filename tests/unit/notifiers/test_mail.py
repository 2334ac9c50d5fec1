"""Mail to a real server, with STARTTLS and sign-in."""

from __future__ import annotations

import email
import email.policy
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from messages import HOSTILE, digest, report, single, trial

from workflow_scheduler.domain.alerts import AlertKind
from workflow_scheduler.domain.channels import MailChannel
from workflow_scheduler.notifiers.base import KEY_HEADER, DeliveryFailed
from workflow_scheduler.notifiers.mail import mail_of, send
from workflow_scheduler.notifiers.wording import safe

CHANNEL = MailChannel(
    ("Ops <ops@example.com>", "second@example.com"), "127.0.0.1:25", "scheduler@example.com", timeout=10.0
)


class Inbox:
    """What arrived, and how: `answer` is what it says to a mail."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.sign_ins: list[tuple[str, Any]] = []
        self.encrypted: list[bool] = []
        self.answer = "250 taken"
        self.refused: set[str] = set()

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        if address in self.refused:
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:
        self.encrypted.append(session.ssl is not None)
        self.recipients.append(envelope.rcpt_tos)
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return self.answer

    async def auth_XOAUTH2(self, server, arguments) -> AuthResult:
        import base64

        words = base64.b64decode(arguments[1]).decode()
        self.sign_ins.append(("XOAUTH2", words))
        return AuthResult(success="Bearer good" in words, handled=False)

    def authenticate(self, server, session, envelope, mechanism, data) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.sign_ins.append((mechanism, (data.login, data.password)))
        return AuthResult(success=data.password == b"right", handled=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    if sys.platform == "win32":
        pytest.skip("it brings no openssl to make a certificate; TLS is Python's there, too")
    folder: Path = tmp_path_factory.mktemp("certificate")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run([*command, "-keyout", folder / "key", "-out", folder / "cert"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert", folder / "key")
    return context


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


def serve(inbox: Inbox, **options: Any) -> Controller:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=port, authenticator=inbox.authenticate, **options)
    controller.start()
    return controller


@pytest.fixture
def encrypted(inbox: Inbox, certificate: ssl.SSLContext) -> Iterator[str]:
    controller = serve(inbox, tls_context=certificate, require_starttls=True, auth_required=True, auth_require_tls=True)
    yield place(controller)
    controller.stop(no_assert=True)


@pytest.fixture
def plain(inbox: Inbox) -> Iterator[str]:
    controller = serve(inbox)
    yield place(controller)
    controller.stop(no_assert=True)


def place(controller: Controller) -> str:
    return f"127.0.0.1:{controller.server.sockets[0].getsockname()[1]}"


def test_starttls_and_sign_in(encrypted: str, inbox: Inbox) -> None:
    send(replace(CHANNEL, server=encrypted, user="sched", password="right"), single())
    assert inbox.encrypted == [True]
    assert inbox.sign_ins[-1][1] == (b"sched", b"right")
    assert inbox.recipients == [["ops@example.com", "second@example.com"]]
    (mail,) = inbox.mails
    assert mail["Subject"] == "nightly failed"
    assert mail[KEY_HEADER] == "k1"
    assert mail["Message-ID"] == "<k1@example.com>"
    text, html = (mail.get_body([kind]).get_content() for kind in ("plain", "html"))
    for part in (text, html):
        assert "ORA-01017: invalid" in part
        assert "next run 2026-11-25" in part
    assert "<script" not in html


def test_a_wrong_password_is_tried_again(encrypted: str) -> None:
    """Whoever corrects the secret within a day gets the message."""
    with pytest.raises(DeliveryFailed, match="refuses the sign-in as sched") as error:
        send(replace(CHANNEL, server=encrypted, user="sched", password="wrong"), single())
    assert error.value.retry
    assert "wrong" not in str(error.value)


def test_a_password_beyond_ascii(encrypted: str, inbox: Inbox) -> None:
    with pytest.raises(DeliveryFailed, match="refuses the sign-in as jörg"):
        send(replace(CHANNEL, server=encrypted, user="jörg", password="schlüssel"), single())
    assert inbox.sign_ins[-1] == ("PLAIN", ("jörg".encode(), "schlüssel".encode()))
    send(replace(CHANNEL, server=encrypted, user="jörg", password="right"), single())
    assert len(inbox.mails) == 1


@pytest.mark.parametrize("token", ["good", "old"])
def test_xoauth2(encrypted: str, inbox: Inbox, token: str) -> None:
    channel = replace(CHANNEL, server=encrypted, user="sched@example.com", token=token)
    if token == "old":
        with pytest.raises(DeliveryFailed, match="sign-in"):
            send(channel, single())
    else:
        send(channel, single())
    assert inbox.sign_ins == [("XOAUTH2", f"user=sched@example.com\x01auth=Bearer {token}\x01\x01")]
    assert len(inbox.mails) == (token == "good")


def test_a_server_without_tls_is_refused(plain: str, inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workflow_scheduler.notifiers.mail._LOCAL", set())
    with pytest.raises(DeliveryFailed, match="offers no TLS") as error:
        send(replace(CHANNEL, server=plain), single())
    assert not error.value.retry
    send(replace(CHANNEL, server=plain, tls=False), single())
    assert inbox.encrypted == [False]


def test_a_foreign_certificate_is_refused(encrypted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workflow_scheduler.notifiers.mail._LOCAL", set())
    with pytest.raises(DeliveryFailed, match="certificate"):
        send(replace(CHANNEL, server=encrypted, user="sched", password="right"), single())


@pytest.mark.parametrize(("answer", "retry"), [("451 later", True), ("554 never", False)])
def test_a_mail_that_is_not_taken(plain: str, inbox: Inbox, answer: str, retry: bool) -> None:
    inbox.answer = answer
    with pytest.raises(DeliveryFailed, match=answer[:3]) as error:
        send(replace(CHANNEL, server=plain), single())
    assert error.value.retry is retry


def test_a_refused_recipient_is_said_and_the_others_are_told_once(plain: str, inbox: Inbox) -> None:
    inbox.refused = {"second@example.com"}
    with pytest.raises(DeliveryFailed, match="refused 1 of 2") as error:
        send(replace(CHANNEL, server=plain), single())
    assert not error.value.retry
    assert len(inbox.mails) == 1


def test_nobody_listens(plain: str) -> None:
    with pytest.raises(DeliveryFailed, match="cannot be used for mail") as error:
        send(replace(CHANNEL, server="127.0.0.1:1"), single())
    assert error.value.retry


def test_failure_and_recovery_are_one_thread() -> None:
    failed, recovered = (mail_of(CHANNEL, single(kind=kind)) for kind in (AlertKind.FAILED, AlertKind.RECOVERED))
    assert failed["References"] == recovered["References"]
    assert (failed["Subject"], recovered["Subject"]) == ("nightly failed", "nightly recovered")


def test_nothing_in_a_message_becomes_a_header_or_markup() -> None:
    mail = mail_of(CHANNEL, single(HOSTILE))
    assert mail["Bcc"] is None
    html = mail.get_body(["html"]).get_content()
    assert "<b>" not in html
    assert "&lt;b&gt;" in html
    assert "\x1b" not in mail.as_string()


def test_a_report_as_text_and_as_a_table() -> None:
    mail = mail_of(CHANNEL, report(HOSTILE, rows=2))
    assert mail["Subject"] == "Report: 1 of 31 due times is done; 30 failed"
    text, html = (mail.get_body([kind]).get_content() for kind in ("plain", "html"))
    assert text.splitlines()[:4] == [
        "Since 2026-11-23 18:00 (UTC): 1 of 31 due times is done; 30 failed.",
        "",
        "Failed",
        f"  11-24 03:00  nightly  20261124-r1  {safe(HOSTILE)}",
    ]
    assert "  and 4 more" in text.splitlines()
    assert "Next      11-25 03:00 nightly" in text.splitlines()
    assert html.count("<tr>") == 3 + 2 + 2  # of the two tables, with their headings, and the last lines
    for never in ("<script", "<img", "<b>", "<link"):
        assert never not in html
    assert text.splitlines()[-1] == "http://127.0.0.1:8321/#/report"
    assert "http://127.0.0.1:8321/#/report" in html


def test_a_bad_address_is_no_reason_to_try_again() -> None:
    with pytest.raises(DeliveryFailed) as error:
        mail_of(replace(CHANNEL, to=("a\nBcc: b@c",)), single())
    assert not error.value.retry


@pytest.mark.parametrize("message", [digest(), trial()], ids=["digest", "test"])
def test_digests_and_tests(message) -> None:
    mail = mail_of(CHANNEL, message)
    text = mail.get_body(["plain"]).get_content()
    if message.test:
        assert "This is a test" in text
    else:
        assert mail["Subject"] == "20 alerts: 20 failed"
        assert "19 × no route to db1" in text
        assert "and 14 more" in text
