"""Conditional requests (If-None-Match), and HEAD answered like GET without the body."""

from __future__ import annotations

import hashlib

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send

__all__ = ["Answered", "unless_known", "without_body"]

_PARTS = ("content-length", "content-type", "content-encoding")
"""Headers of a body, which an answer without one does not have."""


class Answered(Exception):
    """The client needs no more of the response."""


def unless_known(send: Send, wanted: str | None, *, whole: bool) -> Send:
    """Answer 304 instead of a body whose ETag is in `wanted`.

    With `whole`, a hash of the body completes the response's ETag, `"VERSION~HASH"`: two responses for one version may
    differ, such as in the last runs. If-Match accepts it with and without the hash.
    """
    start: Message | None = None

    async def sending(message: Message) -> None:
        nonlocal start
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if message["status"] == 200 and "etag" in headers:
                start = message
                return
        elif start is not None:
            headers = MutableHeaders(scope=start)
            if whole and not message.get("more_body"):
                mark = hashlib.sha256(message.get("body", b"")).hexdigest()[:16]
                headers["etag"] = f'"{headers["etag"].strip(chr(34))}~{mark}"'
            if _names(wanted, headers["etag"]):
                for name in _PARTS:
                    if name in headers:
                        del headers[name]
                start, message = {**start, "status": 304}, {"type": "http.response.body", "body": b""}
            first, start = start, None
            await send(first)
        await send(message)

    return sending


def _names(wanted: str | None, tag: str) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in (wanted or "").split(",")]
    return "*" in tags or tag in tags


def without_body(send: Send) -> Send:
    """Send the head only; raises Answered when more would be sent."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
            await send({"type": "http.response.body", "body": b""})
        elif message.get("more_body"):
            raise Answered

    return sending
