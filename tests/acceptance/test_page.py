"""The page as a process: beside the scheduler, never in its way, and gone with it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from patience import PATIENCE

KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


@pytest.fixture
def with_page(scheduler):
    scheduler.env["WEB"] = "1"
    scheduler.env["PORT"] = "0"
    return scheduler


def pages_of(pid: int) -> list[psutil.Process]:
    """The living pages of a scheduler."""
    found = []
    for process in psutil.Process(pid).children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "--serve" in process.cmdline():
                found.append(process)
    return found


def page_process(scheduler) -> psutil.Process:
    # In a virtual environment on Windows its parent is a launcher, with the same words.
    return pages_of(scheduler.json("status")["pid"])[-1]


def answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health", timeout=PATIENCE).json() == {"status": "ok"}
    except httpx.TransportError:
        return False


def test_it_starts_with_the_scheduler_and_ends_with_it(with_page, until) -> None:
    said = with_page("start").stdout
    address = with_page.json("status")["page"]["address"]
    assert f"Web interface: {address} (open it with: scheduler web)" in said
    until(lambda: answers(address))
    opened = with_page.json("web", "--print")
    assert opened["url"].startswith(f"{address}/#ticket=")
    with httpx.Client(base_url=address, timeout=PATIENCE) as browser:
        ticket = opened["url"].partition("#ticket=")[2]
        session = browser.post("/api/v1/session", json={"ticket": ticket}).json()
        assert (session["user"], session["role"]) == ("owner", "admin")
        assert browser.get("/api/v1/session").json() == session
        assert "<title>Workflow Scheduler</title>" in browser.get("/").text
    page = page_process(with_page)
    with_page("stop")
    assert not page.is_running()
    assert "start it: scheduler start" in with_page("web", "--print", code=4).stderr


def test_it_notices_that_a_killed_scheduler_is_gone(with_page, until) -> None:
    with_page("start")
    page = page_process(with_page)
    os.kill(with_page.json("status")["pid"], KILL)
    until(lambda: not page.is_running() or page.status() == psutil.STATUS_ZOMBIE)


def test_a_page_that_dies_is_started_again_and_the_scheduler_lives(with_page, until) -> None:
    pid = with_page.json("start")["pid"]
    first = page_process(with_page)
    first.kill()
    again = until(lambda: next(iter([page for page in pages_of(pid) if page.pid != first.pid]), None))
    until(lambda: answers(with_page.json("status")["page"]["address"]))
    assert again.is_running()
    assert with_page.json("status")["pid"] == pid
    assert "The web interface ended; restarting it" in (with_page.home / "scheduler.log").read_text()


def test_a_port_in_use_does_not_keep_the_scheduler_from_starting(with_page) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with_page.env["PORT"] = str(port)
        said = with_page("start")
        words = f"The web interface is not available: 127.0.0.1:{port} is used by another program"
        assert words in said.stderr
        assert words in (with_page.home / "scheduler.log").read_text()
        assert with_page.json("status")["running"]
        assert words in with_page("web", "--print", code=4).stderr


def test_without_a_page(with_page) -> None:
    with_page("start", "--no-web")
    assert with_page.json("status")["page"] is None
    assert pages_of(with_page.json("status")["pid"]) == []
    assert "--web" in with_page("web", "--print", code=4).stderr


def test_an_address_that_others_reach_is_refused(with_page) -> None:
    (with_page.home / ".env").write_text("HOST=0.0.0.0\n")
    assert "TRUSTED_PROXY" in with_page("start", code=2).stderr
    assert "TRUSTED_PROXY" in with_page("serve", code=2).stderr
    with_page("start", "--no-web")
    assert "--web" in with_page("web", "--print", code=4).stderr


@pytest.mark.skipif(sys.platform == "win32", reason="rights are Windows' own there")
def test_a_home_that_everybody_may_change_has_no_page(with_page) -> None:
    with_page.home.chmod(0o777)
    assert "chmod o-w" in with_page("start").stderr
    assert with_page.json("status")["running"]


def test_before_its_first_pass_the_engine_loads_nothing_of_the_web_and_no_timers() -> None:
    code = "import sys, workflow_scheduler.bootstrap.wiring, workflow_scheduler.bootstrap.serving; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "workflow_scheduler.engine.loop" in loaded
    assert not {"apscheduler.schedulers", "sqlalchemy", "fastapi", "starlette", "uvicorn", "argon2"} & loaded


@contextlib.contextmanager
def signed_in(scheduler, until) -> Iterator[httpx.Client]:
    opened = scheduler.json("web", "--print")
    until(lambda: answers(opened["address"]))
    with httpx.Client(base_url=opened["address"], timeout=PATIENCE) as browser:
        session = browser.post("/api/v1/session", json={"ticket": opened["url"].partition("#ticket=")[2]}).json()
        browser.headers["x-csrf-token"] = session["csrf"]
        yield browser


def test_a_run_that_the_page_starts_gets_no_secret_and_three_descriptors(with_page, until) -> None:
    code = (
        "import os, sys; print(dict(os.environ)); "
        "print('descriptors', *(sorted(os.listdir('/proc/self/fd')) if sys.platform == 'linux' else []))"
    )
    with_page.env["DB_URL"] = "sqlite:///kept-to-itself.sqlite"
    with_page("start")
    with signed_in(with_page, until) as browser:
        task = {"id": "t", "command": sys.executable, "args": ["-c", code]}
        document = {"yaml": json.dumps({"id": "w", "tasks": [task]})}
        assert browser.put("/api/v1/workflows/w/document", json=document).json()["result"] == "created"
        started = browser.post("/api/v1/workflows/w/runs", headers={"idempotency-key": "k"})
        run = started.json()["id"]
        until(lambda: browser.get(f"/api/v1/runs/{run}").json()["state"] == "succeeded")
        shown = browser.get(f"/api/v1/runs/{run}/tasks/t/attempts/1/logs/stdout").text
        cookie = next(iter(browser.cookies.values()))
    assert "RUN_ID" in shown
    for kept in ((with_page.home / "secret").read_text().strip(), cookie, "kept-to-itself"):
        assert kept not in shown
    if sys.platform == "linux":  # the fourth is the folder that it lists
        assert shown.rpartition("descriptors ")[2].split() == ["0", "1", "2", "3"]


def test_stop_waits_for_no_open_stream(with_page, until) -> None:
    with_page("start")
    with (
        signed_in(with_page, until) as browser,
        browser.stream("GET", "/api/v1/events") as one,
        browser.stream("GET", "/api/v1/events") as other,
    ):
        streams = [one.iter_lines(), other.iter_lines()]
        assert [next(lines) for lines in streams] == [": open", ": open"]
        with_page("stop")
        for lines in streams:  # ended in order, not broken off
            assert all(line.startswith(("data: ", "id: ")) or not line for line in lines)
    assert "and was killed" not in (with_page.home / "scheduler.log").read_text()


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return str(found.getsockname()[1])


def ask(browser: httpx.Client, what: str, how: str) -> dict[str, object]:
    answer = browser.post(f"/api/v1/engine/{what}", json={"how": how})
    assert answer.status_code == 202, answer.text
    found: dict[str, object] = answer.json()
    return found


def run_that_waits(scheduler, until) -> None:
    code = "import os, time\nopen('began', 'a').write('x')\nwhile not os.path.exists('go'): time.sleep(0.02)"
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", sys.executable, "--arg", "-c", "--arg", code)
    scheduler("run", "w", "--id", "r", "--detach")
    until((scheduler.home / "began").exists)


def restarted(scheduler, until, *before: int) -> int:
    """The pid of a scheduler that is none of those before, once its page answers where it did."""
    port = scheduler.env["PORT"]

    def another() -> bool:
        status = scheduler.json("status")
        return status["pid"] not in (None, *before) and bool(status["page"])

    until(another)
    status = scheduler.json("status")
    assert status["page"] == {"address": f"http://127.0.0.1:{port}"}
    until(lambda: answers(status["page"]["address"]))
    pid: int = status["pid"]
    return pid


def test_it_is_restarted_through_its_page_and_the_page_is_back_at_the_same_address(with_page, until) -> None:
    with_page.env["PORT"] = free_port()
    first = with_page.json("start")["pid"]
    run_that_waits(with_page, until)
    with signed_in(with_page, until) as browser:
        assert ask(browser, "restart", "leave") == {"pid": first, "how": "leave", "runs_running": 1}
        second = restarted(with_page, until, first)
        assert browser.get("/api/v1/session").json()["user"] == "owner"
        assert browser.get("/api/v1/service").json()["running"] is True
        # What ran went on meanwhile; and the new one can be restarted like the old one.
        assert browser.get("/api/v1/runs/r").json()["state"] == "running"
        for _ in range(2):  # somebody is impatient
            assert ask(browser, "restart", "wait")["pid"] == second
        assert with_page.json("status")["pid"] == second
        (with_page.home / "go").touch()
        restarted(with_page, until, first, second)
        assert browser.get("/api/v1/runs/r").json()["state"] == "succeeded"
        audit = browser.get("/api/v1/audit", params={"verify": True}).json()
    assert audit["whole"] is True
    restarts = [(entry["actor"], entry["detail"]) for entry in audit["entries"] if "restart" in entry["action"]]
    assert restarts == [("owner", "wait"), ("owner", "wait"), ("owner", "leave")]
    until(lambda: not starters(with_page.home))
    assert "ERROR" not in (with_page.home / "scheduler.log").read_text()


@pytest.mark.parametrize(("how", "state"), [("leave", "running"), ("kill", "cancelled")])
def test_it_is_stopped_through_its_page(with_page, until, how: str, state: str) -> None:
    pid = with_page.json("start")["pid"]
    run_that_waits(with_page, until)
    page = page_process(with_page)
    with signed_in(with_page, until) as browser:
        ask(browser, "stop", how)
        until(lambda: not psutil.pid_exists(pid) and not page.is_running())
    assert not with_page.json("status")["running"]
    assert with_page.json("runs", "show", "r")["state"] == state
    (entry,) = [entry for entry in with_page.json("audit")["entries"] if entry["action"] == "POST /api/v1/engine/stop"]
    assert (entry["actor"], entry["detail"]) == ("owner", how)
    (with_page.home / "go").touch()


def starters(home: Path) -> list[psutil.Process]:
    """Those that wait to start the scheduler of the home again."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if {str(home), "restart", "--after"} <= set(process.info["cmdline"] or ())
    ]


