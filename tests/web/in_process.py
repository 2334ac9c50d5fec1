"""Lets httpx talk to an ASGI application in this process, without a socket."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import unquote_to_bytes

import httpx


class InProcess(httpx.BaseTransport):
    """One request at a time, in an event loop of its own. An error that the application answered is not raised."""

    def __init__(self, app: Any, client: tuple[str, int]) -> None:
        self._app = app
        self._client = client
        self._runner = asyncio.Runner()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._runner.run(self._call(request, request.read()))

    def close(self) -> None:
        self._runner.close()

    async def _call(self, request: httpx.Request, body: bytes) -> httpx.Response:
        path, _, query = request.extensions.get("target", request.url.raw_path).partition(b"?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": "http",
            "path": unquote_to_bytes(path).decode("utf-8", "replace"),
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "client": self._client,
            "server": ("127.0.0.1", 8321),
            "state": {},
        }
        coming = [{"type": "http.request", "body": body, "more_body": False}]
        sent: list[dict[str, Any]] = []
        answered = asyncio.Event()

        async def receive() -> dict[str, Any]:
            if coming:
                return coming.pop()
            await answered.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                answered.set()

        try:
            await self._app(scope, receive, send)
        except Exception:
            if not sent:
                raise
        return httpx.Response(
            sent[0]["status"],
            headers=sent[0]["headers"],
            stream=httpx.ByteStream(b"".join(message.get("body", b"") for message in sent[1:])),
            request=request,
        )
