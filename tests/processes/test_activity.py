"""What running commands do: real processes that hang in every way that a script can hang."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from workflow_scheduler.domain.running import looks_like, waits_words
from workflow_scheduler.executors.running import look
from workflow_scheduler.processes import activity, process_facts_psutil
from workflow_scheduler.processes.activity import ACTIVITY, Activity

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="what /proc tells")
PYTHON = [sys.executable, "-S", "-E"]


def seen_by(keepers, order) -> dict:
    found = look(Path(order.folder), arguments=True)
    assert found is not None
    return found


def until(condition, get):
    """The first look for which the condition holds; the test's own time limit ends a wait in vain."""
    while not condition(found := get()):
        os.sched_yield() if hasattr(os, "sched_yield") else None
    return found


@pytest.fixture
def running(keepers) -> Iterator:
    """Starts a command and gives looks at it."""
    orders = []

    def run(*argv: str, **options: object):
        order = keepers.order(*argv, **options)
        orders.append(order)
        keepers.pool.launch(order)
        keepers.next("started")
        return lambda: seen_by(keepers, order)

    yield run
    for order in orders:
        keepers.pool.stop(order.key, "cancelled")
    for _ in orders:
        keepers.next("exited")


def verdict_of(get) -> str:
    return looks_like(until(lambda found: looks_like(found["processes"]), get)["processes"])


@on_linux
def test_a_question_on_standard_input(running) -> None:
    code = "import os; r, w = os.pipe(); os.dup2(r, 0); os.read(0, 1)"
    assert verdict_of(running(*PYTHON, "-c", code)).startswith(
        "looks like it waits for an answer on standard input: python"
    )


@on_linux
def test_a_question_in_a_terminal(running) -> None:
    code = "import os, pty; pid, fd = pty.fork(); pid or os.read(0, 1); os.waitpid(pid, 0)"
    assert "waits for an answer on standard input" in verdict_of(running(*PYTHON, "-c", code))


@on_linux
def test_a_socket_that_never_answers(running) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        for options in ("", ", timeout=1000"):  # read, and poll
            code = f"import socket; socket.create_connection(('127.0.0.1', {port}){options}).recv(1)"
            wanted = f"looks like it waits for 127.0.0.1:{port} (ESTABLISHED): "
            assert wanted in verdict_of(running(*PYTHON, "-c", code))


@on_linux
def test_a_lock_that_another_process_holds(running, tmp_path: Path) -> None:
    import fcntl

    path = tmp_path / "lock"
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        code = f"import fcntl; fcntl.flock(open({str(path)!r}, 'w'), fcntl.LOCK_EX)"
        words = verdict_of(running(*PYTHON, "-c", code))
    assert f"waits for a lock on {path}, which " in words
    assert f"(pid {os.getpid()}) has" in words


@on_linux
@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import time; time.sleep(1000)", "looks like it sleeps for a time that it chose: python"),
        ("import os; os.kill(os.getpid(), 19)", "looks like it was stopped: python"),
        (
            "import os; os.mkfifo('fifo'); open('fifo')",
            "looks like it waits for somebody to open the other end of a named pipe",
        ),
        ("while True: pass", "looks busy: python"),
    ],
)
def test_what_a_single_process_looks_like(running, code: str, words: str) -> None:
    assert verdict_of(running(*PYTHON, "-c", code, grace=0)).startswith(words)


@on_linux
def test_a_child_that_keeps_a_pipe_after_its_parent_has_ended(running) -> None:
    get = running("/bin/sh", "-c", "x=$(sh -c 'sleep 1000 & true'); echo $x", grace=0)

    def left(found) -> bool:
        kinds = [(process.get("waits") or {}).get("for") for process in found["processes"]]
        return "pipe" in kinds and any(process["orphan"] for process in found["processes"])

    found = until(left, get)
    orphan = next(process for process in found["processes"] if process["orphan"])
    reader = next(process for process in found["processes"] if (process["waits"] or {}).get("for") == "pipe")
    assert orphan["command"] == "sleep 1000"
    assert waits_words(reader["waits"]) == f"reads a pipe that pid {orphan['pid']} can write to"


@on_linux
def test_five_hundred_children_are_bounded(running) -> None:
    code = "import os, signal\nfor _ in range(500):\n  if not os.fork(): signal.pause()\nsignal.pause()"
    get = running(*PYTHON, "-c", code, grace=0)
    found = until(lambda found: found["more"] >= 481, get)
    assert (len(found["processes"]), found["more"]) == (20, 481)
    assert len(json.dumps(found)) < 20_000
    assert until(lambda found: found["took_ms"] < 200, get)


@on_linux
def test_names_and_arguments_are_safe_to_show(running) -> None:
    code = "import ctypes, time; ctypes.CDLL(None).prctl(15, b'a\\x1b[31m\\xe2\\x80\\xae'); time.sleep(1000)"
    get = running(sys.executable, "-E", "-c", code, "\x1b]0;x\x07", "long" * 1000)
    found = until(lambda found: found["processes"] and found["processes"][0]["name"].startswith("a"), get)
    (process,) = found["processes"]
    assert process["name"] == "a�[31m�"
    assert process["command"].isprintable()
    assert len(process["command"]) == 200


def test_secrets_are_masked_before_a_time_limit_ends_the_command(keepers) -> None:
    secret = {"name": "PASSWORD", "delivery": "env", "value": "canary-7f3a9b x"}
    code = (
        "import os, subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(1000)', "
        "'--password=' + os.environ['PASSWORD'], 'x' * 10])"
    )
    order = keepers.order(sys.executable, "-c", code, timeout=3.0, grace=0.0, secrets=[secret])
    record = keepers.run(order)
    assert record["how"] == "timed_out"
    if sys.platform != "linux":
        return
    child = record["seen"]["processes"][-1]
    assert "--password=•••PASSWORD••• xxxxxxxxxx" in child["command"]
    written = b"".join(file.read_bytes() for file in Path(order.folder).iterdir())
    assert b"canary" not in written
    assert b"canary" not in json.dumps(record).encode()


