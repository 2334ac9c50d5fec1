"""Endpoints for admins: users, tokens, webhooks and the audit log."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from workflow_scheduler.operations.access.accounts import unless_user_changed
from workflow_scheduler.operations.access.audit import audit_list, first_broken
from workflow_scheduler.operations.rows import Plain, plain
from workflow_scheduler.operations.runs.idempotency import Once
from workflow_scheduler.operations.runs.webhooks import add_hook, delete_hook, hook_list, hook_with_secret, new_hook_id
from workflow_scheduler.web.creation import Key, make_once
from workflow_scheduler.web.permissions import API
from workflow_scheduler.web.preconditions import IfMatch, needed
from workflow_scheduler.web.request import CurrentRequest
from workflow_scheduler.web.routing import new_router
from workflow_scheduler.web.schemas.accounts import (
    AuditAnswer,
    HookAnswer,
    HookSecret,
    NewHook,
    NewToken,
    NewUser,
    TokenAnswer,
    TokenText,
    UserAnswer,
    UserChange,
    UserChanged,
)

__all__ = ["router"]

router = new_router("admin")


@router.get(f"{API}/users", response_model=list[UserAnswer])
def list_users(request: CurrentRequest) -> list[Plain]:
    """Who may sign in with a password."""
    return [plain(user) for user in request.context.accounts.user_list()]


@router.post(f"{API}/users", response_model=UserAnswer, status_code=201)
def add_user(request: CurrentRequest, given: NewUser) -> Plain:
    """Add a user who signs in with a password."""
    accounts = request.accounts(f"{given.name}: {given.role}")
    return plain(accounts.add_user(given.name, given.role, given.password, request.now))


@router.patch(f"{API}/users/{{user}}", response_model=UserChanged)
def change_user(
    request: CurrentRequest, user: str, given: UserChange, response: Response, if_match: IfMatch = None
) -> Plain:
    """Change a user's role, effective immediately, or password, which ends their sessions and tokens."""
    check = unless_user_changed(user, needed(if_match))
    detail = f"{given.role or ''} {'new password' if given.password is not None else ''}".strip()
    changed = request.accounts(detail, check).change_user(user, role=given.role, password=given.password)
    response.headers["etag"] = f'"{changed.etag}"'
    return plain(changed)


@router.delete(f"{API}/users/{{user}}", status_code=204)
def delete_user(request: CurrentRequest, user: str, if_match: IfMatch = None) -> None:
    """Delete a user, their sessions and the tokens they created."""
    request.accounts("", unless_user_changed(user, needed(if_match))).delete_user(user)


@router.get(f"{API}/tokens", response_model=list[TokenAnswer])
def list_tokens(request: CurrentRequest) -> list[Plain]:
    """List the tokens that programs use to call the API."""
    return [plain(token) for token in request.context.accounts.token_list(request.now)]


@router.post(f"{API}/tokens", response_model=TokenText, status_code=201)
def add_token(request: CurrentRequest, given: NewToken) -> Plain:
    """Create a token. It is shown only in this answer."""
    accounts = request.accounts(f"{given.id}: {given.role}")
    return plain(accounts.add_token(given.id, given.role, request.visitor.name, request.now, given.days))


@router.delete(f"{API}/tokens/{{token}}", status_code=204)
def delete_token(request: CurrentRequest, token: str) -> None:
    """Delete a token. It and every token created with it stop working."""
    request.accounts().delete_token(token)


@router.get(f"{API}/hooks", response_model=list[HookAnswer])
def list_hooks(request: CurrentRequest) -> list[Plain]:
    """List webhooks, without their secrets."""
    return [plain(hook) for hook in hook_list(request.context.database)]


@router.post(f"{API}/hooks", response_model=HookSecret, status_code=201)
def make_hook(request: CurrentRequest, given: NewHook, response: Response, key: Key = None) -> Plain:
    """Create a webhook for a workflow and show its secret."""
    by, database = request.visitor.name, request.context.database

    def make(once: Once) -> None:
        changing = request.changing(given.workflow_id, once=once)
        add_hook(changing, request.context.secret, given.workflow_id, request.now, by, hook_id=once.made)

    made = make_once(request, key, new_hook_id(), make, response)
    return plain(hook_with_secret(database, request.context.secret, made))


@router.delete(f"{API}/hooks/{{hook}}", status_code=204)
def remove_hook(request: CurrentRequest, hook: str) -> None:
    """Delete a webhook. Calls signed with its secret are refused."""
    delete_hook(request.changing(), hook)


@router.get(f"{API}/audit", response_model=AuditAnswer)
def show_audit(
    request: CurrentRequest,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: Annotated[int | None, Query(ge=1, le=2**53, description="only entries before this sequence number")] = None,
    verify: Annotated[bool, Query(description="verify that no entry was changed or removed")] = False,
) -> Plain:
    """Who changed or ran what."""
    database = request.context.database
    whole = first_broken(database) is None if verify else None
    return {"entries": [plain(entry) for entry in audit_list(database, limit, before)], "whole": whole}
