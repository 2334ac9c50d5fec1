"""Compresses whole answers with gzip, for those who accept it. Streams and parts of files are sent as they are."""

from __future__ import annotations

import zlib

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Message, Send

__all__ = ["accepts_gzip", "compressed", "gzipped"]

SMALLEST = 1000
"""Bytes: a smaller answer fits into one packet anyway."""
_LARGE = 65_536
"""Bytes from which on it takes a thread: the loop would stand still for milliseconds."""
_KINDS = ("application/json", "application/problem+json", "text/")
_LEVEL = 6


def accepts_gzip(headers: Headers) -> bool:
    """Whether Accept-Encoding names gzip, and not with `q=0` (RFC 9110, 12.5.3)."""
    for coding in headers.get("accept-encoding", "").split(","):
        name, _, weight = coding.partition(";")
        if name.strip().lower() == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def gzipped(body: bytes) -> bytes:
    """The same bytes for the same body, so that an ETag may be a hash of them."""
    packer = zlib.compressobj(_LEVEL, wbits=31)
    return packer.compress(body) + packer.flush()


def compressed(send: Send) -> Send:
    """Send a whole answer of text, if it is not small, compressed. No cache keeps it, so it needs no Vary."""
    start: Message | None = None

    async def sending(message: Message) -> None:
        nonlocal start
        if message["type"] == "http.response.start" and _is_text(message):
            start = message
            return
        if start is not None:
            body = message.get("body", b"")
            if not message.get("more_body") and len(body) >= SMALLEST:
                body = await run_in_threadpool(gzipped, body) if len(body) > _LARGE else gzipped(body)
                message = {**message, "body": body}
                headers = MutableHeaders(scope=start)
                headers["content-encoding"], headers["content-length"] = "gzip", str(len(body))
            first, start = start, None
            await send(first)
        await send(message)

    return sending


def _is_text(start: Message) -> bool:
    kind = MutableHeaders(scope=start).get("content-type", "")
    return start["status"] != 206 and kind.startswith(_KINDS) and not kind.startswith("text/event-stream")
