"""Checks what scripts need: their commands on the scheduler's PATH, and the environment of this terminal."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import psutil

from workflow_scheduler.domain.defaults import with_defaults
from workflow_scheduler.domain.errors import InvalidInput, SchedulerError
from workflow_scheduler.domain.parameter_check import SAMPLE
from workflow_scheduler.domain.placeholders import sample_of
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.engine.lock import holder
from workflow_scheduler.executors.environment import machine_environment
from workflow_scheduler.executors.session import differences, fingerprints
from workflow_scheduler.operations.workflows.defaults_file import DEFAULTS, read_defaults
from workflow_scheduler.processes.command_line import resolve, split
from workflow_scheduler.processes.interpreters import check_interpreters, script_python
from workflow_scheduler.processes.surroundings import PLATFORM, Interpreters, spelled_alike, surroundings_here
from workflow_scheduler.storage import catalog, queries_workflows
from workflow_scheduler.storage import engines as engine_store
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.system.tilde import expanded

from .doctor_home import Finding, count

__all__ = ["Scripts"]


@dataclass(frozen=True, slots=True)
class Scripts:
    """Checks for the tasks of a home. `installed_path`: the PATH of the home's installed service."""

    home: Path
    installed_path: str | None
    interpreters: Interpreters

    def examine(self, database: Database) -> Iterator[Finding]:
        whose, path = _path_of_scheduler(self.home, self.installed_path)
        yield self._commands(database, whose, path)
        yield from _environment(database, self.home)

    def interpreters_found(self) -> Finding:
        """Whether the configured interpreters exist."""
        _, path = _path_of_scheduler(self.home, self.installed_path)
        around = surroundings_here({**os.environ, "PATH": path}, str(self.home), self.interpreters)
        try:
            check_interpreters(around)
        except InvalidInput as error:
            return Finding(
                "scripts", "problem", str(error), f"correct it in {self.home / '.env'} or in the environment"
            )
        chosen = f"; .ps1 with {self.interpreters.powershell}" if self.interpreters.powershell else ""
        return Finding("scripts", "ok", f".py runs with {script_python(around)}{chosen}")

    def _commands(self, database: Database, whose: str, path: str) -> Finding:
        missing = database.read(lambda db: list(self._not_found(db, path)))
        if not missing:
            return Finding("PATH", "ok", f"all commands found ({whose})")
        words = f"{count(missing, 'command')} not found with {whose}: {'; '.join(missing[:3])}"
        advice = "use full paths, or start the scheduler (or reinstall its service) with a PATH that has them"
        return Finding("PATH", "problem", words, advice)

    def _not_found(self, db: Connection, path: str) -> Iterator[str]:
        defaults = read_defaults(self.home / DEFAULTS)
        for workflow_id in queries_workflows.workflow_ids(db):
            found = catalog.find_workflow(db, workflow_id)
            workflow = with_defaults(found[0] if found else Workflow(workflow_id), defaults)
            for task in workflow.tasks:
                if task.place.elsewhere or "{" in (task.working_dir or ""):
                    continue  # it runs on another machine, or a run decides which folder that is
                env = {**os.environ, "PATH": path, **spelled_alike({**workflow.env, **task.env}, os.environ)}
                cwd = str(self.home / expanded(task.working_dir or "."))
                around = surroundings_here(env, cwd, self.interpreters)
                try:
                    args = split(task.args, PLATFORM) if isinstance(task.args, str) else list(task.args)
                    args = [sample_of(arg, SAMPLE) for arg in args]
                    resolve(task.command, args, shell=task.shell, around=around)
                except SchedulerError as error:
                    yield f"{workflow_id}/{task.id}: {str(error).partition(';')[0]}"


def _environment(database: Database, home: Path) -> Iterator[Finding]:
    """Compare the running scheduler's environment with this terminal's."""
    found = holder(home)
    engine_id = found.engine_id if found else None
    row = database.read(lambda db: engine_store.engines_of(db, [engine_id])).get(engine_id) if engine_id else None
    if row is None or "environment" not in row.identity:
        return
    mine = fingerprints(machine_environment(), str(row.identity.get("place", {}).get("home_id", "")))
    here, there, other = differences(mine, row.identity["environment"])
    parts = [
        f"{words}: {', '.join(names[:8])}"
        for words, names in (
            ("only in this terminal", here),
            ("only in the scheduler", there),
            ("different values", other),
        )
        if names
    ]
    if not parts:
        yield Finding("environment", "ok", "the same in the scheduler and in this terminal")
        return
    words = f"differs between the scheduler and this terminal ({'; '.join(parts)})"
    advice = "set what a script needs in its task's env or env_file, which do not depend on how it is started"
    yield Finding("environment", "warning", words, advice)


def _path_of_scheduler(home: Path, installed: str | None) -> tuple[str, str]:
    found = holder(home)
    if found is not None and found.pid is not None:
        with contextlib.suppress(psutil.Error, KeyError, ValueError):
            return "the running scheduler's PATH", psutil.Process(found.pid).environ()["PATH"]
    if installed is not None:
        return "the installed service's PATH", installed
    # The PATH of Windows services and sign-in tasks is unknown until they run.
    whose = "this terminal's PATH" if PLATFORM == "posix" else "this terminal's PATH; a service may have another"
    return whose, os.environ.get("PATH", os.defpath)
