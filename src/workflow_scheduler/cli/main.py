"""The command `scheduler`: finds the subcommand, and turns every error into one message and an exit code."""

from __future__ import annotations

import functools
import gc
import importlib
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from workflow_scheduler import __version__
from workflow_scheduler.domain.errors import NotFound, SchedulerError

__all__ = ["Where", "cli", "main"]

COMPLETE = "_SCHEDULER_COMPLETE"
"""Set while a shell asks for completions."""
_PLACE = re.compile(r"[^\n]+:\d+:\d+: ")
# For each heading of --help: the command, its module, and its line. A module is imported only when its
# command is used: importing all of them takes longer than everything that --help does.
_HEADINGS = {
    "Workflows": {
        "workflow": ("workflow_commands", "Create, list, show, edit, copy, delete, apply, validate."),
        "task": ("task_commands", "Add, list, show, edit, move and delete tasks of a workflow."),
        "diff": ("diff_command", "Show which fires changed definitions add, remove and move."),
        "schedule": ("schedule_commands", "Add, list, preview, pause, skip, resume and delete schedules."),
        "simulate": ("simulate_command", "Show what will run, wait, be late and be skipped."),
        "calendar": ("calendar_commands", "Apply, list, show, check and delete calendars of open days."),
    },
    "Runs": {
        "run": ("run_command", "Run a workflow now and follow it."),
        "runs": ("run_commands", "List, show, cancel, retry and acknowledge runs; read output."),
        "backfill": ("backfill_commands", "Run past times of schedules again."),
        "fires": ("fire_commands", "Show what happened at each due time of a schedule."),
        "failure": ("failure_command", "List known failures, and leave notes about them."),
        "late": ("late_command", "List what is late or at risk now."),
        "report": ("report_command", "Say what became of the night, worst first."),
        "explain": ("explain_command", "Say why something did not run, waits or failed."),
    },
    "The scheduler": {
        "status": ("status_command", "Show whether it runs, what failed and what comes next."),
        "start": ("control_commands", "Start the scheduler in the background."),
        "stop": ("stop_command", "Stop the scheduler; running scripts continue."),
        "restart": ("control_commands", "Stop and start the scheduler; running scripts continue."),
        "serve": ("control_commands", "Run the scheduler in the foreground."),
        "planner": ("planner_command", "Pause and resume all schedules at once."),
        "watchman": ("watchman_command", "Tell people when the scheduler does not work."),
        "service": ("service_commands", "Start the scheduler when the machine starts."),
        "log": ("log_command", "Show scheduler.log; -f follows it."),
    },
    "More machines": {
        "worker": ("worker_commands", "Make this machine run tasks of a scheduler elsewhere."),
        "workers": ("workers_commands", "List, show, edit, drain, resume and remove workers."),
    },
    "Web interface and API": {
        "web": ("web_commands", "Open the web interface in a browser, signed in."),
        "user": ("user_commands", "Add, list, change and delete users."),
        "token": ("user_commands", "Add, list and delete tokens for programs."),
        "webhook": ("web_commands", "Let other programs start a workflow: webhooks."),
        "audit": ("user_commands", "Show who changed or ran what."),
    },
    "This home": {
        "secret": ("secret_commands", "Set, list, test and delete secrets for tasks."),
        "notify": ("notify_commands", "Test channels, and list, show and retry messages."),
        "doctor": ("doctor_command", "Check what keeps this home from working."),
        "backup": ("maintenance_commands", "Copy the database to a file."),
        "restore": ("maintenance_commands", "Replace the database with a backup."),
        "prune": ("maintenance_commands", "Delete old runs with their output."),
        "demo": ("demo", "Try it: back up, zip and verify a database in a minute."),
        "completion": ("completion_command", "Print the completion script of your shell."),
    },
}
_ALIASES = {"hook": "webhook"}
_COMMANDS = {name: module for commands in _HEADINGS.values() for name, (module, _) in commands.items()}


