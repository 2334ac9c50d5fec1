"""How much an attempt's command wrote, where only a part is kept, as its keeper recorded."""

from __future__ import annotations

from pathlib import Path

from workflow_scheduler.executors.order_builder import OUTPUT_CAP
from workflow_scheduler.processes.start_file import STREAMS, read_start

__all__ = ["bytes_written"]


def bytes_written(folder: Path) -> dict[str, int | None]:
    """For each stream the bytes that the command wrote; None if all are kept or the number is unknown, as while it runs."""
    written: dict[str, int | None] = dict.fromkeys(STREAMS)
    # Only a cut stream exceeds its bound, by the mark in it; the record is read only for those.
    cut = [stream for stream in STREAMS if _size(folder / f"{stream}.log") > OUTPUT_CAP]
    if not cut:
        return written
    try:
        record = (read_start(str(folder)) or {}).get("exit")
    except OSError:  # the command put something else there
        return written
    for stream in cut:
        total = record.get(f"{stream}_bytes") if isinstance(record, dict) else None
        if type(total) is int and total > OUTPUT_CAP:
            written[stream] = total
    return written


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0
