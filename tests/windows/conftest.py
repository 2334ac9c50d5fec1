"""Which of these tests can run where: on Windows all, under Wine not those that only a real Windows shows."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import machine
import pytest
from workers.conftest import scheduling_in
from workers.working import Scheduler


@pytest.fixture
def scheduling(tmp_path: Path, until: Callable[..., Any]) -> Iterator[Scheduler]:
    """A database of a server that runs on Linux, and the workers of this machine."""
    if not (url := os.environ.get("TESTS_POSTGRESQL", "")):
        pytest.skip("the server for Windows runs on Linux: python dev.py test --windows")
    yield from scheduling_in(url, tmp_path, until)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent not in item.path.parents:
            continue
        item.add_marker(pytest.mark.needs("windows"))
        if (mark := item.get_closest_marker("real_windows")) and machine.is_wine():
            item.add_marker(pytest.mark.skip(reason=f"real Windows only: {mark.args[0]}"))
