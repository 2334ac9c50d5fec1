"""The page's application, and the server that runs it until the scheduler is gone."""

from __future__ import annotations

import logging
import socket
import sys
import threading
from functools import lru_cache
from types import FrameType
from typing import Any

import uvicorn
from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.types import ASGIApp

from workflow_scheduler import __version__
from workflow_scheduler.operations.happenings import Happenings
from workflow_scheduler.settings import Settings

from .api import (
    account,
    admin,
    engine,
    run_changes,
    runs,
    schedule_changes,
    schedules,
    state,
    tasks,
    upkeep,
    workflow_changes,
    workflows,
)
from .desk import Desk
from .files import StaticFiles
from .gate import Gate
from .problems import add_problems
from .protocol import PatientProtocol
from .query import query_names
from .refusals import Refusals
from .roles import API
from .schemas.problems import PROBLEMS
from .stream import Hub
from .throttle import Throttle

__all__ = ["build_app", "openapi_document", "serve_page", "server_config"]

MOST_CONNECTIONS = 300
STOP_SECONDS = 1
_ROUTERS: tuple[APIRouter, ...] = tuple(
    module.router
    for module in (
        account,
        state,
        workflows,
        workflow_changes,
        tasks,
        schedules,
        schedule_changes,
        runs,
        run_changes,
        admin,
        upkeep,
        engine,
    )
)


def build_app(desk: Desk, port: int, files: StaticFiles | None = None) -> tuple[ASGIApp, FastAPI]:
    """The whole application behind its gate, and the application itself."""
    app = _with_routes()
    app.state.desk, app.state.port, app.state.throttle, app.state.refusals = desk, port, Throttle(), Refusals()
    app.state.hub = Hub(Happenings(desk.database))
    add_problems(app)

    @app.get(f"{API}/openapi.json", include_in_schema=False)
    def openapi() -> dict[str, Any]:
        """This document."""
        return openapi_document()

    return Gate(app, desk, files or StaticFiles(), port, query_names(_ROUTERS)), app


@lru_cache(maxsize=1)
def openapi_document() -> dict[str, Any]:
    """What the API is, in the form of OpenAPI 3.1."""
    app = _with_routes()
    return get_openapi(title=app.title, version=app.version, routes=app.routes)


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
        app.include_router(router, responses=PROBLEMS)
    return app


class _Server(uvicorn.Server):
    """Ends its streams before it waits for the connections to close."""

    def __init__(self, config: uvicorn.Config, hub: Hub) -> None:
        super().__init__(config)
        self._hub = hub

    def end(self) -> None:
        """From any thread."""
        self._hub.close()
        self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.end()


def serve_page(desk: Desk, listener: socket.socket) -> None:
    """Serve until standard input ends: its other end is the scheduler's, and closes with it, however it ends."""
    gate, app = build_app(desk, listener.getsockname()[1])
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.WARNING)
    server = _Server(server_config(gate, desk.settings), app.state.hub)

    def wait_for_the_end() -> None:
        sys.stdin.buffer.read()
        server.end()

    threading.Thread(target=wait_for_the_end, name="end", daemon=True).start()
    server.run(sockets=[listener])


def server_config(app: ASGIApp, settings: Settings) -> uvicorn.Config:
    """How the server treats strangers, and how long it waits for anybody."""
    return uvicorn.Config(
        app,
        http=PatientProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=STOP_SECONDS,
        h11_max_incomplete_event_size=32_768,
        ssl_certfile=settings.home / settings.tls_cert if settings.tls_cert else None,
        ssl_keyfile=settings.home / settings.tls_key if settings.tls_key else None,
    )
