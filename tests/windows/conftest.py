"""Which of these tests can run where: on Windows all, under Wine not those that only a real Windows shows."""

from __future__ import annotations

from pathlib import Path

import machine
import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent not in item.path.parents:
            continue
        item.add_marker(pytest.mark.needs("windows"))
        if (mark := item.get_closest_marker("real_windows")) and machine.is_wine():
            item.add_marker(pytest.mark.skip(reason=f"real Windows only: {mark.args[0]}"))
