"""Named points at which a test may kill this process. Only an environment variable arms them."""

from __future__ import annotations

import os
import signal

__all__ = ["POINTS", "VARIABLE", "crash_point"]

VARIABLE = "WORKFLOW_SCHEDULER_CRASH_AT"
"""`NAME` kills at the first passage of that point, `NAME:3` at the third."""

POINTS = {
    "engine.before_pass": "nothing of the pass is done",
    "engine.after_plan": "fires and runs are inserted, and not committed",
    "engine.before_commit": "settled, planned and claimed, and not committed",
    "engine.after_commit": "claimed, and not launched",
    "engine.after_launch": "handed to the keepers, and not logged",
    "engine.after_take_over": "another engine's work is this one's, and not adopted",
    "deadline.before_commit": "deadlines are judged, their events inserted, and not committed",
    "deadline.after_commit": "judged deadlines and their events are stored, and nothing else is done",
    "run.before_commit": "a run is inserted on request, with its parameters, and not committed",
    "run.after_commit": "a run is queued on request, and that is not answered yet",
    "backfill.before_created": "a backfill is inserted with its times, and not committed",
    "backfill.created": "a backfill is stored, without a run, and that is not answered yet",
    "backfill.run_created": "runs of a backfill are inserted, and not committed",
    "calendar.before_replaced": "fires up to now are accounted for, and nothing is committed",
    "calendar.replaced": "a calendar has new days, its schedules new due times, and nothing is committed",
    "alerts.before_commit": "messages about events are inserted, and not committed",
    "alerts.after_commit": "messages about events are stored, and none is sent",
    "delivery.claimed": "a message is taken for sending, and not sent",
    "delivery.sent": "a message is sent, and that is not stored",
    "delivery.settled": "a message is stored as sent, and the next is not looked for",
    "reports.before_commit": "a report is composed, and not committed",
    "reports.after_commit": "a report waits to be sent, and is not sent",
    "failures.before_commit": "what a failure is known again by is inserted, and not committed",
    "ping.given": "a monitor has a sign, and that is not stored",
    "storage.before_migrated": "the schema is changed, and not committed",
    "worker.before_hold": "what the worker holds is known, and none of it is adopted",
    "worker.claimed": "attempts are claimed, and not launched",
    "worker.launched": "attempts are launched, and nothing more is known of them",
    "worker.bundle_fetched": "the files of a workflow are on disk, and not found there by their name",
    "worker.unpacked": "the files of a workflow are unpacked, and their folder has no name yet",
    "worker.part_sent": "a part of an output is stored, and its outcome is not",
    "worker.before_report": "a report is at hand, and not stored",
    "worker.reported": "a report is stored, and this process takes it for untold",
    "join.before_used": "the home has its password, and the invitation is not used up",
    "join.used": "the invitation is used up, and that is not answered yet",
    "keeper.before_start": "nothing is on disk",
    "keeper.after_start": "the `start` file is there, and the command is not started",
    "keeper.after_secret_file": "a secret's file is written, and the command is not started",
    "keeper.after_spawn": "the command runs, and no notice was sent",
    "keeper.before_exit_record": "the command ended, and it is not on record",
    "keeper.after_exit_record": "the exit is on record, and no notice was sent",
}

_name, _, _passages = os.environ.get(VARIABLE, "").partition(":")
_left = int(_passages or 1)


def crash_point(name: str) -> None:
    """Die here, as by `kill -9`, if this point is armed."""
    global _left  # noqa: PLW0603  the whole of this module's state
    if name == _name:
        _left -= 1
        if _left == 0:
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
