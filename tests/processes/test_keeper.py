"""One command at a time: started once, its output kept, its exit on record."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from workflow_scheduler.processes import attempt_status
from workflow_scheduler.processes.attempt_status import StatusKind, end_leftovers, inspect, request_stop
from workflow_scheduler.processes.identity import alive, own_identity
from workflow_scheduler.processes.pool import KeeperPool, Order
from workflow_scheduler.processes.start_file import STOP, claim, read_start, stop_asked
from workflow_scheduler.system import crash_points

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="signals and /proc")


def test_exit_code_and_output(keepers) -> None:
    order = keepers.python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    record = keepers.run(order)
    assert (record["how"], record["exit_code"]) == ("exited", 3)
    assert keepers.output(order).split() == [b"out"]
    assert keepers.output(order, "stderr").split() == [b"err"]
    assert read_start(order.folder)["exit"] == record


@posix_only
@pytest.mark.parametrize("name", ["SIGHUP", "SIGTERM", "SIGKILL"])
def test_the_signal_that_ended_it_is_named(keepers, name: str) -> None:
    number = signal.Signals[name]
    record = keepers.run(keepers.order("/bin/sh", "-c", f"kill -{number.value} $$"))
    assert (record["how"], record["exit_code"], record["signal"]) == ("signalled", None, number)
    assert record["reason"].startswith(f"ended by signal {number.value} ({name})")
    assert ("another process killed it" in record["reason"]) == (name == "SIGKILL")


@posix_only
def test_an_exit_code_of_env_is_explained_by_the_first_line(keepers) -> None:
    script = keepers.folder / "script"
    script.write_bytes(b"#!/usr/bin/env python3\r\n")
    script.chmod(0o700)
    record = keepers.run(keepers.order(str(script), "x"))
    assert record["exit_code"] == 127
    assert "end as on Windows" in record["reason"]
    script.write_text("#!/bin/sh\nexit 127\n")
    assert keepers.run(keepers.order(str(script), "x"))["reason"] == "exit code 127"


def test_a_keeper_is_used_again(keepers) -> None:
    pids = set()
    for _ in range(5):
        order = keepers.python("pass")
        keepers.run(order)
        pids.add(read_start(order.folder)["keeper"]["pid"])
    assert len(pids) == 1


def test_a_keeper_that_is_used_again_remembers_the_environment_of_all_commands_and_no_others(
    keepers, monkeypatch
) -> None:
    monkeypatch.setenv("OF_ALL", "ä b")
    keepers.pool = KeeperPool(lambda notice, _: keepers.notices.put(notice), os.environ)
    monkeypatch.delenv("OF_ALL")
    code = "import json, os; print(json.dumps([os.environ.get(n) for n in ('OF_ALL', 'OF_ONE', 'TASK_ID')]))"
    seen = []
    for own in ({"OF_ONE": "1", "OF_ALL": "mine"}, {}):
        order = keepers.python(code, env={"TASK_ID": "t", **own})
        keepers.run(order)
        seen.append((read_start(order.folder)["keeper"]["pid"], json.loads(keepers.output(order))))
    (first, with_own), (second, without) = seen
    assert first == second
    assert with_own == ["mine", "1", "t"]
    assert without == ["ä b", None, "t"]


def test_an_attempt_is_started_once(keepers) -> None:
    order = keepers.python("open('mark', 'a').write('x')")
    keepers.run(order)
    keepers.pool.launch(order)
    keepers.next("refused")
    assert (keepers.folder / "mark").read_text() == "x"


def test_records_are_flushed_by_keepers_whose_engine_is_gone(keepers, until) -> None:
    flushed = keepers.folder / "flushed"
    patch = (
        "from workflow_scheduler.processes import keeper; flush = keeper.sync; "
        f"keeper.sync = lambda folder: (flush(folder), open({str(flushed)!r}, 'a').write(folder + chr(10)))"
    )
    before, main, seconds = keepers.pool._code.rpartition("; main(")
    keepers.pool._code = f"{before}; {patch}{main}{seconds}"
    first, last = keepers.python("pass"), keepers.python("import time; time.sleep(0.5)")
    keepers.run(first)
    keepers.pool.launch(last)
    keepers.next("started")
    assert not flushed.exists()  # what the engine is told of, it commits
    keepers.pool.close()
    until(lambda: flushed.exists() and flushed.read_text().splitlines() == [first.folder, last.folder])
    assert read_start(last.folder)["exit"]["exit_code"] == 0


def test_a_command_that_cannot_start_is_on_record(keepers) -> None:
    record = keepers.run(keepers.order(str(keepers.folder / "nowhere.exe")))
    assert record["how"] == "not_started"
    assert "not found" in record["reason"]


@posix_only
def test_reasons_why_a_command_cannot_start(keepers) -> None:
    text = keepers.folder / "text"
    text.write_text("no program")
    assert "is not executable" in keepers.run(keepers.order(str(text)))["reason"]
    text.chmod(0o755)
    assert "#!/bin/sh" in keepers.run(keepers.order(str(text)))["reason"]
    assert "working folder" in keepers.run(keepers.order("/bin/true", cwd="/nowhere"))["reason"]


def test_a_time_limit_ends_the_command(keepers) -> None:
    record = keepers.run(keepers.python("import time; time.sleep(600)", timeout=0.5, grace=0.5))
    assert record["how"] == "timed_out"
    assert "time limit" in record["reason"]


def test_a_command_is_stopped_on_request(keepers) -> None:
    order = keepers.python("import time; time.sleep(600)", grace=0.5)
    keepers.pool.launch(order)
    keepers.next("started")
    keepers.pool.stop(order.key, "cancelled")
    assert keepers.next("exited").facts["record"]["how"] == "cancelled"


@posix_only
def test_a_polite_signal_comes_first(keepers) -> None:
    code = "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(9)); print(1, flush=True); time.sleep(600)"
    order = keepers.python(code)
    keepers.pool.launch(order)
    deadline = time.monotonic() + 240
    while not (Path(order.folder) / "stdout.log").exists() or not keepers.output(order):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    keepers.pool.stop(order.key, "cancelled")
    assert keepers.next("exited").facts["record"]["exit_code"] == 9


@posix_only
def test_a_time_limit_does_not_prolong_the_grace(keepers) -> None:
    """It is reached while a command that was asked to end still has time for it: that is asked, and counted, once."""
    code = "trap 'echo asked' TERM; echo ready; while true; do sleep 0.1; done"
    order = keepers.order("/bin/sh", "-c", code, timeout=5.0, grace=6.0)
    keepers.pool.launch(order)
    deadline = time.monotonic() + 240
    while not (Path(order.folder) / "stdout.log").exists() or not keepers.output(order):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    keepers.pool.stop(order.key, "cancelled")
    keepers.next("exited")
    assert keepers.output(order).split() == [b"ready", b"asked"]


@posix_only
def test_the_whole_tree_ends_even_who_left_the_session(keepers) -> None:
    code = (
        "import os, signal, time\n"
        "signal.signal(15, signal.SIG_IGN)\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        "        signal.signal(15, signal.SIG_IGN)\n"
        "        open('grandchild', 'w').write(str(os.getpid()))\n"
        "        time.sleep(600)\n"
        "    os._exit(0)\n"
        "time.sleep(600)\n"
    )
    order = keepers.python(code, grace=0.2)
    keepers.pool.launch(order)
    mark = keepers.folder / "grandchild"
    deadline = time.monotonic() + 240
    while not mark.exists() or not mark.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    keepers.pool.stop(order.key, "cancelled")
    record = keepers.next("exited").facts["record"]
    assert record["survivors"] == []
    assert not psutil.pid_exists(int(mark.read_text()))


@posix_only
def test_a_background_process_does_not_hold_up_the_task(keepers) -> None:
    order = keepers.order("/bin/sh", "-c", "sleep 3600 & echo $!; exit 4")
    record = keepers.run(order)
    assert record["exit_code"] == 4
    child = int(keepers.output(order))
    assert [process["pid"] for process in record["background"]] == [child]
    # Its keeper serves no other attempt: a later stop must never meet it.
    other = keepers.python("pass")
    keepers.run(other)
    assert read_start(other.folder)["keeper"] != read_start(order.folder)["keeper"]
    os.kill(child, signal.SIGKILL)


@posix_only
def test_a_command_gets_three_descriptors_and_default_signals(keepers) -> None:
    order = keepers.order("/bin/sh", "-c", "ls /proc/self/fd; grep SigIgn /proc/self/status")
    keepers.run(order)
    words = keepers.output(order).split()
    assert words[:3] == [b"0", b"1", b"2"]
    assert len(words[:-2]) == 4  # and the one that `ls` reads the folder with
    library = 1 << 31 | 1 << 32  # signals 32 and 33 are the C library's own
    assert int(words[-1], 16) & ~library == 0


@posix_only
def test_a_killed_command_says_so(keepers) -> None:
    record = keepers.run(keepers.order("/bin/sh", "-c", "kill -9 $$"))
    assert (record["how"], record["signal"], record["exit_code"]) == ("signalled", 9, None)
    assert "SIGKILL" in record["reason"]


@posix_only
@pytest.mark.parametrize("point", ["keeper.after_start", "keeper.after_spawn", "keeper.before_exit_record"])
def test_a_keeper_that_is_killed_leaves_an_attempt_that_nobody_knows(point: str, monkeypatch, keepers, until) -> None:
    monkeypatch.setenv(crash_points.VARIABLE, point)
    order = keepers.python("import time; time.sleep(600)" if "spawn" in point else "pass")
    keepers.pool.launch(order)
    keepers.next("lost")
    # The kernel closes a killed process's pipes before it gives its locks back.
    until(lambda: inspect(Path(order.folder)).kind is StatusKind.GONE)
    facts = {name: order.env[name] for name in ("RUN_ID", "TASK_ID", "ATTEMPT")}
    killed, survivors = end_leftovers(facts)
    assert (bool(killed), survivors) == ("spawn" in point, [])
    assert end_leftovers(facts) == ([], [])


@posix_only
def test_a_keeper_that_is_killed_after_the_record_loses_nothing(monkeypatch, keepers, until) -> None:
    monkeypatch.setenv(crash_points.VARIABLE, "keeper.after_exit_record")
    order = keepers.python("import sys; sys.exit(5)")
    keepers.pool.launch(order)
    keepers.next("lost")
    until(lambda: inspect(Path(order.folder)).kind is StatusKind.ENDED)
    standing = inspect(Path(order.folder))
    assert standing.record["exit_code"] == 5


@posix_only
def test_one_that_hangs_in_the_kernel_is_not_waited_for_without_end(monkeypatch) -> None:
    facts = {"ATTEMPT_FOLDER": "/of/this/test"}
    hanging = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, env=os.environ | facts)
    asked = []
    with monkeypatch.context() as patch:
        patch.setattr(attempt_status, "PATIENCE", 0.5)
        patch.setattr(attempt_status.os, "kill", lambda *call: asked.append(call))  # which does nothing to it
        assert end_leftovers(facts) == ([], [hanging.pid])
    assert set(asked) == {(hanging.pid, signal.SIGKILL)}
    hanging.communicate(b"\n")


def test_a_stranger_is_never_signalled(keepers) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert end_leftovers({"RUN_ID": "no such run", "TASK_ID": "t", "ATTEMPT": "1"}) == ([], [])
        assert stranger.poll() is None
    finally:
        stranger.communicate(b"\n")


def test_an_identity_is_more_than_a_pid() -> None:
    mine = own_identity()
    assert alive(mine)
    assert not alive({**mine, "started": mine["started"] + 1})
    assert not alive({**mine, "boot": "another boot"})
    assert not alive({"pid": 0})


_ENGINE = """
import os, sys, time
from workflow_scheduler.processes.pool import KeeperPool, Order
pool = KeeperPool(lambda notice, _: print(notice.kind, flush=True), os.environ)
pool.launch(Order("r/t/1", sys.argv[1], [sys.executable, "-c", sys.argv[2]], os.getcwd(), {}, None, 1.0, 1000, {"a": 1}))
time.sleep(600)
"""


def engine_with(code: str, folder: Path) -> subprocess.Popen[str]:
    engine = subprocess.Popen([sys.executable, "-c", _ENGINE, str(folder), code], stdout=subprocess.PIPE, text=True)
    assert engine.stdout.readline().strip() == "started"
    return engine


def test_a_command_outlives_its_engine_with_its_real_exit_code(tmp_path, until) -> None:
    folder = tmp_path / "1"
    code = f"import os, time, sys\nwhile not os.path.exists({str(tmp_path / 'go')!r}): time.sleep(0.02)\nsys.exit(6)"
    engine = engine_with(code, folder)
    engine.kill()
    engine.communicate()
    standing = inspect(folder)
    assert (standing.kind, standing.notes) == (StatusKind.HELD, {"a": 1})
    (tmp_path / "go").touch()
    until(lambda: inspect(folder).kind is StatusKind.ENDED)
    assert inspect(folder).record["exit_code"] == 6


def test_after_its_engines_death_a_command_is_stopped_by_a_file(tmp_path, until) -> None:
    folder = tmp_path / "1"
    engine = engine_with("import time; time.sleep(600)", folder)
    engine.kill()
    engine.communicate()
    request_stop(folder, "cancelled")
    until(lambda: inspect(folder).kind is StatusKind.ENDED)
    assert inspect(folder).record["how"] == "cancelled"


def test_keepers_end_with_their_engine_and_when_idle(tmp_path, until) -> None:
    seen: list[int] = []
    threads = threading.active_count()
    pool = KeeperPool(lambda notice, _: seen.append(notice.kind == "exited"), os.environ, idle_seconds=0.3)
    folder = tmp_path / "1"
    pool.launch(Order("k", str(folder), [sys.executable, "-c", ""], str(tmp_path), {}, None, 1, 100))
    until(lambda: any(seen))
    until(lambda: not alive(read_start(str(folder))["keeper"]))
    pool.close()
    until(lambda: threading.active_count() == threads)


def test_a_claim_that_was_undone_can_be_made_again(tmp_path) -> None:
    first = claim(str(tmp_path), {"n": 1})
    assert claim(str(tmp_path), {"n": 2}) is None
    assert inspect(tmp_path).kind is StatusKind.HELD
    first.undo()
    assert inspect(tmp_path).kind is StatusKind.NEVER
    claim(str(tmp_path), {"n": 3}).release()
    assert read_start(str(tmp_path)) == {"n": 3}


@posix_only
@pytest.mark.parametrize("asked", ["timeout", "cancel"])
def test_an_end_that_races_the_exit_is_one_end(keepers, asked: str) -> None:
    """A command that ends at about its time limit, or as it is cancelled, at many distances."""
    limit, kinds = 0.15, set()
    for number in range(20):
        # From well before to well after, most of them close to it.
        length = limit + (number - 10) ** 3 / 20_000
        order = keepers.order("/bin/sleep", f"{length:.4f}", timeout=limit if asked == "timeout" else None)
        keepers.pool.launch(order)
        if asked == "cancel":
            keepers.next("started")
            threading.Event().wait(limit - 0.02)
            keepers.pool.stop(order.key, "cancelled")
        record = keepers.next("exited", "lost", "not_launched", "refused").facts["record"]
        assert record["how"] in ("exited", "timed_out", "cancelled")
        assert (record["exit_code"] == 0) != (record["signal"] == signal.SIGTERM), record
        assert record["how"] != "exited" or record["exit_code"] == 0
        assert read_start(order.folder)["exit"] == record
        assert keepers.notices.empty()
        kinds.add(record["how"])
    assert len(kinds) == 2
    # And none of it is left to the next command of the same keeper.
    assert keepers.run(keepers.python("pass"))["how"] == "exited"


def test_a_stop_that_is_asked_for_by_a_file_says_how(tmp_path) -> None:
    assert stop_asked(str(tmp_path)) is None
    for text, how in (("timed_out\n", "timed_out"), ("", "cancelled"), (" \n", "cancelled")):
        (tmp_path / STOP).write_text(text)
        assert stop_asked(str(tmp_path)) == how
