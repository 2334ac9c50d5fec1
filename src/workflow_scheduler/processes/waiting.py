"""What a process of Linux waits for: the system call in which it sleeps, and what is behind its descriptor. Facts, no guesses:
where the kernel tells nothing, neither does this."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import sys
from collections.abc import Collection, Iterator
from typing import Any

from .shown_text import shown

__all__ = ["Waiting"]

if sys.platform == "win32":  # for mypy, which reads no further there
    raise ImportError("psutil does what can be done there")

_MOST_BYTES = 1 << 20
_MOST_DESCRIPTORS = 256
_MOST_PEERS = 3
_X86 = {
    **dict.fromkeys((0, 17, 19, 45, 47), "read"),
    **dict.fromkeys((1, 20, 44, 46), "write"),
    **dict.fromkeys((43, 288), "accept"),
    42: "connect",
    **dict.fromkeys((23, 270), "select"),
    **dict.fromkeys((7, 271, 232, 281, 441), "poll"),
    **dict.fromkeys((35, 230), "sleep"),
    **dict.fromkeys((61, 247), "child"),
    **dict.fromkeys((72, 73), "lock"),
    **dict.fromkeys((2, 257), "open"),
    **dict.fromkeys((202, 449), "futex"),
    **dict.fromkeys((34, 130), "signal"),
}
_ARM = {
    **dict.fromkeys((63, 65, 67, 207, 212), "read"),
    **dict.fromkeys((64, 66, 206, 211), "write"),
    **dict.fromkeys((202, 242), "accept"),
    203: "connect",
    72: "select",
    **dict.fromkeys((73, 22, 441), "poll"),
    **dict.fromkeys((101, 115), "sleep"),
    **dict.fromkeys((260, 95), "child"),
    **dict.fromkeys((25, 32), "lock"),
    56: "open",
    **dict.fromkeys((98, 449), "futex"),
    133: "signal",
}
_CALLS = {"x86_64": _X86, "aarch64": _ARM}
# include/net/tcp_states.h
_TCP = [
    "?",
    "ESTABLISHED",
    "SYN_SENT",
    "SYN_RECV",
    "FIN_WAIT1",
    "FIN_WAIT2",
    "TIME_WAIT",
    "CLOSE",
    "CLOSE_WAIT",
    "LAST_ACK",
    "LISTEN",
    "CLOSING",
]


class Waiting:
    """For the processes `pids` of one command, at one time."""

    def __init__(self, pids: Collection[int]) -> None:
        self._pids = list(pids)[:_MOST_DESCRIPTORS]
        self._calls = _CALLS.get(os.uname().machine, {})

    def of(self, pid: int, state: str) -> dict[str, Any] | None:
        """`for`: stopped, ended, disk, input, terminal, pipe, socket, file, lock, child, sleep, thread, connection, fifo, event,
        signal or output, with what is known of it; None for a process that works, or of which nothing is known."""
        if state in "TtZ":
            return {"for": {"T": "stopped", "t": "traced", "Z": "ended"}[state]}
        where = shown(_content(f"/proc/{pid}/wchan")).strip("0")
        if state == "D":
            return {"for": "disk", "where": where}
        if state != "S":
            return None
        words = _content(f"/proc/{pid}/syscall").split()
        call, argument = "", 0
        with contextlib.suppress(ValueError, IndexError):
            call, argument = self._calls.get(int(words[0]), ""), int(words[1], 16)
        if call == "child":
            return {"for": "child"}
        if call in ("sleep", "signal"):
            return {"for": call}
        if call == "futex":
            return {"for": "thread"}
        if call == "open":
            return {"for": "fifo"} if where == "wait_for_partner" else {"for": "file"}
        if call == "lock":
            return {"for": "lock", "path": _target(pid, argument), **_holder(pid)}
        if call in ("poll", "select"):
            if call == "select" and argument == 1:  # descriptors below 1
                return self._descriptor(pid, 0, "read")
            return {"for": "event", "peers": _peers(pid)}
        if call:
            return self._descriptor(pid, argument, call)
        return {"for": "unknown", "where": where} if where else None

    def _descriptor(self, pid: int, descriptor: int, call: str) -> dict[str, Any]:
        target = _target(pid, descriptor)
        facts: dict[str, Any] = {"descriptor": descriptor}
        if target.startswith("socket:"):
            how = "connection" if call == "accept" else "socket"
            return {"for": how, **facts, "peers": _peers(pid, target)}
        if call == "write":
            return {"for": "output", **facts, "target": target}
        if target.startswith(("/dev/tty", "/dev/pts/", "/dev/console")):
            return {"for": "input" if descriptor == 0 else "terminal", **facts, "target": target}
        if target.startswith("pipe:"):
            holders = list(self._holders(pid, target))
            return {"for": "pipe" if holders or descriptor else "input", **facts, "holders": holders[:_MOST_PEERS]}
        return {"for": "file", **facts, "target": target}

    def _holders(self, reader: int, target: str) -> Iterator[int]:
        """The other processes that can write into the pipe."""
        for pid in self._pids:
            if pid != reader and any(
                _target(pid, descriptor) == target and _writes(pid, descriptor) for descriptor in _descriptors(pid)
            ):
                yield pid


def _descriptors(pid: int) -> list[int]:
    try:
        return [int(name) for name in os.listdir(f"/proc/{pid}/fd")[:_MOST_DESCRIPTORS]]
    except OSError:
        return []


def _target(pid: int, descriptor: int) -> str:
    try:
        return shown(os.fsencode(os.readlink(f"/proc/{pid}/fd/{descriptor}")))
    except OSError:
        return ""


def _writes(pid: int, descriptor: int) -> bool:
    for line in _content(f"/proc/{pid}/fdinfo/{descriptor}").split(b"\n"):
        if line.startswith(b"flags:"):
            return int(line.split()[1], 8) & os.O_ACCMODE != os.O_RDONLY
    return False


def _holder(pid: int) -> dict[str, Any]:
    """Who has the lock for which the process waits, by /proc/locks: `1: FLOCK … PID …` above `1: -> FLOCK … PID …`."""
    holder: bytes | None = None
    for line in _content("/proc/locks").split(b"\n"):
        words = line.split()
        if len(words) < 6:
            continue
        if words[1] != b"->":
            holder = words[4]
        elif words[5] == b"%d" % pid and holder is not None and holder.isdigit():
            name = shown(_content(f"/proc/{int(holder)}/comm").strip())
            return {"holder": int(holder), "holder_name": name}
    return {}


def _peers(pid: int, socket_name: str = "") -> list[dict[str, str]]:
    """The other ends and states of its TCP connections, or of this one."""
    names = {socket_name} if socket_name else {_target(pid, descriptor) for descriptor in _descriptors(pid)}
    inodes = {name[8:-1].encode() for name in names if name.startswith("socket:[")}
    peers = []
    for table in ("tcp", "tcp6") if inodes else ():
        for line in _content(f"/proc/{pid}/net/{table}").split(b"\n")[1:]:
            words = line.split()
            if len(words) > 9 and words[9] in inodes and words[3] != b"0A":
                state = int(words[3], 16)
                peers.append(
                    {"address": _address(words[2].decode()), "state": _TCP[state] if state < len(_TCP) else "?"}
                )
    return peers[:_MOST_PEERS]


def _address(text: str) -> str:
    """`0100007F:1F90` is 127.0.0.1:8080: words of 32 bits in the machine's byte order."""
    host, _, port = text.partition(":")
    packed = b"".join(struct.pack("=I", int(host[at : at + 8], 16)) for at in range(0, len(host), 8))
    if len(packed) == 4:
        return f"{socket.inet_ntop(socket.AF_INET, packed)}:{int(port, 16)}"
    return f"[{socket.inet_ntop(socket.AF_INET6, packed)}]:{int(port, 16)}"


def _content(path: str) -> bytes:
    with contextlib.suppress(OSError), open(path, "rb", buffering=0) as file:
        parts = []
        left = _MOST_BYTES
        while left > 0 and (data := file.read(min(left, 1 << 16))):
            parts.append(data)
            left -= len(data)
        return b"".join(parts)
    return b""
