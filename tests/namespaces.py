"""Machines that are network namespaces of this one: their packets can vanish, and they can be started again.

They need root, and Linux with `ip` and bridges.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from patience import PATIENCE

__all__ = ["LACKING", "Machine", "network"]

_BOOT = "/proc/sys/kernel/random/boot_id"


def _ip(*words: str) -> str:
    return subprocess.run(["ip", *words], check=True, capture_output=True, text=True).stdout


def _lacking() -> str:
    """Why there can be none; empty if there can."""
    if sys.platform != "linux" or shutil.which("ip") is None:
        return "network namespaces are Linux's, with the command ip"
    try:
        with network():
            return ""
    except (OSError, subprocess.CalledProcessError) as error:
        return f"network namespaces need root with CAP_NET_ADMIN ({error})"


class Machine:
    """Behind a bridge, with the address of its own and a boot of its own."""

    def __init__(self, bridge: str, number: int, address: str, folder: Path) -> None:
        self._bridge, self._name, self._port = bridge, f"{bridge}n{number}", f"{bridge}v{number}"
        self._boot = folder / f"boot_id.{number}"
        self._new_boot()
        _ip("netns", "add", self._name)
        _ip("link", "add", self._port, "type", "veth", "peer", "name", "eth0", "netns", self._name)
        _ip("-n", self._name, "addr", "add", f"{address}/24", "dev", "eth0")
        for words in (
            ("-n", self._name, "link", "set", "eth0"),
            ("-n", self._name, "link", "set", "lo"),
            ("link", "set", self._port),
        ):
            _ip(*words, "up")
        self.mend()

    def inside(self, *command: str) -> list[str]:
        """The command, to be run on this machine."""
        mount = f'mount --bind {self._boot} {_BOOT} && exec "$@"'
        return ["ip", "netns", "exec", self._name, "sh", "-c", mount, "sh", *command]

    def lose(self) -> None:
        """Have all packets vanish: no end of a connection arrives, and no answer."""
        _ip("link", "set", self._port, "nomaster")

    def mend(self) -> None:
        _ip("link", "set", self._port, "master", self._bridge)

    def pids(self) -> list[int]:
        return [int(pid) for pid in _ip("netns", "pids", self._name).split()]

    def go_down(self) -> None:
        """End all that runs there at once, as a loss of power; what is started next is of another boot."""
        deadline = time.monotonic() + PATIENCE
        while running := [pid for pid in self.pids() if not _is_zombie(pid)]:
            for pid in running:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            if time.monotonic() > deadline:
                raise TimeoutError(f"these processes do not end: {running}")
            time.sleep(0.01)
        self._new_boot()

    def close(self) -> None:
        with contextlib.suppress(subprocess.CalledProcessError):
            self.go_down()
            _ip("link", "del", self._port)
            _ip("netns", "del", self._name)

    def _new_boot(self) -> None:
        self._boot.write_text(f"{uuid.uuid4()}\n")


def _is_zombie(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return True


@contextlib.contextmanager
def network(folder: Path = Path("/nonexistent"), machines: int = 0) -> Iterator[tuple[str, list[Machine]]]:
    """This machine's address in a network of its own, and the other machines there. Files are kept in `folder`."""
    bridge = f"ws{os.getpid() % 100_000}"
    subnet = f"10.{200 + os.getpid() % 50}.{os.getpid() // 50 % 250}"
    _ip("link", "add", "name", bridge, "type", "bridge")
    made: list[Machine] = []
    try:
        _ip("addr", "add", f"{subnet}.1/24", "dev", bridge)
        _ip("link", "set", bridge, "up")
        for number in range(1, machines + 1):
            made.append(Machine(bridge, number, f"{subnet}.{number + 1}", folder))
        yield f"{subnet}.1", made
    finally:
        for machine in made:
            machine.close()
        _ip("link", "del", bridge)


LACKING = _lacking()
"""Why a test with them is skipped; empty if there can be some."""
