"""The body of a request: JSON, whole, not too large, not too slow, and with one meaning."""

from __future__ import annotations

import asyncio
import json
import math
from typing import Any

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

from workflow_scheduler.domain.numbers import parse_count

from .problems import Problem

__all__ = ["check_json", "whole_body"]

BODY_BYTES = 1_000_000
BODY_SECONDS = 15.0
MOST_DEPTH = 60
MOST_DIGITS = 40
"""Of a number: more is no number that anything here is measured in."""


async def whole_body(scope: Scope, headers: Headers, receive: Receive) -> Receive:
    """Read the body into `scope["body"]`. Returns a `receive` that passes it on. Problem 408, 413 or 415."""
    length = parse_count(headers.get("content-length", "0"))
    if length is None or length > BODY_BYTES:
        raise _too_large()
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                body += message.get("body", b"")
                if len(body) > BODY_BYTES:
                    raise _too_large()
                if message["type"] != "http.request" or not message.get("more_body"):
                    break
    except TimeoutError:
        raise Problem(408, f"The body took longer than {BODY_SECONDS:g} s; send it faster.") from None
    if body and headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Problem(415, "Send JSON, with Content-Type: application/json.")
    scope["body"] = bytes(body)
    whole: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

    async def handed_on() -> Message:
        return whole.pop() if whole else await receive()

    return handed_on


def check_json(body: bytes) -> None:
    """Problem 422 for invalid JSON, and for JSON that two readers could understand differently: a repeated name."""
    if not body:
        return
    try:
        _check_depth(
            json.loads(
                body,
                object_pairs_hook=_each_once,
                parse_int=_number,
                parse_float=_number,
                parse_constant=_constant,
            )
        )
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:  # of the JSON, of its encoding, or one of those below
        raise Problem(422, f"The body is not valid JSON: {str(error)[:200]}.") from None


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {twice[:100]!a} is given twice")
    return found


def _number(text: str) -> float:
    number = float(text) if len(text) <= MOST_DIGITS else math.inf
    if math.isinf(number):
        raise ValueError(f"the number {text[:MOST_DIGITS]} is too large, or has too many digits")
    return number


def _constant(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


def _check_depth(value: Any) -> None:
    """Problem 422 for more than `MOST_DEPTH` nested levels."""
    level = [value]
    for _ in range(MOST_DEPTH):
        level = [
            child
            for part in level
            if isinstance(part, dict | list)
            for child in (part.values() if isinstance(part, dict) else part)
        ]
        if not level:
            return
    raise _too_deep()


def _too_deep() -> Problem:
    return Problem(422, f"The body is nested more than {MOST_DEPTH} levels deep; use fewer levels.")


def _too_large() -> Problem:
    return Problem(413, f"The body has more than {BODY_BYTES:,} bytes; send less.", {"connection": "close"})
