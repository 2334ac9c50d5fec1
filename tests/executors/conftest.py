"""The executors that have to conform, each with records of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from executing import Executing

from workflow_scheduler.executors import slots

KINDS = {"local": Executing}


@pytest.fixture(params=sorted(KINDS))
def executing(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Executing]:
    monkeypatch.setattr(slots, "LIMIT_HOLDS", 3600.0)  # nobody says it again here
    made = KINDS[request.param](tmp_path)
    yield made
    made.executor.close()


@pytest.fixture
def later(executing: Executing) -> Iterator[Executing]:
    """The next engine's executor, after the first one has let go."""
    made = executing.later()
    yield made
    made.executor.close()
