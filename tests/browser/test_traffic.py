"""What goes over the wire: little at first, each question once, and next to nothing while little happens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

KB = 1000
FIRST_LOAD = 120 * KB
IDLE_MINUTE = 20 * KB


class Traffic:
    """What Chromium counts of each answer, with its headers, as it came: compressed."""

    def __init__(self, page: Any) -> None:
        self.answers: Counter[str] = Counter()
        self.bytes = 0
        self._paths: dict[str, str] = {}
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.responseReceived", self._heard)
        session.on("Network.loadingFinished", self._loaded)

    def _heard(self, event: dict[str, Any]) -> None:
        self._paths[event["requestId"]] = urlsplit(event["response"]["url"]).path

    def _loaded(self, event: dict[str, Any]) -> None:
        if (path := self._paths.get(event["requestId"])) is not None:
            self.answers[path] += 1
            self.bytes += int(event["encodedDataLength"])


@pytest.fixture
def idle_home(home: Any) -> Any:
    """Eight workflows, of which one has run and is due again far from now."""
    for number in range(8):
        home("workflow", "create", f"w{number}")
        home("task", "add", f"w{number}", *home.python("print('done')"))
        home("schedule", "add", f"w{number}", "--cron", "0 3 1 1 *")
    home("run", "w0")
    return home


def test_the_first_view_is_small_and_asks_each_question_once(
    idle_home: Any, browser: Callable[..., Any], until: Callable[..., Any]
) -> None:
    page = browser().new_page()
    traffic = Traffic(page)
    page.goto(idle_home.ticket)
    page.get_by_role("heading", name="Overview").wait_for()
    page.get_by_role("group", name="Runs and fires by hour").wait_for()
    until(lambda: page.wait_for_timeout(100) is None and traffic.answers["/api/v1/calendar"])
    page.wait_for_timeout(2000)  # what is asked twice is asked again as the stream opens
    asked = {path: count for path, count in traffic.answers.items() if path.startswith("/api/") and count > 1}
    assert set(asked) <= {"/api/v1/session"}, traffic.answers
    assert traffic.bytes < FIRST_LOAD, traffic.bytes


def test_a_run_every_ten_seconds_is_little_traffic(idle_home: Any, sign_in: Callable[..., Any]) -> None:
    page = sign_in()
    page.get_by_role("group", name="Runs and fires by hour").wait_for()
    traffic = Traffic(page)
    for _ in range(3):  # as many as fall due in half a minute
        idle_home("run", "w1")
    page.wait_for_timeout(1500)
    assert traffic.answers["/api/v1/overview"] > 0
    assert traffic.bytes < IDLE_MINUTE / 2, traffic.answers
