"""Mail: one that clients thread, as text and as HTML, over TLS."""

from __future__ import annotations

import base64
import hashlib
import smtplib
import socket
import ssl
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from workflow_scheduler.domain.channels import MailChannel
from workflow_scheduler.domain.message import Message

from .base import KEY_HEADER, DeliveryFailed
from .markup import html_body
from .wording import body, headline, safe, subject

__all__ = ["mail_of", "send"]

_LOCAL = {"localhost", "127.0.0.1", "::1"}
_SUBMISSION, _IMPLICIT_TLS = 587, 465


def send(channel: MailChannel, message: Message) -> None:
    host, port = _place(channel.server)
    mail = mail_of(channel, message)
    try:
        with _connected(channel, host, port) as server:
            if channel.user:
                _sign_in(server, channel)
            refused = server.send_message(mail, to_addrs=[parseaddr(to)[1] for to in channel.to])
    except smtplib.SMTPAuthenticationError as error:
        raise DeliveryFailed(f"{host} refuses the sign-in as {channel.user} ({error.smtp_code}).") from None
    except smtplib.SMTPRecipientsRefused as error:
        codes = sorted({code for code, _ in error.recipients.values()})
        raise DeliveryFailed(f"{host} refuses every recipient ({codes[0]}).", retry=codes[0] < 500) from None
    except smtplib.SMTPResponseException as error:
        raise DeliveryFailed(f"{host} answers {error.smtp_code}.", retry=error.smtp_code < 500) from None
    except (OSError, smtplib.SMTPException) as error:
        why = (
            "no answer in time" if isinstance(error, TimeoutError) else (getattr(error, "strerror", None) or str(error))
        )
        raise DeliveryFailed(f"{host} cannot be used for mail: {why[:200]}.") from None
    if refused:
        raise DeliveryFailed(
            f"{host} refused {len(refused)} of {len(channel.to)} recipients; the others have the message.", retry=False
        )


def _place(server: str) -> tuple[str, int]:
    host, colon, port = server.rpartition(":")
    if not colon or not port.isdecimal():
        return server.strip("[]"), _SUBMISSION
    return host.strip("[]"), int(port)


def _connected(channel: MailChannel, host: str, port: int) -> smtplib.SMTP:
    # What the machine sends to itself leaves it nowhere, and a local server's certificate names no `localhost`.
    local = host in _LOCAL
    context = ssl.create_default_context()
    if local:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if port == _IMPLICIT_TLS:
        return smtplib.SMTP_SSL(host, port, timeout=channel.timeout, context=context)
    server = smtplib.SMTP(host, port, timeout=channel.timeout)
    try:
        server.ehlo_or_helo_if_needed()
        if server.has_extn("starttls"):
            server.starttls(context=context)
        elif channel.tls and not local:
            raise DeliveryFailed(f"{host} offers no TLS; give the channel tls: false to send without it.", retry=False)
    except BaseException:
        server.close()
        raise
    return server


def _sign_in(server: smtplib.SMTP, channel: MailChannel) -> None:
    server.ehlo_or_helo_if_needed()
    if not channel.token and not (channel.user + channel.password).isascii():
        # smtplib knows ASCII only. Source: RFC 4616, section 2: UTF-8.
        words = base64.b64encode(f"\0{channel.user}\0{channel.password}".encode(errors="replace")).decode()
        code, _ = server.docmd("AUTH", f"PLAIN {words}")
        if code != 235:
            raise smtplib.SMTPAuthenticationError(code, "")
        return
    if not channel.token:
        server.login(channel.user, channel.password)
        return
    # Source: Google and Microsoft, "The SASL XOAUTH2 mechanism".
    words = f"user={channel.user}\x01auth=Bearer {channel.token}\x01\x01"
    server.auth("XOAUTH2", lambda challenge=None: words if challenge is None else "")


def mail_of(channel: MailChannel, message: Message) -> EmailMessage:
    """DeliveryFailed if an address cannot be used."""
    sender = channel.from_ or channel.user or f"scheduler@{socket.gethostname()}"
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    mail = EmailMessage()
    try:
        mail["Subject"] = safe(subject(message))[:200]
        mail["From"] = sender
        mail["To"] = ", ".join(channel.to)
        mail["Date"] = format_datetime(message.at)
        mail["Message-ID"] = f"<{message.key}@{domain}>"
        if message.count == 1:
            # What there is to say about one workflow makes one thread, the recovery included.
            about = message.alerts[0].workflow_id or headline(message.alerts[0])
            mail["References"] = f"<{hashlib.sha256(about.encode()).hexdigest()[:32]}@{domain}>"
        mail[KEY_HEADER] = message.key
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(body(message))
        mail.add_alternative(html_body(message), subtype="html")
    except (ValueError, MessageError):
        raise DeliveryFailed("An address of the channel cannot be used in a mail.", retry=False) from None
    return mail
