"""`scheduler demo`: the *Daily Backup* of the specification with a real database: scheduled, run, and verified by a restore."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import zipfile
from importlib import resources
from pathlib import Path

import click

from .context import answer, as_json, command_options, home_of, now, what_is_done
from .shell_words import pasteable_line

__all__ = ["demo_command"]

ROWS = 20_000
_SCRIPTS = ("backup_database.py", "compress_backup.py")


@click.command("demo")
@command_options
def demo_command() -> None:
    """Create the Daily Backup workflow in its own home, run it now, and verify the backup by restoring it.

    The home is the folder `demo` here, or --home. Exit code 0 only if the restored data is the same.

    Example: scheduler demo
    """
    from workflow_scheduler.bootstrap import open_app
    from workflow_scheduler.operations.runs.start import request_run
    from workflow_scheduler.operations.schedules.show import fires_of, get_schedule
    from workflow_scheduler.operations.workflows.apply import apply_documents
    from workflow_scheduler.operations.workflows.read import read_documents
    from workflow_scheduler.system.private_folder import make_private_folder

    from .follow import run_and_follow
    from .render import say
    from .show_run import show_run
    from .show_schedules import show_fires

    home = Path(home_of() or "demo").absolute()
    click.get_current_context().find_root().obj.home = home_of() or "demo"  # for the commands that are shown
    home.parent.mkdir(parents=True, exist_ok=True)
    make_private_folder(str(home), exist_ok=True)
    definition = _furnish(home)
    app = open_app(str(home), create=True, doing=what_is_done)
    click.get_current_context().call_on_close(app.close)
    if not as_json():
        say(f"Demo home: {home}")
    apply_documents(app.changes, app.settings.timezone, read_documents([str(definition)], sys.stdin.buffer), now())
    run = run_and_follow(
        app,
        lambda engine_id: request_run(app.changes, "daily_backup", now(), engine_id=engine_id, by=app.user()),
        quiet=as_json(),
    )
    schedule = get_schedule(app.database, "daily_backup.1")
    fires = fires_of(schedule.spec, schedule.timezone, now(), 5)
    trouble = _difference(home) if run.state == "succeeded" else run.reason

    def show() -> None:
        say("")
        show_run(run, app.settings.timezone)
        say("")
        say("[bold]Scheduled[/] while the scheduler is running (scheduler --home demo start):")
        show_fires("At 01:00, Monday through Friday", schedule.timezone, fires, schedule.spec)
        say("")
        if trouble is None:
            say(f"[bold green]Proved:[/] backups/db_backup.zip restores to the same {ROWS} orders as shop.sqlite.")
        else:
            say(f"[bold red]The backup is damaged:[/] {trouble}")

    answer({"home": str(home), "run": run, "fires": fires, "restored": trouble is None}, show)
    if trouble is None and not as_json():
        _offer_page(home)
    if trouble is not None:
        raise click.exceptions.Exit(1)


def _offer_page(home: Path) -> None:
    """At a terminal, offer to open the web interface; otherwise print how to open it."""
    name = pasteable_line(["demo" if home == Path("demo").absolute() else str(home)])
    typed = f"{_as_typed()} --home {name}"
    click.echo()
    click.echo(
        f"Be told when something fails: NOTIFY=mailto:you@example.com and SMTP_SERVER=host:587 in {home / '.env'}"
    )
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        click.echo(f"See it in your browser: {typed} start; {typed} web")
    elif click.confirm("See it in your browser? This starts the scheduler of the demo", default=False):
        scheduler = [sys.executable, "-m", "workflow_scheduler", "--home", str(home)]
        for word in ("start", "web"):
            if subprocess.run([*scheduler, word], check=False).returncode != 0:
                return
        click.echo(f"It runs until: {typed} stop")


def _as_typed() -> str:
    """How to start the scheduler from here: only an installed one is on the PATH."""
    if shutil.which("scheduler"):
        return "scheduler"
    launcher = Path(sys.prefix).parent / "scheduler.py"
    if not launcher.is_file():
        return pasteable_line([sys.executable, "-m", "workflow_scheduler"])
    python = next((name for name in ("python3", "py", "python") if shutil.which(name)), sys.executable)
    return pasteable_line([python, launcher.name if launcher.parent == Path.cwd() else str(launcher)])


def _furnish(home: Path) -> Path:
    """Write the database, the scripts and the definition to the home; return the definition."""
    scripts = resources.files("workflow_scheduler") / "demo_scripts"
    for name in _SCRIPTS:
        (home / name).write_text((scripts / name).read_text(encoding="utf-8"), encoding="utf-8")
    if sys.platform == "win32":
        command = "backup_database.bat"
        (home / command).write_text(f'@"{sys.executable}" backup_database.py %*\r\n', encoding="utf-8")
    else:
        command = "backup_database.sh"
        (home / command).write_text(f'#!/bin/sh\nexec "{sys.executable}" backup_database.py "$@"\n', encoding="utf-8")
        (home / command).chmod(0o755)
    shutil.rmtree(home / "backups", ignore_errors=True)
    (home / "backups").mkdir()
    _make_database(home / "shop.sqlite")
    definition = home / "daily_backup.yaml"
    text = (scripts / "daily_backup.yaml").read_text(encoding="utf-8")
    definition.write_text(text.replace("backup_database.bat", command), encoding="utf-8")
    return definition


def _make_database(path: Path) -> None:
    """A shop with some thousand orders, identical each time."""
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT, cents INTEGER, note TEXT)")
        rows = (
            (n, f"Customer {n * 7919 % 997}", n * 104729 % 99991, f"Order {n}, ünïcode and 'quotes'")
            for n in range(ROWS)
        )
        database.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)", rows)
    database.close()


def _difference(home: Path) -> str | None:
    """Restore the zip into an empty database and compare every row; None if they are the same."""
    try:
        with zipfile.ZipFile(home / "backups" / "db_backup.zip") as archive:
            script = archive.read("db_backup.sql").decode("utf-8")
        restored = sqlite3.connect(":memory:")
        restored.executescript(script)
        original = sqlite3.connect(home / "shop.sqlite")
        query = "SELECT * FROM orders ORDER BY id"
        same = original.execute(query).fetchall() == restored.execute(query).fetchall()
        original.close()
        restored.close()
    except (OSError, KeyError, zipfile.BadZipFile, sqlite3.Error) as error:
        return f"it cannot be restored ({error})"
    return None if same else "its rows are not those of shop.sqlite"
