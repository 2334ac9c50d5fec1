"""The tasks of a workflow as a table, with their machines where there are any."""

from __future__ import annotations

import pytest

from workflow_scheduler.cli.show import show_tasks
from workflow_scheduler.domain.placement import Place
from workflow_scheduler.domain.task import Task
from workflow_scheduler.domain.workflow import Workflow


@pytest.mark.parametrize(
    ("place", "machines"),
    [(Place(), ["erp", "-"]), (Place(labels=("l", "m")), ["erp", "a machine with the labels l and m"])],
)
def test_each_task_has_its_machine(
    place: Place, machines: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    show_tasks(Workflow("w", tasks=(Task("a", "x", place=Place("erp")), Task("b", "x")), place=place))
    heading, *rows = capsys.readouterr().out.splitlines()
    assert heading.rstrip().endswith("MACHINE")
    for row, machine in zip(rows, machines, strict=True):
        assert row.rstrip().endswith(machine)


def test_without_other_machines_there_is_no_column(capsys: pytest.CaptureFixture[str]) -> None:
    show_tasks(Workflow("w", tasks=(Task("a", "x"),)))
    assert "MACHINE" not in capsys.readouterr().out
