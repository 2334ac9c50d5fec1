"""Backups, forgetting, and the scheduler itself, as admins have them by the API."""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
from datetime import timedelta

import pytest
from web.conftest import NOW

from workflow_scheduler.domain.errors import Unreachable
from workflow_scheduler.domain.run import Run, RunState
from workflow_scheduler.engine.lock import Holder, HomeLock
from workflow_scheduler.operations.access.audit import audit_list
from workflow_scheduler.operations.home import restart
from workflow_scheduler.storage import runs
from workflow_scheduler.storage.database import Database

V1 = "/api/v1"
NAME = "2026-11-24T12-00-00Z.sqlite"


@pytest.fixture
def admin(page):
    return page.browser()


def record(page) -> list[tuple[str, str, str]]:
    return [(entry.actor, entry.action, entry.detail) for entry in audit_list(page.database, 100)]


def with_runs(page, count: int) -> None:
    page.commands.create_workflow("w", NOW)
    days = [NOW - timedelta(days=100 - n) for n in range(count)]
    made = [Run(f"r{n}", "w", 1, RunState.SUCCEEDED, day, finished_at=day) for n, day in enumerate(days)]
    page.database.write(lambda db: runs.add_runs(db, made))
    for run in made:
        folder = page.home / "attempts" / run.id
        folder.mkdir(parents=True)
        (folder / "file").touch()


def test_a_backup_is_made_listed_and_downloaded(page, admin) -> None:
    page.commands.create_workflow("w", NOW)
    assert admin.get(f"{V1}/backups").json() == []
    answer = admin.post(f"{V1}/backups")
    assert answer.status_code == 201
    made = answer.json()
    assert (made["name"], made["bytes"]) == (NAME, (page.home / "backups" / NAME).stat().st_size)
    assert record(page)[0] == ("owner", f"POST {V1}/backups", NAME)
    again = admin.post(f"{V1}/backups")
    assert (again.status_code, "already exists" in again.json()["detail"]) == (409, True)
    older = page.home / "backups" / "daily-2026-11-01.sqlite"
    older.write_bytes(b"x")
    os.utime(older, (0, 0))
    old = {"name": older.name, "bytes": 1, "made_at": "1970-01-01T00:00:00Z"}
    assert admin.get(f"{V1}/backups").json() == [made, old]
    entries = len(record(page))
    got = admin.get(f"{V1}/backups/{NAME}")
    assert got.headers["content-disposition"] == f'attachment; filename="{NAME}"'
    assert got.headers["content-type"] == "application/vnd.sqlite3"
    assert int(got.headers["content-length"]) == made["bytes"]
    assert got.content == (page.home / "backups" / NAME).read_bytes()
    assert len(record(page)) == entries
    copy = page.home / "copy.sqlite"
    copy.write_bytes(got.content)
    with sqlite3.connect(copy) as db:
        assert db.execute("SELECT DISTINCT workflow_id FROM workflow_versions").fetchall() == [("w",)]
    db.close()


@pytest.mark.skipif(sys.platform == "win32", reason="making a link needs rights there")
def test_only_what_the_list_shows_can_be_asked_for(page, admin) -> None:
    folder = page.home / "backups"
    folder.mkdir()
    (page.home / "canary.sqlite").write_text("canary")
    (folder / "link.sqlite").symlink_to(page.home / "canary.sqlite")
    (folder / "folder.sqlite").mkdir()
    for name in (".hidden.sqlite", ".good.sqlite.12.part", "a b.sqlite", "notes.txt", "good.sqlite"):
        (folder / name).write_text("canary" if name != "good.sqlite" else "good")
    assert [backup["name"] for backup in admin.get(f"{V1}/backups").json()] == ["good.sqlite"]
    assert admin.get(f"{V1}/backups/good.sqlite").text == "good"
    for name in (
        "link.sqlite",
        "folder.sqlite",
        ".hidden.sqlite",
        "a%20b.sqlite",
        "notes.txt",
        "good",
        "canary.sqlite",
    ):
        answer = admin.get(f"{V1}/backups/{name}")
        assert (answer.status_code, "canary" in answer.text.replace("canary.sqlite", "")) == (404, False), name
    for target in ("..%2fcanary.sqlite", "..", "%2e%2e/canary.sqlite", "good.sqlite%00"):
        request = admin.build_request("GET", "/")
        request.extensions["target"] = f"{V1}/backups/{target}".encode()
        assert admin.send(request).status_code in (404, 422), target


