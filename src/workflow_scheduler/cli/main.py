"""The command `scheduler`: finds the command that was meant, and turns every error into one sentence and an exit code."""

from __future__ import annotations

import gc
import importlib
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from workflow_scheduler import __version__
from workflow_scheduler.domain.errors import NotFound, SchedulerError

__all__ = ["Where", "cli", "main"]

_PLACE = re.compile(r"[^\n]+:\d+:\d+: ")
# Name: module, and the line that --help shows. The modules are imported only when their command is used:
# SQLAlchemy and rich together take longer to import than everything that --help does.
_COMMANDS = {
    "workflow": ("workflow_commands", "Create, list, show, edit, rename, copy, delete, apply, export, validate."),
    "task": ("task_commands", "Add, list, show, edit, move and delete the tasks of a workflow."),
    "schedule": ("schedule_commands", "Add, list, show, preview, pause, resume and delete schedules."),
    "planner": ("planner_command", "Keep all schedules from firing for a while: pause, resume, status."),
    "run": ("run_commands", "Run a workflow now and follow it."),
    "runs": ("run_commands", "List, show, cancel and retry runs, and read their output."),
    "fires": ("fire_commands", "What became of each due time of a schedule."),
    "start": ("control_commands", "Start the scheduler in the background."),
    "stop": ("control_commands", "Stop the scheduler; scripts that run go on."),
    "restart": ("control_commands", "Stop and start the scheduler; scripts that run go on."),
    "status": ("status_command", "Whether the scheduler runs, and what comes next."),
    "serve": ("control_commands", "Be the scheduler, in this terminal."),
    "web": ("web_commands", "Open the page in a browser, signed in."),
    "user": ("user_commands", "Who may sign in to the page: add, list, passwd, delete."),
    "token": ("user_commands", "Let programs in: add, list, delete."),
    "hook": ("web_commands", "Let other programs start a workflow: add, list, delete."),
    "audit": ("user_commands", "Who changed or ran what, and whether that record is whole."),
    "service": ("service_commands", "Start the scheduler with the machine."),
    "doctor": ("doctor_command", "What keeps this home from working, and what to do."),
    "log": ("log_command", "Show scheduler.log, and follow it with -f."),
    "backup": ("maintenance_commands", "Copy the database to a file, also while the scheduler runs."),
    "restore": ("maintenance_commands", "Put a backup in the place of the database."),
    "prune": ("maintenance_commands", "Forget old runs with their output."),
    "demo": ("demo", "Back up a database, zip it, verify it: the whole product in a minute."),
    "completion": ("completion_command", "Print the completion script of your shell."),
}


class _Commands(click.Group):
    """Imports a command's module when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f".{_COMMANDS[cmd_name][0]}", __package__)
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in _COMMANDS.items()])


class Where:
    """Which home the command line names; kept beyond the command, for the sentence that an error gets."""

    home: str | None = None


@click.group(cls=_Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--home", metavar="DIR", help="The folder of this scheduler. Default: SCHEDULER_HOME, else here.")
@click.version_option(__version__, prog_name="scheduler")
@click.pass_context
def cli(ctx: click.Context, home: str | None) -> None:
    """Run scripts in order, at the right moment, with proof that they finished.

    Without a command the numbered menu opens.

    Example: scheduler run nightly
    """
    ctx.obj = ctx.obj or Where()
    ctx.obj.home = home
    if ctx.invoked_subcommand is None:
        from .menu import open_menu

        open_menu(home)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with the code that `DESIGN` promises: 0, 1, 2, 3, 4, 5, or 130 for Ctrl-C."""
    # Imports make many objects and no garbage: looking for it again and again is a tenth of a command's start.
    gc.set_threshold(50_000, 20, 50)
    code = _run(arguments)
    # At the end Python would look for it in everything once more, which is another tenth.
    gc.freeze()
    sys.exit(code)


def _run(arguments: Sequence[str] | None) -> int:
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's encoding lacks must not end a command.
        getattr(stream, "reconfigure", lambda **_: None)(errors="replace")
    where = Where()
    for word in sys.argv[1:] if arguments is None else arguments:
        if not word.isprintable() and any("\ud800" <= char <= "\udfff" for char in word):
            return _say(f"The argument {word!a} is no text in this terminal's encoding; write it in UTF-8.", 2)
    if os.environ.get("_SCHEDULER_COMPLETE", "").startswith("powershell"):
        importlib.import_module(".powershell_completion", __package__)
    try:
        code = cli.main(
            args=arguments, prog_name="scheduler", standalone_mode=False, obj=where, windows_expand_args=False
        )
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except NotFound as error:
        return _say(f"{error} (Looked in {Path(where.home or os.environ.get('SCHEDULER_HOME') or '.').absolute()}.)", 3)
    except SchedulerError as error:
        return _say(str(error), error.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 0
    except click.ClickException as error:
        hint = ""
        if isinstance(error, click.UsageError) and error.ctx is not None:
            hint = f" See '{error.ctx.command_path} --help'."
        return _say(error.format_message() + hint, 2)
    except (click.Abort, KeyboardInterrupt) as error:
        number = getattr(error.__cause__ or error, "number", None)  # a signal, see `interruption`
        return _say("Stopped by Ctrl-C." if number is None else f"Stopped by signal {number}.", 128 + (number or 2))
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except BrokenPipeError:
        # The reader (such as `head`) has seen enough; keep Python from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except Exception as error:
        from .crash import record_crash

        return _say(record_crash(error, arguments), 1)


def _say(sentence: str, code: int) -> int:
    # An error in a file begins with its place, as editors and `grep` expect it.
    prefix = "" if _PLACE.match(sentence) else click.style("Error: ", fg="red")
    click.echo(prefix + sentence, err=True)
    return code
