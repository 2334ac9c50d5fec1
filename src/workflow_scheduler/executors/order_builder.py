"""Builds the order for a keeper: the resolved command, its environment, and the current state of its output files."""

from __future__ import annotations

import functools
import glob
import json
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from workflow_scheduler.domain.errors import InvalidInput, SchedulerError
from workflow_scheduler.domain.parameter_values import environment_of, refuse_for_cmd
from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.domain.secrets import Delivery, SecretUse, SourceKind, parse_source, parse_use, variables_of
from workflow_scheduler.domain.task import Task
from workflow_scheduler.files import OutputSpec, expand, fingerprint
from workflow_scheduler.processes.command_line import resolve, split
from workflow_scheduler.processes.lease import LEASE
from workflow_scheduler.processes.pool import Order
from workflow_scheduler.processes.standard_input import open_input, path_of
from workflow_scheduler.processes.surroundings import PLATFORM, Interpreters, spelled_alike, surroundings_here
from workflow_scheduler.secrets.sources import SecretUnavailable, read_secret
from workflow_scheduler.secrets.store import note_delivery
from workflow_scheduler.system.tilde import expanded

from .attempt_facts import FactFinder
from .base import AttemptSpec, name_of
from .environment import hidden_later, hide_later, machine_environment, task_environment
from .filling import Filling
from .folders import FILES, attempt_folder, real_folder

__all__ = ["Unpack", "mark_of", "prepare", "task_name"]

OUTPUT_CAP = 16 * 1024 * 1024
"""Bytes kept of each stream of an attempt."""
PARAMS = "params.json"
"""The file in an attempt's folder that has the values of the run's parameters."""
_log = logging.getLogger(__name__)


Unpack = Callable[[str, Path], None]
"""Makes a folder with the files of the bundle of that hash; InvalidInput says why that is not possible."""


def prepare(
    home: Path,
    spec: AttemptSpec,
    says: Callable[[str], None],
    interpreters: Interpreters,
    finder: FactFinder,
    unpack: Unpack | None = None,
) -> tuple[Order | None, str]:
    """What its keeper is told; or None, and why there is nothing to tell: a command, a folder or a file that cannot be.

    A file system may hang at each step: `says` is told what is done, before.
    """
    try:
        return _order_for(home, spec, says, interpreters, finder, unpack), ""
    except (SchedulerError, LookupError) as error:
        return None, str(error)
    except Exception as error:  # no definition may hold up the others
        _log.exception("The command of %s could not be prepared", name_of(spec.key))
        return None, f"the command could not be prepared: {error}"


def _order_for(
    home: Path,
    spec: AttemptSpec,
    says: Callable[[str], None],
    interpreters: Interpreters,
    finder: FactFinder,
    unpack: Unpack | None,
) -> Order:
    task = spec.task
    if spec.refusal:
        raise InvalidInput(spec.refusal)
    filling = Filling(spec)
    base, command = home, task.command
    if spec.bundle and unpack is not None:
        says("fetching the files of its workflow")
        base = attempt_folder(home, spec.key) / FILES
        unpack(spec.bundle, base)
    cwd = _working_folder(base, None if task.working_dir is None else filling.text(task.working_dir))
    for name in spec.must_exist:
        says(f"looking for the path of its parameter {name}")
        _check_path(base, name, str((spec.params or {}).get(name, "")))
    if task.env_file is not None:
        says(f"reading its env_file {task.env_file}")
    machine = machine_environment()
    hide_later(variables_of(spec.secrets))
    env = task_environment(spec, filling.text, base)
    own = {name: value for name, value in env.items() if name not in spec.values}
    env |= mark_of(home, spec.key)
    if base is not home:
        env["FILES_DIR"] = str(base)
        command = _taken_along(base, command)
    files: dict[str, str] = {}
    if spec.params is not None:
        files[PARAMS] = json.dumps(spec.params, ensure_ascii=False, indent=2) + "\n"
        env |= environment_of(spec.params) | {"PARAMS_FILE": str(real_folder(home, spec.key) / PARAMS)}
    env = spelled_alike(env, machine)
    around = surroundings_here({**machine, **env}, cwd, interpreters)
    args = filling.items(split(task.args, PLATFORM) if isinstance(task.args, str) else task.args)
    if (path := path_of(task.stdin, cwd)) is not None:
        says(f"opening the file for its standard input {path}")
        os.close(open_input(task.stdin, cwd, ""))
    secrets = [_secret(home, spec, parse_use(written), says) for written in task.secrets]
    outputs = [
        OutputSpec(expand(filling.text(output_file.path, glob.escape), cwd), output_file.minimum_size)
        for output_file in task.output_files
    ]
    says(f"searching for its command {command}")
    invocation = resolve(command, args, shell=task.shell, around=around)
    if invocation.line is not None:  # for cmd.exe, also where the definition does not show it: `npm` may be npm.cmd
        refuse_for_cmd(spec.params or {}, spec.free_text)
    says("looking at its script and the files that its arguments name")
    facts = finder.find(
        task_name(spec),
        invocation.argv if invocation.batch is None else [*invocation.argv, invocation.batch],
        args,
        cwd,
        own,
        {secret["name"]: secret["value"] for secret in secrets},
        stdin=path,
    )
    if base is not home:
        facts = _without_folder(facts, base)
    if outputs:
        says("checking its output files before it starts")
    return Order(
        key=name_of(spec.key),
        folder=str(attempt_folder(home, spec.key)),
        argv=invocation.argv,
        line=invocation.line,
        cwd=cwd,
        env=env,
        timeout=task.timeout,
        grace=task.stop_grace,
        cap=OUTPUT_CAP,
        stdin=task.stdin,
        nice=task.nice,
        secrets=secrets,
        without=hidden_later(),
        lease=_lease(home, task),
        files=files,
        notes={
            "outputs": [asdict(output) for output in outputs],
            "before": fingerprint([output.path for output in outputs]),
            "argv": invocation.argv,
            "cwd": cwd,
            "facts": facts,
        },
    )


