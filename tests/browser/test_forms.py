"""Forms: what is wrong is said in the server's words, and what somebody else saved meanwhile is not overwritten."""

from __future__ import annotations

import re

import pytest
from browsing import write

expect = pytest.importorskip("playwright.sync_api").expect


CHANGE = """async () => {
  const { csrf } = await (await fetch("/api/v1/session")).json();
  const headers = { "x-csrf-token": csrf, "content-type": "application/json", "if-match": "*" };
  const body = JSON.stringify({ role: "operator" });
  return (await fetch("/api/v1/users/ada", { method: "PATCH", headers, body })).status;
}"""
"""Makes ada an operator, as somebody else would."""


def test_the_bounds_of_retries_and_output_files(page, home) -> None:
    home("workflow", "apply", "-", text="id: nightly\ntasks: [{id: dump, command: echo, output_files: a.sql}]")
    page.goto(f"{home.address}/#/workflows/nightly/tasks")
    page.get_by_role("button", name="Edit dump").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("More: order, limits, environment").click()
    expect(dialog.get_by_label("Output file 1", exact=True)).to_have_value("a.sql")
    dialog.get_by_label("Minimum size of output file 1, in bytes").fill("1 kB")
    dialog.get_by_label("Output file 2", exact=True).fill("out/*.csv")
    dialog.get_by_label("Retry count").fill("3")
    dialog.get_by_label("Longest retry delay").fill("5m")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_have_text("minimum_size: '1 kB' is not a whole number.")
    dialog.get_by_label("Minimum size of output file 1, in bytes").fill("1000")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    task = home.json("task", "show", "nightly", "dump")
    assert task["retry"] == {"limit": 3, "max_delay": 300}
    assert task["output_files"] == [{"path": "a.sql", "minimum_size": 1000}, "out/*.csv"]


@pytest.mark.parametrize(("words", "kept"), [("For every run", True), ("Never", False)])
def test_whether_a_workflow_keeps_windows_awake(page, home, words, kept) -> None:
    home("workflow", "apply", "-", text="id: nightly\ntasks: [{id: dump, command: echo}]")
    page.goto(f"{home.address}/#/workflows/nightly")
    for choice, value in ((words, kept), ("For runs of schedules", None)):
        page.reload()  # a form that is opened before the page knows what the last one saved has its older values
        page.get_by_role("button", name="More").click()
        page.get_by_role("menuitem", name="Edit details").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Keep Windows awake").select_option(choice)
        dialog.get_by_role("button", name="Save").click()
        expect(dialog).to_have_count(0)
        assert home.json("workflow", "show", "nightly").get("keep_awake") is value


def test_a_user_whom_somebody_else_changed(page, home) -> None:
    password = "correct horse battery\n"
    home("user", "add", "ada", "--role", "viewer", "--password-stdin", text=password)
    page.goto(f"{home.address}/#/people")
    page.get_by_role("button", name="Edit ada").click()
    dialog = page.get_by_role("dialog")
    assert page.evaluate(CHANGE) == 200
    dialog.get_by_label("New password").fill("another horse battery")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Someone else changed this in the meantime.")
    dialog.get_by_role("button", name="Load the latest version").click()
    # What was typed stays, on top of what was saved meanwhile.
    expect(dialog.get_by_label("Role")).to_have_value("operator")
    expect(dialog.get_by_label("New password")).to_have_value("another horse battery")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("row", name="ada operator")).to_be_visible()


def test_the_editor_shows_what_was_probably_not_meant(page, home) -> None:
    text = "id: nightly\ntasks: [{id: dump, command: echo}]\nschedules: [{id: s, cron: '%s', timezone: UTC}]"
    home("workflow", "apply", "-", text=text % "0 5 * * *")
    page.goto(f"{home.address}/#/workflows/nightly/edit")
    changes = page.get_by_role("region", name="Preview of the changes")
    expect(changes).to_contain_text("Saving changes nothing.")
    expect(changes.locator(".warning")).to_have_count(0)
    write(page, (text % "* 5 * * *").replace("echo", "/nowhere/backup.sh"))
    warnings = changes.locator(".warning")
    expect(warnings).to_have_count(2)
    expect(warnings.first).to_contain_text("every minute")
    expect(warnings.last).to_contain_text(re.compile("Task dump: .*/nowhere/backup.sh"))
    # It can be saved nevertheless, and stays said.
    page.get_by_role("button", name="Save", exact=True).click()
    expect(changes).to_contain_text("Saving changes nothing.")
    expect(warnings).to_have_count(2)
