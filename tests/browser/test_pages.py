"""Every page in light and dark: axe finds nothing serious, a phone scrolls no page sideways, and nothing comes from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

expect = pytest.importorskip("playwright.sync_api").expect

HOME = """
id: nightly
description: Load the orders of the day into the warehouse
labels: [shop, nightly]
tasks:
  - {id: fetch, command: echo, args: "\\e[32mfetched\\e[0m 1204 orders"}
  - {id: check, command: echo, args: checked, depends_on: [fetch], output_files: missing.csv, output_timeout: 0}
  - {id: load, command: echo, args: loaded, depends_on: [check], retry: {limit: 2, delay: 5}}
  - {id: tell, command: echo, args: told, depends_on: [fetch]}
schedules:
  - {id: at_night, cron: "0 1 * * mon-fri", timezone: Europe/Berlin}
  - {id: often, every: 15m, catchup: none, overlap: skip}
---
id: a.workflow.with.a.name-that-is-as-long-as-a-name-may-well-become_in_practice
tasks: [{id: a_task_whose_name_is_long_too-and-has-no-space-to-break-at, command: echo, args: hello}]
---
id: reports
enabled: false
tasks: [{command: echo, args: hello}]
"""
LONG = "a.workflow.with.a.name-that-is-as-long-as-a-name-may-well-become_in_practice"

PAGES = {
    "overview": "#/",
    "workflows": "#/workflows",
    "no workflow matches": "#/workflows?q=nothing",
    "workflow": "#/workflows/nightly",
    "workflow with a long name": f"#/workflows/{LONG}",
    "tasks": "#/workflows/nightly/tasks",
    "schedules of a workflow": "#/workflows/nightly/schedules",
    "runs of a workflow": "#/workflows/nightly/runs",
    "versions": "#/workflows/nightly/versions",
    "editor": "#/workflows/nightly/edit",
    "new workflow as YAML": "#/workflows/workflow_1/edit?new=1",
    "runs": "#/runs",
    "run": "#/runs/{run}",
    "schedules": "#/schedules",
    "calendar, day": "#/schedules/calendar?span=day",
    "calendar, week": "#/schedules/calendar?span=week",
    "calendar, month": "#/schedules/calendar?span=month",
    "simulate": "#/schedules/simulate",
    "report": "#/report",
    "machines": "#/machines",
    "health": "#/health",
    "log": "#/health/log",
    "users": "#/people",
    "tokens": "#/people/tokens",
    "webhooks": "#/people/hooks",
    "who did what": "#/people/audit",
    "no such page": "#/nowhere",
    "no such run": "#/runs/nothing",
}
DIALOGS = {
    "new workflow": ("#/workflows", "New workflow"),
    "task form": ("#/workflows/nightly/tasks", "Edit check"),
    "schedule form": ("#/workflows/nightly/schedules", "Edit at_night"),
    "question": ("#/workflows/nightly/tasks", "Delete check"),
    "user form": ("#/people", "Add user"),
    "delete old runs": ("#/health", "Delete old runs…"),
    "restart": ("#/health", "Restart…"),
    "stop": ("#/health", "Stop…"),
    "keys": ("#/", "Keyboard shortcuts"),
}


@pytest.fixture
def filled(home: Any) -> Any:
    """A home in which each page has something to show."""
    home("workflow", "apply", "-", text=HOME)
    home("run", "nightly", code=1)
    home("run", LONG)
    home("user", "add", "ada", "--role", "viewer", "--password-stdin", text="correct horse battery\n")
    home("token", "add", "ci", "--role", "viewer", "--days", "3")
    home("webhook", "add", "nightly")
    home("backup")
    return home


def settled(page: Any) -> None:
    """Until a page has drawn what it shows."""
    page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    expect(page.locator(".loading")).to_have_count(0)
    expect(page.locator("main h1")).to_be_visible()


def each_page(page: Any, home: Any) -> Iterator[str]:
    run = home.json("runs", "list", "--workflow", "nightly")[0]["id"]
    for name, address in PAGES.items():
        page.goto(f"{home.address}/{address.format(run=run)}")
        settled(page)
        yield name
    for name, (address, button) in DIALOGS.items():
        page.goto(f"{home.address}/{address}")
        settled(page)
        page.get_by_role("button", name=button).first.click()
        expect(page.get_by_role("dialog")).to_be_visible()
        settled(page)
        yield name
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(filled, sign_in, browser, axe, scheme, faults) -> None:
    faults.accept(r"status of 401 .*/api/v1/session$")
    found: dict[str, list[str]] = {}
    page = sign_in(color_scheme=scheme, reduced_motion="reduce")
    for name in each_page(page, filled):
        found[name] = axe(page)
    outside = browser(color_scheme=scheme).new_page()
    outside.goto(filled.address)
    expect(outside.get_by_role("button", name="Sign in")).to_be_visible()
    found["sign-in"] = axe(outside)
    assert {name: violations for name, violations in found.items() if violations} == {}
    hosts = {urlsplit(address).netloc for address in faults.addresses if not address.startswith(("data:", "blob:"))}
    assert hosts == {urlsplit(filled.address).netloc}


def test_a_phone_scrolls_no_page_sideways(filled, sign_in, browser, faults) -> None:
    faults.accept(r"status of 401 .*/api/v1/session$")
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    page = sign_in(**phone)
    wide = [name for name in each_page(page, filled) if excess(page) > 0]
    outside = browser(**phone).new_page()
    outside.goto(filled.address)
    expect(outside.get_by_role("button", name="Sign in")).to_be_visible()
    assert excess(outside) <= 0
    assert wide == []


def excess(page: Any) -> int:
    """By how many pixels the page is wider than the window."""
    return page.evaluate("document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth")
