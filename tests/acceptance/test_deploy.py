"""Two schedulers and two workers on one PostgreSQL, as `deploy/one_machine.py` brings them up, and a night over two machines."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from patience import PATIENCE

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its PostgreSQL is one of Linux")

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "deploy" / "one_machine.py"
DOCUMENT = ROOT / "docs" / "high-availability.md"


def one_machine(*words: str) -> str:
    env = {name: value for name, value in os.environ.items() if name not in ("SCHEDULER_HOME", "DB_URL")}
    command = [sys.executable, str(SCRIPT), *words]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where PostgreSQL, which is another user than root, can get."""
    with tempfile.TemporaryDirectory(prefix="two") as name:
        Path(name).chmod(0o755)
        yield Path(name)
        one_machine("down", name)


def ask(home: Path, *words: str) -> Any:
    command = [sys.executable, "-m", "workflow_scheduler", "--home", str(home), *words, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode in (0, 3), done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.mark.timeout(900)
def test_a_night_over_two_machines_goes_on_without_one_of_two_schedulers(
    folder: Path, until: Callable[..., Any]
) -> None:
    assert "worker-1" in one_machine("up", str(folder))
    one, two = folder / "scheduler-1", folder / "scheduler-2"
    assert {worker["name"] for worker in ask(two, "workers", "list")} == {"worker-1", "worker-2"}
    (night,) = re.findall(r"```yaml\n(id: night.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    (folder / "night.yaml").write_text(night)
    ask(one, "workflow", "apply", str(folder / "night.yaml"))
    os.kill(ask(one, "status")["pid"], signal.SIGKILL)
    run = ask(two, "run", "night", "--detach")["id"]
    until(lambda: ask(two, "runs", "show", run)["finished_at"])
    shown = ask(two, "runs", "show", run)
    assert shown["state"] == "succeeded", shown
    where = {task["id"]: task["attempts"][-1]["worker"] for task in shown["tasks"]}
    assert where["export"] == where["pack"] == "worker-1"
    assert where["report"] in ("worker-1", "worker-2")
    assert (folder / "worker-1" / "orders.csv.gz").exists()
    one_machine("up", str(folder))
    assert ask(one, "status")["running"]
    assert ask(one, "runs", "show", run)["state"] == "succeeded"


def test_the_containers_are_those_of_the_document() -> None:
    """They cannot be started everywhere: what is looked at is that the file names the commands that there are."""
    services = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8"))["services"]
    assert {"postgresql", "scheduler-1", "scheduler-2", "worker-1", "worker-2"} < services.keys()
    assert "scheduler worker join" in services["worker-1"]["command"][0]
    assert services["scheduler-1"]["environment"]["DB_URL"] == services["scheduler-2"]["environment"]["DB_URL"]
