"""Safety requirements 5 and 12 over a home that has one of everything: looking changes nothing, and shows no secret."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asking
import databases
import psutil
import pytest
from messages import single
from web.conftest import PASSWORD, Page, open_page

from workflow_scheduler.domain.account import Role
from workflow_scheduler.domain.message import to_plain
from workflow_scheduler.engine.lock import Holder
from workflow_scheduler.settings import read_settings
from workflow_scheduler.storage.database import Database
from workflow_scheduler.storage.deliveries import Delivery, add_delivery
from workflow_scheduler.storage.tables import TABLES
from workflow_scheduler.storage.workers import WorkerRow, add_worker
from workflow_scheduler.web.permissions import API, ROUTES

EVENTS = f"{API}/events"  # endless; it only reads the table of events, and test_stream has it
OF_DATABASE, OF_FILE, OF_TASK = "canary-db-5d1c", "canary-file-77be", "canary-env-90a3"
CODE = "import os; print('got', len(os.environ['FROM_FILE']), len(os.environ['FROM_TASK']))"


def fill(scheduler) -> dict[str, str]:
    """A workflow of two versions, a schedule, a run that succeeded, a backup; returns what to put into paths."""
    (scheduler.home / "secrets.env").write_text(f"FROM_FILE={OF_FILE}\n")
    tasks = [
        {
            "id": "t",
            "command": sys.executable,
            "args": ["-c", CODE],
            "env_file": "secrets.env",
            "env": {"FROM_TASK": OF_TASK},
        },
        {"id": "bad", "command": "no-such-command", "env": {"FROM_TASK": OF_TASK}, "env_file": "secrets.env"},
        {"id": "worse", "command": "echo", "env": {"FROM_TASK": OF_TASK}, "env_file": "nowhere.env", "depends_on": []},
    ]
    schedules = [{"id": "s", "cron": "@daily"}]
    (scheduler.home / "c.json").write_text(json.dumps({"kind": "calendar", "id": "c"}))
    scheduler("calendar", "apply", "c.json")
    (scheduler.home / "c.json").unlink()
    for description in ("first", "second"):
        document = {"id": "w", "description": description, "tasks": tasks, "schedules": schedules}
        (scheduler.home / "w.json").write_text(json.dumps(document))
        scheduler("workflow", "apply", "w.json")
    (scheduler.home / "w.json").unlink()
    scheduler("run", "w", "--id", "r", code=1)
    past = ("--from", "2026-01-01", "--to", "2026-01-02")
    backfill = scheduler.json("backfill", "w", *past, "--yes")["id"]
    database = Database(read_settings(scheduler.home, scheduler.env).db_url, scheduler.home)
    now = datetime.now(UTC)
    told = Delivery("m1", "ops", "sent", now, now, 1, now, now, "", to_plain(single()))
    database.write(lambda db: add_delivery(db, told))
    database.write(lambda db: add_worker(db, WorkerRow("x", "worker_x", ("l",), 2, "active", now)))
    database.close()
    backup = scheduler.json("backup")["file"]
    return {
        "workflow": "w",
        "version": "1",
        "schedule": "s",
        "calendar": "c",
        "date": "2026-12-25",
        "run": "r",
        "backfill": backfill,
        "task": "t",
        "attempt": "1",
        "stream": "stdout",
        "message": "m1",
        "worker": "x",
        "backup": Path(backup).name,
    }


def gets(values: dict[str, str], role: Role) -> Iterator[str]:
    for rule in ROUTES:
        if rule.method == "GET" and rule.path != EVENTS and (rule.role is None or role.covers(rule.role)):
            yield rule.path.format(**values) + ("?against=2" if rule.path.endswith("/diff") else "")


@pytest.fixture
def filled_page(scheduler) -> Iterator[tuple[Page, dict[str, str]]]:
    values = fill(scheduler)
    page = open_page(scheduler.home)
    page.now = datetime.now(UTC)
    yield page, values
    page.close()


def everything(page: Page) -> dict[str, list[Any]]:
    found = page.database.read(
        lambda db: {table.name: sorted(map(repr, db.rows(f"SELECT * FROM {table.name}"))) for table in TABLES}
    )
    files = (file for file in page.home.rglob("*") if file.is_file() and "jobs.sqlite" not in file.name)
    return {**found, "files": sorted((str(file), file.read_bytes()) for file in files)}


def test_no_get_changes_anything(filled_page) -> None:
    page, values = filled_page
    admin = page.browser()
    admin.post(f"{API}/users", json={"name": "ada", "role": "viewer", "password": PASSWORD})
    assert admin.post(f"{API}/tokens", json={"id": "ci", "role": "viewer"}).status_code < 300
    assert admin.post(f"{API}/hooks", json={"workflow_id": "w"}).status_code < 300
    page.accounts.make_ticket(page.now)
    before = everything(page)
    empty = {name for name, rows in before.items() if not rows}
    assert empty <= {
        "hook_calls",
        "request_keys",
        "planner",
        "fires",
        "deadlines",
        "sightings",
        "failures",
        "failure_notes",
        "report_times",
        "output_sizes",
        "script_texts",
        "alert_cursor",
        "incidents",
        "pings",
        "assignments",
        "bundles",
        "worker_output",
        "worker_reports",
    }
    for path in gets(values, Role.ADMIN):
        for query in ("", "limit=1&n=1&download=true&from=2020-01-01T00:00:00Z"):
            answer = admin.get(path + (("&" if "?" in path else "?") + query if query else ""))
            assert answer.status_code in ((200,) if not query else (200, 422)), (path, answer.status_code, answer.text)
            after = everything(page)
            assert after == before, [name for name in before if after[name] != before[name]]
    # And what a viewer may post is a question, too.
    viewer = page.browser("viewer")
    before = everything(page)
    for path, body in (("workflows/validate", {"yaml": "id: v"}), ("schedules/preview", {"cron": "@daily"})):
        assert viewer.post(f"{API}/{path}", json=body).status_code in (200, 422)
    assert everything(page) == before


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_secrets_by_reference_are_shown_nowhere(kind: str, scheduler, request, until: Callable) -> None:
    changes = {}
    if kind == "postgresql":
        url = databases.fresh(request.getfixturevalue("postgres"))
        changes["db_url"] = url.replace("tester@", f"tester:{OF_DATABASE}@")
        (scheduler.home / ".env").write_text(f"DB_URL={changes['db_url']}\n")
    scheduler("start")
    values = fill(scheduler)
    kept = [OF_DATABASE, OF_FILE]

    def assert_absent(text: str, where: object, secrets: list[str] = kept) -> None:
        assert not [secret for secret in secrets if secret in text], where

    # The task itself got them.
    assert "got" in scheduler("runs", "logs", "r").stdout
    words = [
        ["status"],
        ["doctor"],
        ["workflow", "list"],
        ["workflow", "show", "w"],
        ["runs", "list"],
        ["runs", "show", "r"],
    ]
    for some in (*words, ["schedule", "list"], ["fires", "list", "--schedule", "s"], ["audit"]):
        for form in ([], ["--json"]):
            done = asking.ask([*some, *form], scheduler.env, scheduler.home)
            assert done.returncode in (0, 4), done.stderr
            assert_absent(done.stdout + done.stderr, some)
    for some in (["--help"], ["backup", "--help"], ["start", "--help"], ["log"], ["workflow", "export"]):
        assert_absent(asking.ask(some, scheduler.env, scheduler.home).stdout, some)
    # Mistakes, whose words often have everything in them.
    for some in (["workflow", "show", "x"], ["restore", "nowhere.sqlite"], ["run", "x"], ["serve"]):
        done = scheduler(*some, code=None)
        assert done.returncode != 0
        assert_absent(done.stderr, some)
    scheduler("backup", "copy.sqlite")
    process = psutil.Process(scheduler.json("status")["pid"])
    for member in (process, *process.children(recursive=True)):
        assert_absent(" ".join(member.cmdline()), "the list of processes")
    for file in scheduler.home.rglob("*"):
        if file.is_file() and file.name not in (".env", "secrets.env"):
            assert_absent(file.read_bytes().decode("latin-1"), file)
            # A definition says what it says; nothing else repeats it.
            if "sqlite" not in file.name:
                assert_absent(file.read_bytes().decode("latin-1"), file, [OF_TASK])
    page = open_page(scheduler.home, **changes)
    page.now = datetime.now(UTC)
    try:
        page.running = Holder(process.pid)
        for role, secrets in ((Role.VIEWER, [*kept, OF_TASK]), (Role.OPERATOR, [*kept, OF_TASK]), (Role.ADMIN, kept)):
            browser = page.browser(role.value)
            for path in gets(values, role):
                answer = browser.get(path)
                assert answer.status_code == 200, (path, answer.text)
                assert_absent(answer.text + str(answer.headers), (role, path), secrets)
    finally:
        page.close()
