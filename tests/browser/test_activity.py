"""Why a run is still running, and an unusual output file, on the page of a run."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

expect = pytest.importorskip("playwright.sync_api").expect

ASK = "import os; print('ready?', flush=True); r, w = os.pipe(); os.dup2(r, 0); input()"
WRITE = "import os; open('dump.bak', 'w').write('x' * int(os.environ['PARAM_SIZE']))"


@pytest.mark.parametrize("look", [{}, {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}}])
def test_a_running_task_says_what_it_waits_for(sign_in, home, until, axe, look) -> None:
    task = {"id": "ask", "command": sys.executable, "args": ["-c", ASK], "stop_grace": "0s"}
    home("workflow", "apply", "-", text=json.dumps({"id": "asks", "tasks": [task]}))
    run = json.loads(home("run", "asks", "--detach", "--json").stdout)["id"]
    until(lambda: any(found["looks_like"] for found in home.json("runs", "why-running", run)["looks"]))
    page = sign_in(**look)
    page.goto(f"{home.address}/#/runs/{run}")
    activity = page.get_by_role("region", name="Activity")
    activity.get_by_role("button", name="Why is it still running?").click()
    expect(activity).to_contain_text("looks like it waits for an answer on standard input")
    expect(activity).to_contain_text("Last output")
    expect(activity.get_by_role("listitem")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert axe(page) == []
    home("runs", "cancel", run)


def test_an_unusual_file_is_accepted(sign_in, home) -> None:
    files = [{"path": "dump.bak", "max_ratio": 3}]
    task: dict[str, Any] = {"id": "write", "command": sys.executable, "args": ["-c", WRITE], "output_files": files}
    params = {"size": {"type": "integer", "default": 10}}
    home("workflow", "apply", "-", text=json.dumps({"id": "dump", "params": params, "tasks": [task]}))
    home("run", "dump")
    run = json.loads(home("run", "dump", "-p", "size=90", "--json").stdout)["id"]
    page = sign_in()
    page.goto(f"{home.address}/#/runs/{run}")
    expect(page.locator("main")).to_contain_text("is unusual: it has 90 bytes, usually 10 bytes (max_ratio 3)")
    page.get_by_role("button", name="Accept as usual").click()
    expect(page.locator("main")).to_contain_text("(accepted by")
    expect(page.get_by_role("button", name="Accept as usual")).to_have_count(0)
