"""Allowed host names and origins, against DNS rebinding and cross-site requests."""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping

from workflow_scheduler.settings import Settings

from .problems import Problem

__all__ = ["check_origin", "known_hosts"]

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def known_hosts(settings: Settings) -> frozenset[str]:
    """The allowed host names, in lower case and without ports."""
    return frozenset({*_LOOPBACK, settings.host.lower(), *settings.allowed_hosts} - {"0.0.0.0", "::"})  # noqa: S104


def check_origin(headers: Mapping[str, str], known: frozenset[str]) -> None:
    """Problem 421 for a host that is not allowed, 403 for a cross-site request."""
    host = headers.get("host", "")
    if _name(host) not in known:
        raise Problem(421, f"The host {host[:100]!r} is not allowed; add it to ALLOWED_HOSTS.")
    origin = headers.get("origin")
    if origin is not None and (
        not origin.startswith(("http://", "https://")) or origin.partition("://")[2].lower() != host.lower()
    ):
        raise Problem(403, f"Requests from {origin[:100]!r} are not allowed; open the web interface directly.")
    if headers.get("sec-fetch-site") in ("cross-site", "same-site") and headers.get("sec-fetch-mode") != "navigate":
        raise Problem(403, "Requests from other sites are not allowed; open the web interface directly.")


def _name(host: str) -> str | None:
    try:
        return urllib.parse.urlsplit(f"//{host}").hostname
    except ValueError:
        return None
