"""The checks of every request before routing: names, size, form, sign-in, role and CSRF token. Denied by default."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import Message, Receive, Scope, Send

from workflow_scheduler.domain.errors import SchedulerError
from workflow_scheduler.operations.access.accounts import Visitor
from workflow_scheduler.operations.access.secret import derived
from workflow_scheduler.operations.home.event_feed import mark_of

from .admission import Admission, Revoked
from .body import check_json, whole_body
from .compression import accepts_gzip, compressed
from .conditional import Answered, unless_known, without_body
from .context import Context
from .files import StaticFiles
from .health import Health
from .late_application import LateApplication
from .origins import check_origin, known_hosts
from .peer import peer_of
from .permissions import API, HEALTH, Rule, find_rule, methods_of
from .problems import REALM, Problem, problem
from .query import check_query
from .response_cache import ResponseCache, kept_answer

__all__ = ["CSRF_HEADER", "Gate", "cookie_name", "csrf_token"]

CSRF_HEADER = "x-csrf-token"
MARK_HEADER = "x-mark"
HEADER_BYTES = 32_768
QUICK_BODY = 2000
"""Bytes: a smaller body is checked in less time than a thread takes."""
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


_log = logging.getLogger(__name__)


def cookie_name(port: int, *, https: bool) -> str:
    """The cookie's name has the port, because browsers do not distinguish a machine's ports when they send cookies.

    With HTTPS, browsers accept `__Host-` only from this very host name (RFC 6265bis, 4.1.3.2).
    """
    return f"{'__Host-' if https else ''}scheduler_{port}"


def csrf_token(secret: bytes, session: str) -> str:
    return derived(secret, f"csrf {session}")


class Gate:
    """An ASGI application around the application. `port` is where the page listens."""

    def __init__(self, application: LateApplication, context: Context, files: StaticFiles, port: int) -> None:
        self._application = application
        self._context = context
        self._files = files
        self._port = port
        self._known = known_hosts(context.settings)
        self._health = Health(context.look)
        self._answers: ResponseCache[tuple[Message, ...]] = ResponseCache(context.database.change_mark, context.now)
        self._visitors: ResponseCache[Visitor] = ResponseCache(context.database.change_mark, context.now)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # neither web sockets nor a lifespan are for us
            return
        headers = Headers(scope=scope)
        scope["address"], scope["scheme"] = peer_of(scope, headers, trusted_proxy=self._context.settings.trusted_proxy)
        if scope["method"] == "HEAD":
            scope, send = {**scope, "method": "GET"}, without_body(send)
        try:
            await self._answer(scope, headers, receive, _with_headers(send, https=scope["scheme"] == "https"))
        except Answered:
            pass
        except Revoked:
            _log.info("An answer to %s was cut off: their access has ended", scope["admission"].visitor.name)

    async def _answer(self, scope: Scope, headers: Headers, receive: Receive, answer: Send) -> None:
        """Check the request in the order of docs/architecture.md and pass it on, or answer with the problem."""
        try:
            if sum(len(name) + len(value) for name, value in scope["headers"]) > HEADER_BYTES:
                raise Problem(431, f"The headers have more than {HEADER_BYTES:,} bytes; send less.")
            found = self._files.find(scope["path"]) if scope["method"] in _SAFE else None
            check_origin(headers, self._known)
            if found is not None:
                self._application.prepare()  # a page asks for more soon
                answer = unless_known(answer, headers.get("if-none-match"), whole=False)
                await found.response(gzip=accepts_gzip(headers))(scope, receive, answer)
                return
            scope["rule"] = rule = _rule(scope)
            if rule.path == HEALTH:
                check_query(scope["query_string"], frozenset())
                status, body = await run_in_threadpool(self._health)
                await JSONResponse(body, status)(scope, receive, answer)
                return
            application = await self._application.get()
            check_query(scope["query_string"], application.queries.get((rule.method, rule.path), frozenset()))
            if scope["method"] not in _SAFE:
                receive = await whole_body(scope, headers, receive)
            scope["admission"] = None
            if rule.role is not None:
                scope["admission"] = await self._admit(scope, headers, rule)
            if rule.reads_body and scope["method"] not in _SAFE:
                if len(scope["body"]) < QUICK_BODY:
                    check_json(scope["body"])
                else:
                    await run_in_threadpool(check_json, scope["body"])
        except Problem as error:
            await problem(error.status, str(error), headers=error.headers)(scope, receive, answer)
            return
        except SchedulerError as error:  # the database does not answer
            await problem(503, str(error))(scope, receive, answer)
            return
        if scope["method"] in _SAFE:
            answer = unless_known(answer, headers.get("if-none-match"), whole=True)
        zipped = accepts_gzip(headers)
        if rule.keeps and scope["admission"] is not None:
            key = scope["admission"].visitor.role, scope["path"], scope["query_string"], zipped
            if (messages := self._answers.find(key)) is not None:
                for message in messages:
                    await answer(dict(message))
                return
            answer = kept_answer(self._answers, key, answer)
        if rule.role is not None:
            answer = _marked(answer, mark_of(self._context.database))
        await application.handle(scope, receive, compressed(answer) if zipped else answer)

    async def _admit(self, scope: Scope, headers: Headers, rule: Rule) -> Admission:
        """The visitor's admission. Problem 401 without a valid session or token, 403 without the CSRF token or the
        role."""
        https = scope["scheme"] == "https"
        key = headers.get("authorization"), headers.get("cookie"), https
        visitor = self._visitors.find(key)
        if visitor is None:
            when = self._visitors.when()
            if self._context.database.is_sqlite:  # which finds a row without waiting, before a thread would begin
                visitor = self._visitor(headers, https)
            else:
                visitor = await run_in_threadpool(self._visitor, headers, https)
            if visitor is not None:
                self._visitors.keep(key, when, visitor)
        if visitor is None:
            if _bearer(headers):
                _log.warning("A request from %s was refused: its token is not valid", scope["address"])
            raise _unknown(headers)
        if visitor.session is not None and scope["method"] not in _SAFE:
            expected = csrf_token(self._context.secret, visitor.session)
            if not hmac.compare_digest(headers.get(CSRF_HEADER, "").encode(), expected.encode()):
                raise Problem(403, f"The header {CSRF_HEADER} is missing or wrong; take it from GET {API}/session.")
        if rule.role is not None and not visitor.role.covers(rule.role):
            raise Problem(403, f"This needs the role {rule.role}, and yours is {visitor.role}; ask an admin.")
        return Admission(visitor, lambda: self._visitor(headers, https))

    def _visitor(self, headers: Headers, https: bool) -> Visitor | None:
        now = self._context.now()
        if token := _bearer(headers):
            return self._context.accounts.visitor_of_token(token, now)
        held = _cookies(headers).get(cookie_name(self._port, https=https))
        found = self._context.accounts.visitor_of_session(held, now) if held else None
        return found[0] if found else None


def _bearer(headers: Headers) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _unknown(headers: Headers) -> Problem:
    if _bearer(headers):
        words = "The token is not valid: it is unknown, has expired or was deleted, or its creator may no longer create tokens"
        said = {"www-authenticate": f'Bearer realm="{REALM}", error="invalid_token", error_description="{words}"'}
        return Problem(401, f"{words}; create another with 'scheduler token add'.", said)
    return Problem(401, "Sign in first; 'scheduler web' opens the web interface signed in.")


def _rule(scope: Scope) -> Rule:
    """The rule of the route. Problem 404 for an unknown address, 405 for another method, 422 for a NUL character."""
    if "\0" in scope["path"]:
        raise Problem(422, "The address contains a NUL character; remove it.")
    rule = find_rule(scope["method"], scope["path"])
    if rule is None:
        if allowed := methods_of(scope["path"]):
            words = f"{scope['method'][:20]} is not supported at this address; use {', '.join(allowed)}."
            raise Problem(405, words, {"allow": ", ".join(allowed)})
        raise Problem(404, f"There is nothing at this address; see {API}/openapi.json.")
    return rule


def _with_headers(send: Send, *, https: bool) -> Send:
    """A `send` that adds the security headers to every response."""

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


def _marked(send: Send, mark: str) -> Send:
    """With what the event stream says as it opens: whether anything was written between the two."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)[MARK_HEADER] = mark
        await send(message)

    return sending


def _cookies(headers: Headers) -> Mapping[str, Any]:
    pairs = (part.strip().partition("=") for part in headers.get("cookie", "").split(";"))
    return {name: value for name, _, value in pairs}
