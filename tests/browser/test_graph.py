"""A graph is seen as a whole, whatever its shape and the window's size, and its tools cover none of its tasks."""

from __future__ import annotations

import json
from typing import Any

import pytest

expect = pytest.importorskip("playwright.sync_api").expect

SIZES = ((1280, 900), (700, 500), (390, 844))
GRAPHS = {
    "wide": {
        f"step_{at}{side}": [f"step_{at - 1}{letter}" for letter in "ab"] if at else []
        for at in range(14)
        for side in "ab"
    },
    "tall": {"first": [], **{f"one_of_many_{at}": ["first"] for at in range(40)}},
    "large": {
        f"task_{at}": [f"task_{before}" for before in range(at // 20 * 20 - 20, at // 20 * 20, 3)] if at >= 20 else []
        for at in range(240)
    },
}
BOXES = """() => {
  const box = (element) => { const {left, top, right, bottom} = element.getBoundingClientRect(); return [left, top, right, bottom]; };
  const board = document.querySelector(".graph .board");
  return {
    board: box(board),
    tasks: [...board.querySelectorAll("[data-task] .plate")].map(box),
    tools: [...document.querySelectorAll(".graph button")].map(box),
    hidden: [board.scrollWidth - board.clientWidth, board.scrollHeight - board.clientHeight],
  };
}"""


def meet(one: list[float], other: list[float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def check(page: Any, tasks: int) -> None:
    expect(page.locator(".graph [data-task]")).to_have_count(tasks)
    boxes = page.evaluate(BOXES)
    left, top, right, bottom = boxes["board"]
    assert boxes["tools"], "whoever cannot read it needs its tools"
    assert max(boxes["hidden"]) <= 1, "some of it can be reached by scrolling only"
    for task in boxes["tasks"]:
        inside = left - 1 <= task[0] and top - 1 <= task[1] and task[2] <= right + 1 and task[3] <= bottom + 1
        assert inside, "a task sticks out of the board"
        assert not any(meet(task, tool) for tool in boxes["tools"]), "a tool covers a task"


@pytest.fixture
def drawn(home: Any) -> Any:
    """A home with a workflow for each shape."""
    for name, graph in GRAPHS.items():
        tasks = [{"id": task, "command": "echo", "depends_on": before} for task, before in graph.items()]
        home("workflow", "apply", "-", text=json.dumps({"id": name, "tasks": tasks}))
    return home


@pytest.mark.parametrize("name", GRAPHS)
def test_a_graph_fits_at_first_sight_and_in_a_window_of_another_size(page, drawn, until, name) -> None:
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"{drawn.address}/#/workflows")
        page.goto(f"{drawn.address}/#/workflows/{name}")
        page.locator(".graph [data-task]").first.wait_for()
        check(page, len(GRAPHS[name]))
    page.set_viewport_size({"width": 1100, "height": 700})
    until(lambda: page.evaluate("document.querySelector('.board').clientWidth") > SIZES[-1][0])
    check(page, len(GRAPHS[name]))


def test_what_was_zoomed_stays_so_until_all_of_it_is_asked_for(page, drawn) -> None:
    page.goto(f"{drawn.address}/#/workflows/wide")
    page.get_by_role("button", name="Actual size").click()
    expect(page.get_by_role("button", name="Actual size")).to_have_text("100 %")
    boxes = page.evaluate(BOXES)
    assert boxes["hidden"][0] > 0
    page.get_by_role("button", name="Zoom in").click()
    expect(page.get_by_role("button", name="Actual size")).to_have_text("125 %")
    page.get_by_role("button", name="Fit").click()
    expect(page.get_by_role("button", name="Fit")).to_be_disabled()
    check(page, len(GRAPHS["wide"]))


def test_a_task_bears_the_sign_of_its_state_and_else_none(page, home) -> None:
    home(
        "workflow",
        "apply",
        "-",
        text="id: w\ntasks: [{id: a, command: echo}, {id: b, command: no-such-command}, {id: c, command: echo}]",
    )
    page.goto(f"{home.address}/#/workflows/w")
    expect(page.locator("[data-task]")).to_have_count(3)
    expect(page.locator("[data-task] .icon")).to_have_count(0)
    run = json.loads(home("run", "w", "--json", code=1).stdout)["id"]
    page.goto(f"{home.address}/#/runs/{run}")
    for task, state in (("a", "succeeded"), ("b", "failed"), ("c", "skipped")):
        expect(page.locator(f"[data-task={task}] .icon-{state}")).to_have_count(1)
