"""Signing in and out, and the state of the web interface."""

from __future__ import annotations

from typing import Any

from fastapi import Response

from workflow_scheduler.domain.account import OWNER, Session
from workflow_scheduler.domain.errors import Refused
from workflow_scheduler.operations.access.accounts import SESSION_LASTS
from workflow_scheduler.operations.access.recording import put_on_record
from workflow_scheduler.operations.access.sign_in_page import remove_sign_in_page
from workflow_scheduler.operations.timestamps import iso
from workflow_scheduler.web.gate import cookie_name, csrf_token
from workflow_scheduler.web.health import health
from workflow_scheduler.web.peer import address_group
from workflow_scheduler.web.permissions import API, HEALTH
from workflow_scheduler.web.problems import Problem
from workflow_scheduler.web.request import CurrentRequest, RequestContext
from workflow_scheduler.web.routing import new_router
from workflow_scheduler.web.schemas.accounts import SessionAnswer, SignIn

__all__ = ["router"]

router = new_router()


router.get(HEALTH, tags=["health"], responses={503: {"description": "it does not"}})(
    health
)  # for its description: the gate answers it while this is still loaded


@router.post(f"{API}/session", tags=["session"], response_model=SessionAnswer)
def sign_in(request: CurrentRequest, given: SignIn, response: Response) -> dict[str, Any]:
    """Sign in with a ticket from `scheduler web`, or with a name and a password."""
    name = OWNER if given.ticket is not None else given.name or ""
    keys = [("address", address_group(request.address)), *([("name", name)] if given.ticket is None else [])]
    _wait_no_longer(request, keys)  # refuse throttled clients before they queue
    with request.throttle.one_at_a_time():
        _wait_no_longer(request, keys)
        accounts = request.accounts("signed in", actor=name[:100] or "-")
        try:
            if given.ticket is not None:
                remove_sign_in_page(request.context.settings.home, given.ticket)
                held, session = accounts.sign_in_with_ticket(given.ticket, request.now)
            else:
                held, session = accounts.sign_in(name, given.password or "", request.now)
        except Refused as error:
            request.throttle.failed(keys, request.now)
            who = name if given.ticket is None else "owner, with a link"
            request.refusals.note(
                who, request.address, request.now, lambda words: put_on_record(request.changing(words, actor="-"))
            )
            raise Problem(401, str(error)) from None
        request.throttle.succeeded(keys)
    response.set_cookie(
        cookie_name(request.port, https=request.https),
        held,
        max_age=int(SESSION_LASTS.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=request.https,
        path="/",
    )
    visitor = request.context.accounts.visitor_of_session(held, request.now)
    assert visitor is not None  # noqa: S101  just created
    return _shape(request, visitor[0].name, visitor[0].role.value, session)


def _wait_no_longer(request: RequestContext, keys: list[tuple[str, str]]) -> None:
    if wait := request.throttle.wait(keys, request.now):
        request.refusals.pass_over()
        seconds = str(int(wait) + 1)
        raise Problem(429, f"Too many attempts; wait {seconds} s, then try again.", {"retry-after": seconds})


@router.get(f"{API}/session", tags=["session"], response_model=SessionAnswer)
def show_session(request: CurrentRequest) -> dict[str, Any]:
    """Who is signed in, with what role, and the CSRF token that every changing request must send."""
    visitor = request.visitor
    found = request.context.accounts.session(visitor.session, request.now) if visitor.session else None
    return _shape(request, visitor.name, visitor.role.value, found)


@router.delete(f"{API}/session", tags=["session"], status_code=204)
def sign_out(request: CurrentRequest, response: Response) -> None:
    """End this session. Tokens remain valid."""
    if request.visitor.session is not None:
        request.accounts("signed out").sign_out(request.visitor.session)
        name = cookie_name(request.port, https=request.https)
        response.delete_cookie(name, path="/", httponly=True, samesite="strict", secure=request.https)


def _shape(request: RequestContext, name: str, role: str, session: Session | None) -> dict[str, Any]:
    return {
        "user": name,
        "role": role,
        "csrf": csrf_token(request.context.secret, session.key) if session else None,
        "expires_at": iso(session.expires_at) if session else None,
        "timezone": request.context.settings.timezone,
        "home": str(request.context.settings.home),
        "machines": not request.context.database.is_sqlite,
    }
