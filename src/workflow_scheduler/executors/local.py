"""Runs attempts on this machine: keepers for the commands, and proof of their output files."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from workflow_scheduler.domain.run import AttemptKey, AttemptState
from workflow_scheduler.domain.secrets import parse_use
from workflow_scheduler.files import OutputSpec
from workflow_scheduler.processes.attempt_status import (
    AttemptStatus,
    StatusKind,
    end_leftovers,
    inspect,
    request_stop,
)
from workflow_scheduler.processes.pool import KeeperPool, Notice
from workflow_scheduler.processes.secret_delivery import withdraw
from workflow_scheduler.processes.start_file import START
from workflow_scheduler.processes.surroundings import Interpreters

from .adoption import Adoption
from .aside import Aside, Errand
from .attempt_facts import FactFinder
from .base import INTERRUPTIONS, AttemptSpec, CheckingOutputs, Outcome, ReportTo, Started, name_of
from .environment import machine_environment
from .exits import LOSSES, moment, never_began, not_in_time, not_started, outcome_of, unknown
from .folders import attempt_folder
from .known import Known
from .launching import Launching
from .missing_module import with_advice
from .order_builder import Unpack, mark_of, prepare, task_name
from .output_checks import OutputChecks
from .running import look, with_output
from .slots import Slots

__all__ = ["LocalExecutor"]

_log = logging.getLogger(__name__)


class LocalExecutor:
    """The commands of one engine. Keepers outlive it: the next engine adopts what it leaves."""

    def __init__(
        self,
        home: Path,
        report: ReportTo,
        interpreters: Interpreters | None = None,
        key: bytes = b"",
        unpack: Unpack | None = None,
    ) -> None:
        """`key`: for the hashes of what must not be readable in the record of an attempt; empty for one of this process.
        `unpack`: brings the files of workflows, where commands come from another machine."""
        self._home = home
        self._report = report
        self._pool = KeeperPool(self._notice, machine_environment())
        self._places = Slots()
        self._known = Known()
        self._finder = FactFinder(key or os.urandom(32))
        self._adopted = Adoption(self._look_at)
        self._aside = Aside(self._hangs, self._late)
        self._launching = Launching(
            lambda spec, says: prepare(home, spec, says, interpreters or Interpreters(), self._finder, unpack),
            *(self._known, self._places, self._aside, self._pool, self._end, report),
        )
        self._checks = OutputChecks(self._aside, self._end, self._known.stop_reason)
        self._closed = threading.Event()

    def limit(self, most: int) -> None:
        self._places.limit(most)
        self._launching.go_on()
        self._adopted.watch()

    def launch(self, spec: AttemptSpec) -> None:
        self._known.add([spec])
        self._wait(spec)
        self._launching.go_on()

    def _wait(self, spec: AttemptSpec) -> None:
        """Let it wait for a slot, unless its end was asked for before it could."""
        name = name_of(spec.key)
        self._places.wait(name, spec)
        if (reason := self._known.stop_reason(name)) is not None and self._places.waits_no_more(name):
            self._end(not_started(spec.key, reason))

    def adopt(self, specs: Iterable[AttemptSpec]) -> None:
        found = {name_of(spec.key): spec for spec in specs}
        self._known.add(found.values())
        for name in found:
            self._places.take(name)  # until it is known that it does not run
        for spec in found.values():
            self._adopted.add(spec)
        self._adopted.watch()  # in a thread of its own, for a disk or a process may hang

    def _find_out(self, spec: AttemptSpec) -> None:
        """Continue an attempt begun by another engine, unless its keeper is alive or the disk does not respond."""
        name = name_of(spec.key)
        try:
            found = inspect(self._folder(spec))
        except OSError as error:
            _log.warning("Cannot read the state of %s, retrying: %s", name, error)
            self._adopted.put_off(name)
            return
        if found.kind is StatusKind.NEVER and spec.begun:
            found = AttemptStatus(StatusKind.GONE, trouble=f"{self._folder(spec)} has no record of its start")
        if found.kind is StatusKind.HELD:
            if (how := self._known.how_to_end(name)) is not None:  # perhaps it was not there yet when it was asked for
                self._request_stop(spec, how)
            started_at = moment(found.started_at)
            if started_at is not None and found.pid is not None and self._adopted.first_time(name):
                self._report(Started(spec.key, started_at, found.pid))
            return
        if not self._adopted.remove(name):
            return
        if found.kind is not StatusKind.NEVER:
            self._settle(spec, found)
            self._places.leave(name)
            return
        self._wait(spec)

    def stop(self, reasons: Mapping[AttemptKey, str]) -> None:
        self._known.stop({name_of(key): reason for key, reason in reasons.items()})
        for key, reason in reasons.items():
            self._stop(name_of(key), key, reason)

    def _stop(self, name: str, key: AttemptKey, reason: str) -> None:
        spec = self._known.spec(name)
        if self._places.waits_no_more(name):
            self._end(not_started(key, reason))
        elif self._checks.cancel(name):
            pass  # its outcome follows
        elif (errand := self._aside.give_up(name)) is not None:
            self._end(not_started(key, reason, errand.doing if errand.hung else ""))
        elif spec is not None and name in self._adopted:
            self._request_stop(spec)
        else:
            self._pool.stop(name, "cancelled")

    def interrupt(self, why: str) -> None:
        self._known.interrupt(why)
        for spec in self._known.all():
            name = name_of(spec.key)
            if self._places.waits_no_more(name):
                self._launching.refused(spec, INTERRUPTIONS[why])
            elif name in self._adopted:
                self._request_stop(spec, why)
            else:
                self._pool.stop(name, why)

    def look(self, run_id: str, task_id: str) -> Mapping[AttemptKey, Mapping[str, Any]]:
        seen = {
            spec.key: look(self._folder(spec), arguments=not spec.task.secrets)
            for spec in self._known.all()
            if spec.key.run_id == run_id and task_id in ("", spec.key.task_id)
        }
        return {key: facts for key, facts in seen.items() if facts is not None}

    def busy(self) -> bool:
        return self._places.any_taken()

    def _request_stop(self, spec: AttemptSpec, how: str = "cancelled") -> None:
        try:
            request_stop(self._folder(spec), how)
        except OSError as error:
            _log.error("Cannot stop %s, retrying: %s", name_of(spec.key), error)

    def close(self) -> None:
        self._closed.set()
        self._places.close()
        self._adopted.close()
        self._aside.close()
        self._checks.close()
        self._pool.close()

    def _folder(self, spec: AttemptSpec) -> Path:
        return attempt_folder(self._home, spec.key)

    def _hangs(self, errand: Errand) -> None:
        """A preparation hangs on its file system: it gives its slot to another."""
        self._places.leave(errand.name)
        self._launching.go_on()

    def _late(self, errand: Errand) -> None:
        """The work for an attempt was given up at its time limit."""
        spec = self._known.spec(errand.name)
        if spec is None:
            return
        if errand.waits:
            self._checks.late(spec, errand)
        else:
            self._end(not_in_time(spec, errand.doing))
        self._launching.go_on()

    def _notice(self, notice: Notice, read_on: Callable[[], None]) -> bool:
        """Handle a keeper's notice in its thread; True if another thread reads on."""

        def stand_in() -> None:
            self._take_in(notice)
            read_on()

        if notice.kind == "exited":
            # The next command need not wait until this end is settled and stored.
            self._places.leave(notice.key)
            if not self._launching.go_on_here(stand_in):
                return True
        self._take_in(notice)
        return False

    def _take_in(self, notice: Notice) -> None:
        spec, notes = self._known.spec(notice.key), self._known.notes(notice.key)
        if spec is None:
            return
        if "pid" in notice.facts:
            self._report(Started(spec.key, datetime.fromisoformat(notice.facts["at"]), notice.facts["pid"]))
        if notice.kind == "exited":
            try:
                self._exited(spec, notice.facts["record"], notes)
            except Exception:  # such as: no more threads
                _log.exception("Cannot settle the end of %s, retrying", notice.key)
                self.adopt([spec])
        elif notice.kind == "not_launched":
            self._launching.refused(spec, notice.facts["reason"])
        elif notice.kind == "lost":
            self._lost(spec)
        elif notice.kind == "refused":  # because an earlier engine's keeper was quicker
            self.adopt([spec])

    def _lost(self, spec: AttemptSpec) -> None:
        """Its keeper was killed: find out how far it got, but not forever if keepers cannot live here."""
        name = name_of(spec.key)
        losses = self._known.lost(name)
        if losses > LOSSES and not (self._folder(spec) / START).exists():
            self._end(never_began(spec.key, losses))
            self._launching.go_on()
        else:
            self.adopt([spec])

    def _look_at(self, specs: Iterable[AttemptSpec]) -> None:
        """Check each adopted attempt; those that cannot be checked or settled now are checked again."""
        for spec in specs:
            try:
                self._find_out(spec)
            except Exception:
                _log.exception("Cannot settle the result of %s, retrying", name_of(spec.key))
                name = name_of(spec.key)
                if self._known.spec(name) is not None:
                    self._adopted.add(spec)
                    self._adopted.put_off(name)
                    self._places.take(name)
        self._launching.go_on()

    def _settle(self, spec: AttemptSpec, found: AttemptStatus) -> None:
        if found.record is not None:
            self._exited(spec, found.record, found.notes)
            return
        # What was begun elsewhere may be seen from here, and is not this scheduler's to end.
        elsewhere = found.kind is StatusKind.BARRED
        killed, survivors = ([], []) if elsewhere else end_leftovers(mark_of(self._home, spec.key))
        if spec.task.secrets and not elsewhere:
            withdraw(str(self._folder(spec)), [parse_use(written).name for written in spec.task.secrets])
        self._end(self._with_facts(unknown(spec, found, killed, survivors), spec, found.notes, None))

    def _with_facts(self, outcome: Outcome, spec: AttemptSpec, notes: Mapping[str, Any], peak: int | None) -> Outcome:
        """The outcome with what was true when the command began, unless it was an earlier version that started it. `peak`: the
        memory that it needed, in bytes."""
        if not isinstance(facts := notes.get("facts"), dict):
            return outcome
        known = facts if peak is None else {**facts, "peak": peak}
        return replace(outcome, facts=known, script=self._finder.new_text(task_name(spec), facts))

    def _exited(self, spec: AttemptSpec, record: Mapping[str, Any], notes: Mapping[str, Any]) -> None:
        outcome = outcome_of(spec, record, self._known.stop_reason(name_of(spec.key)))
        outcome = with_advice(outcome, spec, self._folder(spec), notes)
        outcome = self._with_facts(outcome, spec, notes, record.get("peak_bytes"))
        if outcome.seen is not None:
            outcome = replace(outcome, seen=with_output(outcome.seen, self._folder(spec)))
        outputs = [OutputSpec(**output) for output in notes.get("outputs", ())]
        if outcome.state is not AttemptState.SUCCEEDED or not outputs:
            self._end(outcome)
            return
        self._report(CheckingOutputs(spec.key, int(record["exit_code"])))
        self._checks.start(spec, outcome, outputs, notes.get("before", {}))

    def _end(self, outcome: Outcome) -> None:
        name = name_of(outcome.key)
        self._known.forget(name)
        self._checks.forget(name)
        self._adopted.remove(name)
        self._places.leave(name)
        if not self._closed.is_set():
            self._report(outcome)
