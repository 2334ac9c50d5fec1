"""The OpenAPI document, completed by what FastAPI does not know: roles, errors, and the fields of a task."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from workflow_scheduler.definitions.models import TaskModel

from .permissions import API, ROUTES
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


_TASKS = (("NewTask", "task"), ("WorkflowAnswer", "tasks"), ("CommandAnswer", "task"))
"""What has tasks as in definitions: read by the definitions' own reader, for its sentences, and so not by a model here."""
_TASK = f"{API}/workflows/{{workflow}}/tasks/{{task}}"


def _point_to(schema: dict[str, Any], model: str) -> None:
    target = schema["items"] if schema.get("type") == "array" else schema
    for name in ("additionalProperties", "type"):
        target.pop(name, None)
    target["$ref"] = _REF.format(model=model)


def _change_of(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a change: any of the fields, and null for the default of one."""
    fields = {name: {"anyOf": [about, {"type": "null"}]} for name, about in schema["properties"].items()}
    return {
        **{name: value for name, value in schema.items() if name != "required"},
        "title": "TaskChange",
        "description": "What is left out stays as it is; null gives a field its default.",
        "properties": fields,
    }


def operation_id(route: APIRoute) -> str:
    """Such as `schedules_pause`."""
    return f"{(route.tags or ['api'])[0]}_{route.name.strip('_')}"


def describe_api(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI 3.1 document of all routes."""
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
    parts["schemas"]["TaskChange"] = _change_of(parts["schemas"]["TaskModel"])
    for name, field in _TASKS:
        _point_to(parts["schemas"][name]["properties"][field], "TaskModel")
    for name in ("HTTPValidationError", "ValidationError"):  # which is answered as a problem, too
        parts["schemas"].pop(name, None)
    body = document["paths"][_TASK]["patch"]["requestBody"]["content"]["application/json"]["schema"]
    _point_to(body, "TaskChange")
    open_to_all = {(rule.method.lower(), rule.path) for rule in ROUTES if rule.role is None}
    for path, ways in document["paths"].items():
        for method, about in ways.items():
            about["responses"].pop("422", None)
            if (method, path) in open_to_all:
                about["security"] = []
    return document
