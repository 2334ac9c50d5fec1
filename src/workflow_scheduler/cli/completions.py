"""What the Tab key offers for each argument and option, by its name: identifiers of this home, files, folders, time zones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from .lazy_group import LazyGroup

if TYPE_CHECKING:
    from workflow_scheduler.bootstrap import App

__all__ = ["add_completions"]

_MOST = 200
"""The most identifiers offered at once."""

Items = list["CompletionItem[str]"]  # a string: older versions of click have no such brackets
_Names = Callable[["App", click.Context], Iterable[str | tuple[str, str]]]


def _workflows(app: App, _: click.Context) -> Iterable[str]:
    from workflow_scheduler.operations.workflows.lists import workflow_ids

    return workflow_ids(app.database)


def _schedules(app: App, context: click.Context) -> Iterable[tuple[str, str]]:
    from workflow_scheduler.operations.schedules.show import schedule_list

    return ((row.id, f"{row.workflow_id}: {row.description}") for row in schedule_list(app.database))


def _tasks(app: App, context: click.Context) -> Iterable[str]:
    """The tasks of the workflow or run named earlier on the line."""
    from workflow_scheduler.operations.runs.find import find_run_id, last_run_id
    from workflow_scheduler.operations.runs.show import get_run
    from workflow_scheduler.operations.workflows.show import get_workflow

    # While an option has no value yet, click keeps the earlier arguments as they were typed.
    first = next(iter(context.args), "")
    workflow = context.params.get("workflow")
    if context.info_name == "logs":
        run = context.params.get("run") or first
        run_id = last_run_id(app.database, workflow) if workflow else find_run_id(app.database, run)
        return [task.id for task in get_run(app.database, app.home, run_id).tasks]
    return [task.id for task in get_workflow(app.database, workflow or first)[0].tasks]


def _calendars(app: App, context: click.Context) -> Iterable[tuple[str, str]]:
    from workflow_scheduler.operations.calendars.show import calendars_known

    return ((name, "") for name in calendars_known(app.database))


def _runs(app: App, _: click.Context) -> Iterable[tuple[str, str]]:
    from workflow_scheduler.operations.runs.lists import run_list
    from workflow_scheduler.operations.timestamps import iso

    yield "last", "the newest run"
    for run in run_list(app.database, limit=_MOST):
        yield run.id, f"{run.workflow_id} {run.state} {iso(run.queued_at)}"


def _backfills(app: App, _: click.Context) -> Iterable[tuple[str, str]]:
    from workflow_scheduler.operations.backfills.show import backfill_list

    yield "last", "the newest backfill"
    for row in backfill_list(app.database, limit=_MOST):
        yield row.id, f"{row.workflow_id} {row.state}"


def _users(app: App, _: click.Context) -> Iterable[str]:
    from workflow_scheduler.operations.access.accounts import Accounts

    return [user.name for user in Accounts(app.database).user_list()]


def _tokens(app: App, _: click.Context) -> Iterable[tuple[str, str]]:
    from workflow_scheduler.operations.access.accounts import Accounts

    return [(token.id, token.created_by) for token in Accounts(app.database).token_list(app.now())]


def _hooks(app: App, _: click.Context) -> Iterable[tuple[str, str]]:
    from workflow_scheduler.operations.runs.webhooks import hook_list

    return [(hook.id, hook.workflow_id) for hook in hook_list(app.database)]


def _workers(app: App, _: click.Context) -> Iterable[tuple[str, str]]:
    from workflow_scheduler.operations.workers.show import worker_list

    return [(worker.name, worker.state) for worker in worker_list(app.database, app.now())]


def _zones() -> Iterable[str]:
    from zoneinfo import available_timezones

    return sorted(available_timezones())


_OF_THE_HOME: Mapping[str, _Names] = {
    "workflow": _workflows,
    "workflows": _workflows,
    "schedule": _schedules,
    "calendar": _calendars,
    "run": _runs,
    "backfill": _backfills,
    "task": _tasks,
    "depends_on": _tasks,
}
_OF_THE_COMMAND: Mapping[str, _Names] = {
    "user passwd": _users,
    "user delete": _users,
    "token delete": _tokens,
    "webhook delete": _hooks,
    **dict.fromkeys((f"workers {verb}" for verb in ("show", "edit", "drain", "resume", "remove")), _workers),
}
"""Its one argument."""
_PATHS = {
    "files": "file",
    "file": "file",
    "output": "file",
    "command": "file",
    "output_files": "file",
    "env_file": "file",
    "working_dir": "dir",
    "home": "dir",
}
"""The kind of path that the shell completes."""


def add_completions(command: click.Command, path: str) -> None:
    """Add completions to the parameters of a command and its subcommands. `path`: its name without the program's."""
    if isinstance(command, LazyGroup):
        command.load()
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            add_completions(child, f"{path} {name}".strip())
    for parameter in command.params:
        name = parameter.name or ""
        if isinstance(parameter.type, click.Choice) or (isinstance(parameter, click.Option) and parameter.is_flag):
            continue
        if name in _PATHS:
            _set(parameter, _path_completer(_PATHS[name]))
        elif name == "timezone":
            _set(parameter, lambda _, incomplete: _fitting(_zones(), incomplete))
        elif name in _OF_THE_HOME:
            _set(parameter, _home_completer(_OF_THE_HOME[name]))
        elif path in _OF_THE_COMMAND and isinstance(parameter, click.Argument):
            _set(parameter, _home_completer(_OF_THE_COMMAND[path]))


def _set(parameter: click.Parameter, complete: Callable[[click.Context, str], Items]) -> None:
    # Set on the parameter, so that each declaration need not repeat it.
    parameter.shell_complete = complete  # type: ignore[method-assign, assignment]


def _path_completer(kind: str) -> Callable[[click.Context, str], Items]:
    return lambda _, incomplete: [CompletionItem(incomplete, type=kind)]


def _home_completer(names: _Names) -> Callable[[click.Context, str], Items]:
    def complete(context: click.Context, incomplete: str) -> Items:
        from workflow_scheduler.bootstrap import open_app

        root = context.find_root()
        try:
            app = open_app(root.params.get("home") or root.obj.home)  # the Tab key must not create a home
            try:
                return _fitting(names(app, context), incomplete)
            finally:
                app.close()
        except Exception:  # such as an unreadable home: the next command reports it
            return []

    return complete


def _fitting(names: Iterable[str | tuple[str, str]], incomplete: str) -> Items:
    """The values that start with the typed text, otherwise those that contain it."""
    rows = [(name, "") if isinstance(name, str) else name for name in names]
    part = incomplete.casefold()
    fitting = [row for row in rows if row[0].casefold().startswith(part)] or [
        row for row in rows if part in row[0].casefold()
    ]
    return [CompletionItem(name, help=_one_line(words) or None) for name, words in fitting[:_MOST]]


def _one_line(words: Any) -> str:
    """Text of a definition without characters that the completion script or the terminal would interpret."""
    return " ".join("".join(char if char.isprintable() else " " for char in str(words)).split())[:80]
