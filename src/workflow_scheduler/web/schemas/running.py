"""What running commands do."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from workflow_scheduler.domain.run import RunState

from .base import Answer, Moment

__all__ = ["LookAnswer", "RunningAnswer"]


class ProcessAnswer(Answer):
    pid: int
    parent: int | None = Field(description="the process of this list that started it")
    orphan: bool = Field(description="whether the process that started it has ended")
    name: str = Field(examples=["psql"])
    command: str = Field(description="with its arguments, unless the task has secrets")
    state: str = Field(examples=["sleeping"])
    age_seconds: float
    over_seconds: float = Field(description="the span of the next three figures")
    cpu_seconds: float
    read_bytes: int
    written_bytes: int
    waits: str = Field(examples=["waits for 10.0.0.5:5432 (ESTABLISHED)"], description="empty if that is not known")


class LookAnswer(Answer):
    task: str
    attempt: int
    occasion: Literal["now", "long", "timeout"] = Field(
        description="now; it took longer than its deadline; its time limit ended it"
    )
    at: Moment
    looks_like: str = Field(
        examples=["looks like it waits for an answer on standard input: read (pid 4711)"],
        description="a guess; empty without evidence",
    )
    processes: list[ProcessAnswer]
    more: int = Field(description="processes that are not listed")
    last_line: str | None
    last_line_stream: str | None
    last_line_seconds: float | None = Field(description="its age")
    lines: int = Field(description="lines of output so far")
    good_run: str | None = Field(description="the last good run of the task")
    good_lines: int | None = Field(description="lines that it had written at the same age")


class RunningAnswer(Answer):
    run_id: str
    workflow_id: str
    state: RunState
    note: str = Field(description="why there is no look at what it does now")
    looks: list[LookAnswer]
