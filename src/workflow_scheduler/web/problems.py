"""Errors as RFC 9457 problems: the sentence of the command line without the command that it names, and a status."""

from __future__ import annotations

import http
import re
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from workflow_scheduler.domain.errors import InvalidInput, NotFound, Outdated, Refused, SchedulerError, Unreachable

__all__ = ["REALM", "Problem", "add_problems", "problem"]

REALM = "Workflow Scheduler"

_STATUS: tuple[tuple[type[SchedulerError], int], ...] = (
    (InvalidInput, 422),
    (NotFound, 404),
    (Outdated, 412),
    (Refused, 409),
    (Unreachable, 503),
)
_CODES = {422: "invalid_input", 404: "not_found", 412: "outdated", 409: "refused", 503: "unreachable", 500: "internal"}
"""Of what a request is refused for before an operation sees it: the same as that would say."""
_PLACE = re.compile(r"[^\n]*?:(\d+):(\d+): ")


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


def add_problems(app: FastAPI) -> None:
    """Have the application answer every error as a problem."""
    app.add_exception_handler(SchedulerError, _of_scheduler)
    app.add_exception_handler(Problem, _of_gate)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(Exception, _of_anything)


def _of_scheduler(_: Request, error: Exception) -> JSONResponse:
    status = next((code for kind, code in _STATUS if isinstance(error, kind)), 500)
    errors = _placed(str(error)) if isinstance(error, InvalidInput) else None
    assert isinstance(error, SchedulerError)  # noqa: S101  for mypy: registered for this class alone
    return problem(status, error.said, errors or None, code=error.code, about=error.about)


def _placed(text: str) -> list[dict[str, Any]]:
    """The lines of a definition's mistakes, each with its place."""
    found = []
    for line in text.splitlines():
        if place := _PLACE.match(line):
            found.append({"line": int(place[1]), "column": int(place[2]), "message": line[place.end() :]})
    return found


def _of_gate(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)  # noqa: S101  for mypy: registered for this class alone
    return problem(error.status, str(error), headers=error.headers)


def _of_validation(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101  for mypy: registered for this class alone
    errors = [
        {"where": ".".join(str(part) for part in wrong["loc"]), "message": str(wrong["msg"])}
        for wrong in error.errors()[:20]
    ]
    first = errors[0] if errors else {"where": "body", "message": "it is invalid"}
    return problem(422, f"{first['where']}: {first['message']}; see /api/v1/openapi.json.", errors)


def _of_http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101  for mypy: registered for this class alone
    return problem(error.status_code, str(error.detail), headers=error.headers)


def _of_anything(_: Request, __: Exception) -> JSONResponse:
    # The server logs it, with its traceback.
    return problem(500, "Unexpected error; see scheduler.log for details.")
