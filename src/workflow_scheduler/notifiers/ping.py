"""Pings a monitor of jobs: Healthchecks and what speaks like it, Cronitor, or a push monitor of Uptime Kuma.

Sources: healthchecks.io/docs/http_api, cronitor.io/docs/telemetry-api, and the push monitors of Uptime Kuma.
"""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit, urlunsplit

from workflow_scheduler.domain.pings import Sign
from workflow_scheduler.domain.quick_dataclass import dataclass

from .base import DeliveryFailed
from .posting import post

__all__ = ["ping"]

_MOST = 10_000
"""Bytes of the text; Healthchecks keeps as many."""
_MESSAGE = 200
_CRONITOR = {Sign.START: "run", Sign.SUCCESS: "complete", Sign.FAIL: "fail"}
_KUMA = {Sign.SUCCESS: "up", Sign.FAIL: "down"}
_PATHS = {Sign.START: "/start", Sign.SUCCESS: "", Sign.FAIL: "/fail"}
_ALLOWING = "set PING_PRIVATE=1 in .env"


@dataclass(frozen=True, slots=True)
class _Monitor:
    url: str
    allow_private: bool
    timeout: float = 10.0


def ping(url: str, sign: Sign, words: str, *, allow_private: bool) -> None:
    """Give the monitor at this address the sign. DeliveryFailed if it does not take it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise DeliveryFailed("The address of the ping cannot be read; write https://….", retry=False) from None
    asked: dict[str, str] | None = None
    if "/api/push/" in parts.path:
        if sign not in _KUMA:  # it knows no beginning
            return
        asked = {"status": _KUMA[sign], "msg": words[:_MESSAGE]}
    elif (parts.hostname or "").lower() in ("cronitor.link", "cronitor.io"):
        asked = {"state": _CRONITOR[sign], "message": words[:_MESSAGE]}
    if asked is not None:
        monitor = _Monitor(urlunsplit(parts._replace(query=urlencode(asked), fragment="")), allow_private)
        post(monitor, None, {}, method="GET", allowing=_ALLOWING)
        return
    path = parts.path.rstrip("/") + _PATHS[sign]
    monitor = _Monitor(urlunsplit(parts._replace(path=path, fragment="")), allow_private)
    text = words.encode(errors="replace")[:_MOST]
    post(monitor, text, {"Content-Type": "text/plain; charset=utf-8"}, allowing=_ALLOWING)
