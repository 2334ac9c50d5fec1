"""A workflow's definition: tasks, what counts as their success, and how they depend on each other."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from .deadlines import WorkflowDeadlines
from .fields import About, Kind, declare
from .parameters import Parameter
from .placement import Place, WhenUnreachable
from .quick_dataclass import dataclass
from .task import Task

__all__ = ["Workflow"]


@dataclass(frozen=True)
class Workflow:
    """One version of a workflow. Immutable: each saved edit creates a new version."""

    id: str = declare(About(Kind.IDENTIFIER, "Workflow ID", "Unique in the home."))
    description: str = declare(About(Kind.TEXT, "Description", "What it is for."), default="")
    tasks: tuple[Task, ...] = ()
    params: Mapping[str, Parameter] = declare(
        About(
            Kind.PARAMETERS,
            "Parameters",
            "Values that each run is given, each with its type, default and bounds.",
            option="param",
        ),
        factory=dict,
    )
    env: Mapping[str, str] = declare(
        About(Kind.VARIABLES, "Environment", "Environment variables of every task, as NAME=value."), factory=dict
    )
    working_dir: str | None = declare(
        About(Kind.PATH, "Working folder", "Folder in which every command starts.", unset="the home"), default=None
    )
    max_active_runs: int | None = declare(
        About(
            Kind.COUNT,
            "Runs at once",
            "At most this many runs of the workflow in progress at once.",
            lowest=1,
            highest=1000,
            unset="no limit",
        ),
        default=None,
    )
    enabled: bool = declare(
        About(Kind.FLAG, "Enabled", "Whether its schedules fire.", option="enable", off="disable"), default=True
    )
    labels: tuple[str, ...] = declare(About(Kind.NAMES, "Labels", "Words to find it by.", option="label"), default=())
    notify: tuple[str, ...] = declare(
        About(
            Kind.NAMES,
            "Notify",
            "Who is told about it beside the rules of the home: CHANNEL (of failures), WHAT:CHANNEL or WHAT:CHANNEL:1h, "
            "with + between several.",
            option="notify",
            examples=("ops", "late+at_risk:ops+chat:1h"),
        ),
        default=(),
    )
    ping: str = declare(
        About(
            Kind.TEXT,
            "Ping",
            "A monitor's address, pinged when a run starts, succeeds and fails: of Healthchecks, Cronitor or Uptime Kuma; or a "
            "secret that is one, as store:NAME.",
            examples=("https://hc-ping.com/your-uuid", "store:ping"),
        ),
        default="",
    )
    secrets: Mapping[str, str | Mapping[str, Any]] = declare(
        About(
            Kind.SOURCES,
            "Secrets",
            "Where the secrets of its tasks are kept, as NAME=env:VARIABLE, file:PATH, store:NAME, keyring:SERVICE/NAME or "
            "credential:NAME; in a file also NAME: {command: [program, argument]}.",
            option="secret",
        ),
        factory=dict,
    )
    keep_awake: bool | None = declare(
        About(
            Kind.FLAG,
            "Keep Windows awake",
            "Whether Windows stays awake while a run is in progress.",
            unset="for runs of schedules",
            words={"true": "For every run", "false": "Never"},
        ),
        default=None,
    )

    deadlines: WorkflowDeadlines = declare(
        About(Kind.PART, "Deadlines", "When its runs are late, or take unusually long or short."),
        default=WorkflowDeadlines(),
    )

    place: Place = declare(
        About(Kind.PART, "Place", "On which other machine its tasks run, unless they say otherwise."), default=Place()
    )
    when_unreachable: WhenUnreachable = declare(
        About(Kind.PART, "When unreachable", "What becomes of attempts whose machine is silent."),
        default=WhenUnreachable(),
    )

    files: tuple[str, ...] = declare(
        About(
            Kind.NAMES,
            "Files",
            "Files, folders and patterns beside the definition that its tasks find on other machines.",
            option="file",
            examples=("load.py", "sql/*.sql", "tools/"),
        ),
        default=(),
    )
    bundle: str = ""
    """The hash of these files as they were when this version was saved."""

    def read_by_cmd(self, *, windows: bool = sys.platform == "win32") -> bool:
        """Whether cmd.exe reads the lines of a task, in which it replaces variables before anything else."""
        names = [task.command.strip('"').lower() for task in self.tasks]
        return any(name.endswith((".bat", ".cmd", "cmd.exe")) or name == "cmd" for name in names) or (
            windows and any(task.shell or name == "call" for task, name in zip(self.tasks, names, strict=True))
        )

    @property
    def is_graph(self) -> bool:
        return any(task.depends_on is not None for task in self.tasks)

    @cached_property
    def predecessors(self) -> Mapping[str, tuple[str, ...]]:
        """For each task, in order, the tasks that must finish before it starts."""
        if self.is_graph:
            return {task.id: task.depends_on or () for task in self.tasks}
        ids = [task.id for task in self.tasks]
        return {task_id: tuple(ids[max(0, at - 1) : at]) for at, task_id in enumerate(ids)}

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The tasks in dependency order, so that one pass skips a whole branch."""
        placed: dict[str, None] = {}
        stack = list(self.predecessors)[::-1]
        while stack:
            missing = [name for name in self.predecessors[stack[-1]] if name not in placed]
            if missing:
                stack += missing
            else:
                placed[stack.pop()] = None
        return tuple(placed)

    @cached_property
    def has_pings(self) -> bool:
        return bool(self.ping) or any(task.ping for task in self.tasks)

    @cached_property
    def has_places(self) -> bool:
        return self.place.elsewhere or any(task.place.elsewhere for task in self.tasks)

    @cached_property
    def by_id(self) -> Mapping[str, Task]:
        return {task.id: task for task in self.tasks}

    def with_order_named(self) -> Workflow:
        """The same order with every `depends_on` written out, as needed before a task joins a graph."""
        named = self.predecessors
        return replace(self, tasks=tuple(replace(task, depends_on=named[task.id]) for task in self.tasks))

    def task(self, task_id: str) -> Task | None:
        return self.by_id.get(task_id)
