"""The machines in the API: what is known of them, who may change what, and what a run says of where its attempts are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import databases
import pytest
from web.conftest import NOW, Page
from worker_rows import add_machines, give

from workflow_scheduler.domain.placement import PROTOCOL, Place
from workflow_scheduler.domain.run import Attempt, AttemptKey, AttemptState, Run, RunState, TaskRun, TaskRunState
from workflow_scheduler.domain.task import Task
from workflow_scheduler.storage import runs
from workflow_scheduler.storage.workers import WorkerRow

V1 = "/api/v1"
RIGHT_NOW = datetime.now(UTC).replace(microsecond=0)
"""By the clock of the database, which decides who is silent."""
LONG_AGO, SOON = RIGHT_NOW - timedelta(hours=1), RIGHT_NOW + timedelta(hours=1)
LOAD = {"cpu_percent": 12.5, "memory_percent": 41.0, "free_mb": 20480}
ERP = WorkerRow(
    *("erp", "role_erp", ("sap", "windows"), 2, "active", LONG_AGO),
    host="WIN-ERP-01",
    version="1.0",
    protocol=PROTOCOL,
    started_at=LONG_AGO,
    heartbeat_at=RIGHT_NOW + timedelta(minutes=30),
    skew=-7.4,
    measured=LOAD,
)
OLD = WorkerRow(
    *("old", "role_old", (), 5, "draining", LONG_AGO), protocol=PROTOCOL, heartbeat_at=LONG_AGO, silent_at=LONG_AGO
)
FAR = WorkerRow(*("far", "role_far", (), 5, "active", LONG_AGO), protocol=PROTOCOL + 2, heartbeat_at=SOON, skew=1.5)
NEXT = WorkerRow(*("next", "role_next", (), 5, "invited", LONG_AGO), expires_at=SOON)
LATE = WorkerRow(*("late", "role_late", (), 5, "invited", LONG_AGO), expires_at=LONG_AGO)


@pytest.fixture
def empty(make_page: Callable[..., Page], postgres: str) -> Iterator[Page]:
    """A page over PostgreSQL, without machines."""
    url = databases.fresh(postgres, databases.MIGRATED)
    page = make_page(db_url=url)
    yield page
    page.close()
    databases.drop(postgres, url)


@pytest.fixture
def page(empty: Page) -> Page:
    """Five machines, and a run: one task on a machine, one on a silent machine, one that waits for one, and one here."""
    add_machines(empty.database, ERP, OLD, FAR, NEXT, LATE)
    empty.commands.create_workflow("w", NOW)
    for task, machine in (("load", "erp"), ("count", "old"), ("send", "next"), ("here", "")):
        empty.commands.add_task("w", Task(task, "echo", place=Place(machine)), NOW)
    empty.database.write(lambda db: runs.add_runs(db, [Run("r", "w", 5, RunState.RUNNING, NOW, started_at=NOW)]))
    tasks = ("load", "count", "send", "here")
    rows = [TaskRun("r", task, at, TaskRunState.RUNNING) for at, task in enumerate(tasks)]
    empty.database.write(lambda db: runs.add_task_runs(db, rows))
    attempts = [Attempt("r", task, 1, AttemptState.LAUNCHING) for task in tasks]
    empty.database.write(lambda db: runs.add_attempts(db, attempts))
    give(empty.database, AttemptKey("r", "load", 1), "erp", LONG_AGO, None)
    give(empty.database, AttemptKey("r", "count", 1), "old", LONG_AGO, LONG_AGO)
    return empty


def iso(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def test_what_is_known_of_each_machine(page: Page) -> None:
    found = {worker["name"]: worker for worker in page.browser("viewer").get(f"{V1}/workers").json()}
    assert {name: worker["state"] for name, worker in found.items()} == {
        "erp": "active",
        "far": "incompatible",
        "late": "expired",
        "next": "invited",
        "old": "silent",
    }
    task = {"workflow": "w", "run": "r", "task": "load", "attempt": 1, "claimed_at": iso(LONG_AGO), "started_at": None}
    assert found["erp"] == {
        "name": "erp",
        "state": "active",
        "draining": False,
        "labels": ["sap", "windows"],
        "slots": 2,
        "started_with": None,
        "used": 1,
        "host": "WIN-ERP-01",
        "version": "1.0",
        "heartbeat_at": iso(RIGHT_NOW + timedelta(minutes=30)),
        "silent_since": None,
        "lack": "",
        "skew": -7.4,
        "expires_at": None,
        "measured": LOAD,
        "running": [task],
    }
    old = found["old"]
    assert (old["silent_since"], old["draining"], old["running"][0]["task"]) == (iso(LONG_AGO), True, "count")
    assert (found["next"]["expires_at"], found["far"]["skew"], found["far"]["running"]) == (iso(SOON), None, [])


def test_one_machine(page: Page) -> None:
    viewer = page.browser("viewer")
    listed = {worker["name"]: worker for worker in viewer.get(f"{V1}/workers").json()}["erp"]
    assert viewer.get(f"{V1}/workers/erp").json() == {**listed, "role": "role_erp", "started_at": iso(LONG_AGO)}
    absent = viewer.get(f"{V1}/workers/nowhere")
    assert (absent.status_code, "nowhere" in absent.json()["detail"]) == (404, True)


def test_an_operator_drains_and_resumes(page: Page) -> None:
    operator = page.browser("operator")
    path = f"{V1}/workers/erp"
    drained = operator.post(f"{path}/drain")
    assert (drained.status_code, drained.json()["state"], drained.json()["draining"]) == (200, "draining", True)
    again = operator.post(f"{path}/drain")
    assert (again.status_code, again.json()["detail"]) == (
        409,
        "The worker erp is draining: nothing is given to it anyway.",
    )
    assert operator.post(f"{path}/resume").json()["state"] == "active"
    assert operator.post(f"{path}/resume").status_code == 409
    assert operator.post(f"{V1}/workers/nowhere/drain").status_code == 404
    assert page.browser("viewer").post(f"{path}/drain").status_code == 403
    assert [(entry[0], entry[1]) for entry in audited(page)] == [
        ("operator", f"POST {path}/drain"),
        ("operator", f"POST {path}/resume"),
    ]


def audited(page: Page) -> list[tuple[str, str, str]]:
    """What was recorded of machines, the oldest first."""
    entries = reversed(page.browser().get(f"{V1}/audit").json()["entries"])
    return [(one["actor"], one["action"], one["detail"]) for one in entries if "/workers/" in one["action"]]


def test_an_admin_changes_labels_and_slots(page: Page) -> None:
    admin, path = page.browser(), f"{V1}/workers/erp"
    changed = admin.patch(path, json={"labels": ["windows", "sap", "windows"], "slots": 8}).json()
    assert (changed["labels"], changed["slots"]) == (["windows", "sap"], 8)
    changed = admin.patch(path, json={"labels": []}).json()
    assert (changed["labels"], changed["slots"]) == ([], 8)
    for wrong in ({"slots": 0}, {"slots": 1001}, {"labels": ["no label"]}, {"labels": "a"}, {"name": "other"}):
        assert admin.patch(path, json=wrong).status_code == 422, wrong
    assert page.browser("author").patch(path, json={"slots": 1}).status_code == 403
    assert admin.patch(f"{V1}/workers/nowhere", json={"slots": 1}).status_code == 404
    assert [entry[2] for entry in audited(page)] == ["labels: windows, sap, windows; slots: 8", "labels: none"]


def test_a_run_says_where_its_attempts_are(page: Page) -> None:
    tasks = page.browser("viewer").get(f"{V1}/runs/r").json()["tasks"]
    since = f"{LONG_AGO:%Y-%m-%d %H:%M}"
    placed = {task["id"]: (task["attempts"][0]["worker"], task["attempts"][0]["placement"]) for task in tasks}
    assert placed["load"] == ("erp", "was taken by machine erp, and starts there when a slot is free")
    assert placed["count"][0] == "old"
    assert placed["count"][1].startswith(f"runs on machine old, which is silent since {since}")
    assert placed["send"][0] is None
    assert placed["send"][1].startswith("waits for a machine; ")
    assert "next" in placed["send"][1]
    assert placed["here"] == (None, "")


def test_an_attempt_that_ended_says_which_machine_it_was(page: Page) -> None:
    query = "UPDATE attempts SET state = 'succeeded', finished_at = :now WHERE task_id = 'count'"
    page.database.write(lambda db: db.run(query, now=NOW))
    tasks = page.browser("viewer").get(f"{V1}/runs/r").json()["tasks"]
    (attempt,) = next(task["attempts"] for task in tasks if task["id"] == "count")
    assert (attempt["worker"], attempt["placement"]) == ("old", "")


def test_where_there_are_no_machines(empty: Page, make_page: Callable[..., Page]) -> None:
    for page, possible in ((empty, True), (make_page(), False)):
        viewer = page.browser("viewer")
        assert viewer.get(f"{V1}/workers").json() == []
        assert viewer.get(f"{V1}/session").json()["machines"] is possible
