"""What a running command looks like: a guess only where the facts give one."""

from __future__ import annotations

from typing import Any

import pytest

from workflow_scheduler.domain.running import looks_like, state_words, waits_words


def process(waits: Any = None, *, cpu: float = 0.0, **changes: Any) -> dict[str, Any]:
    kind = {"for": waits} if isinstance(waits, str) else waits
    return {"pid": 7, "name": "x", "state": "S", "over": 60.0, "cpu": cpu, "waits": kind, **changes}


PEER = {"address": "10.0.0.5:5432", "state": "ESTABLISHED"}
LIKE = "looks like it "


@pytest.mark.parametrize(
    ("processes", "words"),
    [
        ([], ""),
        ([process()], ""),
        ([process("child"), process("thread"), process("unknown"), process("event")], ""),
        ([process("input")], f"{LIKE}waits for an answer on standard input: x (pid 7)"),
        ([process("child"), process("input", name="ask", pid=8)], f"{LIKE}waits for an answer on standard input: ask (pid 8)"),
        ([process({"for": "event", "peers": [PEER]})], f"{LIKE}waits for 10.0.0.5:5432 (ESTABLISHED): x (pid 7)"),
        ([process({"for": "event", "peers": [PEER, PEER]})], ""),
        ([process({"for": "socket", "peers": []})], f"{LIKE}waits for an answer on a local socket: x (pid 7)"),
        ([process({"for": "lock"})], f"{LIKE}waits for a lock on a file: x (pid 7)"),
        ([process({"for": "disk", "where": "nfs_wait"})], f"{LIKE}waits for a disk, a share or a device (nfs_wait): x (pid 7)"),
        ([process("sleep"), process({"for": "socket", "peers": [PEER]})], f"{LIKE}waits for 10.0.0.5:5432 (ESTABLISHED): x (pid 7)"),
        ([process(cpu=59.0)], "looks busy: x (pid 7) uses 98% of a processor"),
        ([process("input"), process(cpu=59.0)], "looks busy: x (pid 7) uses 98% of a processor"),
        ([process("stopped"), process(cpu=59.0)], f"{LIKE}was stopped: x (pid 7) got SIGSTOP or a similar signal, and goes on after SIGCONT"),
        ([process(cpu=29.0)], ""),
        ([process(cpu=0.1, over=0.1)], ""),
        ([process(window="Save?")], f"{LIKE}waits for an answer in the window 'Save?' of x (pid 7)"),
    ],
)  # fmt: skip
def test_verdicts(processes: list[dict[str, Any]], words: str) -> None:
    assert looks_like(processes) == words


KINDS = "stopped traced ended disk input terminal pipe socket connection event lock fifo output child thread signal sleep file unknown"


@pytest.mark.parametrize("kind", KINDS.split())
def test_everything_that_is_waited_for_has_words(kind: str) -> None:
    assert waits_words({"for": kind})


def test_words_with_facts() -> None:
    assert waits_words(None) == ""
    assert waits_words({"for": "pipe", "holders": [8, 9]}) == "reads a pipe that pid 8, pid 9 can write to"
    held = {"for": "lock", "path": "/x", "holder": 3, "holder_name": "rsync"}
    assert waits_words(held) == "waits for a lock on /x, which rsync (pid 3) has"
    assert state_words("R") == "running"
    assert state_words("?") == ""