def _lease(home: Path, task: Task) -> dict[str, Any] | None:
    seconds = task.when_unreachable.lease(task.stop_grace)
    return None if seconds is None else {"path": str(home / LEASE), "seconds": seconds}


def task_name(spec: AttemptSpec) -> str:
    """The workflow and the task, by which the text of a script is kept."""
    return f"{spec.values.get('WORKFLOW_ID', '')}/{spec.key[1]}"


def _secret(home: Path, spec: AttemptSpec, use: SecretUse, says: Callable[[str], None]) -> dict[str, str]:
    """The secret as its keeper is told it. SecretUnavailable says why it cannot be had."""
    says(f"reading its secret {use.name}")
    source = parse_source(spec.secrets.get(use.name, ""))
    try:
        value = read_secret(source, home)
    except SecretUnavailable as error:
        raise SecretUnavailable(f"the secret {use.name} is not available: {error.said}") from None
    if source.kind is SourceKind.STORE:
        note_delivery(home, source.target)
    if use.delivery is Delivery.ENV and b"\0" in value:
        raise SecretUnavailable(
            f"the secret {use.name} contains a NUL byte, which no variable can have; write it as {use.name}:file."
        )
    return {"name": use.name, "delivery": use.delivery, "value": value.decode("utf-8", "surrogateescape")}


def mark_of(home: Path, key: AttemptKey) -> dict[str, str]:
    """The variable by which the processes of an attempt are known; another home may have a run of the same name."""
    return {"ATTEMPT_FOLDER": str(real_folder(home, key))}


def _check_path(home: Path, name: str, path: str) -> None:
    if not os.path.lexists(home / expanded(path)):
        raise InvalidInput(f"The path {path!r} of the parameter {name!r} does not exist; create it, or choose another.")


def _taken_along(folder: Path, command: str) -> str:
    """The command by its full path if it is one of the files: the working folder may be another one."""
    found = folder / command.strip('"')
    return str(found) if found.is_file() else command


def _without_folder(facts: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The facts with the workflow's files as they are named: their folder is another one in each attempt."""

    def named(file: Mapping[str, Any]) -> dict[str, Any]:
        return {**file, "path": str(file["path"]).removeprefix(f"{folder}{os.sep}")}

    script = {"script": named(facts["script"])} if "script" in facts else {}
    return {**facts, **script, "inputs": {at: named(file) for at, file in facts["inputs"].items()}}


@functools.lru_cache
def _working_folder(home: Path, named: str | None) -> str:
    folder = expanded(named or ".")
    if str(folder).startswith("~"):
        raise InvalidInput(f"The working folder {named} belongs to an unknown user; correct it.")
    return str(home / folder)
