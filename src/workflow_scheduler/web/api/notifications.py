"""Notifications: channels tested, messages listed and retried, failures acknowledged."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from workflow_scheduler.operations.access.recording import put_on_record
from workflow_scheduler.operations.notifications.change import acknowledge, retry_deliveries, send_test
from workflow_scheduler.operations.notifications.details import Completion
from workflow_scheduler.operations.notifications.env_channels import NO_ONE
from workflow_scheduler.operations.notifications.show import (
    delivery_list,
    delivery_of,
    incidents_of_run,
    notifications,
)
from workflow_scheduler.operations.rows import Plain, plain
from workflow_scheduler.web.permissions import API
from workflow_scheduler.web.request import CurrentRequest
from workflow_scheduler.web.routing import new_router
from workflow_scheduler.web.schemas.notifications import (
    Acknowledgement,
    IncidentList,
    MessageDetail,
    MessageList,
    MessageState,
    NotificationsAnswer,
    Retried,
    Tested,
)

__all__ = ["router"]

router = new_router("notifications")
ALL = f"{API}/notifications"


@router.get(ALL, response_model=NotificationsAnswer)
def show(request: CurrentRequest) -> Plain:
    """Channels with their rules and last message, and how many messages wait or failed."""
    context = request.context
    found = plain(notifications(context.database, context.notify_plan()))
    return {**found, "wanted": context.settings.notify != NO_ONE}


@router.get(f"{ALL}/messages", response_model=MessageList)
def list_messages(
    request: CurrentRequest,
    state: MessageState | None = None,
    channel: Annotated[str | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Plain:
    """Messages, newest first."""
    return {
        "items": [plain(row) for row in delivery_list(request.context.database, limit, state=state, channel=channel)]
    }


@router.get(f"{ALL}/messages/{{message}}", response_model=MessageDetail)
def show_message(request: CurrentRequest, message: str) -> Plain:
    """A message with its text."""
    context = request.context
    complete = Completion(context.database, context.settings.home, context.settings.timezone, lambda: "")
    return plain(delivery_of(context.database, message, complete))


@router.post(f"{ALL}/messages/{{message}}/retry", response_model=Retried)
def retry_message(request: CurrentRequest, message: str) -> Plain:
    """Send a message again that was not delivered."""
    return {"retried": retry_deliveries(request.changing(message), [message], request.now)}


@router.post(f"{ALL}/retry", response_model=Retried)
def retry_all(request: CurrentRequest) -> Plain:
    """Send every message again that was not delivered."""
    return {"retried": retry_deliveries(request.changing(), None, request.now)}


@router.post(f"{ALL}/channels/{{channel}}/test", response_model=Tested)
def test(request: CurrentRequest, channel: str) -> Plain:
    """Send a test message to a channel now."""
    context = request.context
    put_on_record(request.changing(channel))
    return {"channel": channel, "key": send_test(context.notify_plan(), channel, context.settings.home, request.now)}


@router.get(f"{API}/runs/{{run}}/incidents", response_model=IncidentList)
def list_incidents(request: CurrentRequest, run: str) -> Plain:
    """What lasts because of a run, and who has acknowledged it."""
    return {"items": [plain(row) for row in incidents_of_run(request.context.database, run)]}


@router.post(f"{API}/runs/{{run}}/ack", response_model=IncidentList)
def ack(request: CurrentRequest, run: str, given: Acknowledgement | None = None) -> Plain:
    """Acknowledge the failure of a run: messages about it are not repeated."""
    note = given.note if given else ""
    return {
        "items": [plain(row) for row in acknowledge(request.changing(), run, request.visitor.name, request.now, note)]
    }
