"""A page behind a real server in a thread, for what goes over real connections."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator

import httpx
from patience import PATIENCE
from web.conftest import Page

from workflow_scheduler.web.server import PageServer, server_config

V1 = "/api/v1"


def cookies_of(browser: httpx.Client) -> dict[str, str]:
    """The header by which a browser is known, for a connection of its own."""
    return {"cookie": "; ".join(f"{name}={value}" for name, value in browser.cookies.items())}


class Served:
    """A page behind a real server in a thread."""

    def __init__(self, page: Page, most: int = 100) -> None:
        self.page = page
        self.hub = page.fastapi.state.hub
        self.listener = socket.create_server(("127.0.0.1", 0))
        port = self.listener.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        config = server_config(page.app, page.settings)
        config.timeout_graceful_shutdown = 30
        config.timeout_keep_alive = 1
        trusted = page.settings.trusted_proxy
        self.server = PageServer(config, self.hub, trusted_proxy=trusted, most=most)
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.listener]})
        self.thread.start()

    def end(self) -> None:
        self.server.end()
        self.thread.join()

    @contextlib.contextmanager
    def reading(self, last_id: int | None = None, headers: dict[str, str] | None = None) -> Iterator[Iterator[dict]]:
        """What a signed-in browser, or whoever sends the headers, reads; the stream is open when this returns."""
        headers = headers or cookies_of(self.page.browser("viewer"))
        if last_id is not None:
            headers["last-event-id"] = str(last_id)
        with (
            httpx.Client(base_url=self.address, timeout=PATIENCE) as client,
            client.stream("GET", f"{V1}/events", headers=headers) as answer,
        ):
            assert answer.status_code == 200, answer.read()
            assert answer.headers["content-type"].startswith("text/event-stream")
            lines = answer.iter_lines()
            assert next(lines) == ": open"
            events = (json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: "))
            assert next(events)["kind"] == "stream.opened"
            yield events
