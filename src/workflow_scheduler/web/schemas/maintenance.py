"""Backups, pruning, and the scheduler itself: service, stop and restart."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .base import Answer, Moment, Request

__all__ = ["BackupAnswer", "Prune", "Pruned", "ServiceAnswer", "Stop", "Stopping"]

How = Literal["leave", "wait", "kill"]


class BackupAnswer(Answer):
    name: str = Field(examples=["2026-11-24T01-00-00Z.sqlite"])
    bytes: int = Field(examples=[1_228_800])
    made_at: Moment


class Prune(Request):
    """What is left out is taken from the settings."""

    days: int | None = Field(None, ge=0, le=36500, examples=[30], description="default: RETENTION_DAYS; 0: no limit")
    runs: int | None = Field(
        None,
        ge=0,
        le=1_000_000_000,
        examples=[1000],
        description="of each workflow; default: RETENTION_RUNS; 0: no limit",
    )
    dry_run: bool = Field(False, description="only count the runs that would be deleted")


class Pruned(Answer):
    runs: int = Field(examples=[120], description="how many runs were deleted, or would be")
    dry_run: bool


class ServiceAnswer(Answer):
    kind: str = Field(
        examples=["systemd-user"], description="systemd-user, systemd-system, windows-service or logon-task"
    )
    name: str = Field(examples=["workflow-scheduler-home-3f2a1b"])
    place: str = Field(examples=["/home/ada/.config/systemd/user/workflow-scheduler-home-3f2a1b.service"])
    installed: bool
    enabled: bool = Field(description="whether it starts at boot or sign-in")
    active: bool = Field(description="whether the service manager runs it")
    home: str
    watchman: bool = Field(description="whether the watchman looks at it every five minutes")
    running: bool = Field(description="whether the scheduler runs, however it was started")


class Stop(Request):
    how: How = Field(
        "leave",
        description="leave: running scripts continue; wait: runs in progress finish first; kill: runs in progress are cancelled",
    )


class Stopping(Answer):
    pid: int = Field(description="of the scheduler that is asked to stop")
    how: How
    runs_running: int = Field(description="how many runs are in progress now")
