"""Machines in the web interface: the list, one of them, what can be done, and where a run shows its machines."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import databases
import pytest
from worker_rows import add_machines, give

from workflow_scheduler.domain.placement import PROTOCOL
from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.storage.database import Database
from workflow_scheduler.storage.workers import WorkerRow

expect = pytest.importorskip("playwright.sync_api").expect

NOW = datetime.now(UTC).replace(microsecond=0)
LONG_AGO, SOON = NOW - timedelta(hours=1), NOW + timedelta(hours=1)
LOAD = {"cpu_percent": 12.5, "memory_percent": 41.0, "free_mb": 20480}
ERP = WorkerRow(
    *("win-erp-01", "role_erp", ("sap", "windows"), 4, "active", LONG_AGO),
    host="WIN-ERP-01",
    version="1.0",
    protocol=PROTOCOL,
    started_at=LONG_AGO,
    heartbeat_at=SOON,
    skew=-7.4,
    measured=LOAD,
)
OLD = WorkerRow(
    *("old", "role_old", (), 2, "active", LONG_AGO),
    version="1.0",
    protocol=PROTOCOL,
    heartbeat_at=LONG_AGO,
    silent_at=LONG_AGO,
)
NEXT = WorkerRow(*("next", "role_next", (), 5, "invited", LONG_AGO), expires_at=SOON)
FAR = replace(ERP, name="far", role_name="role_far", labels=(), skew=None, version="0.1", protocol=PROTOCOL + 2)
WORKFLOW = """
id: nightly
tasks:
  - {id: load, command: echo, place: {labels: [windows, sap]}}
  - {id: count, command: echo, place: {worker: old}, depends_on: []}
  - {id: send, command: echo, place: {worker: next}, depends_on: []}
"""


@pytest.fixture
def scheduler(scheduler: Any, postgres: str) -> Iterator[Any]:
    """On PostgreSQL."""
    url = databases.fresh(postgres, databases.MIGRATED)
    (scheduler.home / ".env").write_text(f"DB_URL={url}\n")
    scheduler.database = Database(url, scheduler.home)
    yield scheduler
    scheduler.database.close()


@pytest.fixture
def machines(home: Any, until: Any) -> Iterator[Any]:
    """Four machines, and a run with attempts on two of them and one that waits for the third."""
    add_machines(home.database, ERP, OLD, NEXT, FAR)
    home("workflow", "apply", "-", text=WORKFLOW)
    home.run = home.json("run", "nightly", "--detach")["id"]
    states = "SELECT count(*) FROM assignments WHERE run_id = :run"
    until(lambda: home.database.read(lambda db: db.value(states, run=home.run)) == 3)
    for task, worker in (("load", ERP.name), ("count", OLD.name)):
        give(home.database, AttemptKey(home.run, task, 1), worker, LONG_AGO, LONG_AGO)
    for table in ("attempts", "task_runs"):
        query = f"UPDATE {table} SET state = 'running', started_at = :at WHERE run_id = :run AND task_id IN ('load', 'count')"
        home.database.write(lambda db, query=query: db.run(query, at=LONG_AGO, run=home.run))
    yield home
    # It would wait for machines that are only rows.
    os.kill(home.json("status")["pid"], signal.SIGKILL)


def row(page: Any, name: str) -> Any:
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=name, exact=True))


def test_each_machine_says_how_it_is(machines, sign_in) -> None:
    page = sign_in()
    page.get_by_role("link", name="Machines").click()
    erp = row(page, "win-erp-01")
    for words in (
        "sap",
        "windows",
        "active",
        "its clock is 7 s behind",
        "1 of 4",
        "CPU 13 %, memory 41 %, 20.5 GB free",
    ):
        expect(erp).to_contain_text(words)
    expect(row(page, "old")).to_contain_text("silent since")
    expect(row(page, "next")).to_contain_text("invited until")
    expect(row(page, "far")).to_contain_text("0.1 is too far from the scheduler's version")
    erp.get_by_role("link", name="nightly / load").click()
    expect(page.get_by_role("region", name="Task load")).to_contain_text("win-erp-01")
    page.get_by_role("link", name="win-erp-01").click()
    expect(page.locator("h1")).to_have_text("Machine win-erp-01")
    expect(page.get_by_role("region", name="Running there")).to_contain_text(machines.run)


def test_a_machine_is_drained_resumed_and_changed(machines, sign_in) -> None:
    page = sign_in()
    page.goto(f"{machines.address}/#/machines")
    page.get_by_role("button", name="Drain win-erp-01").click()
    expect(row(page, "win-erp-01").locator(".state")).to_have_text("draining")
    page.get_by_role("button", name="Undo").click()
    expect(row(page, "win-erp-01").locator(".state")).to_have_text("active")
    page.get_by_role("button", name="Drain old").click()
    expect(row(page, "old")).to_contain_text(", draining")
    page.get_by_role("button", name="Resume old").click()
    expect(page.get_by_role("button", name="Drain old")).to_be_visible()
    page.goto(f"{machines.address}/#/machines/win-erp-01")
    page.get_by_role("button", name="Edit").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Labels").fill("linux, sap")
    dialog.get_by_label("Slots").fill("0")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("slots")
    dialog.get_by_label("Slots").fill("8")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator(".machine-facts")).to_contain_text("linux, sap")
    expect(page.locator(".machine-facts")).to_contain_text("1 of 8")


def test_a_run_shows_its_machines(machines, sign_in) -> None:
    page = sign_in()
    page.goto(f"{machines.address}/#/runs/{machines.run}/count")
    expect(page.get_by_role("region", name="Task count")).to_contain_text("silent since")
    expect(page.get_by_role("button", name="load running on win-erp-01")).to_be_visible()
    expect(page.get_by_role("button", name="count attempt 1 on old: running")).to_be_visible()
    page.goto(f"{machines.address}/#/runs/{machines.run}/send")
    expect(page.get_by_role("region", name="Task send")).to_contain_text("It waits for a machine; ")


def test_a_viewer_changes_nothing(machines, viewer) -> None:
    page = viewer()
    page.get_by_role("link", name="Machines").click()
    expect(row(page, "win-erp-01")).to_contain_text("active")
    expect(page.get_by_role("button", name="Drain")).to_have_count(0)
    page.get_by_role("link", name="win-erp-01").click()
    expect(page.get_by_role("region", name="Running there")).to_be_visible()
    expect(page.get_by_role("button", name="Edit")).to_have_count(0)


def test_before_the_first_machine(home, page) -> None:
    page.keyboard.press("g")
    page.keyboard.press("m")
    for command in ("scheduler worker invite", "scheduler worker join TOKEN"):
        expect(page.locator(".empty")).to_contain_text(command)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(machines, sign_in, axe, scheme: str) -> None:
    page = sign_in(color_scheme=scheme, reduced_motion="reduce")
    for address, words in (
        (f"#/runs/{machines.run}/count", "Task count"),
        ("#/machines", "win-erp-01"),
        ("#/machines/old", "Role"),
    ):
        page.goto(f"{machines.address}/{address}")
        expect(page.locator("main")).to_contain_text(words)
        assert axe(page) == [], address


def test_a_phone_scrolls_nothing_sideways(machines, sign_in) -> None:
    page = sign_in(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    for address in ("#/machines", "#/machines/win-erp-01"):
        page.goto(f"{machines.address}/{address}")
        expect(page.locator("main")).to_contain_text("CPU 13 %")
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
