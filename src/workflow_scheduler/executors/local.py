"""Runs attempts on this machine: keepers for the commands, and proof of their output files."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from workflow_scheduler.domain.errors import SchedulerError
from workflow_scheduler.domain.run import AttemptState
from workflow_scheduler.outputs import OutputSpec, wait_until_ready
from workflow_scheduler.processes.pool import KeeperPool, Notice
from workflow_scheduler.processes.records import START, link_folder, make_folder
from workflow_scheduler.processes.standing import Standing, StandingKind, end_leftovers, inspect, request_stop

from .adopted import Adopted
from .base import AttemptSpec, CheckingOutputs, Key, NotLaunched, Outcome, ReportTo, Started, name_of
from .environment import machine_environment
from .exits import moment, outcome_of
from .folders import attempt_folder
from .ordering import mark_of, order_for
from .places import Places

__all__ = ["LocalExecutor"]

LOSSES = 5
"""So many keepers may die before they begin with an attempt."""
_log = logging.getLogger(__name__)


class LocalExecutor:
    """One engine's commands. Keepers outlive it: what it loses sight of, the next one adopts."""

    def __init__(self, home: Path, report: ReportTo) -> None:
        self._home = home
        self._report = report
        self._pool = KeeperPool(self._notice, machine_environment())
        self._places = Places()
        self._lock = threading.Lock()
        self._specs: dict[str, AttemptSpec] = {}
        self._notes: dict[str, Mapping[str, Any]] = {}
        self._losses: dict[str, int] = {}
        self._adopted = Adopted(self._look_at)
        self._stopped: dict[str, str] = {}
        self._checks: dict[str, threading.Event] = {}
        self._closed = threading.Event()

    def limit(self, most: int) -> None:
        self._places.limit(most)
        self._go_on()
        self._adopted.watch()

    def launch(self, spec: AttemptSpec) -> None:
        self._take(spec)
        self._places.wait(name_of(spec.key), spec)
        self._go_on()

    def adopt(self, specs: Iterable[AttemptSpec]) -> None:
        found = list(specs)
        for spec in found:
            self._take(spec)
            self._places.take(name_of(spec.key))  # until it is known that it does not run
        for spec in found:
            self._adopted.add(spec)
        self._adopted.watch()  # in a thread of its own, for a disk or a process may hang

    def reach(self, key: Key, home: str) -> None:
        mine, other = attempt_folder(self._home, key), attempt_folder(Path(home), key)
        # Its keeper may be about to claim it there, so that a folder of one's own would let it start twice.
        make_folder(str(other))
        make_folder(str(mine.parent))
        with contextlib.suppress(FileExistsError):
            link_folder(str(other), str(mine))

    def _find_out(self, spec: AttemptSpec) -> None:
        """Go on with an attempt that somebody else began, unless its keeper lives or the disk does not answer."""
        name = name_of(spec.key)
        try:
            found = inspect(self._folder(spec))
        except OSError as error:
            _log.warning("It cannot be seen how %s stands, and is looked at again: %s", name, error)
            self._adopted.put_off(name)
            return
        if found.kind is StandingKind.HELD:
            if self._stop_reason(name) is not None:  # perhaps it was not there yet when it was asked for
                request_stop(self._folder(spec), "cancelled")
            started_at = moment(found.started_at)
            if started_at is not None and found.pid is not None and self._adopted.first_time(name):
                self._report(Started(spec.key, started_at, found.pid))
            return
        if not self._adopted.remove(name):
            return
        if found.kind is not StandingKind.NEVER:
            self._settle(spec, found)
            self._places.leave(name)
            return
        self._places.wait(name, spec)
        if (reason := self._stop_reason(name)) is not None and self._places.waits_no_more(name):
            self._end(_not_started(spec.key, reason))

    def stop(self, reasons: Mapping[Key, str]) -> None:
        with self._lock:
            # All before the first: where it ends, none of the others may be started.
            self._stopped.update((name_of(key), reason) for key, reason in reasons.items())
        for key, reason in reasons.items():
            if self._places.waits_no_more(name_of(key)):
                self._end(_not_started(key, reason))
            else:
                self._stop(name_of(key))

    def _stop(self, name: str) -> None:
        with self._lock:
            check, spec = self._checks.get(name), self._specs.get(name)
        if check is not None:
            check.set()
        elif spec is not None and name in self._adopted:
            request_stop(self._folder(spec), "cancelled")
        else:
            self._pool.stop(name, "cancelled")

    def close(self) -> None:
        self._closed.set()
        self._places.close()
        self._adopted.close()
        with self._lock:
            checks = list(self._checks.values())
        for check in checks:
            check.set()
        self._pool.close()

    def _take(self, spec: AttemptSpec) -> None:
        with self._lock:
            self._specs[name_of(spec.key)] = spec

    def _folder(self, spec: AttemptSpec) -> Path:
        return attempt_folder(self._home, spec.key)

    def _go_on(self) -> None:
        """Start those that wait longest, as far as there are places."""
        while (spec := self._places.next()) is not None:
            try:
                if spec.task.output_files or spec.task.env_file:
                    # Looking at files may take long on a slow file system, and nobody must wait for it.
                    threading.Thread(target=self._launch_aside, args=(spec,), daemon=True).start()
                else:
                    self._launch(spec)
            except Exception as error:  # such as: no more threads
                self._not_launched(spec, f"it could not be started: {error}")

    def _not_launched(self, spec: AttemptSpec, reason: str) -> None:
        self._places.leave(name_of(spec.key))
        self._report(NotLaunched(spec.key, reason))

    def _launch_aside(self, spec: AttemptSpec) -> None:
        self._launch(spec)
        self._go_on()  # if it failed, its place is free

    def _launch(self, spec: AttemptSpec) -> None:
        name = name_of(spec.key)
        try:
            order = order_for(self._home, spec)
        except SchedulerError as error:
            self._end(Outcome(spec.key, AttemptState.FAILED, str(error)))
            return
        except Exception as error:  # nothing that a definition says may hold up the others
            _log.exception("The command of %s could not be prepared", name)
            self._end(Outcome(spec.key, AttemptState.FAILED, f"the command could not be prepared: {error}"))
            return
        with self._lock:
            self._notes[name] = order.notes
        if (reason := self._stop_reason(name)) is not None:
            self._end(_not_started(spec.key, reason))
            return
        self._pool.launch(order)
        if self._stop_reason(name) is not None:  # asked for while the order was on its way
            self._pool.stop(name, "cancelled")

    def _stop_reason(self, name: str) -> str | None:
        with self._lock:
            return self._stopped.get(name)

    def _notice(self, notice: Notice) -> None:
        """What a keeper says, in the keeper's thread."""
        with self._lock:
            spec = self._specs.get(notice.key)
            notes = self._notes.get(notice.key, {})
        if notice.kind == "exited":
            self._places.leave(notice.key)
            self._go_on()  # the next command need not wait until this end is settled and stored
        if spec is None:
            return
        if "pid" in notice.facts:
            self._report(Started(spec.key, datetime.fromisoformat(notice.facts["at"]), notice.facts["pid"]))
        if notice.kind == "exited":
            try:
                self._exited(spec, notice.facts["record"], notes)
            except Exception:  # such as: no more threads
                _log.exception("The end of %s cannot be settled, and is tried again", notice.key)
                self.adopt([spec])
        elif notice.kind == "not_launched":
            self._not_launched(spec, notice.facts["reason"])
        elif notice.kind == "lost":
            self._lost(spec)
        elif notice.kind == "refused":  # because an earlier engine's keeper was quicker
            self.adopt([spec])

    def _lost(self, spec: AttemptSpec) -> None:
        """Its keeper was killed: find out how far it came, but do not go on for ever if keepers cannot live here."""
        name = name_of(spec.key)
        with self._lock:
            self._losses[name] = losses = self._losses.get(name, 0) + 1
        if losses > LOSSES and not (self._folder(spec) / START).exists():
            reason = f"the process that keeps the command ended {losses} times before it began; look at this machine's memory"
            self._end(Outcome(spec.key, AttemptState.FAILED, reason))
            self._go_on()
        else:
            self.adopt([spec])

    def _look_at(self, specs: Iterable[AttemptSpec]) -> None:
        """Find out about each of the adopted; what cannot be found out or settled now is looked at again."""
        for spec in specs:
            try:
                self._find_out(spec)
            except Exception:
                _log.exception("What became of %s cannot be settled, and is tried again", name_of(spec.key))
                with self._lock:
                    if name_of(spec.key) in self._specs:
                        self._adopted.add(spec)
                        self._adopted.put_off(name_of(spec.key))
                        self._places.take(name_of(spec.key))
        self._go_on()

    def _settle(self, spec: AttemptSpec, found: Standing) -> None:
        if found.record is not None:
            self._exited(spec, found.record, found.notes)
            return
        killed, survivors = end_leftovers(mark_of(self._home, spec.key))
        reason = "nobody knows how it ended, because the process that kept it was killed"
        if killed:
            reason += f"; what it left running was ended (pid {', '.join(map(str, killed))})"
        if survivors:
            reason += f"; still there after being killed: pid {', '.join(map(str, survivors))}"
        self._end(Outcome(spec.key, AttemptState.UNKNOWN, reason, started_at=moment(found.started_at)))

    def _exited(self, spec: AttemptSpec, record: Mapping[str, Any], notes: Mapping[str, Any]) -> None:
        outcome = outcome_of(spec, record, self._stop_reason(name_of(spec.key)))
        outputs = [OutputSpec(**one) for one in notes.get("outputs", ())]
        if outcome.state is not AttemptState.SUCCEEDED or not outputs:
            self._end(outcome)
            return
        cancelled = threading.Event()
        with self._lock:
            self._checks[name_of(spec.key)] = cancelled
            if name_of(spec.key) in self._stopped:
                cancelled.set()
        self._report(CheckingOutputs(spec.key, int(record["exit_code"])))
        arguments = (spec, outcome, outputs, notes.get("before", {}), cancelled)
        threading.Thread(target=self._check, args=arguments, daemon=True).start()

    def _check(
        self,
        spec: AttemptSpec,
        outcome: Outcome,
        outputs: list[OutputSpec],
        before: Mapping[str, Any],
        cancelled: threading.Event,
    ) -> None:
        results = wait_until_ready(outputs, before, spec.task.output_timeout, cancelled=cancelled)
        if self._closed.is_set():
            return  # the next engine looks again
        missing = [one for one in results if not one.ready]
        state, reason = outcome.state, outcome.reason
        if missing:
            stopped = self._stop_reason(name_of(spec.key))
            state = AttemptState.CANCELLED if stopped else AttemptState.FAILED
            reason = stopped or "; ".join(f"output file {one.path} {one.reason}" for one in missing)
        shapes = tuple({"path": one.path, "proof": one.proof, "reason": one.reason} for one in results)
        self._end(replace(outcome, state=state, reason=reason, finished_at=None, outputs=shapes))

    def _end(self, outcome: Outcome) -> None:
        name = name_of(outcome.key)
        with self._lock:
            known: dict[str, Any]
            for known in (self._specs, self._notes, self._losses, self._stopped, self._checks):
                known.pop(name, None)
        self._adopted.remove(name)
        self._places.leave(name)
        if not self._closed.is_set():
            self._report(outcome)


def _not_started(key: Key, reason: str) -> Outcome:
    return Outcome(key, AttemptState.CANCELLED, f"{reason}, before it was started")