def test_a_secret_that_is_cut_is_left_out() -> None:
    from workflow_scheduler.processes.masking import Secrets

    mask = Activity({"folder": "", "hidden": Secrets({"A": b"canary-7f3a9b"})})._mask
    assert mask(b"x canary", True) == b"x "
    assert mask(b"x canary", False) == b"x canary"
    assert mask(b"x canary-7f3a9b", True) == "x •••A•••".encode()


def test_a_time_limit_is_kept_although_a_look_hangs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hang = threading.Event()
    monkeypatch.setattr(activity, "look_at", lambda *_: hang.wait())
    monkeypatch.setattr(activity, "PATIENCE", 0.01)
    assert Activity({"folder": str(tmp_path)}).last_look() is None
    hang.set()


def test_a_time_limit_is_kept_although_a_look_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fail(*_: object) -> None:
        raise OSError("no")

    monkeypatch.setattr(activity, "look_at", fail)
    assert Activity({"folder": str(tmp_path)}).last_look() is None


def test_the_counters_of_the_last_minute(tmp_path: Path) -> None:
    """CPU and I/O are those since the older of the last two readings."""
    with subprocess.Popen([*PYTHON, "-c", "input()"], stdin=subprocess.PIPE) as child:
        noted = Activity({"folder": str(tmp_path)})
        for _ in range(3):
            noted.note()
            assert noted._reader is not None
            noted._reader.join()
        readings = json.loads((tmp_path / ACTIVITY).read_text())
        assert len(readings) == 2
        for reading, age in zip(readings, (119, 59), strict=True):
            started, cpu, _, _ = reading["counters"][str(child.pid)]
            reading["at"] = time.time() - age
            reading["counters"][str(child.pid)] = [started, cpu, 0, 0]
        (tmp_path / ACTIVITY).write_text(json.dumps(readings))
        over, before = activity._before(str(tmp_path), time.time())
        assert over is not None
        assert 118 < over < 130
        assert child.pid in before
        child.communicate(b"\n")


@pytest.mark.parametrize(
    "content", ["", "[", "{}", "[1]", '[{"at": "x"}]', '[{"at": 1}]', "[" * 10_000, '[{"at": 1e400, "counters": 3}]']
)
def test_whatever_a_command_writes_there(tmp_path: Path, content: str) -> None:
    (tmp_path / ACTIVITY).write_text(content)
    assert activity._before(str(tmp_path), time.time()) == (None, {})


@on_linux
def test_a_process_that_is_gone_or_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    from workflow_scheduler.processes import process_facts, waiting

    with subprocess.Popen([*PYTHON, "-c", ""]) as child:
        child.wait()
        monkeypatch.setattr(process_facts, "children_of", lambda pid: [child.pid] if pid == os.getpid() else [])
        assert process_facts.look(os.getpid(), {}, None, None)["processes"] == []
        assert process_facts.counters(os.getpid()) == {}
    with subprocess.Popen([*PYTHON, "-c", "input()"], stdin=subprocess.PIPE) as child:
        monkeypatch.setattr(process_facts, "children_of", lambda pid: [child.pid] if pid == os.getpid() else [])
        real = process_facts._read
        monkeypatch.setattr(
            process_facts, "_read", lambda path, most: real(path, most) if path.endswith("stat") else b""
        )
        monkeypatch.setattr(waiting, "_content", lambda path: b"")
        (process,) = process_facts.look(os.getpid(), {}, None, lambda data, _: data)["processes"]
        assert (process["name"], process["command"], process["waits"], process["read"]) == ("?", "?", None, 0)
        child.communicate(b"\n")


def test_what_psutil_gives() -> None:
    asks = [*PYTHON, "-c", "print(flush=True); input()"]
    with subprocess.Popen(asks, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()  # it waits from here on, and uses nothing
        found = process_facts_psutil.look(os.getpid(), {}, None, lambda data, _: data)
        process = next(process for process in found["processes"] if process["pid"] == child.pid)
        assert "input()" in process["command"]
        assert process["age"] >= process["over"] >= 0
        before = process_facts_psutil.counters(os.getpid())
        assert child.pid in before
        later = process_facts_psutil.look(os.getpid(), before, 60.0, None)
        process = next(process for process in later["processes"] if process["pid"] == child.pid)
        assert process["command"] == process["name"]
        assert 0 <= process["cpu"] < 0.1
        child.communicate(b"\n")


@on_linux
def test_a_stopped_command_is_looked_at_before_its_time_limit_ends_it(executing) -> None:
    spec = executing.spec(
        "import os; print('one'); print('two', flush=True); os.kill(os.getpid(), 19)", timeout=0.5, stop_grace=0.0
    )
    executing.executor.launch(spec)
    outcome = executing.outcome()
    assert outcome.seen is not None
    assert looks_like(outcome.seen["processes"]).startswith("looks like it was stopped")
    assert (outcome.seen["output"]["line"], outcome.seen["output"]["lines"]) == ("two", 2)


def test_what_runs_is_looked_at_on_request(executing) -> None:
    spec = executing.spec("import sys; print('x', flush=True); sys.stdout.close(); import time; time.sleep(1000)")
    executing.executor.launch(spec)
    executing.started()
    try:
        found = executing.executor.look("r", "")
        assert list(found) == [spec.key]
        assert executing.executor.look("r", "other") == executing.executor.look("other", "") == {}
    finally:
        executing.executor.stop({spec.key: "done"})
        executing.outcome()
