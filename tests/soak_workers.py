"""Workers of a soak: real processes with homes of their own, beyond a line that can be cut, and what is done to them."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import databases
from line import Line
from namespaces import Machine

from workflow_scheduler.processes.identity import alive, own_identity
from workflow_scheduler.processes.start_file import read_start
from workflow_scheduler.system.crash_points import POINTS, VARIABLE

if TYPE_CHECKING:
    from soak import Home

__all__ = ["LABEL", "TORMENTS", "Crowd", "Worker", "join", "keepers"]

_SCHEDULER = [sys.executable, "-m", "workflow_scheduler"]
LABEL = "far"
TORMENTS = ("worker", "workers_keeper", "database", "cut", "swallowed")
"""What a soak with workers does besides."""
ON_MACHINES = ("vanished", "rebooted")
"""What it does where each worker has a machine of its own."""
LETTING_DIE = ("worker", "keeper")
LONGEST_LOSS = 4.0
"""Seconds, during which nothing else is done."""
LOSSES = (5.0, 60.0, 300.0)
"""Seconds for which the packets of a machine vanish, while other things are done."""
PATIENCE = 5.0
"""Seconds for a task to begin, so that its keeper can be killed."""


def join(scheduler: Home, name: str, line: Line, machine: Machine | None = None) -> Worker:
    """A new worker with the label of the soak, in a folder in the scheduler's home."""
    words = ("worker", "invite", "--name", name, "--labels", LABEL, "--slots", "20", "--address", line.address)
    worker = Worker(scheduler.folder / name, machine)
    worker.join(scheduler.command(*words)["token"])
    return worker


class Worker:
    """The home of a worker, its process, and its machine, if that is another one. `back_at`: when its packets arrive again."""

    def __init__(self, folder: Path, machine: Machine | None) -> None:
        self.folder, self.machine = folder, machine
        self.back_at: float | None = None
        folder.mkdir()
        self._env = {name: value for name, value in os.environ.items() if name != "DB_URL"}
        self._env["SCHEDULER_HOME"] = str(folder)
        self.process: subprocess.Popen[bytes] | None = None

    def join(self, token: str) -> None:
        subprocess.run(self._there("worker", "join", token), env=self._env, capture_output=True, check=True)

    def _there(self, *words: str) -> list[str]:
        command = [*_SCHEDULER, *words]
        return command if self.machine is None else self.machine.inside(*command)

    def start(self, crash_at: str = "") -> None:
        env, quiet = {**self._env, VARIABLE: crash_at}, subprocess.DEVNULL
        self.process = subprocess.Popen(
            self._there("worker", "start"), env=env, cwd=self.folder, stdout=quiet, stderr=quiet
        )

    def kill(self) -> bool:
        """Whether it ran, and had not died at the point at which it was to die."""
        code = None if self.process is None else self.process.poll()
        if code not in (None, -signal.SIGKILL):
            sys.exit(f"the worker in {self.folder} ended by itself, with exit code {code}\n{self.log()}")
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        return code is None

    def lose(self, seconds: float) -> None:
        if self.machine is not None:
            self.machine.lose()
            self.back_at = time.monotonic() + seconds

    def come_back(self) -> None:
        if self.machine is not None:
            self.machine.mend()
            self.back_at = None

    def reboot(self) -> None:
        """End it with all that it runs, at once, and start it again as after a boot."""
        if self.machine is not None:
            self.machine.go_down()
        if self.process is not None:
            self.process.wait()
        self.start()

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            if code := self.process.wait():
                sys.exit(f"the worker in {self.folder} ended with exit code {code}\n{self.log()}")

    def log(self) -> str:
        return (self.folder / "worker.log").read_text(encoding="utf-8")


class Crowd:
    """The workers of a scheduler."""

    def __init__(
        self,
        scheduler: Home,
        count: int,
        line: Line,
        cluster: Path,
        dice: random.Random,
        machines: Sequence[Machine] = (),
    ) -> None:
        """`machines`: one for each worker; without, all are on this one."""
        self._line, self._cluster, self._dice = line, cluster, dice
        self.torments = (*TORMENTS, *(ON_MACHINES if machines else ()))
        self.kills: Counter[str] = Counter(dict.fromkeys((*self.torments, "worker_at_point"), 0))
        self._workers = [
            join(scheduler, f"far-{number + 1}", line, machines[number] if machines else None)
            for number in range(count)
        ]
        for worker in self._workers:
            worker.start()

    def torment(self, how: str) -> None:
        for worker in self._workers:
            if worker.back_at is not None and time.monotonic() >= worker.back_at:
                worker.come_back()
        match how:
            case "worker":
                worker = self._dice.choice(self._workers)
                self.kills["worker" if worker.kill() else "worker_at_point"] += 1
                points = [f"{name}:{self._dice.randint(1, 6)}" for name in POINTS if name.startswith(LETTING_DIE)]
                worker.start(self._dice.choice(["", *points]))  # which is where it, or its keepers, will die
            case "workers_keeper":
                if found := self._keepers():
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(self._dice.choice(found), signal.SIGKILL)
                        self.kills[how] += 1
            case "database":
                databases.stop(self._cluster)
                time.sleep(self._dice.uniform(0, LONGEST_LOSS / 2))
                databases.go_on(self._cluster)
                self.kills[how] += 1
            case "cut" | "swallowed":
                (self._line.cut if how == "cut" else self._line.swallow)()
                time.sleep(self._dice.uniform(0, LONGEST_LOSS))
                self._line.mend()
                self.kills[how] += 1

            case "vanished":
                there = [worker for worker in self._workers if worker.back_at is None]
                if len(there) > 1:  # one goes on
                    self._dice.choice(there).lose(self._dice.choice(LOSSES))
                    self.kills[how] += 1
            case "rebooted":
                self._dice.choice(self._workers).reboot()
                self.kills[how] += 1

    def _keepers(self) -> list[int]:
        """Those there are, once there is one, or none after a while."""
        deadline = time.monotonic() + PATIENCE
        while True:
            found = [keeper for worker in self._workers for keeper in keepers(worker.folder)]
            if found or time.monotonic() > deadline:
                return found
            time.sleep(0.05)

    def settle(self) -> None:
        """Have all of them work, and die no more."""
        for worker in self._workers:
            worker.come_back()
            worker.kill()
            worker.start()

    def kill(self) -> None:
        for worker in self._workers:
            if worker.process is not None:
                worker.process.kill()

    def stop(self) -> None:
        for worker in self._workers:
            worker.stop()

    def logs(self) -> str:
        return "".join(worker.log() for worker in self._workers)


def keepers(home: Path) -> list[int]:
    """The keepers of this home's attempts, and only those: a pid is soon another process's."""
    found = set()
    for start in home.glob("attempts/*/*/start"):
        facts = read_start(str(start.parent)) or {}
        keeper = {**facts.get("keeper", {}), "boot": own_identity().get("boot")}  # a machine of a soak has another
        if "exit" not in facts and alive(keeper):
            found.add(int(keeper["pid"]))
    return sorted(found)
