"""What a script finds in its environment."""

from __future__ import annotations

import os
from pathlib import Path


def test_a_path_of_the_task_in_another_spelling_finds_commands(scheduler) -> None:
    folder = scheduler.home / "my tools"
    folder.mkdir()
    (folder / "tool.bat").write_text("@echo %PATH%\n")
    path = f'"{folder}";{os.environ["PATH"]}'
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "tool", "--env", f"Path={path}")
    run = scheduler.json("run", "w")
    assert run["state"] == "succeeded"
    (log,) = Path(scheduler.home, "attempts", run["id"]).glob("*/stdout.log")
    assert log.read_text().strip() == path
