"""The table of tasks keeps IDs whole where there is room, and scrolls nowhere."""

from __future__ import annotations

import json
from typing import Any

import pytest

expect = pytest.importorskip("playwright.sync_api").expect

TASKS = [
    {"id": "fetch_orders", "command": "python3", "args": "step.py orders", "depends_on": []},
    {"id": "fetch_products", "command": "python3", "args": "step.py products --from warehouse --since yesterday"},
    {
        "id": "load_into_store",
        "command": "python3",
        "args": "load.py",
        "depends_on": ["fetch_orders", "fetch_products"],
        "retry": {"limit": 3, "delay": 5},
        "timeout": "10m",
        "output_files": ["out/orders.parquet"],
        "continue_on_failure": True,
    },
]
MEASURE = """() => ({
  broken: [...document.querySelectorAll("table.tasks .id")].filter((id) => {
    const range = document.createRange();
    range.selectNodeContents(id);
    return new Set([...range.getClientRects()].map((line) => line.top)).size > 1;
  }).map((id) => id.textContent),
  wider: [...document.querySelectorAll(".scroll, main")].filter((box) => box.scrollWidth > box.clientWidth).map((box) => box.className),
})"""


@pytest.mark.parametrize("width", [390, 768, 1024, 1150, 1280, 1600])
def test_the_ids_of_tasks_stay_whole(home, sign_in, width: int) -> None:
    home("workflow", "apply", "-", text=json.dumps({"id": "nightly", "tasks": TASKS}))
    page: Any = sign_in(viewport={"width": width, "height": 900})
    for tab in ("", "/tasks"):
        page.goto(f"{home.address}/#/workflows/nightly{tab}")
        expect(page.locator("table.tasks tbody tr")).to_have_count(3)
        assert page.evaluate(MEASURE) == {"broken": [], "wider": []}, tab
