"""The web application, and the server that runs it until the scheduler is gone."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from functools import lru_cache
from types import FrameType
from typing import Any, cast

import uvicorn
from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp

from workflow_scheduler import __version__
from workflow_scheduler.operations.access.sign_in_page import remove_old_sign_in_pages
from workflow_scheduler.operations.home.event_feed import EventFeed
from workflow_scheduler.settings import Settings

from .api import (
    account,
    admin,
    engine,
    maintenance,
    run_changes,
    runs,
    schedule_changes,
    schedules,
    state,
    tasks,
    workflow_changes,
    workflows,
)
from .connection_limit import ConnectionLimit, places
from .context import Context
from .door import Door
from .files import StaticFiles
from .gate import Gate
from .openapi import describe_api, operation_id
from .permissions import API
from .problems import add_problems
from .protocol import PatientProtocol
from .query import query_names
from .refusals import Refusals
from .schemas.problems import PROBLEMS
from .stream import Hub
from .throttle import Throttle

__all__ = ["PageServer", "build_app", "openapi_document", "serve_page", "server_config"]

STOP_SECONDS = 1
END_SECONDS = 10
"""Seconds after which the process ends whatever still hangs in it."""
TIDY_SECONDS = 30.0
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
        maintenance,
        engine,
    )
)


def build_app(context: Context, port: int, files: StaticFiles | None = None) -> tuple[ASGIApp, FastAPI]:
    """The application behind its gate, and the application itself."""
    app = _with_routes()
    app.state.context, app.state.port, app.state.throttle, app.state.refusals = context, port, Throttle(), Refusals()
    app.state.hub = Hub(EventFeed(context.database))
    add_problems(app)

    @app.get(f"{API}/openapi.json", include_in_schema=False)
    def openapi() -> dict[str, Any]:
        """This document."""
        return openapi_document()

    return Gate(app, context, files or StaticFiles(), port, query_names(_ROUTERS)), app


@lru_cache(maxsize=1)
def openapi_document() -> dict[str, Any]:
    """The description of the API as OpenAPI 3.1."""
    return describe_api(_with_routes())


def _with_routes() -> FastAPI:
    app = FastAPI(
        title="Workflow Scheduler",
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=operation_id,
    )
    for router in _ROUTERS:
        app.include_router(router, responses=PROBLEMS)
    return app


class PageServer(uvicorn.Server):
    """Limits the connections, and ends its streams before it waits for them to close."""

    def __init__(self, config: uvicorn.Config, hub: Hub, *, trusted_proxy: bool, most: int | None = None) -> None:
        super().__init__(config)
        self._hub = hub
        self._trusted_proxy = trusted_proxy
        self._most = most or places()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Replaces asyncio's servers, which accept every connection and log every failure."""
        await self.lifespan.startup()
        room = ConnectionLimit(self._most, asyncio.get_running_loop().time)

        def make(group: str, left: Callable[[PatientProtocol], None]) -> PatientProtocol:
            state = {"server_state": self.server_state, "app_state": self.lifespan.state}
            return PatientProtocol(group=group, left=left, config=self.config, **state)

        doors = [
            Door(listener, make, room, self.config.ssl, trusted_proxy=self._trusted_proxy) for listener in sockets or ()
        ]
        self.servers = cast(list[asyncio.Server], doors)  # of which uvicorn asks nothing but to close
        self.started = True

    def end(self) -> None:
        """Stop the server. May be called from any thread."""
        self._hub.close()
        self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.end()


def serve_page(context: Context, listener: socket.socket) -> None:
    """Serve until standard input closes: its other end belongs to the scheduler and closes with it, however it ends."""
    gate, app = build_app(context, listener.getsockname()[1])
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.WARNING)
    settings = context.settings
    server = PageServer(server_config(gate, settings), app.state.hub, trusted_proxy=settings.trusted_proxy)

    ended = threading.Event()

    def wait_for_the_end() -> None:
        sys.stdin.buffer.read()
        ended.set()
        server.end()
        time.sleep(END_SECONDS)
        os._exit(1)  # a request hangs in the operating system, and this process is no longer needed

    def tidy() -> None:
        while not ended.wait(TIDY_SECONDS):
            remove_old_sign_in_pages(settings.home, context.now())

    threading.Thread(target=wait_for_the_end, name="end", daemon=True).start()
    threading.Thread(target=tidy, name="tidy", daemon=True).start()
    server.run(sockets=[listener])


def server_config(app: ASGIApp, settings: Settings) -> uvicorn.Config:
    """uvicorn's settings: limits and timeouts for untrusted clients."""
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
        timeout_keep_alive=15,
        timeout_graceful_shutdown=STOP_SECONDS,
        h11_max_incomplete_event_size=32_768,
        ssl_certfile=settings.home / settings.tls_cert if settings.tls_cert else None,
        ssl_keyfile=settings.home / settings.tls_key if settings.tls_key else None,
    )
