"""Posts to a webhook: the address resolved once and checked, no redirects, bounded time and answer."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import socket
import ssl
import threading
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import SplitResult, urlsplit

from workflow_scheduler import __version__

from .base import KEY_HEADER, DeliveryFailed
from .public_address import is_public

__all__ = ["post", "post_json"]

_MOST_ANSWER = 10_000
_PASSING = {408, 425, 429}
_SENDABLE = re.compile(r"[!-~]*")


class _Addressed(Protocol):
    """Something with the address of a web server. `timeout`: seconds."""

    @property
    def url(self) -> str: ...
    @property
    def allow_private(self) -> bool: ...
    @property
    def timeout(self) -> float: ...


def post_json(channel: Any, key: str, value: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
    """Post JSON to the channel's address. DeliveryFailed if it is not accepted."""
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
    post(channel, data, {"Content-Type": "application/json", KEY_HEADER: key, **(headers or {})})


def post(
    channel: _Addressed,
    data: bytes | None,
    headers: Mapping[str, str],
    *,
    method: str = "POST",
    allowing: str = "give the channel allow_private: true",
) -> None:
    """DeliveryFailed unless the answer is a 2xx. `allowing`: what to do where a private address is meant."""
    try:
        url = urlsplit(channel.url)
        port = url.port or (443 if url.scheme == "https" else 80)
    except ValueError:
        raise _not_an_address() from None
    if url.scheme not in ("https", "http") or not url.hostname or url.username is not None:
        raise _not_an_address()
    if not _SENDABLE.fullmatch(f"{url.path}?{url.query}"):
        # Before http.client does, whose error shows it all.
        raise DeliveryFailed(
            "The address has a space or another character that addresses cannot have; write it percent-encoded.",
            retry=False,
        )
    addresses = _addresses(url.hostname, port, None if channel.allow_private else allowing)
    sock = _connected(url.hostname, port, addresses, channel.timeout)
    sockets = [sock]  # with TLS a second one, which has taken its place
    # A server that answers a byte at a time is within every time limit of a socket.
    over = threading.Event()

    def end() -> None:
        over.set()
        _shut(sockets[-1])

    limit = threading.Timer(channel.timeout, end)
    limit.daemon = True
    limit.start()
    try:
        status = _exchange(url, sockets, method, data, headers)
        if over.is_set():
            raise TimeoutError
    except (OSError, http.client.HTTPException, ValueError) as error:
        late = over.is_set() or isinstance(error, TimeoutError)
        why = "no answer in time" if late else _why(error)
        raise DeliveryFailed(f"{url.hostname} did not answer properly: {why}.") from None
    finally:
        limit.cancel()
        for each in sockets:
            each.close()
    if 300 <= status < 400:
        raise DeliveryFailed(
            f"{url.hostname} answers {status}, a redirect, which is not followed; write the final address.", retry=False
        )
    if not 200 <= status < 300:
        raise DeliveryFailed(f"{url.hostname} answers {status}.", retry=status >= 500 or status in _PASSING)


def _not_an_address() -> DeliveryFailed:
    return DeliveryFailed("This is no address of a web server; write https://….", retry=False)


def _addresses(host: str, port: int, allowing: str | None) -> list[str]:
    """Those of the host. All must be public, unless `allowing` is None: which one is taken is chance."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise DeliveryFailed(f"{host} cannot be resolved: {_why(error)}.") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    private = next((name for name in addresses if not is_public(name)), None)
    if allowing is not None and private is not None:
        named = host if host == private else f"{host} is {private}, which"
        raise DeliveryFailed(
            f"{named} is an address of this machine or of a private network; if that is meant, {allowing}.",
            retry=False,
        )
    return addresses


def _connected(host: str, port: int, addresses: list[str], timeout: float) -> socket.socket:
    """A connection to the first address that accepts one."""
    last: OSError | None = None
    for address in addresses[:4]:
        try:
            return socket.create_connection((address, port), timeout / min(4, len(addresses)))
        except OSError as failed:
            last = failed
    raise DeliveryFailed(f"{host} cannot be reached: {_why(last)}.")


def _exchange(
    url: SplitResult, sockets: list[socket.socket], method: str, data: bytes | None, headers: Mapping[str, str]
) -> int:
    connection = http.client.HTTPConnection(url.hostname or "", url.port)
    if url.scheme == "https":
        context = ssl.create_default_context()
        secure = context.wrap_socket(sockets[0], server_hostname=url.hostname, do_handshake_on_connect=False)
        sockets.append(secure)
        secure.do_handshake()
    connection.sock = sockets[-1]
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    connection.request(
        method, target, data, {"User-Agent": f"workflow-scheduler/{__version__}", "Connection": "close", **headers}
    )
    answer = connection.getresponse()
    answer.read(_MOST_ANSWER)
    return answer.status


def _shut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)  # that of TLS is for the thread that reads


def _why(error: Exception | None) -> str:
    if isinstance(error, http.client.HTTPException) and not isinstance(error, OSError):
        return "that is no answer of a web server"  # what it is may repeat the address
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).rstrip(".")[:200]
