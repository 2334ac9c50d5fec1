"""`scheduler backup|restore|prune`"""

from __future__ import annotations

from pathlib import Path

import click

from .context import answer, command_options, confirm_or_stop, get_app, now

__all__ = ["backup_command", "prune_command", "restore_command"]


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@command_options
def backup_command(file: Path | None) -> None:
    """Copy the database to FILE; the scheduler may be running. Default: a file in the home's folder 'backups'.

    The output of scripts is not included; it stays in the folder 'attempts'.

    Example: scheduler backup /mnt/backups/scheduler.sqlite
    """
    from workflow_scheduler.operations.home.maintenance import back_up, command_to_restore

    app = get_app()
    written = back_up(app.database, app.home, file.absolute() if file else None, now())
    size = written.stat().st_size
    answer(
        {"file": str(written), "bytes": size},
        lambda: click.echo(
            f"Wrote {written} ({size / 1e6:.1f} MB). Restore it with: {command_to_restore(app.home, written)}"
        ),
    )


@click.command("restore")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
@command_options
def restore_command(file: Path, yes: bool) -> None:
    """Replace the database with a backup. The scheduler must be stopped; a replaced SQLite file is kept.

    Fires due since the backup count as missed: at the next start, each schedule's catch-up decides what runs.

    Example: scheduler restore backups/daily-2026-11-24.sqlite
    """
    from workflow_scheduler.operations.home.maintenance import restore

    app = get_app(database=False)
    if not yes:
        confirm_or_stop(f"Replace everything in {app.database.shown_url} with {file}?")
    kept = restore(app.database, app.home, file.absolute(), now())

    def show() -> None:
        click.echo(f"{app.database.shown_url} was restored from {file}.")
        if kept is not None:
            click.echo(f"The previous database is in {kept}.")

    answer({"database": app.database.shown_url, "kept": str(kept) if kept else None}, show)


@click.command("prune")
@click.option("--days", type=click.IntRange(0, 36500), help="Instead of RETENTION_DAYS; 0: no limit.")
@click.option("--runs", type=click.IntRange(0, 1_000_000_000), help="Instead of RETENTION_RUNS; 0: no limit.")
@click.option("--dry-run", is_flag=True, help="Only print how many runs would be deleted.")
@command_options
def prune_command(days: int | None, runs: int | None, dry_run: bool) -> None:
    """Delete old runs with their output. The running scheduler does this automatically every ten minutes.

    Example: scheduler prune --days 30 --dry-run
    """
    from workflow_scheduler.domain.retention import Keep
    from workflow_scheduler.operations.home.maintenance import prune

    app = get_app()
    settings = app.settings
    keep = Keep(settings.retention_days, settings.retention_runs).instead(days, runs)
    count = prune(app.database, app.home, keep, now(), recorded=app.changes, dry_run=dry_run)
    counted = "1 run" if count == 1 else f"{count} runs"
    said = f"{counted} would be deleted." if dry_run else f"{counted} deleted."
    answer({"runs": count, "dry_run": dry_run}, lambda: click.echo(said))
