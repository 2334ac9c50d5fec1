"""Workers: the other machines that run tasks."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from .base import Answer, Identifier, Moment, Request

__all__ = ["WorkerAnswer", "WorkerChange", "WorkerDetail"]


class WorkerTaskAnswer(Answer):
    workflow: str
    run: str
    task: str
    attempt: int
    claimed_at: Moment | None
    started_at: Moment | None = Field(description="when its command began there; null before")


class StartedWith(Answer):
    labels: list[str]
    slots: int


class WorkerAnswer(Answer):
    name: str = Field(examples=["win-erp-01"])
    state: Literal["invited", "expired", "active", "draining", "silent", "incompatible"] = Field(
        description="expired: its invitation; incompatible: it is given nothing, as its version is too far from the scheduler's"
    )
    draining: bool = Field(description="whether it gets nothing more, whatever else its state is")
    labels: list[str]
    slots: int = Field(description="how many tasks it runs at once")
    started_with: StartedWith | None = Field(
        description="what its process takes of its labels and slots; null if it takes all of them"
    )
    used: int = Field(description="slots with an attempt, or promised one")
    host: str | None = Field(description="the name of its machine; null before it joins")
    version: str | None
    heartbeat_at: Moment | None
    silent_since: Moment | None = Field(description="its last heartbeat, if it is silent")
    lack: str = Field(
        description="why it starts nothing now; empty if nothing keeps it from that",
        examples=[
            "Only 12 MB are free on the disk of /srv/worker, and with less than 100 MB (MIN_FREE_MB) no task is started"
        ],
    )
    skew: float | None = Field(description="seconds that its clock is ahead, if it differs by more than two")
    expires_at: Moment | None = Field(description="how long its invitation can be used")
    measured: dict[str, Any] | None = Field(
        description="what its machine does, as its last heartbeat said",
        examples=[{"cpu_percent": 12.0, "memory_percent": 41.0, "free_mb": 20480}],
    )
    running: list[WorkerTaskAnswer] = Field(description="what it has, the oldest first")


class WorkerDetail(WorkerAnswer):
    role: str = Field(description="its role in PostgreSQL")
    started_at: Moment | None = Field(description="when its process was started")


class WorkerChange(Request):
    """What is left out stays as it is."""

    labels: list[Identifier] | None = Field(None, max_length=100, description="all of its labels from now on")
    slots: int | None = Field(None, ge=1, le=1000, description="how many tasks it runs at once")
