"""What a command wrote, over the API: whole, by lines, by byte range."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from web.conftest import NOW, open_page

from workflow_scheduler.domain.run import Attempt, AttemptState, Run, RunState, TaskRun, TaskRunState
from workflow_scheduler.domain.task import Task
from workflow_scheduler.storage import runs

V1 = "/api/v1"


@pytest.fixture
def browser(page):
    return page.browser("viewer")


def test_what_a_command_wrote_by_byte_range_and_the_command_itself(scheduler) -> None:
    code = "import sys; sys.stdout.write('0123456789'); sys.stderr.write('<script>')"
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", sys.executable, "--arg", "-c", "--arg", code, "--env", "TOKEN=hidden")
    run = scheduler.json("run", "w")
    page = open_page(scheduler.home)
    page.now = datetime.now(UTC)
    browser = page.browser()
    base = f"{V1}/runs/{run['id']}/tasks/task_1/attempts/1"
    shown = browser.get(base).json()
    assert (shown["exit_code"], shown["stdout_bytes"], shown["stderr_bytes"], shown["checking_at"]) == (0, 10, 8, None)
    whole = browser.get(f"{base}/logs/stdout")
    assert (whole.status_code, whole.content) == (200, b"0123456789")
    assert whole.headers["content-type"] == "text/plain; charset=utf-8"
    for wanted, content, where in (
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=8-99", b"89", "bytes 8-9/10"),
    ):
        part = browser.get(f"{base}/logs/stdout", headers={"range": wanted})
        assert (part.status_code, part.content, part.headers["content-range"]) == (206, content, where)
    assert browser.get(f"{base}/logs/stdout", headers={"range": "bytes=10-"}).status_code == 416
    assert browser.get(f"{base}/logs/stdout", headers={"range": "lines=1-2"}).status_code == 422
    saved = browser.get(f"{base}/logs/stderr", params={"download": True})
    assert saved.headers["content-disposition"].startswith("attachment; ")
    merged = browser.get(f"{base}/output").json()
    assert sorted((line["stream"], line["text"]) for line in merged["lines"]) == [
        ("stderr", "<script>"),
        ("stdout", "0123456789"),
    ]
    assert (merged["whole"], merged["ordered"], merged["problems"]) == (True, True, {})
    assert all(line["at"] for line in merged["lines"])
    last = browser.get(f"{base}/output", params={"limit": 1}).json()
    assert (last["lines"], last["whole"]) == (merged["lines"][-1:], False)
    command = browser.get(f"{base}/command").json()
    assert command["argv"] == [sys.executable, "-c", code]
    assert command["environment"] == {"TOKEN": "•••"}
    assert "hidden" not in browser.get(f"{base}/command").text
    detail = browser.get(f"{V1}/runs/{run['id']}").json()
    assert detail["graph"] == {"task_1": []}
    assert detail["tasks"][0]["attempts"][0]["number"] == 1
    assert browser.get(f"{base}9").status_code == 404
    page.close()


@pytest.fixture
def attempt_of(page):
    """Makes a finished attempt that wrote these files; answers its address."""

    def make(**files: bytes) -> str:
        page.commands.create_workflow("w", NOW)
        page.commands.add_task("w", Task("t", "x"), NOW)
        done = {"started_at": NOW, "finished_at": NOW}

        def work(db) -> None:
            runs.add_runs(db, [Run("r", "w", 2, RunState.SUCCEEDED, NOW, **done)])
            runs.add_task_runs(db, [TaskRun("r", "t", 0, TaskRunState.SUCCEEDED, **done)])
            runs.add_attempts(db, [Attempt("r", "t", 1, AttemptState.SUCCEEDED, **done)])

        page.database.write(work)
        folder = page.home / "attempts" / "r" / "t.1"
        folder.mkdir(parents=True)
        for stream, content in files.items():
            (folder / f"{stream}.log").write_bytes(content)
        return f"{V1}/runs/r/tasks/t/attempts/1"

    return make


def test_lines_come_with_colours_or_without_and_of_one_stream(attempt_of, browser) -> None:
    base = attempt_of(stdout=b"10 %\r\x1b[32m100 %\x1b[0m\n\x1b]0;title\x07plain\n", stderr=b"trouble\n")

    def texts(**params: Any) -> list[str]:
        return [line["text"] for line in browser.get(f"{base}/output", params=params).json()["lines"]]

    assert texts(stream="stdout") == ["100 %", "\\x1b]0;title\\x07plain"]
    assert texts(stream="stdout", colours=True) == ["\x1b[32m100 %\x1b[0m", "\\x1b]0;title\\x07plain"]
    assert texts(stream="stderr") == ["trouble"]
    assert browser.get(f"{base}/output", params={"stream": "start"}).status_code == 422
    both = browser.get(f"{base}/output").json()
    assert [(line["stream"], line["end"], line["gap"]) for line in both["lines"]] == [
        ("stdout", 20, False),
        ("stdout", 36, False),
        ("stderr", 8, False),
    ]
    assert (both["ordered"], both["whole"]) == (False, True)


def test_lines_that_are_left_out_are_said_to_be(attempt_of, browser) -> None:
    base = attempt_of(stdout=b"a line\n" + (b"x" * 99_999 + b"\n") * 4, stderr=b"trouble\n")
    shown = browser.get(f"{base}/output").json()
    assert [(line["stream"], len(line["text"]), line["gap"]) for line in shown["lines"]] == [
        ("stdout", 62_144, True),
        ("stdout", 99_999, False),
        ("stdout", 99_999, False),
        ("stderr", 7, False),
    ]
    assert not shown["whole"]
    more = browser.get(f"{base}/output", params={"limit": 5000}).json()
    assert (more["lines"][0]["text"], more["whole"]) == ("a line", True)
    assert not any(line["gap"] for line in more["lines"])


def test_the_type_of_an_output_says_its_encoding(attempt_of, browser) -> None:
    base = attempt_of(stdout="größe\r\n".encode("utf-16"), stderr=b"plain\n")
    for options in ({}, {"headers": {"range": "bytes=0-3"}}):
        assert browser.get(f"{base}/logs/stdout", **options).headers["content-type"] == "text/plain; charset=utf-16-le"
        assert browser.get(f"{base}/logs/stderr", **options).headers["content-type"] == "text/plain; charset=utf-8"
    assert browser.get(f"{base}/output").json()["lines"][0]["text"] == "größe"


def test_an_output_of_many_megabytes_is_downloaded_whole(page, attempt_of) -> None:
    content = bytes(range(256)) * 40_000  # ten megabytes
    base = attempt_of(stdout=content) + "/logs/stdout"
    browser = page.browser("viewer")
    whole = browser.get(base, params={"download": True})
    assert (whole.status_code, whole.headers["content-length"], whole.content == content) == (200, "10240000", True)
    part = browser.get(base, headers={"range": "bytes=5000000-5000003"})
    assert (part.status_code, part.content) == (206, content[5_000_000:5_000_004])