def test_who_asked_for_a_restart_can_ask_for_a_stop_instead(with_page, until) -> None:
    with_page("start")
    run_that_waits(with_page, until)
    with signed_in(with_page, until) as browser:
        ask(browser, "restart", "wait")
        ask(browser, "restart", "wait")
        assert len(starters(with_page.home)) == 2
    with_page("stop", "--kill")
    until(lambda: not starters(with_page.home))
    assert not with_page.json("status")["running"]


def test_a_restart_that_fails_is_in_the_log(with_page, until) -> None:
    with_page("start")
    run_that_waits(with_page, until)
    with signed_in(with_page, until) as browser:
        ask(browser, "restart", "wait")
        (with_page.home / ".env").write_text("HOST=0.0.0.0\n")  # meanwhile
        (with_page.home / "go").touch()
        words = "ERROR     The scheduler was not started again: The scheduler did not start (exit code 2)"
        until(lambda: words in (with_page.home / "scheduler.log").read_text())
    assert not with_page.json("status")["running"]


def test_a_scheduler_in_a_terminal_is_not_restarted_through_its_page(with_page, until) -> None:
    command = [sys.executable, "-m", "workflow_scheduler", "serve"]
    process = subprocess.Popen(command, env=with_page.env, stdout=subprocess.DEVNULL)
    try:
        until(lambda: (with_page.json("status")["page"] or {}).get("address"))
        with signed_in(with_page, until) as browser:
            refused = browser.post("/api/v1/engine/restart")
            assert (refused.status_code, "restart it where it was started" in refused.json()["detail"]) == (409, True)
            assert with_page.json("status")["pid"] == process.pid
            ask(browser, "stop", "leave")
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.wait()


