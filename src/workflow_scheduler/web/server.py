"""The server of the web interface, which runs until the scheduler is gone."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, cast

import uvicorn
from starlette.types import ASGIApp

from workflow_scheduler.operations.access.sign_in_page import remove_old_sign_in_pages
from workflow_scheduler.operations.home.event_feed import EventFeed
from workflow_scheduler.settings import Settings

from .connection_limit import ConnectionLimit, places
from .context import Context
from .door import Door
from .files import StaticFiles
from .gate import Gate
from .late_application import LateApplication
from .protocol import PatientProtocol
from .stream import Hub

if TYPE_CHECKING:
    from .application import Application

__all__ = ["PageServer", "serve_page", "server_config"]

STOP_SECONDS = 1
END_SECONDS = 10
"""Seconds after which the process ends whatever still hangs in it."""
TIDY_SECONDS = 30.0


class PageServer(uvicorn.Server):
    """Limits the connections, and ends its streams before it waits for them to close."""

    def __init__(self, config: uvicorn.Config, hub: Hub, *, trusted_proxy: bool, most: int | None = None) -> None:
        super().__init__(config)
        self._hub = hub
        self._trusted_proxy = trusted_proxy
        self._most = most or places()
        self._loop: asyncio.AbstractEventLoop | None = None

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

    async def main_loop(self) -> None:
        """Replaces uvicorn's, which wakes up ten times a second only to look whether it should end."""
        self._ending, self._loop = asyncio.Event(), asyncio.get_running_loop()
        while not await self.on_tick(0):  # its clock for the header Date
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), 1)

    def end(self) -> None:
        """Stop the server. May be called from any thread."""
        self._hub.close()
        self.should_exit = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it has ended already
                self._loop.call_soon_threadsafe(self._ending.set)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.end()


def serve_page(context: Context, listener: socket.socket) -> None:
    """Serve until standard input ends: its other end is the scheduler's, and closes with it, however it ends."""
    port, hub = listener.getsockname()[1], Hub(EventFeed(context.database))

    def load() -> Application:
        from .application import make_application  # noqa: PLC0415  slow: loaded beside the server

        return make_application(context, port, hub)

    def failed() -> None:
        server.end()

    application = LateApplication(load, failed)
    gate = Gate(application, context, StaticFiles(), port)
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.WARNING)
    settings = context.settings
    server = PageServer(server_config(gate, settings), hub, trusted_proxy=settings.trusted_proxy)

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
