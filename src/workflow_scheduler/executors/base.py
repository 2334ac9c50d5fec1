"""The interface between the engine and an executor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from datetime import datetime
from typing import Any, Protocol

from workflow_scheduler.domain.placement import Place
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.run import AttemptKey, AttemptState
from workflow_scheduler.domain.task import Task
from workflow_scheduler.processes.start_file import STREAMS

__all__ = [
    "INTERRUPTIONS",
    "AttemptSpec",
    "CheckingOutputs",
    "Executor",
    "NotLaunched",
    "Outcome",
    "Records",
    "Report",
    "ReportTo",
    "Started",
    "Unreachable",
    "name_of",
]

INTERRUPTIONS = {"shutdown": "the machine shut down", "signout": "its user signed out"}
"""Why commands are stopped with their machine or session: the code of keepers and engines, and its text."""


def name_of(key: AttemptKey) -> str:
    """How keepers and logs call an attempt."""
    return "/".join(map(str, key))


@dataclass(frozen=True, slots=True)
class AttemptSpec:
    """What to run. `values` are the facts that the command finds in its environment, such as RUN_ID.

    `begun`: its start is in the database. Then it is never started, even if its own records are gone.
    `params`: the values of the run's parameters, None if it has none; the paths of those in `must_exist` must exist, and
    those in `free_text` may be any text.
    `env`: variables that those of the task come before. `secrets`: where those of its workflow are kept. `refusal`: why it
    cannot be started. `place`: on which other machine; None for this one. `bundle`: the hash of the files that it takes along.
    """

    key: AttemptKey
    task: Task
    values: Mapping[str, str]
    begun: bool = False
    params: Mapping[str, Any] | None = None
    must_exist: tuple[str, ...] = ()
    free_text: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, Any] = field(default_factory=dict)
    refusal: str = ""
    place: Place | None = None
    bundle: str = ""


@dataclass(frozen=True, slots=True)
class Started:
    """The command runs."""

    key: AttemptKey
    at: datetime
    pid: int


@dataclass(frozen=True, slots=True)
class CheckingOutputs:
    """The command ended as expected; its output files are waited for."""

    key: AttemptKey
    exit_code: int


@dataclass(frozen=True, slots=True)
class NotLaunched:
    """The operating system refused a process just now, and nothing was started: try again."""

    key: AttemptKey
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of an attempt. A task's failure is an outcome, never an exception."""

    key: AttemptKey
    state: AttemptState
    reason: str
    exit_code: int | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    outputs: tuple[Mapping[str, Any], ...] = ()
    streams: tuple[str, ...] = STREAMS
    """Where the command may have written something."""
    facts: Mapping[str, Any] | None = None
    """What was true when its command began, as `attempt_facts` gathered it."""
    script: str | None = None
    """The text of its script, where it is new to this executor."""
    seen: Mapping[str, Any] | None = None
    """What it did when its time limit ended it."""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The machine that has it is silent since then; None: it is heard again. What the command does is not known meanwhile."""

    key: AttemptKey
    machine: str
    since: datetime | None


Report = Started | CheckingOutputs | NotLaunched | Outcome | Unreachable


class Executor(Protocol):
    """Runs attempts. Reports come from its own threads, and never after `close`."""

    def limit(self, most: int) -> None:
        """Run at most `most` processes at once. Further launches start when another process has ended.

        Call it repeatedly: after some seconds without a call nothing more is started.
        """

    def launch(self, spec: AttemptSpec) -> None:
        """Start the attempt, or report the result of an earlier start. Does not block."""

    def adopt(self, specs: Iterable[AttemptSpec]) -> None:
        """Adopt attempts that a previous engine launched: find their state, and watch them."""

    def stop(self, reasons: Mapping[AttemptKey, str]) -> None:
        """Stop these attempts: SIGTERM (Windows: Ctrl-Break), then kill. Their outcomes are reported as usual."""

    def interrupt(self, why: str) -> None:
        """The machine or the session is ending: stop what would end with it, gracefully first. `why` is one of
        `INTERRUPTIONS`. The outcomes are unknown, so that tasks are retried. What has not begun does not begin, and is
        the next engine's."""

    def look(self, run_id: str, task_id: str) -> Mapping[AttemptKey, Mapping[str, Any]]:
        """What the commands of the run do now, or of its task if that is not empty, as `domain.running` reads it. May take 0.2 s
        for each, and longer where a disk hangs."""

    def busy(self) -> bool:
        """Whether a command is (or may be) running that would end with the machine."""

    def close(self) -> None:
        """Release everything; running commands continue."""


class Records(Protocol):
    """The records that attempts leave on this machine, from any engine."""

    def reach(self, key: AttemptKey, home: str, place: Mapping[str, Any]) -> None:
        """Find the records of an attempt that the engine of another home on this machine launched where one's own are.
        OSError if that is not possible, or the home is not the one of that `place`."""

    def bar(self, key: AttemptKey) -> None:
        """Bar the attempt from starting here: it may run where this machine cannot see it. OSError if that is not possible."""


ReportTo = Callable[[Report], None]
