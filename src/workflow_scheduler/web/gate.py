"""What every request passes before it is routed: names, size, form, signing in, role and CSRF token. Default is no."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from workflow_scheduler.domain.errors import SchedulerError
from workflow_scheduler.operations.accounts import Visitor
from workflow_scheduler.operations.secret import derived

from .desk import Desk
from .files import StaticFiles
from .hosts import check_origin, known_hosts
from .kept import Kept, kept_answer
from .problems import Problem, problem
from .roles import API, Rule, find_rule, methods_of

__all__ = ["CSRF_HEADER", "Gate", "cookie_name", "csrf_token"]

CSRF_HEADER = "x-csrf-token"
BODY_BYTES = 1_000_000
BODY_SECONDS = 15.0
HEADER_BYTES = 32_768
_SAFE = ("GET", "HEAD")
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def cookie_name(port: int) -> str:
    """Browsers do not tell two ports of one machine apart when they send cookies; the name does."""
    return f"scheduler_{port}"


def csrf_token(secret: bytes, session: str) -> str:
    return derived(secret, f"csrf {session}")


class Gate:
    """An ASGI application around the application. `port` is where the page listens."""

    def __init__(self, app: ASGIApp, desk: Desk, files: StaticFiles, port: int) -> None:
        self._app = app
        self._desk = desk
        self._files = files
        self._cookie = cookie_name(port)
        self._known = known_hosts(desk.settings)
        self._answers: Kept[tuple[Message, ...]] = Kept(desk.database.change_mark, desk.now)
        self._visitors: Kept[Visitor] = Kept(desk.database.change_mark, desk.now)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        answer = _with_headers(send, https=self._read_proxy(scope, headers) == "https")
        try:
            if sum(len(name) + len(value) for name, value in scope["headers"]) > HEADER_BYTES:
                raise Problem(431, f"The headers have more than {HEADER_BYTES:,} bytes; send less.")
            found = self._files.find(scope["path"]) if scope["method"] in _SAFE else None
            check_origin(headers, self._known)
            if found is not None:
                await found.response(headers)(scope, receive, answer)
                return
            rule = _rule(scope)
            receive = await _whole_body(scope, headers, receive)
            scope["visitor"] = None
            if rule.role is not None:
                scope["visitor"] = await self._admit(scope, headers, rule)
        except Problem as error:
            await problem(error.status, str(error), headers=error.headers)(scope, receive, answer)
            return
        except SchedulerError as error:  # the database does not answer
            await problem(503, str(error))(scope, receive, answer)
            return
        if rule.keeps and scope["visitor"] is not None:
            key = scope["visitor"].role, scope["path"], scope["query_string"]
            if (messages := self._answers.find(key)) is not None:
                for message in messages:
                    await answer(dict(message))
                return
            answer = kept_answer(self._answers, key, answer)
        await self._app(scope, receive, answer)

    def _read_proxy(self, scope: Scope, headers: Headers) -> str:
        """Note who asks, in the words of the proxy if there is one that is trusted; returns the scheme."""
        client = scope.get("client")
        address, scheme = (client[0] if client else ""), scope.get("scheme", "http")
        if self._desk.settings.trusted_proxy:
            # The last one is what the proxy itself saw; what stands before it anybody can write.
            address = headers.get("x-forwarded-for", "").rpartition(",")[2].strip() or address
            scheme = headers.get("x-forwarded-proto", scheme).strip().lower()
        scope["address"], scope["scheme"] = address[:64], scheme
        return str(scheme)

    async def _admit(self, scope: Scope, headers: Headers, rule: Rule) -> Visitor:
        key = headers.get("authorization"), headers.get("cookie")
        visitor = self._visitors.find(key)
        if visitor is None:
            when = self._visitors.when()
            visitor = await run_in_threadpool(self._visitor, headers)
            if visitor is not None:
                self._visitors.keep(key, when, visitor)
        if visitor is None:
            raise Problem(401, "Sign in first; 'scheduler web' opens the page signed in.")
        if visitor.session is not None and scope["method"] not in _SAFE:
            expected = csrf_token(self._desk.secret, visitor.session)
            if not hmac.compare_digest(headers.get(CSRF_HEADER, "").encode(), expected.encode()):
                raise Problem(403, f"The header {CSRF_HEADER} is missing or wrong; take it from GET {API}/session.")
        if rule.role is not None and not visitor.role.covers(rule.role):
            raise Problem(403, f"This needs the role {rule.role}, and yours is {visitor.role}; ask an admin.")
        return visitor

    def _visitor(self, headers: Headers) -> Visitor | None:
        now = self._desk.now()
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token:
            return self._desk.accounts.visitor_of_token(token.strip(), now)
        held = _cookies(headers).get(self._cookie)
        found = self._desk.accounts.visitor_of_session(held, now) if held else None
        return found[0] if found else None


def _rule(scope: Scope) -> Rule:
    if "\0" in scope["path"] or "\0" in unquote(scope.get("query_string", b"").decode("latin-1")):
        raise Problem(422, "The address holds a NUL character; remove it.")
    rule = find_rule(scope["method"], scope["path"])
    if rule is None:
        if allowed := methods_of(scope["path"]):
            words = f"{scope['method'][:20]} cannot be asked of this address; use {', '.join(allowed)}."
            raise Problem(405, words, {"allow": ", ".join(allowed)})
        raise Problem(404, f"There is nothing at this address; see {API}/openapi.json.")
    return rule


async def _whole_body(scope: Scope, headers: Headers, receive: Receive) -> Receive:
    """Read a body that is JSON, not too large and not too slow; returns what hands it on."""
    if scope["method"] in _SAFE:
        return receive
    length = headers.get("content-length", "0")
    if not length.isascii() or not length.isdigit() or int(length[:20]) > BODY_BYTES:
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


def _too_large() -> Problem:
    return Problem(413, f"The body has more than {BODY_BYTES:,} bytes; send less.", {"connection": "close"})


def _with_headers(send: Send, *, https: bool) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            headers.setdefault("cache-control", "no-store")
            if https:
                headers["strict-transport-security"] = "max-age=31536000"
        await send(message)

    return sending


def _cookies(headers: Headers) -> Mapping[str, Any]:
    pairs = (part.strip().partition("=") for part in headers.get("cookie", "").split(";"))
    return {name: value for name, _, value in pairs}
