"""The OpenAPI document, completed by what FastAPI does not know: who may ask, errors, and what a task is made of."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from workflow_scheduler.definitions.models import TaskModel

from .permissions import ROUTES
from .schemas.problems import ProblemAnswer

__all__ = ["describe_api", "operation_id"]

_REF = "#/components/schemas/{model}"
_SCHEMES = {
    "token": {"type": "http", "scheme": "bearer", "description": "from `scheduler token add`"},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "scheduler_8321",
        "description": (
            "a browser's, after POST /api/v1/session: scheduler_PORT, and __Host-scheduler_PORT under https; "
            "every change also needs the header X-CSRF-Token"
        ),
    },
}


def operation_id(route: APIRoute) -> str:
    """Such as `schedules_pause`."""
    return f"{(route.tags or ['api'])[0]}_{route.name.strip('_')}"


def describe_api(app: FastAPI) -> dict[str, Any]:
    """OpenAPI 3.1, of every route."""
    document: dict[str, Any] = get_openapi(
        title=app.title, version=app.version, routes=app.routes, servers=[{"url": "/"}]
    )
    parts = document["components"]
    parts["securitySchemes"] = _SCHEMES
    document["security"] = [{name: []} for name in _SCHEMES]
    for model in (ProblemAnswer, TaskModel):
        schema = TypeAdapter(model).json_schema(ref_template=_REF, mode="validation")
        parts["schemas"].update(schema.pop("$defs", {}))
        parts["schemas"][model.__name__] = schema
    parts["schemas"]["NewTask"]["properties"]["task"] |= {"$ref": _REF.format(model="TaskModel")}
    for name in ("additionalProperties", "type"):
        parts["schemas"]["NewTask"]["properties"]["task"].pop(name, None)
    for name in ("HTTPValidationError", "ValidationError"):  # which is answered as a problem, too
        parts["schemas"].pop(name, None)
    open_to_all = {(rule.method.lower(), rule.path) for rule in ROUTES if rule.role is None}
    for path, ways in document["paths"].items():
        for method, about in ways.items():
            about["responses"].pop("422", None)
            if (method, path) in open_to_all:
                about["security"] = []
    return document
