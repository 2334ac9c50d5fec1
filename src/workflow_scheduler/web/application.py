"""The application behind the gate: the routes of the API. FastAPI and pydantic are loaded with it, and by nothing before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from workflow_scheduler import __version__
from workflow_scheduler.domain.quick_dataclass import dataclass

from .api import (
    account,
    admin,
    backfills,
    calendars,
    engine,
    explanations,
    failures,
    maintenance,
    notifications,
    reports,
    run_changes,
    runs,
    schedule_changes,
    schedules,
    secrets,
    simulations,
    state,
    tasks,
    workers,
    workflow_changes,
    workflows,
)
from .context import Context
from .error_answers import answer_errors
from .openapi import describe_api
from .permissions import API
from .refusals import Refusals
from .stream import Hub
from .throttle import Throttle

__all__ = ["Application", "make_application", "openapi_document"]

_ROUTERS: tuple[APIRouter, ...] = tuple(
    module.router
    for module in (
        account,
        state,
        workflows,
        workflow_changes,
        tasks,
        calendars,
        explanations,
        failures,
        reports,
        schedules,
        schedule_changes,
        simulations,
        runs,
        run_changes,
        backfills,
        admin,
        secrets,
        maintenance,
        notifications,
        engine,
        workers,
    )
)


@dataclass(frozen=True, slots=True)
class Application:
    """`queries`: for each method and path the parameters that its endpoint takes from the query."""

    handle: FastAPI
    queries: Mapping[tuple[str, str], frozenset[str]]


def make_application(context: Context, port: int, hub: Hub) -> Application:
    app = _with_routes()
    app.router.routes = [_RouteOfRule(app.router.routes)]
    app.state.context, app.state.port, app.state.throttle, app.state.refusals = context, port, Throttle(), Refusals()
    app.state.hub = hub
    answer_errors(app)

    return Application(app, _query_names())


@lru_cache(maxsize=1)
def openapi_document() -> dict[str, Any]:
    """What the API is, in the form of OpenAPI 3.1."""
    return describe_api(_with_routes())


def _with_routes() -> FastAPI:
    app = FastAPI(
        title="Workflow Scheduler",
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    for router in _ROUTERS:
        app.router.routes += router.routes  # to include a router makes a second, slower search of it

    @app.get(f"{API}/openapi.json", include_in_schema=False)
    def openapi() -> dict[str, Any]:
        """This document."""
        return openapi_document()

    return app


class _RouteOfRule(BaseRoute):
    """Stands for all routes: which one it is, the gate has found out already, and no second search is needed."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self._routes = {
            (method, route.path): route
            for route in routes
            if isinstance(route, APIRoute)
            for method in route.methods or ()
        }

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return self._of(scope).matches(scope)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._of(scope).handle(scope, receive, send)

    def _of(self, scope: Scope) -> APIRoute:
        rule = scope["rule"]
        return self._routes[rule.method, rule.path]


def _query_names() -> Mapping[tuple[str, str], frozenset[str]]:
    return {
        (method, route.path): frozenset(_names(route.dependant))
        for router in _ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }


def _names(dependant: Dependant) -> Iterable[str]:
    for field in dependant.query_params:
        yield field.alias
    for inner in dependant.dependencies:
        yield from _names(inner)
