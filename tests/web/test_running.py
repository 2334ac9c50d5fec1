"""What commands do, and output files that are accepted, over the API."""

from __future__ import annotations

from workflow_scheduler.domain.run import Attempt, AttemptKey, AttemptState, Run, RunState, TaskRun, TaskRunState
from workflow_scheduler.domain.task import Task
from workflow_scheduler.storage import runs
from workflow_scheduler.storage.sightings import TIMEOUT, Sighting, add_sightings

V1 = "/api/v1"
PROCESS = {
    "pid": 7,
    "parent": None,
    "name": "<b>ask",
    "command": "<b>ask",
    "state": "S",
    "age": 90.0,
    "over": 60.0,
    "cpu": 0.1,
    "read": 5,
    "written": 6,
    "waits": {"for": "input"},
}
SEEN = {"at": 1.0, "processes": [PROCESS], "more": 3, "output": None}
OUTPUT = {
    "path": "/h/f",
    "proof": "changed",
    "reason": "",
    "size": 1,
    "lines": None,
    "item": "f",
    "ratios": {"size": 0.1},
    "unusual": "output file /h/f is unusual",
}


def fill(page) -> None:
    page.commands.create_workflow("w", page.now)
    page.commands.add_task("w", Task("a", "x"), page.now)
    run = Run("r", "w", 2, RunState.FAILED, page.now, started_at=page.now, finished_at=page.now)
    attempt = Attempt("r", "a", 1, AttemptState.FAILED, started_at=page.now, outputs=(OUTPUT,))

    def work(db) -> None:
        runs.add_runs(db, [run])
        runs.add_task_runs(db, [TaskRun("r", "a", 0, TaskRunState.FAILED, attempts=1)])
        runs.add_attempts(db, [attempt])
        add_sightings(db, [Sighting(AttemptKey("r", "a", 1), TIMEOUT, page.now, SEEN)])

    page.database.write(work)


def test_a_viewer_reads_why_a_run_is_running(page) -> None:
    fill(page)
    answer = page.browser("viewer").get(f"{V1}/runs/r/running").json()
    assert (answer["state"], answer["note"]) == ("failed", "The run has ended: failed.")
    (look,) = answer["looks"]
    assert look["looks_like"] == "looks like it waits for an answer on standard input: <b>ask (pid 7)"
    assert (look["more"], look["last_line"]) == (3, None)
    run = page.browser("viewer").get(f"{V1}/runs/r").json()
    assert run.get("looks") == [look], run
    assert page.browser("viewer").get(f"{V1}/runs/x/running").status_code == 404


def test_an_operator_accepts_what_is_unusual(page) -> None:
    fill(page)
    assert page.browser("viewer").post(f"{V1}/runs/r/accept").status_code == 403
    operator = page.browser("operator")
    assert operator.post(f"{V1}/runs/r/accept").json()["items"][0]["path"] == "/h/f"
    (output,) = operator.get(f"{V1}/runs/r").json()["tasks"][0]["attempts"][0]["outputs"]
    assert output["accepted"].endswith("UTC")
    assert operator.post(f"{V1}/runs/r/accept").status_code == 409
