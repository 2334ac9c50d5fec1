"""Tabs stay true by one stream, say when they cannot, and two people do not overwrite each other."""

from __future__ import annotations

import re
import sys
from typing import Any

import httpx
import pytest
from patience import PATIENCE

expect = pytest.importorskip("playwright.sync_api").expect

GATE = "import pathlib, time; print('begun', flush=True)\nwhile not pathlib.Path('go').exists(): time.sleep(0.02)"


def waiting_workflow(home: Any) -> None:
    (home.home / "gate.py").write_text(GATE)
    home("workflow", "apply", "-", text=f"id: gated\ntasks: [{{id: gate, command: {sys.executable}, args: gate.py}}]")


def test_ten_tabs_are_live_by_one_stream(page, home, until) -> None:
    pytest.importorskip("prometheus_client")
    waiting_workflow(home)
    token = home.json("token", "add", "metrics", "--role", "viewer", "--days", "1")["token"]

    def streams() -> int:
        said = httpx.get(f"{home.address}/metrics", headers={"authorization": f"Bearer {token}"}, timeout=PATIENCE).text
        return int(float(re.search(r"^workflow_scheduler_streams_open ([\d.]+)", said, re.MULTILINE)[1]))

    page.goto(f"{home.address}/#/workflows/gated")
    page.get_by_role("button", name="Run now").click()
    expect(page.locator(".head .state")).to_have_text("running")
    tabs = [page, *(page.context.new_page() for _ in range(9))]
    for tab in tabs[1:]:
        tab.goto(page.url)
        expect(tab.locator(".head .state")).to_have_text("running")
    until(lambda: streams() == 1)
    (home.home / "go").touch()
    for tab in tabs:
        expect(tab.locator(".head .state")).to_have_text("succeeded")
        assert tab.locator(".lost").count() == 0
    assert streams() == 1
    for tab in tabs:
        tab.close()
    until(lambda: streams() == 0)


def test_a_restart_is_said_and_got_over(page, home, faults) -> None:
    faults.accept(r"ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE")
    waiting_workflow(home)
    page.goto(f"{home.address}/#/workflows")
    expect(page.get_by_role("link", name="gated")).to_be_visible()
    expect(page.locator(".lost")).to_have_count(0)
    home("stop")
    expect(page.locator(".lost")).to_contain_text("what you see may be out of date")
    home("workflow", "create", "meanwhile")
    home.env["PORT"] = home.address.rpartition(":")[2]
    home("start")
    expect(page.get_by_role("link", name="meanwhile")).to_be_visible()
    expect(page.locator(".lost")).to_have_count(0)


def test_the_second_of_two_people_overwrites_nothing(sign_in, home) -> None:
    home("workflow", "create", "shared", "--description", "as it was")
    home("task", "add", "shared", "--command", "echo")
    ada, bob = sign_in(), sign_in()
    for page in (ada, bob):
        page.goto(f"{home.address}/#/workflows/shared")
        page.get_by_role("button", name="More actions").click()
        page.get_by_role("menuitem", name="Edit details").click()
    dialogs = [page.get_by_role("dialog") for page in (ada, bob)]
    dialogs[0].get_by_label("Description").fill("of ada")
    dialogs[1].get_by_label("Description").fill("of bob")
    dialogs[0].get_by_role("button", name="Save").click()
    expect(dialogs[0]).to_have_count(0)
    expect(bob.locator(".description")).to_have_text("of ada")
    dialogs[1].get_by_role("button", name="Save").click()
    expect(dialogs[1].get_by_role("alert")).to_contain_text("Someone else changed this")
    expect(dialogs[1].get_by_label("Description")).to_have_value("of bob")
    assert home.json("workflow", "show", "shared")["description"] == "of ada"
    dialogs[1].get_by_role("button", name="Load the latest version").click()
    dialogs[1].get_by_role("button", name="Save").click()
    expect(ada.locator(".description")).to_have_text("of bob")

    for page in (ada, bob):
        page.goto(f"{home.address}/#/workflows/shared/edit")
        page.locator(".cm-content").click()
        page.keyboard.press("Control+End")
    ada.keyboard.insert_text("labels: [ada]\n")
    bob.keyboard.insert_text("labels: [bob]\n")
    ada.get_by_role("button", name="Save", exact=True).click()
    expect(ada.get_by_text(re.compile("Saved shared as version"))).to_be_visible()
    bob.get_by_role("button", name="Save", exact=True).click()
    expect(bob.get_by_role("alert")).to_contain_text("Someone else saved shared while you were editing")
    expect(bob.locator(".cm-content")).to_contain_text("[bob]")
    assert home.json("workflow", "show", "shared")["labels"] == ["ada"]


def test_a_viewer_is_offered_nothing_that_is_refused(viewer, home) -> None:
    home("workflow", "apply", "-", text="id: w\ntasks: [{id: t, command: 'false'}]\nschedules: [{id: s, every: 1h}]")
    home("run", "w", code=1)
    run = home.json("runs", "list")[0]["id"]
    page = viewer()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    expect(page.get_by_role("link", name="Access")).to_have_count(0)
    places = {
        "": "scheduler running",
        "workflows": "w",
        "workflows/w": "Next fire",
        "workflows/w/tasks": "Command",
        "workflows/w/schedules": "Every 1h",
        "workflows/w/versions": "This is the only version.",
        "runs": run,
        f"runs/{run}": "exit code 1",
        "schedules": "Every 1h",
        "health": "Health checks",
    }
    doing = re.compile("run|retry|pause|resume|edit|delete|move|add|new|restore|make|cancel|save", re.IGNORECASE)
    for place, heading in places.items():
        page.goto(f"{home.address}/#/{place}")
        expect(page.locator("main")).to_contain_text(heading)
        offered = [
            button for button in page.locator("main button, main a.button").all() if doing.search(button.inner_text())
        ]
        assert [button.inner_text() for button in offered] == [], place
        named = page.locator("main button[aria-label]").evaluate_all("all => all.map((one) => one.ariaLabel)")
        asking = "Why? "  # which changes nothing
        assert [name for name in named if doing.search(name) and not name.startswith(asking)] == [], place
