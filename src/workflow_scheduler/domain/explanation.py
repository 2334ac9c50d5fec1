"""The gates between a due time and a success, the verdicts about it, and the sentence of each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from .placement import WhyNot
from .quick_dataclass import dataclass
from .run import AttemptState, RunState, TaskRunState
from .schedule import Disposition

__all__ = [
    "GATES",
    "OF_ATTEMPT",
    "OF_DISPOSITION",
    "OF_NO_MACHINE",
    "OF_RUN",
    "OF_TASK",
    "VERDICTS",
    "Explanation",
    "Gate",
    "GateCode",
    "GateState",
    "Remedy",
    "RemedyCode",
    "VerdictCode",
]


class GateCode(StrEnum):
    """In the order in which they are passed."""

    EXISTS = "exists"
    ENABLED = "enabled"
    PLANNER = "planner"
    SCHEDULER = "scheduler"
    TRIGGER = "trigger"
    CALENDAR = "calendar"
    CLOCK = "clock"
    DISPOSITION = "disposition"
    DEADLINE = "deadline"
    OVERLAP = "overlap"
    MAX_ACTIVE_RUNS = "max_active_runs"
    SLOTS = "slots"
    DISK = "disk"
    LAUNCH = "launch"
    RETRY = "retry"
    TASK = "task"
    RUN = "run"


GATES: Mapping[GateCode, str] = {
    GateCode.EXISTS: "exists",
    GateCode.ENABLED: "enabled",
    GateCode.PLANNER: "planner",
    GateCode.SCHEDULER: "scheduler",
    GateCode.TRIGGER: "trigger",
    GateCode.CALENDAR: "calendar",
    GateCode.CLOCK: "clock",
    GateCode.DISPOSITION: "fire",
    GateCode.DEADLINE: "deadline",
    GateCode.OVERLAP: "overlap",
    GateCode.MAX_ACTIVE_RUNS: "active runs",
    GateCode.SLOTS: "slots",
    GateCode.DISK: "disk space",
    GateCode.LAUNCH: "launch",
    GateCode.RETRY: "retry",
    GateCode.TASK: "tasks",
    GateCode.RUN: "run",
}
"""What people read in their place."""


class GateState(StrEnum):
    PASSED = "passed"
    STOPPED = "stopped"
    NOT_REACHED = "not_reached"
    NOT_RECORDED = "not_recorded"
    LATE = "late"  # which stops nothing


class VerdictCode(StrEnum):
    DELETED = "deleted"
    RENAMED = "renamed"
    NO_TASKS = "no_tasks"
    NO_SCHEDULE = "no_schedule"
    NEVER_DUE = "never_due"
    NO_NEXT = "no_next"
    UNREADABLE = "unreadable"
    NOT_DUE = "not_due"
    FUTURE = "future"
    WORKFLOW_DISABLED = "workflow_disabled"
    SCHEDULE_PAUSED = "schedule_paused"
    PLANNER_PAUSED = "planner_paused"
    SCHEDULER_DOWN = "scheduler_down"
    PLANNER_LATE = "planner_late"
    NOT_RECORDED = "not_recorded"
    COALESCED = "coalesced"
    MISSED = "missed"
    OVERLAP = "overlap"
    PAUSED = "paused"
    CLOSED = "closed"
    REQUESTED = "requested"
    WAITS = "waits"
    STARTS = "starts"
    RUNNING = "running"
    RETRIES = "retries"
    SUCCEEDED = "succeeded"
    RETRIED = "retried"
    TASK_PENDING = "task_pending"
    TASK_SKIPPED = "task_skipped"
    NOT_LAUNCHED = "not_launched"
    TIMED_OUT = "timed_out"
    OUTPUT = "output"
    UNUSUAL = "unusual"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"
    WILL_RUN = "will_run"
    WILL_SKIP = "will_skip"
    WOULD_WAIT = "would_wait"
    ALL_SUCCEEDED = "all_succeeded"


VERDICTS: Mapping[VerdictCode, str] = {
    VerdictCode.DELETED: "{what} was deleted{at}.",
    VerdictCode.RENAMED: "{what} was renamed{at}: {why}.",
    VerdictCode.NO_TASKS: "{what} has no tasks, so its runs do nothing.",
    VerdictCode.NO_SCHEDULE: "{what} has no schedule, so it runs on request only.",
    VerdictCode.NEVER_DUE: "{what} has not been due yet; {why}.",
    VerdictCode.NO_NEXT: "{what} has no next due time: {why}.",
    VerdictCode.UNREADABLE: "{what} cannot fire: {why}.",
    VerdictCode.NOT_DUE: "{what} was not due{at}: {why}.",
    VerdictCode.FUTURE: "{what} is due{at}, which is in the future.",
    VerdictCode.WORKFLOW_DISABLED: "{what} does not run{at} because the workflow is disabled: {why}.",
    VerdictCode.SCHEDULE_PAUSED: "{what} does not run{at} because the schedule is paused: {why}.",
    VerdictCode.PLANNER_PAUSED: "{what} does not run{at} because all schedules are paused: {why}.",
    VerdictCode.SCHEDULER_DOWN: "{what} does not run{at}: {why}.",
    VerdictCode.PLANNER_LATE: "{what} was due{at} and is not planned yet: {why}.",
    VerdictCode.NOT_RECORDED: "What became of {what}{at} is not recorded: {why}.",
    VerdictCode.COALESCED: "{what} got no run of its own{at}: {why}.",
    VerdictCode.MISSED: "{what} did not run{at}: {why}.",
    VerdictCode.OVERLAP: "{what} did not run{at}: {why}.",
    VerdictCode.PAUSED: "{what} did not run{at}: {why}.",
    VerdictCode.CLOSED: "{what} did not run{at}: {why}.",
    VerdictCode.REQUESTED: "{what} did not run{at}: {why}.",
    VerdictCode.WAITS: "{what}{at} waits: {why}.",
    VerdictCode.STARTS: "{what}{at} is about to start.",
    VerdictCode.RUNNING: "{what}{at} is running: {why}.",
    VerdictCode.RETRIES: "{what}{at} waits for a retry: {why}.",
    VerdictCode.SUCCEEDED: "{what}{at} succeeded.",
    VerdictCode.RETRIED: "{what}{at} did not succeed, but its retry did: {why}.",
    VerdictCode.TASK_PENDING: "{what}{at} has not started: {why}.",
    VerdictCode.TASK_SKIPPED: "{what}{at} was skipped: {why}.",
    VerdictCode.NOT_LAUNCHED: "{what}{at} could not be started: {why}.",
    VerdictCode.TIMED_OUT: "{what}{at} reached its time limit: {why}.",
    VerdictCode.OUTPUT: "{what}{at} failed because an output file was not ready: {why}.",
    VerdictCode.UNUSUAL: "{what}{at} failed because an output file is unusual: {why}.",
    VerdictCode.FAILED: "{what}{at} failed: {why}.",
    VerdictCode.CANCELLED: "{what}{at} was cancelled: {why}.",
    VerdictCode.UNKNOWN: "{what}{at} ended with an unknown result: {why}.",
    VerdictCode.WILL_RUN: "{what} runs next{at}.",
    VerdictCode.WILL_SKIP: "{what} is next due{at} and does not run then: {why}.",
    VerdictCode.WOULD_WAIT: "{what} is next due{at}; if it were due now, it would not start: {why}.",
    VerdictCode.ALL_SUCCEEDED: "Every recorded due time of {what} succeeded; {why}.",
}

OF_DISPOSITION: Mapping[Disposition, tuple[GateCode, VerdictCode, str]] = {
    Disposition.QUEUED: (GateCode.DISPOSITION, VerdictCode.STARTS, "a run was queued"),
    Disposition.COALESCED: (GateCode.DISPOSITION, VerdictCode.COALESCED, "covered by another run"),
    Disposition.SKIPPED_OVERLAP: (GateCode.OVERLAP, VerdictCode.OVERLAP, "skipped because of another run"),
    Disposition.SKIPPED_TOO_OLD: (GateCode.DISPOSITION, VerdictCode.MISSED, "missed, and not caught up"),
    Disposition.SKIPPED_PAUSED: (GateCode.ENABLED, VerdictCode.PAUSED, "skipped while paused"),
    Disposition.SKIPPED_CALENDAR: (GateCode.CALENDAR, VerdictCode.CLOSED, "skipped on a closed day"),
    Disposition.SKIPPED_REQUEST: (GateCode.DISPOSITION, VerdictCode.REQUESTED, "skipped on request"),
}
"""Which gate stops a fire, the verdict, and the result in words."""

OF_RUN: Mapping[RunState, tuple[VerdictCode, str]] = {
    RunState.QUEUED: (VerdictCode.STARTS, "waits to be started"),
    RunState.RUNNING: (VerdictCode.RUNNING, "in progress"),
    RunState.SUCCEEDED: (VerdictCode.SUCCEEDED, "succeeded"),
    RunState.FAILED: (VerdictCode.FAILED, "failed"),
    RunState.CANCELLED: (VerdictCode.CANCELLED, "cancelled"),
    RunState.UNKNOWN: (VerdictCode.UNKNOWN, "ended with an unknown result"),
}

OF_TASK: Mapping[TaskRunState, tuple[VerdictCode, str]] = {
    TaskRunState.PENDING: (VerdictCode.TASK_PENDING, "waits for other tasks"),
    TaskRunState.RUNNING: (VerdictCode.RUNNING, "in progress"),
    TaskRunState.WAITING: (VerdictCode.RETRIES, "waits for its next attempt"),
    TaskRunState.SUCCEEDED: (VerdictCode.SUCCEEDED, "succeeded"),
    TaskRunState.FAILED: (VerdictCode.FAILED, "failed"),
    TaskRunState.SKIPPED: (VerdictCode.TASK_SKIPPED, "skipped"),
    TaskRunState.CANCELLED: (VerdictCode.CANCELLED, "cancelled"),
    TaskRunState.UNKNOWN: (VerdictCode.UNKNOWN, "ended with an unknown result"),
}

OF_ATTEMPT: Mapping[AttemptState, tuple[VerdictCode, str]] = {
    AttemptState.READY: (VerdictCode.WAITS, "waits for a process slot"),
    AttemptState.LAUNCHING: (VerdictCode.WAITS, "waits for a process slot"),
    AttemptState.RUNNING: (VerdictCode.RUNNING, "its command is running"),
    AttemptState.CHECKING_OUTPUTS: (VerdictCode.RUNNING, "its command has ended, and its output files are checked"),
    AttemptState.SUCCEEDED: (VerdictCode.SUCCEEDED, "succeeded"),
    AttemptState.FAILED: (VerdictCode.FAILED, "failed"),
    AttemptState.TIMED_OUT: (VerdictCode.TIMED_OUT, "reached its time limit"),
    AttemptState.CANCELLED: (VerdictCode.CANCELLED, "cancelled"),
    AttemptState.UNKNOWN: (VerdictCode.UNKNOWN, "ended with an unknown result"),
}


OF_NO_MACHINE: Mapping[WhyNot, str] = {
    WhyNot.UNKNOWN: "there is no worker {wanted}",
    WhyNot.NO_MATCH: "no worker has all of its labels ({wanted})",
    WhyNot.INVITED: "invited, and has not joined yet: {names}",
    WhyNot.VERSION: "of a version that does not understand this one, and needs an update: {names}",
    WhyNot.DRAINING: "draining: {names}",
    WhyNot.SILENT: "silent: {names}",
    WhyNot.LACK: "starts nothing now: {names}",
    WhyNot.FULL: "all slots are in use: {names}",
}
"""Why an attempt waits for a machine. `names`: the machines that would do but for that; `wanted`: what its place says."""


class RemedyCode(StrEnum):
    """What a person can do next; each interface has its own way."""

    START_SCHEDULER = "start_scheduler"
    RESUME_PLANNER = "resume_planner"
    RESUME_SCHEDULE = "resume_schedule"
    ENABLE_WORKFLOW = "enable_workflow"
    ADD_SCHEDULE = "add_schedule"
    ADD_TASK = "add_task"
    LIST_FIRES = "list_fires"
    SHOW_SCHEDULE = "show_schedule"
    SHOW_WORKFLOW = "show_workflow"
    RUN_NOW = "run_now"
    SHOW_RUN = "show_run"
    READ_OUTPUT = "read_output"
    RETRY_RUN = "retry_run"
    ACCEPT_OUTPUT = "accept_output"
    LIST_RUNS = "list_runs"
    PRUNE = "prune"
    READ_LOG = "read_log"


@dataclass(frozen=True, slots=True)
class Gate:
    """`at`: since when, or when; `by`: who or what."""

    code: GateCode
    state: GateState
    fact: str
    at: datetime | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class Remedy:
    """`target`: the workflow, schedule or run that it concerns."""

    code: RemedyCode
    target: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """`schedule_id`, `run_id` and `due_utc`: what it is about, where there is one."""

    verdict_code: VerdictCode
    verdict: str
    gates: tuple[Gate, ...]
    next: tuple[Remedy, ...]
    workflow_id: str
    schedule_id: str | None = None
    run_id: str | None = None
    due_utc: datetime | None = None
