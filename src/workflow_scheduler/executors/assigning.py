"""What one look at the assignments of attempts finds and changes: one transaction."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, field, replace
from datetime import datetime, timedelta

from workflow_scheduler.domain.durations import format_duration
from workflow_scheduler.domain.placement import Machine, NoMachine, Place, Spread, choose, fits
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.run import AttemptKey, AttemptState
from workflow_scheduler.storage import assignments as store
from workflow_scheduler.storage import worker_reports
from workflow_scheduler.storage.assignments import Assignment
from workflow_scheduler.storage.database import Connection
from workflow_scheduler.storage.worker_reports import WorkerReport

from .base import AttemptSpec, NotLaunched, Outcome, Report, Unreachable, name_of
from .exits import not_started
from .wire import read_report, spec_json

__all__ = ["Asked", "Found", "exchange"]

AHEAD = 5
"""How many attempts more than it has slots a worker is offered, so that the next one starts at once."""
_MOST_REPORTS = 500
_OPEN = ("waiting", "offered")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """`specs`: all that was given to the executor and has not ended; `looked`: of these, what is read now, the rest is
    known to wait behind it; `new`: what may have no assignment yet.
    `stops`: what is to be stopped, and why. `passed`: the numbers of reports that are known. `silent`: since when the machine
    of an attempt is said to be silent; those that are not named are to be told in any case."""

    specs: Mapping[AttemptKey, AttemptSpec]
    looked: Collection[AttemptKey]
    new: Collection[AttemptKey]
    stops: Mapping[AttemptKey, str]
    passed: Collection[int]
    silent: Mapping[AttemptKey, datetime | None]


@dataclass(slots=True)
class Found:
    """`reports`: what is to be told, with the number of the worker's report. `others`: reports of attempts that were given to
    other schedulers. `gone`: attempts that have ended without this executor. `waiting`: what no worker was offered, the oldest first. `watched`: whose output is followed. `written`: those
    of which an outcome and some output arrived."""

    reports: list[tuple[int | None, Report]] = field(default_factory=list)
    others: list[WorkerReport] = field(default_factory=list)
    gone: list[AttemptKey] = field(default_factory=list)
    waiting: list[AttemptKey] = field(default_factory=list)
    watched: list[AttemptKey] = field(default_factory=list)
    written: set[AttemptKey] = field(default_factory=set)


def exchange(db: Connection, asked: Asked) -> Found:
    now = store.clock(db)
    store.add_assignments(
        db,
        [
            (key, asdict(place), spec_json(spec), spec.bundle or None)
            for key in asked.new
            if (place := (spec := asked.specs[key]).place) is not None and not spec.begun
        ],
        now,
    )
    rows = store.assignments_of(db, asked.looked)
    found = Found()
    rung = _stop(db, asked.stops, rows, now)
    done = _take_reports(db, asked, rows, found)
    for key in set(asked.looked) - done:
        row = rows.get(key)
        if row is None and not asked.specs[key].begun:
            found.gone.append(key)
            done.add(key)
        elif (outcome := _lost(asked, key, row)) is not None:
            found.reports.append((None, outcome))
            done.add(key)
    left = [rows[key] for key in asked.looked if key not in done]
    if left:
        machines = {machine.name: machine for machine in store.machines(db)}
        rung |= _watch_silence(db, asked, [row for row in left if row.state == "claimed"], machines, now, found)
        given = _offer(db, asked.specs, [row for row in left if row.state in _OPEN], machines, now)
        rung |= set(given.values())
        waiting = (row for row in left if row.state == "waiting" and row.key not in given)
        found.waiting = [row.key for row in sorted(waiting, key=lambda row: row.created_at)]
        found.watched = [row.key for row in left if row.watched_until_at is not None and row.watched_until_at > now]
    found.written = worker_reports.with_output(
        db, [report.key for _, report in found.reports if isinstance(report, Outcome)]
    )
    store.ring(db, *rung)
    return found


def _stop(
    db: Connection, stops: Mapping[AttemptKey, str], rows: dict[AttemptKey, Assignment], now: datetime
) -> set[str]:
    """Withdraw what no worker has claimed, and ask for the end of the rest. Returns the workers that are asked."""
    open_ = {key: reason for key, reason in stops.items() if key in rows and rows[key].state in _OPEN}
    for key in store.withdraw(db, open_, now):
        rows[key] = replace(rows[key], state="ended", claimed_at=None, stop_reason=stops[key])
    begun = {
        key: reason
        for key, reason in stops.items()
        if key in rows and rows[key].state == "claimed" and rows[key].stop_reason is None
    }
    store.request_stop(db, begun)
    return {worker for key in begun if (worker := rows[key].worker) is not None}


def _by_machine(db: Connection, key: AttemptKey) -> str:
    """Which machine handed it back, as of now: the rows were read before the reports."""
    row = store.assignments_of(db, [key]).get(key)
    return "" if row is None or row.refused is None else f"machine {row.refused['worker']} could not start it: "


def _take_reports(db: Connection, asked: Asked, rows: Mapping[AttemptKey, Assignment], found: Found) -> set[AttemptKey]:
    """Read what workers report. Returns the attempts that need nothing more."""
    done, refused = set(), []
    for told in worker_reports.reports(db, _MOST_REPORTS, asked.passed):
        if told.key not in asked.specs:
            found.others.append(told)
            continue
        row = rows.get(told.key)
        report = _read(told, row)
        if isinstance(report, NotLaunched):
            report = replace(report, reason=_by_machine(db, told.key) + report.reason)
        if report is None:  # a newer worker tells more
            found.others.append(told)
            continue
        found.reports.append((told.seq, report))
        if isinstance(report, Outcome | NotLaunched):
            done.add(told.key)
        if isinstance(report, NotLaunched):
            refused.append(told.seq)
    worker_reports.delete_reports(db, refused)  # the next launch is not that one
    return done


def _read(told: WorkerReport, row: Assignment | None) -> Report | None:
    try:
        return read_report(told.key, told.report)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        _log.warning("A report of %s cannot be read (%r): %.1000s", name_of(told.key), error, told.report)
        if not isinstance(told.report, Mapping) or told.report.get("kind") != "outcome":
            return None
        machine = "its machine" if row is None else f"machine {row.worker}"
        return _unknown(told.key, row, f"{machine} reported what this version cannot read")


def _lost(asked: Asked, key: AttemptKey, row: Assignment | None) -> Outcome | None:
    """The outcome of what no worker reports about; None if it goes on, or its report is to come."""
    if row is None:
        return _unknown(key, row, "it began on another machine, and no worker has it")
    if row.state in ("fenced", "late"):
        return _unknown(key, row, f"it was given up while machine {row.worker} had it")
    if row.state == "ended" and row.claimed_at is None:
        return not_started(key, asked.stops.get(key) or row.stop_reason or "cancelled")
    return None


def _unknown(key: AttemptKey, row: Assignment | None, why: str) -> Outcome:
    began = None if row is None else row.started_at
    return Outcome(key, AttemptState.UNKNOWN, f"its result is unknown: {why}", started_at=began)


def _watch_silence(
    db: Connection,
    asked: Asked,
    claimed: Iterable[Assignment],
    machines: Mapping[str, Machine],
    now: datetime,
    found: Found,
) -> set[str]:
    """Tell whose machine is silent or heard again, and give up what may be given up. Returns the workers of these."""
    fenced = set()
    for row in claimed:
        machine = machines.get(row.worker or "")
        if machine is None:
            continue
        since, key = machine.silent_since, row.key
        unreachable = asked.specs[key].task.when_unreachable
        wait = unreachable.wait
        long = since is not None and wait is not None and now - since >= timedelta(seconds=wait)
        if since is not None and wait is not None and long and store.fence_silent(db, key, wait):
            why = f"machine {machine.name} has been silent since {since:%Y-%m-%d %H:%M:%SZ}, for more than {format_duration(wait)}"
            if unreachable.elsewhere:
                why += ", and was to end its command by then"
            found.reports.append((None, _unknown(key, row, why)))
            fenced.add(machine.name)
        elif key not in asked.silent or asked.silent[key] != since:
            found.reports.append((None, Unreachable(key, machine.name, since)))
    return fenced


def _chosen(place: Place, machines: Mapping[str, Machine], last: str, refused_by: str) -> Machine | NoMachine:
    """Preferably not the machine that could not start it."""
    others = [machine for machine in machines.values() if machine.name != refused_by]
    chosen = choose(place, others, last, AHEAD)
    if refused_by in machines and isinstance(chosen, NoMachine):
        return choose(place, machines.values(), last, AHEAD)
    return chosen


def _offer(
    db: Connection,
    specs: Mapping[AttemptKey, AttemptSpec],
    open_: Iterable[Assignment],
    machines: dict[str, Machine],
    now: datetime,
) -> dict[AttemptKey, str]:
    """Give what waits to workers, and to others what was offered to one that cannot take it. Returns which got what."""
    given: dict[AttemptKey, str] = {}
    for row in sorted(open_, key=lambda row: row.created_at):
        offered = machines.get(row.worker or "")
        if row.state == "offered" and offered is not None and fits(offered):
            continue
        if row.again_at is not None and now < row.again_at:
            continue
        place = specs[row.key].place or Place()
        last = store.last_worker(db, row.key) if place.spread is Spread.STICKY else ""
        chosen = _chosen(place, machines, last, "" if row.refused is None else row.refused["worker"])
        if isinstance(chosen, Machine):
            given[row.key] = chosen.name
            machines[chosen.name] = replace(chosen, taken=chosen.taken + 1)
    store.offer(db, given, now)
    return given
