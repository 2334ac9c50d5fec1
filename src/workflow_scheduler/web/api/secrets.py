"""Endpoints for secrets. No answer contains a value."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from workflow_scheduler.operations.access.secrets import check_secret, remove_secret, secret_list, set_secret
from workflow_scheduler.operations.rows import Plain, plain
from workflow_scheduler.web.permissions import API
from workflow_scheduler.web.request import CurrentRequest
from workflow_scheduler.web.routing import new_router
from workflow_scheduler.web.schemas.secrets import CheckedSecret, NewSecret, SecretAnswer, SecretReference, SetSecret

__all__ = ["router"]

router = new_router("secrets")


@router.get(f"{API}/secrets", response_model=list[SecretAnswer])
def list_secrets(request: CurrentRequest) -> list[Plain]:
    """List the secrets that the home keeps and those that workflows name."""
    return [plain(secret) for secret in secret_list(request.context.database, request.context.settings.home)]


@router.post(f"{API}/secrets", response_model=SetSecret)
def set_one(request: CurrentRequest, given: NewSecret) -> Plain:
    """Store a secret in the home, or replace it. Encrypted by the account that runs the scheduler, where it can be."""
    home, changes = request.context.settings.home, request.changing(given.name)
    return {"name": given.name, "sealed": set_secret(changes, home, given.name, given.value.encode())}


@router.post(f"{API}/secrets/test", response_model=CheckedSecret)
def test(request: CurrentRequest, given: SecretReference) -> Plain:
    """Read a secret as the account that runs the scheduler."""
    return plain(check_secret(request.context.settings.home, request.context.secret, given.reference))


@router.delete(f"{API}/secrets", status_code=204)
def delete(request: CurrentRequest, name: Annotated[str, Query(max_length=200)]) -> None:
    """Delete a secret of the home."""
    remove_secret(request.changing(name), request.context.settings.home, name)