def test_restart_wait_and_kill(scheduler, until) -> None:
    scheduler("start")
    run_that_waits(scheduler, until)
    assert "not both" in scheduler("restart", "--wait", "--kill", code=2).stderr
    scheduler("restart", "--kill")
    assert scheduler.json("runs", "show", "r")["state"] == "cancelled"
    assert scheduler.json("status")["running"]


def test_users_tokens_and_hooks_from_the_command_line(scheduler) -> None:
    password = "correct horse battery"
    added = scheduler("user", "add", "ada", "--role", "operator", "--password-stdin", "--json", text=f"{password}\n")
    assert '"role": "operator"' in added.stdout
    assert "12" in scheduler("user", "add", "bob", "--password-stdin", code=2, text="short\n").stderr
    assert "--password-stdin" in scheduler("user", "add", "bob", code=2).stderr
    assert "already" in scheduler("user", "add", "ada", "--password-stdin", code=4, text=f"{password}\n").stderr
    scheduler("user", "passwd", "ada", "--password-stdin", text=f"{password} 2\n")
    assert [user["name"] for user in scheduler.json("user", "list")] == ["ada"]
    scheduler("user", "delete", "ada", "--yes")
    scheduler("user", "delete", "ada", "--yes", code=3)
    token = scheduler.json("token", "add", "ci", "--role", "viewer", "--days", "3")
    assert token["token"].startswith("wfs_")
    assert "token" not in scheduler.json("token", "list")[0]
    scheduler("token", "delete", "ci", "--yes")
    scheduler("webhook", "add", "nothing", code=3)
    scheduler("workflow", "create", "w")
    hook = scheduler.json("webhook", "add", "w")
    assert [webhook["id"] for webhook in scheduler.json("webhook", "list")] == [hook["id"]]
    assert "secret" not in scheduler.json("hook", "list")[0]
    scheduler("hook", "delete", hook["id"], "--yes")
    audit = scheduler.json("audit")
    assert audit["whole"] is True
    done = [(entry["action"], entry["detail"]) for entry in audit["entries"]][::-1]
    assert done[:3] == [
        ("scheduler user add", "ada"),
        ("scheduler user passwd", "ada"),
        ("scheduler user delete", "ada"),
    ]
    assert ("scheduler workflow create", "w") in done
    assert {entry["actor"].partition(":")[0] for entry in audit["entries"]} == {"local"}
    for kept in (password, token["token"], hook["secret"]):
        for file in scheduler.home.rglob("*"):
            assert not file.is_file() or kept.encode() not in file.read_bytes(), file


def test_help_and_the_engine_stay_fast(scheduler) -> None:
    scheduler.env["PYTHONPROFILEIMPORTTIME"] = "1"
    for arguments in (["--help"], ["web", "--help"], ["user", "--help"]):
        said = scheduler(*arguments).stderr
        names = {line.split("|")[-1].strip() for line in said.splitlines()}
        assert "click" in names
        assert not {"sqlalchemy", "fastapi", "starlette", "uvicorn", "argon2"} & names
