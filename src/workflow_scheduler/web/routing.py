"""The routers of the API, whose endpoints write their answers in the thread in which they run."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Response
from fastapi.datastructures import DefaultPlaceholder
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from .openapi import operation_id
from .schemas.problems import PROBLEMS

__all__ = ["new_router"]


def new_router(tag: str | None = None) -> APIRouter:
    """A router for the endpoints that the API document shows under this tag."""
    return APIRouter(
        tags=[tag] if tag else None,
        responses=PROBLEMS,
        route_class=_Route,
        generate_unique_id_function=operation_id,
    )


class _Route(APIRoute):
    """FastAPI itself takes a second thread for each answer, to check it against its model."""

    def __init__(self, path: str, endpoint: Callable[..., Any], *, response_model: Any = None, **options: Any) -> None:
        if not isinstance(response_model, DefaultPlaceholder | None):
            endpoint = _answering(endpoint, response_model, options.get("status_code") or 200)
        super().__init__(path, endpoint, response_model=response_model, **options)


def _answering(endpoint: Callable[..., Any], model: Any, status: int) -> Callable[..., Any]:
    @functools.cache
    def adapter() -> TypeAdapter[Any]:
        return TypeAdapter(model)

    @functools.wraps(endpoint)
    def answer(**values: Any) -> Response:
        found = endpoint(**values)
        if isinstance(found, Response):
            return found
        content = adapter().dump_json(adapter().validate_python(found), by_alias=True)
        head: Response | None = values.get("response")
        response = Response(
            content, head.status_code if head and head.status_code else status, media_type="application/json"
        )
        if head is not None:
            response.headers.raw.extend(head.headers.raw)
        return response

    return answer
