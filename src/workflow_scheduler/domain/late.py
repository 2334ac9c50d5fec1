"""Judges a deadline whose time has come, in a whole sentence. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from .deadline import Deadline, DeadlineState
from .durations import format_duration
from .run import Run, RunState
from .usual import Rest

__all__ = ["judge_finish", "judge_length", "judge_risk", "judge_start", "judge_success", "local", "several"]

_STATES = {RunState.FAILED: "failed", RunState.UNKNOWN: "ended with an unknown result"}


def local(at: datetime, timezone: str) -> str:
    """`2026-11-23 06:00 +01:00`, in the zone."""
    moment = at.astimezone(ZoneInfo(timezone))
    offset = f"{moment:%z}"
    return f"{moment:%Y-%m-%d %H:%M} {offset[:3]}:{offset[3:]}"


def _decided(deadline: Deadline, state: DeadlineState, reason: str = "") -> Deadline:
    return replace(deadline, state=state, reason=reason, look=None)


def _missed(deadline: Deadline, reason: str) -> Deadline:
    return _decided(deadline, DeadlineState.MISSED, reason)


def _cancelled(deadline: Deadline, run: Run | None) -> Deadline | None:
    if run is not None and run.state is RunState.CANCELLED:
        return _decided(
            deadline,
            DeadlineState.VOID,
            f"the run was cancelled: {run.reason}" if run.reason else "the run was cancelled",
        )
    return None


def judge_start(deadline: Deadline, run: Run | None) -> Deadline:
    """Whether a run had started by then."""
    if run is not None and run.started_at is not None and run.started_at <= deadline.due:
        return _decided(deadline, DeadlineState.MET)
    if (void := _cancelled(deadline, run)) is not None:
        return void
    within = timedelta(seconds=deadline.seconds or 0)
    due = local(deadline.due - within, deadline.timezone)
    words = f"{_name(deadline)} was due at {due} and had not started {format_duration(deadline.seconds or 0)} later"
    return _missed(deadline, f"{words}: {_condition(deadline, run)}.")


def judge_finish(deadline: Deadline, run: Run | None, finished: datetime | None, running: Sequence[str]) -> Deadline:
    """Whether the work was done by then. `finished`: when it had succeeded; `running`: what runs now."""
    if finished is not None and finished <= deadline.due:
        return _decided(deadline, DeadlineState.MET)
    if (void := _cancelled(deadline, run)) is not None:
        return void
    by = local(deadline.due, deadline.timezone)
    task = f"Task {deadline.task_id} of {_name(deadline)}" if deadline.task_id else _name(deadline)
    condition = _condition(deadline, run)
    if finished is not None:
        condition = f"it finished at {local(finished, deadline.timezone)}"
    elif running and run is not None and not run.over:
        condition += f", task {', '.join(running[:3])}"
    return _missed(deadline, f"{task} had not succeeded by {by}: {condition}.")


def judge_length(deadline: Deadline, *, over: bool, since: datetime | None) -> Deadline:
    """Whether a run or an attempt was over by then. `reason` says what is usual."""
    if over:
        return _decided(deadline, DeadlineState.MET, deadline.reason)
    name = f"Task {deadline.task_id} of {deadline.workflow_id}" if deadline.task_id else deadline.workflow_id
    start = f"since {local(since, deadline.timezone)}" if since else "for longer"
    words = f"{name} runs {start}, longer than {format_duration(deadline.seconds or 0)}"
    return _missed(deadline, f"{words} ({deadline.reason})." if deadline.reason else f"{words}.")


def judge_risk(deadline: Deadline, rest: Rest, look_again: datetime, now: datetime) -> Deadline:
    """Whether what is typically left of a run fits before its time; judged again at `look_again` if it does."""
    end = now + timedelta(seconds=rest.seconds)
    if end > deadline.due:
        zone = deadline.timezone
        reason = (
            f"{_name(deadline)} will probably not succeed by {local(deadline.due, zone)}: "
            f"{local(now, zone)} + {rest.words()} = {local(end, zone)}."
        )
        return replace(deadline, state=DeadlineState.AT_RISK, reason=reason, look=deadline.due)
    return replace(deadline, look=min(max(look_again, now + timedelta(seconds=1)), deadline.due))


def judge_success(
    deadline: Deadline, success: datetime | None, now: datetime, *, paused: bool
) -> tuple[Deadline, bool]:
    """The watch as it goes on, and whether it has to be reported: once until the next success."""
    wait = timedelta(seconds=deadline.seconds or 0)
    since = deadline.nominal or now
    if success is not None and success > since:
        deadline, since = replace(deadline, nominal=success, state=DeadlineState.OPEN, reason=""), success
    if paused:  # counts again from when it is no longer so
        return replace(deadline, nominal=now, due=now + wait, look=now + wait), False
    if since + wait > now:
        return replace(deadline, due=since + wait, look=since + wait), False
    again = replace(deadline, state=DeadlineState.MISSED, look=now + wait)
    if deadline.state is DeadlineState.MISSED:
        return again, False
    name = (
        f"schedule {deadline.schedule_id} of {deadline.workflow_id}" if deadline.schedule_id else deadline.workflow_id
    )
    last = "the last success was at" if success is not None else "there was no success since"
    words = f"Nothing of {name} has succeeded for {format_duration(wait.total_seconds())}"
    at = local(success or since, deadline.timezone)
    return replace(again, reason=f"{words}: {last} {at}."), True


def several(missed: Sequence[Deadline]) -> str:
    """One sentence for all deadlines of a schedule that passed unnoticed."""
    last = max(missed, key=lambda deadline: deadline.due)
    first = min(missed, key=lambda deadline: deadline.due)
    count = sum(deadline.count for deadline in missed)
    span = f"from {local(first.due, first.timezone)} to {local(last.due, last.timezone)}"
    return (
        f"{count} deadlines of schedule {last.schedule_id} of {last.workflow_id} passed {span} while no scheduler could "
        f"report them. {last.reason}"
    )


def _name(deadline: Deadline) -> str:
    if deadline.nominal is None:
        return deadline.workflow_id
    return f"{deadline.workflow_id} of {local(deadline.nominal, deadline.timezone)}"


def _condition(deadline: Deadline, run: Run | None) -> str:
    if run is None:
        return "no run was started for it"
    zone = deadline.timezone
    if run.state is RunState.QUEUED:
        return f"it waits since {local(run.queued_at, zone)}"
    if run.state is RunState.RUNNING and run.started_at is not None:
        return f"it runs since {local(run.started_at, zone)}"
    if run.state in _STATES and run.finished_at is not None:
        return f"it {_STATES[run.state]} at {local(run.finished_at, zone)}"
    started = run.started_at or run.finished_at or run.queued_at
    return f"it started at {local(started, zone)}"
