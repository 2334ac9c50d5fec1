"""Commands as forks of a process that has imported the package: processes of their own as well, in a tenth of the time.

For what commands do. How Python starts, what is imported, and what either reads from the environment is tried with a start.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

__all__ = ["can_fork", "end", "number", "run"]

_ENVIRONMENT = {**os.environ, "PYTHONIOENCODING": "utf-8"}
_OF_COMMANDS = {"SCHEDULER_HOME", "DB_URL", "WEB", "PORT", "TZ", "COLUMNS", "PYTEST_CURRENT_TEST"}
"""Variables that neither Python's start nor an import reads: they may differ from those of the process that forks."""
_SHORT = 16_000
"""Characters of arguments or input that fit into a message or a pipe, however they are encoded."""


def can_fork(words: Sequence[str], env: Mapping[str, str], text: str | None) -> bool:
    """Whether a fork does what a started process would."""
    either = env.keys() | _ENVIRONMENT.keys()
    others = {name for name in either if env.get(name) != _ENVIRONMENT.get(name)} - _OF_COMMANDS
    return sys.platform == "linux" and not others and len("".join(words)) < _SHORT and len(text or "") < _SHORT


def run(
    words: Sequence[str], env: Mapping[str, str], folder: Path, text: str | None, patience: float
) -> subprocess.CompletedProcess[str]:
    """As `subprocess.run`, in UTF-8: TimeoutExpired after `patience` seconds, and the process is killed."""
    request = json.dumps({"words": [*words], "folder": str(folder), "env": dict(env)}).encode()
    pipes = [os.pipe() for _ in ("out", "err", "told")]
    theirs = [_input(text), *(writing for _, writing in pipes)]
    ours = {reading: bytearray() for reading, _ in pipes}
    try:
        socket.send_fds(_server().requests, [request], theirs)
        _close(theirs)
        in_time = _read(ours, time.monotonic() + patience)
    finally:
        _close(ours)
    out, err, told = ours.values()
    numbers = [int(number) for number in told.split()]
    if not in_time:
        for pid in numbers[:1]:
            os.kill(pid, signal.SIGKILL)
        raise subprocess.TimeoutExpired([*words], patience, bytes(out), bytes(err))
    _, code = numbers
    return subprocess.CompletedProcess([*words], code, _lines(out), _lines(err))


def number() -> int:
    """Of the process that forks."""
    return _server().process.pid


def end() -> None:
    """End the process that forks, if there is one. What it forked stays."""
    if (server := _servers.pop(os.getpid(), None)) is not None:
        server.end()


class _Server:
    def __init__(self) -> None:
        self.requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, str(Path(__file__).with_name("fork_server.py")), str(theirs.fileno())]
        # Streams of the kind that commands get, which Python looks at once, when it starts.
        self.process = subprocess.Popen(
            command,
            env=_ENVIRONMENT,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        theirs.close()
        if not self.requests.recv(_SHORT):
            raise RuntimeError(self.process.communicate()[1].decode())

    def end(self) -> None:
        self.requests.close()
        self.process.communicate()


_servers: dict[int, _Server] = {}
"""Of each process that asks: pytest's own, and those that it forks, which know the server of the other."""


def _server() -> _Server:
    if (pid := os.getpid()) not in _servers:
        _servers[pid] = _Server()
    return _servers[pid]


def _input(text: str | None) -> int:
    """The descriptor to read it from."""
    if text is None:
        return os.open(os.devnull, os.O_RDONLY)
    reading, writing = os.pipe()
    os.write(writing, text.encode())
    os.close(writing)
    return reading


def _read(said: Mapping[int, bytearray], deadline: float) -> bool:
    """Read each descriptor to its end; False if the time is up before."""
    with selectors.DefaultSelector() as selector:
        for descriptor in said:
            selector.register(descriptor, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(max(0, deadline - time.monotonic()))
            if not ready:
                return False
            for key, _ in ready:
                part = os.read(key.fd, 65_536)
                said[key.fd].extend(part)
                if not part:
                    selector.unregister(key.fd)
    return True


def _close(descriptors: Iterable[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


def _lines(said: bytes | bytearray) -> str:
    """As a text file is read: every line ends with a newline."""
    return said.decode().replace("\r\n", "\n").replace("\r", "\n")
