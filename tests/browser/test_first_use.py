"""The whole way of somebody new, in one home: from the one-time address to signing out."""

from __future__ import annotations

import re
import sys

import pytest
from browsing import write

expect = pytest.importorskip("playwright.sync_api").expect

WAIT = """
import pathlib, sys, time
print("waiting for", sys.argv[1], flush=True)
while not pathlib.Path(sys.argv[1]).exists():
    time.sleep(0.02)
print("it is there")
"""
LOAD = """
import sys
print("loading", sys.argv[1], flush=True)
if sys.argv[1] != "orders.csv":
    sys.exit(f"no such file: {sys.argv[1]}")
"""


def test_a_ticket_lets_in_once_and_leaves_the_address(browser, home, faults) -> None:
    faults.accept(r"status of 40[013] .*/api/v1/session$")  # what a used ticket and nobody get
    opened = home.ticket
    page = browser().new_page()
    page.goto(opened)
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    expect(page).to_have_url(f"{home.address}/#/")
    page.reload()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()

    other = browser().new_page()
    other.goto(opened)
    expect(other.get_by_role("button", name="Sign in")).to_be_visible()
    expect(other).to_have_url(f"{home.address}/#/")
    other.get_by_label("Name").fill("nobody")
    other.get_by_label("Password").fill("a wrong password")
    other.get_by_role("button", name="Sign in").click()
    expect(other.locator(".wrong")).not_to_be_empty()

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_from_the_first_workflow_to_its_deletion(page, home) -> None:
    (home.home / "wait.py").write_text(WAIT)
    (home.home / "load.py").write_text(LOAD)
    title = page.get_by_role("heading", level=1)
    state = page.locator(".head .state")
    dialog = page.get_by_role("dialog")

    # The first workflow: three clicks, and everything has a default.
    page.get_by_role("button", name="Create the first workflow").click()
    dialog.get_by_label("Workflow ID").fill("nightly")
    dialog.get_by_label("Command of the first task").fill(sys.executable)
    dialog.get_by_label("Arguments").fill("wait.py go")
    dialog.get_by_role("button", name="Create workflow").click()
    expect(title).to_have_text("nightly")
    expect(page.get_by_text("No schedules yet. It runs only when you start it.")).to_be_visible()

    # A schedule, which says what it means while it is written.
    page.get_by_role("button", name="Add schedule").click()
    dialog.get_by_role("button", name="Cron").click()
    dialog.get_by_label("Hour", exact=True).fill("1")
    dialog.get_by_label("Time zone").fill("Europe/Berlin")
    expect(dialog.locator(".preview")).to_contain_text("At 01:00")
    expect(dialog.locator(".preview")).to_contain_text("Monday")
    expect(dialog.locator(".fires li")).to_have_count(5)
    dialog.get_by_role("button", name="Add schedule").click()
    schedule = page.locator(".schedules li").first
    expect(schedule).to_contain_text("At 01:00")
    expect(schedule).to_contain_text("Europe/Berlin")

    # Run it, and watch: nothing is loaded again.
    page.get_by_role("button", name="Run now").click()
    expect(state).to_have_text("running")
    expect(page.locator(".output")).to_contain_text("waiting for go")
    page.evaluate("window.sameDocument = true")
    (home.home / "go").touch()
    expect(state).to_have_text("succeeded")
    expect(page.locator(".output")).to_contain_text("it is there")
    assert page.evaluate("window.sameDocument")

    # A second task, which fails: the run opens at it, and says why.
    page.locator(".above").get_by_role("link", name="nightly").click()
    page.get_by_role("button", name="Add task").click()
    dialog.get_by_label("Command").fill(sys.executable)
    dialog.get_by_label("Arguments", exact=True).fill("load.py order.csv")
    dialog.get_by_role("button", name="Add task").click()
    expect(page.locator("table.tasks")).to_contain_text("task_2")
    page.get_by_role("button", name="Run now").click()
    expect(state).to_have_text("failed")
    failed = page.url
    expect(page.locator(".sentence")).to_contain_text("task_2")
    section = page.get_by_role("region", name="Task task_2")
    expect(section).to_contain_text("exit code 1")
    # Both streams while it runs, and the one that has something when it is looked at afterwards.
    expect(page.get_by_role("button", name=re.compile("both|stderr"), pressed=True)).to_be_visible()
    expect(page.locator(".output")).to_have_text(re.compile("no such file: order.csv"))

    # The task is mended by its form; only what failed is done again.
    page.locator(".above").get_by_role("link", name="nightly").click()
    page.get_by_role("link", name="Tasks", exact=True).click()
    page.get_by_role("button", name="Edit task_2").click()
    dialog.get_by_label("Arguments", exact=True).fill("load.py orders.csv")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator("table.tasks")).to_contain_text("orders.csv")
    page.goto(failed)
    page.get_by_role("button", name="Retry from failed").click()
    expect(page).not_to_have_url(failed)
    expect(state).to_have_text("succeeded")
    expect(page.get_by_text("Retry of", exact=True)).to_be_visible()
    expect(page.locator(".output")).to_contain_text("loading orders.csv")

    # As YAML: a mistake is shown where it is, and is not saved.
    page.locator(".above").get_by_role("link", name="nightly").click()
    page.get_by_role("link", name="Edit as YAML").click()
    save = page.get_by_role("button", name="Save", exact=True)
    text = "id: nightly\ndescription: Load the orders\ntasks:\n  - id: load\n    {}: echo\n    args: done\n"
    write(page, text.format("comand"))
    expect(page.get_by_role("button", name="line 5, column 5")).to_be_visible()
    expect(page.locator(".cm-lintRange-error").filter(has_text="comand")).to_have_count(1)
    expect(save).to_be_disabled()
    page.keyboard.press("Control+s")
    expect(page.get_by_role("status").filter(has_text="comand")).to_be_visible()
    write(page, text.format("command"))
    expect(page.get_by_role("region", name="Preview of the changes")).to_contain_text("Load the orders")
    expect(save).to_be_enabled()
    save.click()
    expect(page.get_by_text(re.compile("Saved nightly as version"))).to_be_visible()
    page.get_by_role("link", name="Versions").click()
    expect(page.locator(".versions")).to_contain_text("description: Load the orders")

    # Deleting asks, and can be undone: the schedule is back as well.
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Delete").click()
    expect(dialog).to_contain_text("Its runs are kept")
    dialog.get_by_role("button", name="Delete").click()
    expect(title).to_have_text("Workflows")
    expect(page.get_by_text("No workflows yet.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(title).to_have_text("nightly")
    expect(page.locator(".schedules li").first).to_contain_text("At 01:00")
