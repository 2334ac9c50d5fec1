"""Syslog: RFC 5424 to a socket of this machine, which journald reads too, or over UDP or TCP."""

from __future__ import annotations

import os
import re
import socket
import sys
from urllib.parse import urlsplit

from workflow_scheduler.domain.channels import SyslogChannel
from workflow_scheduler.domain.message import Message

from .base import DeliveryFailed
from .wording import body, safe, severity, subject

__all__ = ["line_of", "send"]

_FACILITY = 3  # daemon
_LEVELS = {"error": 3, "warning": 4, "ok": 6}
_MOST = 8_000
_NAME = re.compile(r"[^!-~]")


def send(channel: SyslogChannel, message: Message) -> None:
    try:
        _send(channel.address, line_of(message), channel.timeout)
    except (OSError, AttributeError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it has no such socket"
        raise DeliveryFailed(f"Syslog at {channel.address} cannot be used ({why}).") from None


def line_of(message: Message) -> bytes:
    """One record. Source: RFC 5424, section 6; the key is structured data."""
    level = 5 if message.test else _LEVELS[severity(message)]
    text = safe(subject(message))
    if message.report is not None:
        text = f"{safe(message.report.span)}: {text}"
    elif not message.test and message.count == 1:
        text += f": {safe(message.alerts[0].reason)}"
    elif not message.test:
        text += "; " + "; ".join(safe(line) for line in body(message).splitlines() if " × " in line)
    at = message.at.isoformat(timespec="milliseconds")
    host = _NAME.sub("-", socket.gethostname())[:255] or "-"
    kinds = "test" if message.test else "report" if message.report else _NAME.sub("-", "+".join(message.kinds))[:32]
    data = f'[scheduler@32473 key="{message.key}"]'
    return f"<{_FACILITY * 8 + level}>1 {at} {host} workflow-scheduler {os.getpid()} {kinds} {data} {text}".encode(
        errors="replace"
    )[:_MOST]


def _send(address: str, line: bytes, timeout: float) -> None:
    if "://" not in address:
        _send_here(address, line, timeout)
        return
    url = urlsplit(address)
    if url.scheme == "udp":
        family, kind, _, _, place = socket.getaddrinfo(url.hostname, url.port or 514, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind) as sock:
            sock.settimeout(timeout)
            sock.sendto(line[:2048], place)  # what every receiver must take. Source: RFC 5426, 3.2
        return
    if url.scheme != "tcp" or not url.hostname:
        raise ValueError
    with socket.create_connection((url.hostname, url.port or 601), timeout) as sock:
        sock.sendall(b"%d %s" % (len(line), line))  # octet counting: RFC 6587, 3.4.1


def _send_here(path: str, line: bytes, timeout: float) -> None:
    if sys.platform == "win32":
        raise ValueError
    for kind, end in ((socket.SOCK_DGRAM, b""), (socket.SOCK_STREAM, b"\n")):
        with socket.socket(socket.AF_UNIX, kind) as sock:
            sock.settimeout(timeout)
            try:
                sock.connect(path)
            except OSError:
                if kind == socket.SOCK_STREAM:
                    raise
                continue
            sock.sendall(line + end)
            return
