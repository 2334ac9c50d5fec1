"""Errors as RFC 9457 problems: the sentence of the command line without the command that it names, and a status."""

from __future__ import annotations

import http
from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse

__all__ = ["REALM", "Problem", "problem"]

REALM = "Workflow Scheduler"

_CODES = {422: "invalid_input", 404: "not_found", 412: "outdated", 409: "refused", 503: "unreachable", 500: "internal"}
"""Of what a request is refused for before an operation sees it: the same as that would say."""


class Problem(Exception):
    """Ends a request with this status and sentence."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = headers


def problem(
    status: int,
    detail: str,
    errors: list[dict[str, Any]] | None = None,
    headers: Mapping[str, str] | None = None,
    code: str | None = None,
    about: Mapping[str, str] | None = None,
) -> JSONResponse:
    """The response for an error. `code`: stable, for programs; by default that of the status. `about`: nouns and the
    names of the things concerned."""
    code = code or _CODES.get(status, http.HTTPStatus(status).name.lower())
    body: dict[str, Any] = {
        "type": f"urn:workflow-scheduler:{code}",
        "code": code,
        "title": http.HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if about:
        body["about"] = dict(about)
    if errors is not None:
        body["errors"] = errors
    sent = dict(headers or {})
    if status == 401:  # which says how to sign in (RFC 9110, 15.5.2)
        sent.setdefault("www-authenticate", f'Bearer realm="{REALM}"')
    return JSONResponse(body, status, headers=sent, media_type="application/problem+json")