class _Commands(click.Group):
    """Imports a command's module when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        name = _ALIASES.get(cmd_name, cmd_name)
        if name not in _COMMANDS:
            return None
        module = importlib.import_module(f".{_COMMANDS[name]}", __package__)
        command: click.Command = getattr(module, f"{name}_command")
        if COMPLETE in os.environ:
            from .completions import add_completions

            add_completions(command, name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(map(len, _COMMANDS))
        for heading, commands in _HEADINGS.items():
            with formatter.section(heading):
                # Pad to the widest name, so that the texts of all groups align.
                formatter.write_dl([(name.ljust(width), line) for name, (_, line) in commands.items()])


class Where:
    """The home that the command line names; kept after the command for error messages."""

    home: str | None = None


@click.group(cls=_Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--home",
    metavar="DIR",
    help="The home: the folder of this scheduler. Default: SCHEDULER_HOME, otherwise the current folder.",
)
@click.version_option(__version__, prog_name="scheduler")
@click.pass_context
def cli(ctx: click.Context, home: str | None) -> None:
    """Run scripts on schedule, in order, with proof that they finished.

    Without a command, the numbered menu opens.

    Example: scheduler run nightly
    """
    ctx.obj = ctx.obj or Where()
    ctx.obj.home = home
    if ctx.invoked_subcommand is None:
        from .menu import open_menu

        open_menu(home)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with a documented code: 0 to 5, or 130 for Ctrl-C."""
    # Imports create many objects and no garbage; collecting it repeatedly costs a tenth of a command's start.
    gc.set_threshold(50_000, 20, 50)
    code = _run(arguments)
    # A final collection at exit would cost another tenth.
    gc.freeze()
    sys.exit(code)


def _run(arguments: Sequence[str] | None) -> int:
    for stream in (sys.stdout, sys.stderr):
        # A character that the terminal cannot encode must not abort a command.
        getattr(stream, "reconfigure", lambda **_: None)(errors="replace")
    where = Where()
    words = sys.argv[1:] if arguments is None else arguments
    say = functools.partial(_say, as_json="--json" in words)
    for word in words:
        if not word.isprintable() and any("\ud800" <= char <= "\udfff" for char in word):
            return say(f"The argument {word!a} is not text in this terminal's encoding. Write it in UTF-8.", 2, "usage")
    if COMPLETE in os.environ:
        from .completions import add_completions

        add_completions(cli, "")
        if os.environ[COMPLETE].startswith("powershell"):
            importlib.import_module(".powershell_completion", __package__)
    try:
        code = cli.main(
            args=arguments, prog_name="scheduler", standalone_mode=False, obj=where, windows_expand_args=False
        )
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except NotFound as error:
        looked = Path(where.home or os.environ.get("SCHEDULER_HOME") or ".").absolute()
        return say(f"{error} (Looked in {looked}.)", 3, error.code, error.about)
    except SchedulerError as error:
        return say(str(error), error.exit_code, error.code, error.about)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 0
    except click.UsageError as error:
        from .suggestions import sentence_for

        hint = f" See '{error.ctx.command_path} --help'." if error.ctx is not None else ""
        return say((sentence_for(error) or error.format_message()) + hint, 2, "usage")
    except click.ClickException as error:
        return say(error.format_message(), 2, "usage")
    except (click.Abort, KeyboardInterrupt) as error:
        number = getattr(error.__cause__ or error, "number", None)  # a signal, see `interruption`
        sentence = "Stopped by Ctrl-C." if number is None else f"Stopped by signal {number}."
        return say(sentence, 128 + (number or 2), "interrupted")
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except BrokenPipeError:
        # The reader (such as `head`) has closed the pipe; keep Python from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except Exception as error:
        from .crash import record_crash

        return say(record_crash(error, arguments), 1, "internal")


def _say(sentence: str, code: int, kind: str, about: Mapping[str, str] | None = None, *, as_json: bool) -> int:
    if as_json:
        import json

        error = {"code": kind, "message": sentence, **({"about": dict(about)} if about else {})}
        click.echo(json.dumps({"error": error}, ensure_ascii=False), err=True)
        return code
    # An error in a file begins with its position, as editors and `grep` expect.
    prefix = "" if _PLACE.match(sentence) else click.style("Error: ", fg="red")
    click.echo(prefix + sentence, err=True)
    return code
