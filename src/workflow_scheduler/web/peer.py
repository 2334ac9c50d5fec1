"""The client address and scheme of a request: the connection's own, or those reported by a trusted proxy."""

from __future__ import annotations

import ipaddress

from starlette.datastructures import Headers
from starlette.types import Scope

__all__ = ["address_group", "peer_of"]


def peer_of(scope: Scope, headers: Headers, *, trusted_proxy: bool) -> tuple[str, str]:
    """Address and scheme. With a trusted proxy, the last address of all `X-Forwarded-For` lines counts, which the
    proxy itself saw: clients can write any address before it, also in a line of its own. `Forwarded` and `X-Real-
    IP` are ignored."""
    client = scope.get("client")
    address, scheme = (client[0] if client else ""), str(scope.get("scheme", "http"))
    if trusted_proxy:
        address = _address(_last(headers, "x-forwarded-for")) or address
        said = _last(headers, "x-forwarded-proto").lower()
        scheme = said if said in ("http", "https") else scheme
    return address[:64], scheme


def _last(headers: Headers, name: str) -> str:
    return ",".join(headers.getlist(name)).rpartition(",")[2].strip()


def _address(text: str) -> str:
    """An IP address in its shortest form; empty for anything else, such as a name, or an address with a port or a
    zone."""
    try:
        found = ipaddress.ip_address(text) if "%" not in text and len(text) <= 45 else None
    except ValueError:
        found = None
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return str(found or "")


def address_group(address: str) -> str:
    """The addresses that one person certainly shares: one IPv4 address, or an IPv6 network, in which anyone has 2^64
    addresses."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found.packed[:8] + bytes(8), 64)))
    return str(found)
