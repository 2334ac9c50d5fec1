"""Asks the running scheduler of this home by its own API, as the owner: it may run as another account."""

from __future__ import annotations

import http.client
import json
import ssl
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from workflow_scheduler.domain.errors import Refused, SchedulerError, Unreachable
from workflow_scheduler.engine.lock import Holder
from workflow_scheduler.operations.access.accounts import Accounts
from workflow_scheduler.storage.database import Database

__all__ = ["ask_scheduler", "can_be_asked"]

TIMEOUT = 30.0
_MOST = 1 << 20


def can_be_asked(holder: Holder | None) -> bool:
    """Whether a scheduler runs, and its web interface with it."""
    return holder is not None and bool(holder.page) and "address" in (holder.page or {})


def ask_scheduler(holder: Holder, database: Database, now: datetime, method: str, path: str, body: Any) -> Any:
    """The answer. Unreachable if there is none; Refused with its sentence for a problem."""
    address = urlsplit((holder.page or {})["address"])
    try:
        connection = _connection(address.scheme, address.hostname or "", address.port)
        try:
            signed_in = {"Content-Type": "application/json", "Origin": f"{address.scheme}://{address.netloc}"}
            ticket = Accounts(database).make_ticket(now)
            status, headers, session = _asked(connection, "POST", "/api/v1/session", {"ticket": ticket}, signed_in)
            if status >= 300:
                raise Refused(_sentence(session))
            cookie = (headers.get("set-cookie") or "").partition(";")[0]
            signed_in |= {"Cookie": cookie, "X-CSRF-Token": session["csrf"]}
            try:
                status, _, answer = _asked(connection, method, path, body, signed_in)
            finally:
                _asked(connection, "DELETE", "/api/v1/session", None, signed_in)
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
        raise Unreachable(f"The scheduler does not answer at {address.geturl()} ({error}).") from None
    if status >= 300:
        raise SchedulerError(_sentence(answer))
    return answer


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme != "https":
        return http.client.HTTPConnection(host, port, timeout=TIMEOUT)
    # The address is in the lock that the scheduler itself holds; its certificate may have another name.
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=context)


def _asked(
    connection: http.client.HTTPConnection, method: str, path: str, body: Any, headers: dict[str, str]
) -> tuple[int, http.client.HTTPMessage, Any]:
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    data = answer.read(_MOST)
    return answer.status, answer.headers, json.loads(data) if data else None


def _sentence(problem: Any) -> str:
    return (
        str(problem.get("detail") or problem.get("title")) if isinstance(problem, dict) else "The request was refused."
    )
