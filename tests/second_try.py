"""Wine itself ends a Python now and then, without a word and in the middle of any test: such a test is tried a second time.

Windows ends none, and no process is ended twice at the same place by accident: both are failures.
"""

from __future__ import annotations

from typing import Any

import pytest


class SecondTry:
    """For the process that reports, where pytest-xdist has others run the tests."""

    def __init__(self) -> None:
        self._tried: list[str] = []

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str, report: pytest.TestReport, sched: Any) -> None:
        if crashitem not in self._tried:
            self._tried.append(crashitem)
            report.outcome = "tried again"  # type: ignore[assignment]
            sched.mark_test_pending(crashitem)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        for item in self._tried:
            terminalreporter.write_line(f"tried again, because its process was ended from outside: {item}")
