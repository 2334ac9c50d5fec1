"""A double click on a button that changes something is one change, and the button is busy until it is done."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

expect = pytest.importorskip("playwright.sync_api").expect

WAIT = "import pathlib, time\nwhile not pathlib.Path('go').exists(): time.sleep(0.02)\n"
DEFINITIONS = f"""id: w
tasks: [{{id: a, command: echo}}, {{id: b, command: echo}}]
schedules: [{{id: s, cron: 0 3 * * *, timezone: UTC}}]
---
id: bad
tasks: [{{id: t, command: {sys.executable}, args: [-c, "raise SystemExit(3)"]}}]
---
id: long
tasks: [{{id: t, command: {sys.executable}, args: wait.py}}]
"""


@dataclass
class Changes:
    """What the page asks to be changed; each answer waits until the test lets it go."""

    page: Any
    held: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.route("**/api/v1/**", self._take)

    def _take(self, route: Any) -> None:
        request = route.request
        asks = request.method == "GET" or request.url.endswith(("/validate", "/preview"))
        # A question about what a change would do changes nothing.
        if asks or "dry_run" in request.url or '"dry_run":true' in (request.post_data or ""):
            route.continue_()
        else:
            self.held.append(route)

    def drawn(self) -> None:
        self.page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")

    def one(self, button: Any, until: Callable[..., Any], *, stays: bool) -> None:
        """A double click, and more while it is busy, ask once."""
        button.dblclick()
        until(lambda: self.drawn() or self.held)
        if stays:
            expect(button).to_have_attribute("aria-busy", "true")
            button.dispatch_event("click")
            button.press("Enter")
        self.drawn()
        (route,) = self.held
        assert route.request.headers["idempotency-key"]
        address = route.request.url
        with self.page.expect_response(
            lambda answer: answer.url == address and answer.request.method != "GET"
        ) as answer:
            route.continue_()
        assert answer.value.ok, (address, answer.value.status)
        self.drawn()
        expect(self.page.locator("main [aria-busy=true]")).to_have_count(0)
        assert len(self.held) == 1, [route.request.url for route in self.held]
        self.held.clear()


@pytest.fixture
def filled(home, until) -> Any:
    (home.home / "wait.py").write_text(WAIT)
    home("workflow", "apply", "-", text=DEFINITIONS)
    home("run", "bad", "--id", "failed", code=1)
    for run in ("long-1", "long-2"):
        home("run", "long", "--id", run, "--detach")
    until(lambda: home.json("runs", "show", "long-1")["state"] == "running")
    yield home
    (home.home / "go").touch()


def test_a_double_click_changes_one_thing(filled, page, until) -> None:
    changes = Changes(page)

    def step(address: str, name: str, *, asked: str | None = None, typed: dict[str, str] | None = None) -> None:
        """Press the button of that name; `asked`: what presses on in the dialog that it opens."""
        page.goto("about:blank")
        page.goto(f"{filled.address}/#/{address}")
        button = page.get_by_role("button", name=name, exact=True)
        if asked is None:
            changes.one(button.first, until, stays=True)
            return
        button.first.click()
        dialog = page.get_by_role("dialog")
        for label, value in (typed or {}).items():
            dialog.get_by_label(label, exact=True).fill(value)
        sends = dialog.get_by_role("button", name=asked, exact=True)
        changes.one(sends, until, stays=typed is not None)

    def runs(workflow: str) -> int:
        return len(filled.json("runs", "list", "--workflow", workflow))

    step("workflows", "Run w now")
    step("workflows/w", "Run now")
    assert runs("w") == 2
    step("runs/failed", "Retry from failed")
    step("runs/failed", "Run all again")
    assert runs("bad") == 3
    step("", "Retry bad from where it failed")
    assert runs("bad") == 4
    step("runs", "Run failed again")
    assert runs("bad") == 5

    step("runs/long-1", "Cancel", asked="Cancel run")
    step("workflows", "Pause w")
    step("workflows/w", "Resume")
    step("schedules", "Pause s")
    step("workflows/w/schedules", "Resume s")
    step("health", "Pause all schedules", asked="Pause all schedules")
    step("workflows", "Resume")  # in the words that every page has
    step("workflows/w/tasks", "Move b up")
    step("workflows/w/tasks", "Move b down")
    assert [task["id"] for task in filled.json("task", "list", "w")] == ["a", "b"]
    step("workflows/w/tasks", "Add task", asked="Add task", typed={"Command": "true"})
    assert len(filled.json("task", "list", "w")) == 3
    step("workflows/w/tasks", "Delete b", asked="Delete")
    assert len(filled.json("task", "list", "w")) == 2
    step("workflows/w/schedules", "Delete s", asked="Delete")
    assert filled.json("schedule", "list") == []
    step("health", "Back up now")
    assert len(list((filled.home / "backups").glob("*.sqlite"))) == 1
