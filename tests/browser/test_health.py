"""What admins do on the Health page: backups, deleting old runs, stopping and restarting the scheduler."""

from __future__ import annotations

import re
from pathlib import Path

import browsing
import pytest

expect = pytest.importorskip("playwright.sync_api").expect
AWAY = r"ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE"


@pytest.fixture
def health(sign_in, home):
    page = sign_in()
    page.goto(f"{home.address}/#/health")
    return page


def section(page, name: str):
    return page.get_by_role("region", name=name)


def test_a_backup_is_made_and_downloaded(health, home) -> None:
    backups = section(health, "Backups")
    expect(backups).to_contain_text("No backups yet.")
    backups.get_by_role("button", name="Back up now").click()
    link = backups.get_by_role("link")
    expect(link).to_contain_text(".sqlite")
    (file,) = (home.home / "backups").glob("*.sqlite")
    expect(health.locator(".notice")).to_contain_text(f"Created {file.name}.")
    with health.expect_download() as found:
        link.click()
    assert found.value.suggested_filename == file.name
    assert Path(found.value.path()).read_bytes() == file.read_bytes()


def test_old_runs_are_counted_before_they_are_deleted(health, home) -> None:
    home("workflow", "apply", "-", text="id: w\ntasks: [{command: echo}]")
    for _ in range(3):
        home("run", "w")
    health.get_by_role("button", name="Delete old runs…").click()
    dialog = health.get_by_role("dialog")
    button = dialog.get_by_role("button", name="Delete runs")
    expect(dialog).to_contain_text("nothing to delete")
    expect(button).to_be_disabled()
    limit = dialog.get_by_label("Runs to keep")
    limit.fill("-1")
    expect(dialog).to_contain_text("Enter a whole number of runs, or leave it empty.")
    expect(button).to_be_disabled()
    limit.fill("1")
    expect(dialog).to_contain_text("2 runs will be deleted.")
    assert len(home.json("runs", "list")) == 3
    button.click()
    expect(dialog).to_have_count(0)
    expect(health.locator(".notice")).to_contain_text("Deleted 2 runs.")
    assert len(home.json("runs", "list")) == 1


def test_it_is_restarted_and_the_page_comes_back_by_itself(home, sign_in, until, faults) -> None:
    faults.accept(AWAY)
    home.env["PORT"] = home.address.rpartition(":")[2]
    home("restart")
    until(lambda: browsing.answers(home.address))
    page = sign_in()
    page.goto(f"{home.address}/#/health")
    pid = home.json("status")["pid"]
    expect(section(page, "Scheduler")).to_contain_text(str(pid))
    expect(section(page, "Scheduler")).to_contain_text("Not installed as a service")
    page.get_by_role("button", name="Restart…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("0 runs are in progress.")
    dialog.get_by_label("Running commands").select_option("wait")
    expect(dialog).to_contain_text("no further run starts in the meantime")
    dialog.get_by_role("button", name="Restart").click()
    expect(dialog).to_have_count(0)
    expect(page.locator(".notice")).to_contain_text("The scheduler restarts.")
    again = until(lambda: home.json("status")["pid"] not in (None, pid) and home.json("status")["pid"])
    expect(section(page, "Scheduler")).to_contain_text(re.compile(rf"Process\s*{again}"))
    expect(page.locator(".lost")).to_have_count(0)


def test_it_is_stopped_after_a_question(health, home, until, faults) -> None:
    faults.accept(AWAY)
    health.get_by_role("button", name="Stop…").click()
    dialog = health.get_by_role("dialog")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    assert home.json("status")["running"]
    health.get_by_role("button", name="Stop…").click()
    dialog.get_by_role("button", name="Stop").click()
    expect(health.locator(".notice")).to_contain_text("Start it again with: scheduler start")
    until(lambda: not home.json("status")["running"])
    expect(health.locator(".lost")).to_contain_text("what you see may be out of date")


def test_a_viewer_sees_the_service_and_none_of_this(viewer) -> None:
    page = viewer()
    page.get_by_role("link", name="Health").click()
    expect(section(page, "Scheduler")).to_contain_text("Not installed as a service")
    expect(section(page, "Health checks")).to_contain_text("file locks keep")
    for name in ("Backups", "Maintenance"):
        expect(section(page, name)).to_have_count(0)
