"""A Python script that ends for want of a module: its reason says which Python ran it."""

from __future__ import annotations

import queue
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from patience import PATIENCE

from workflow_scheduler.domain.run import AttemptState
from workflow_scheduler.domain.task import Task
from workflow_scheduler.executors import slots
from workflow_scheduler.executors.base import AttemptSpec, Outcome
from workflow_scheduler.executors.local import LocalExecutor
from workflow_scheduler.processes.surroundings import Interpreters


@pytest.fixture
def reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    monkeypatch.setattr(slots, "LIMIT_HOLDS", 3600.0)  # nobody says it again here
    reports: queue.Queue[object] = queue.Queue()
    executor = LocalExecutor(tmp_path, reports.put, Interpreters(python=sys.executable))
    executor.limit(1)

    def run(command: str, *args: str) -> str:
        executor.launch(AttemptSpec(("r", "t", 1), Task("t", command, args), {}))
        while not isinstance(outcome := reports.get(timeout=PATIENCE), Outcome):
            pass
        assert outcome.state is AttemptState.FAILED
        return outcome.reason

    yield run
    executor.close()


@pytest.mark.parametrize(
    "code", ["import no_such.part", "import sys; sys.stderr.write('x' * 9999 + '\\n'); import no_such"]
)
def test_a_script_that_lacks_a_module(code: str, reason, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(code)
    assert reason("a.py") == (
        f"exit code 1 (expected 0); it reports no module 'no_such'; it ran with {sys.executable}: "
        "install the module there, or choose another Python with SCRIPT_PYTHON"
    )


@pytest.mark.parametrize("args", [("-c", "import no_such"), ("-m", "no_such")])
def test_python_as_the_command(args: tuple[str, ...], reason) -> None:
    assert reason(sys.executable, *args).endswith("install the module there, or use another Python as the command")


@pytest.mark.parametrize(
    "code",
    [
        "raise SystemExit('it says that there is No module named yaml')",
        "try:\n import no_such\nexcept ImportError as e:\n print(repr(e), file=__import__('sys').stderr)\n raise SystemExit(3)",
        "raise KeyError('No module named x')",
    ],
)
def test_another_failure_has_no_such_advice(code: str, reason, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(code)
    assert "module" not in reason("a.py")
