"""Has every error of the application answered as a problem."""

from __future__ import annotations

import re
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from workflow_scheduler.domain.errors import InvalidInput, NotFound, Outdated, Refused, SchedulerError, Unreachable
from workflow_scheduler.domain.parameter_values import WrongParameters
from workflow_scheduler.notifiers.base import DeliveryFailed
from workflow_scheduler.secrets.base import SecretUnavailable

from .problems import Problem, problem

__all__ = ["answer_errors"]

_STATUS: tuple[tuple[type[SchedulerError], int], ...] = (
    (InvalidInput, 422),
    (NotFound, 404),
    (Outdated, 412),
    (Refused, 409),
    (SecretUnavailable, 409),
    (DeliveryFailed, 502),
    (Unreachable, 503),
)
_PLACE = re.compile(r"[^\n]*?:(\d+):(\d+): ")


def answer_errors(app: FastAPI) -> None:
    app.add_exception_handler(SchedulerError, _of_scheduler)
    app.add_exception_handler(Problem, _of_gate)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(Exception, _of_anything)


def _of_scheduler(_: Request, error: Exception) -> JSONResponse:
    status = next((code for kind, code in _STATUS if isinstance(error, kind)), 500)
    errors = _placed(str(error)) if isinstance(error, InvalidInput) else None
    if isinstance(error, WrongParameters):
        errors = [{"where": f"params.{name}", "message": sentence} for name, sentence in error.fields.items()]
    assert isinstance(error, SchedulerError)  # noqa: S101  for mypy: registered for this class alone
    return problem(status, error.said, errors or None, code=error.code, about=error.about)


def _placed(text: str) -> list[dict[str, Any]]:
    """The lines of a definition's errors, each with its place."""
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
