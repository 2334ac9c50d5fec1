"""A real browser before a real scheduler: whoever uses these fixtures is signed in, and every error of the page's console fails."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import browsing
import pytest
from browsing import Faults
from machine import AXE


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """One browser for a file of tests. Not longer: its loop would be in the way of tests with one of their own."""
    if sys.platform == "win32":
        pytest.skip("nobody has seen these tests run on Windows; the page is the same there")
    with browsing.chromium() as browser:
        yield browser


@pytest.fixture
def faults() -> Iterator[Faults]:
    found = Faults()
    yield found
    assert found.left() == []


@pytest.fixture
def home(scheduler: Any, until: Callable[..., Any]) -> Any:
    """The command in a home whose scheduler runs and shows its page."""
    scheduler.env["WEB"] = "1"
    scheduler.env["PORT"] = "0"
    scheduler("start")
    opened = scheduler.json("web", "--print")
    scheduler.address, scheduler.ticket = opened["address"], opened["url"]
    until(lambda: browsing.answers(scheduler.address))
    return scheduler


@pytest.fixture
def browser(chromium: Any, faults: Faults) -> Iterator[Callable[..., Any]]:
    """Makes a browser without a past: `browser(color_scheme="dark")` is a context."""
    contexts: list[Any] = []

    def make(**options: Any) -> Any:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, "timezone_id": "UTC", **options})
        context.set_default_timeout(browsing.MOST_MS)
        faults.watch(context)
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def sign_in(home: Any, browser: Callable[..., Any]) -> Callable[..., Any]:
    """Opens a page that the one-time address of `scheduler web` has signed in. It closes before the scheduler stops: pages ask on."""

    def enter(**options: Any) -> Any:
        page = browser(**options).new_page()
        page.goto(home.ticket or home.json("web", "--print")["url"])
        home.ticket = None
        page.get_by_role("heading", name="Overview").wait_for()
        return page

    return enter


@pytest.fixture
def viewer(home: Any, browser: Callable[..., Any], faults: Faults) -> Callable[[], Any]:
    """Opens a page and signs in as somebody who may only look, with a password."""

    def enter() -> Any:
        faults.accept(r"status of 401 .*/api/v1/session$")
        home("user", "add", "vera", "--role", "viewer", "--password-stdin", text="correct horse battery\n")
        page = browser().new_page()
        page.goto(home.address)
        page.get_by_label("Name").fill("vera")
        page.get_by_label("Password").fill("correct horse battery")
        page.get_by_role("button", name="Sign in").click()
        return page

    return enter


@pytest.fixture
def page(sign_in: Callable[..., Any]) -> Any:
    return sign_in()


@pytest.fixture(scope="session")
def axe() -> Callable[[Any], list[str]]:
    """What axe finds that is serious, in a sentence each."""
    code = AXE.read_text(encoding="utf-8")

    def find(page: Any) -> list[str]:
        if not page.evaluate("typeof axe === 'object'"):
            page.evaluate(code)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        return [
            f"{violation['impact']}: {violation['help']}: {node['html'][:200]}: {node['failureSummary']}"
            for violation in found
            if violation["impact"] in ("serious", "critical")
            for node in violation["nodes"]
        ]

    return find
