"""Binds the web interface's socket, and refuses unsafe settings. Standard library only."""

from __future__ import annotations

import errno
import importlib.util
import ipaddress
import socket
import stat
import sys
from pathlib import Path

from workflow_scheduler.domain.errors import InvalidInput, Refused, Unreachable
from workflow_scheduler.settings import Settings
from workflow_scheduler.system.windows_rights import open_to_everybody

__all__ = ["address_of", "check_exposure", "check_place", "is_loopback", "listen"]

_BACKLOG = 128


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach it. Of names, only localhost is certain."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_exposure(settings: Settings) -> None:
    """InvalidInput unless traffic to other machines is encrypted, here or by a trusted proxy."""
    if bool(settings.tls_cert) != bool(settings.tls_key):
        raise InvalidInput("TLS_CERT and TLS_KEY belong together; give both files, or neither.")
    for variable, name in (("TLS_CERT", settings.tls_cert), ("TLS_KEY", settings.tls_key)):
        if name and not (settings.home / name).is_file():
            raise InvalidInput(f"{variable} names {settings.home / name}, which is not a file; correct the path.")
    if not (is_loopback(settings.host) or settings.tls_cert or settings.trusted_proxy):
        raise InvalidInput(
            f"HOST is {settings.host!r}, which other machines can reach, and the web interface runs commands; set TLS_CERT and TLS_KEY, "
            "or TRUSTED_PROXY=1 if a proxy in front encrypts, or leave HOST at 127.0.0.1."
        )


def check_place(home: Path) -> None:
    """Refused if packages are missing, or the home is writable by others."""
    missing = [name for name in ("fastapi", "uvicorn", "argon2") if importlib.util.find_spec(name) is None]
    if missing:
        raise Refused(
            'The web interface needs packages that are not installed; run: pip install "workflow-scheduler[web]".'
        )
    if sys.platform != "win32" and home.stat().st_mode & stat.S_IWOTH:
        raise Refused(
            f"{home} is writable by everybody on this machine, and the web interface runs commands; run: chmod o-w '{home}'."
        )
    if (open_ := open_to_everybody(home)) is not None:
        raise Refused(f"{home} is writable by {open_.who}, and the web interface runs commands; {open_.advice}")


def listen(settings: Settings) -> socket.socket:
    """The bound socket. Unreachable if the address is not available."""
    where = f"{settings.host}:{settings.port}"
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise Unreachable(
            f"HOST is {settings.host!r}, which is not an address of this machine ({error}); correct it."
        ) from None
    try:
        if sys.platform == "win32":  # where "reuse" would let two processes share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise Unreachable(f"{where} is used by another program; set another PORT, or stop that program.") from None
        raise Unreachable(f"{where} cannot be used ({error.strerror}); set another HOST or PORT.") from None
    return listener


def address_of(settings: Settings, listener: socket.socket) -> str:
    """The address for a browser on this machine."""
    host, port = settings.host, listener.getsockname()[1]
    if host in ("0.0.0.0", "::"):  # noqa: S104  compared, not listened at
        host = settings.allowed_hosts[0] if settings.allowed_hosts else "127.0.0.1"
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if settings.tls_cert else 'http'}://{shown}:{port}"