def test_two_backups_at_once_are_one_and_whole(page) -> None:
    page.commands.create_workflow("w", NOW)
    browsers = [page.browser() for _ in range(3)]
    codes: list[int] = []
    threads = [
        threading.Thread(target=lambda browser=browser: codes.append(browser.post(f"{V1}/backups").status_code))
        for browser in browsers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [201, 409, 409]
    copy = Database(f"sqlite:///backups/{NAME}", page.home)
    copy.check()
    copy.close()
    assert [file.name for file in (page.home / "backups").iterdir() if file.suffix == ".part"] == []


def test_old_runs_are_counted_first_and_then_forgotten(make_page) -> None:
    page = make_page(retention_days=0, retention_runs=4)
    admin = page.browser()
    with_runs(page, 6)
    entries = len(record(page))
    assert admin.post(f"{V1}/prune", json={"dry_run": True}).json() == {"runs": 2, "dry_run": True}
    assert admin.post(f"{V1}/prune", json={"dry_run": True, "runs": 0}).json()["runs"] == 0
    assert admin.post(f"{V1}/prune", json={"dry_run": True, "runs": 1}).json()["runs"] == 5
    assert admin.post(f"{V1}/prune", json={"dry_run": True, "runs": 0, "days": 98}).json()["runs"] == 2
    assert len(record(page)) == entries
    assert len(admin.get(f"{V1}/runs").json()["items"]) == 6
    assert admin.post(f"{V1}/prune").json() == {"runs": 2, "dry_run": False}
    assert [run["id"] for run in admin.get(f"{V1}/runs").json()["items"]] == ["r5", "r4", "r3", "r2"]
    assert sorted(file.name for file in (page.home / "attempts").iterdir()) == ["r2", "r3", "r4", "r5"]
    assert record(page)[0] == ("owner", f"POST {V1}/prune", "days 0, runs 4")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("prune", {"days": -1}),
        ("prune", {"days": 10**9}),
        ("prune", {"runs": -1}),
        ("prune", {"runs": "many"}),
        ("prune", {"dryrun": True}),
        ("engine/stop", {"how": "now"}),
        ("engine/stop", {"wait": True}),
        ("engine/restart", {"how": None}),
    ],
)
def test_what_cannot_be_meant_is_refused(page, admin, path: str, body: dict[str, object]) -> None:
    entries = len(record(page))
    assert admin.post(f"{V1}/{path}", json=body).status_code == 422
    assert len(record(page)) == entries


def test_the_state_of_the_service_is_for_everybody_who_signs_in(page) -> None:
    found = page.browser("viewer").get(f"{V1}/service").json()
    assert (found["installed"], found["running"], found["home"]) == (False, False, str(page.home))
    assert found["name"].startswith("workflow-scheduler-home0-")


@pytest.mark.parametrize("what", ["stop", "restart"])
def test_a_scheduler_that_does_not_run_is_not_stopped(page, admin, what: str) -> None:
    entries = len(record(page))
    answer = admin.post(f"{V1}/engine/{what}", json={"how": "wait"})
    assert answer.status_code == 409
    assert answer.json()["detail"] == f"The scheduler is not running in {page.home}."
    assert len(record(page)) == entries


@pytest.fixture
def held(page):
    """The home is held by a scheduler that a service manager started: this process."""
    lock = HomeLock(page.home)
    lock.acquire()
    lock.write(Holder(os.getpid(), 1))
    yield lock
    lock.release()


def test_a_scheduler_that_would_not_come_back_as_it_was_is_not_restarted(page, admin, held) -> None:
    entries = len(record(page))
    answer = admin.post(f"{V1}/engine/restart")
    assert answer.status_code == 409
    assert "service manager" in answer.json()["detail"]
    assert len(record(page)) == entries
    stopped = admin.post(f"{V1}/engine/stop", json={"how": "wait"})
    assert stopped.status_code == 202
    assert stopped.json() == {"pid": os.getpid(), "how": "wait", "runs_running": 0}
    assert record(page)[0] == ("owner", f"POST {V1}/engine/stop", "wait")


def test_it_is_not_stopped_if_it_could_not_be_started_again(page, admin, held, monkeypatch) -> None:
    held.write(Holder(os.getpid(), 1, background=True))
    entries = len(record(page))
    monkeypatch.setattr(restart.sys, "executable", str(page.home / "no-python"))
    answer = admin.post(f"{V1}/engine/restart")
    assert (answer.status_code, "could not be prepared" in answer.json()["detail"]) == (503, True)
    monkeypatch.undo()
    (page.home / ".env").write_text("TIMEZONE=Mars/Olympus\n")
    answer = admin.post(f"{V1}/engine/restart")
    assert (answer.status_code, "TIMEZONE" in answer.json()["detail"]) == (422, True)
    assert len(record(page)) == entries


def test_nobody_starts_it_again_if_it_cannot_be_asked_to_stop(page, admin, held, monkeypatch) -> None:
    held.write(Holder(os.getpid(), 1, background=True))
    started = []
    begin = restart._starter

    def starter(*words):
        started.append(begin(*words))
        return started[-1]

    def no_answer(*_, **__):
        raise Unreachable("The database does not answer.")

    monkeypatch.setattr(restart, "_starter", starter)
    monkeypatch.setattr(restart, "ask_to_stop", no_answer)
    assert admin.post(f"{V1}/engine/restart").status_code == 503
    assert started[0].returncode is not None
