"""One request: the visitor, the time, and the audited database for its changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from workflow_scheduler.domain.account import AuditEntry
from workflow_scheduler.operations.access.accounts import Accounts, Visitor
from workflow_scheduler.operations.access.recording import recorded
from workflow_scheduler.operations.access.redaction import View, view_of
from workflow_scheduler.operations.runs.idempotency import Once
from workflow_scheduler.operations.transactions import Connection, Database

from .admission import Admission
from .context import Context
from .refusals import Refusals
from .throttle import Throttle

__all__ = ["CurrentRequest", "RequestContext"]


class RequestContext:
    """The context of one request, for its endpoint. Changes made through `changing` are audited in their transaction."""

    def __init__(self, request: Request) -> None:
        self.context: Context = request.app.state.context
        self.throttle: Throttle = request.app.state.throttle
        self.refusals: Refusals = request.app.state.refusals
        self.now: datetime = self.context.now()
        self.address: str = request.scope["address"]
        self.https: bool = request.scope["scheme"] == "https"
        self.port: int = request.app.state.port
        self._admission: Admission | None = request.scope["admission"]
        self._action = f"{request.method} {request.url.path}"
        self._body: bytes = request.scope.get("body", b"")

    @property
    def visitor(self) -> Visitor:
        return self.admission.visitor

    @property
    def admission(self) -> Admission:
        assert self._admission is not None  # noqa: S101  the gate admits no others
        return self._admission

    @property
    def content(self) -> str:
        """Method, path and body, as one text."""
        return f"{self._action}\n{self._body.decode(errors='backslashreplace')}"

    @property
    def view(self) -> View:
        """How the visitor sees definitions."""
        return view_of(self.visitor.role)

    def changing(
        self,
        detail: str = "",
        check: Callable[[Connection], None] | None = None,
        *,
        once: Once | None = None,
        actor: str | None = None,
    ) -> Database:
        """The database for a change. `check` may refuse it, after `once` has, in the change's transaction."""
        entry = AuditEntry(
            self.now, (actor or self.visitor.name)[:100], self.address, self._action[:200], detail[:2000]
        )

        def before(db: Connection) -> None:
            if once is not None:
                once.check(db)
            if check is not None:
                check(db)

        return recorded(self.context.database, lambda: entry, before, None if once is None else once.keep)

    def accounts(
        self, detail: str = "", check: Callable[[Connection], None] | None = None, *, actor: str | None = None
    ) -> Accounts:
        return Accounts(self.changing(detail, check, actor=actor))


async def _context_of(request: Request) -> RequestContext:
    """Not the class itself: FastAPI would make it in a thread."""
    return RequestContext(request)


CurrentRequest = Annotated[RequestContext, Depends(_context_of)]
