"""Backups and pruning. Restoring is not part of the API: it needs a stopped scheduler."""

from __future__ import annotations

from fastapi import Response

from workflow_scheduler.domain.retention import Keep
from workflow_scheduler.operations.access.recording import put_on_record
from workflow_scheduler.operations.home.maintenance import (
    back_up,
    backup_file,
    backup_list,
    backup_name,
    backup_row,
    prune,
)
from workflow_scheduler.operations.rows import Plain, plain
from workflow_scheduler.operations.runs.idempotency import Once, Repeated
from workflow_scheduler.operations.runs.output import whole_file
from workflow_scheduler.web.admission import Download
from workflow_scheduler.web.creation import Key, make_once
from workflow_scheduler.web.permissions import API
from workflow_scheduler.web.request import CurrentRequest
from workflow_scheduler.web.routing import new_router
from workflow_scheduler.web.schemas.maintenance import BackupAnswer, Prune, Pruned

__all__ = ["router"]

router = new_router("upkeep")
_SQLITE = "application/vnd.sqlite3"


@router.get(f"{API}/backups", response_model=list[BackupAnswer])
def list_backups(request: CurrentRequest) -> list[Plain]:
    """List the backups in the home, newest first: those made by hand and the daily ones."""
    return [plain(backup) for backup in backup_list(request.context.settings.home)]


@router.post(f"{API}/backups", response_model=BackupAnswer, status_code=201)
def make_backup(request: CurrentRequest, response: Response, key: Key = None) -> Plain:
    """Copy the whole database into the home's backup folder. The output of scripts is not included."""
    database, home = request.context.database, request.context.settings.home

    def make(once: Once) -> None:
        database.read(once.check)
        file = back_up(database, home, None, request.now)
        try:
            put_on_record(request.changing(file.name, once=once))
        except Repeated:  # meanwhile
            file.unlink()
            raise

    return plain(backup_row(backup_file(home, make_once(request, key, backup_name(request.now), make, response))))


@router.get(
    f"{API}/backups/{{backup}}",
    response_class=Response,
    responses={200: {"content": {_SQLITE: {}}}},
)
def download_backup(request: CurrentRequest, backup: str) -> Response:
    """Download a backup for `scheduler restore`. It holds everything in the database: keep it safe."""
    file = backup_file(request.context.settings.home, backup)
    size, blocks = whole_file(file)
    headers = {"content-length": str(size), "content-disposition": f'attachment; filename="{file.name}"'}
    return Download(request.admission, blocks, headers, _SQLITE)


@router.post(f"{API}/prune", response_model=Pruned, summary="Prune Runs")
def forget_runs(request: CurrentRequest, given: Prune | None = None) -> Plain:
    """Delete old runs and their output, as the scheduler does every ten minutes."""
    given, settings = given or Prune(), request.context.settings
    keep = Keep(settings.retention_days, settings.retention_runs).instead(given.days, given.runs)
    recorded = request.changing(f"days {keep.days}, runs {keep.runs}")
    count = prune(request.context.database, settings.home, keep, request.now, recorded=recorded, dry_run=given.dry_run)
    return {"runs": count, "dry_run": given.dry_run}
