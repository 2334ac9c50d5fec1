"""The process of one simulation: reads an order from standard input, and writes the answer, or the error, to standard output."""

from __future__ import annotations

import io
import json
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from workflow_scheduler.domain.durations import parse_duration
from workflow_scheduler.domain.errors import SchedulerError
from workflow_scheduler.operations.rows import Plain, plain
from workflow_scheduler.operations.runs.moments import written_time
from workflow_scheduler.operations.workflows.read import Definitions, read_files
from workflow_scheduler.storage.database import Database

from .durations import Typical
from .simulate import Question, simulate

__all__ = ["answer"]


def answer(order: dict[str, Any]) -> Plain:
    """`order` has the fields of `apart.Order`."""
    timezone, home = order["timezone"], Path(order["home"])
    database = Database(order["db_url"], home)
    try:
        text = io.BytesIO(order["text"].encode())
        read = read_files(["-"], text) if order["text"].strip() else Definitions([], [])
        question = Question(
            begin=written_time(order["begin"], timezone) if order["begin"] else None,
            length=timedelta(seconds=parse_duration(order["length"])),
            documents=read.workflows,
            calendars=read.calendars,
            assume=list(order["assume"].items()),
            typical=Typical(order["typical"]),
            workflows=order["workflows"],
            limit=order["limit"],
        )
        limits = {name: order[name] for name in ("max_runs", "max_processes")}
        return plain(simulate(database, home, timezone, question, datetime.fromisoformat(order["now"]), **limits))
    except SchedulerError as error:
        return {"error": {"code": error.code, "message": error.said}}
    finally:
        database.close()


if __name__ == "__main__":
    json.dump(answer(json.load(sys.stdin)), sys.stdout)
