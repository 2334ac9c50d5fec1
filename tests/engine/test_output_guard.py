"""Output files that are much smaller or larger than usual: told, failed, and accepted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from workflow_scheduler.domain.errors import NotFound, Refused
from workflow_scheduler.domain.output_file import OutputFile, Unusual
from workflow_scheduler.domain.run import AttemptKey, AttemptState
from workflow_scheduler.domain.task import Retry, Task
from workflow_scheduler.executors.base import Outcome
from workflow_scheduler.operations.runs.accept import accept_outputs
from workflow_scheduler.storage import output_sizes

MB = 1_000_000


def task(unusual: Unusual = Unusual.WARN, **options: Any) -> Task:
    file = OutputFile(
        "dump.bak", unusual=unusual, **{name: options.pop(name) for name in ("min_ratio",) if name in options}
    )
    return Task("a", "x", output_files=(file,), **options)


def write(bench, size: int | None, lines: int | None = None, number: int = 1, run_id: str = "") -> str:
    """A run of this moment that writes a file of that size."""
    run_id = run_id or bench.start()
    output = {"path": "/h/dump.bak", "proof": "changed", "reason": "", "size": size, "lines": lines}
    bench.executor.report(
        Outcome(AttemptKey(run_id, "a", number), AttemptState.SUCCEEDED, "exit code 0", 0, outputs=(output,))
    )
    bench.step()
    return run_id


def weeks(bench, *sizes: int, lines: int | None = None) -> None:
    for size in sizes:
        write(bench, size, lines)
        bench.pass_time(days=7)


def told(bench) -> list[str]:
    query = "SELECT reason FROM events WHERE kind = 'output.unusual' ORDER BY seq"
    return bench.database.read(lambda db: db.column(query))


def test_a_collapse_is_told(bench) -> None:
    bench.make(task())
    weeks(bench, *[48 * MB] * 8)
    assert told(bench) == []
    run_id = write(bench, 12_000)
    words = "output file /h/dump.bak is unusual: it has 12 KB, usually 48 MB (by 8 successes of this weekday)"
    assert told(bench) == [words]
    run = bench.run(run_id)
    assert run.state == "succeeded"
    assert run.tasks[0].attempts[0].outputs[0]["unusual"] == words


def test_until_eight_successes_of_the_weekday_it_learns(bench) -> None:
    bench.make(task())
    weeks(bench, *[48 * MB] * 7)
    bench.pass_time(days=1)
    for _ in range(3):
        write(bench, 48 * MB)  # on another weekday
    bench.pass_time(days=6)
    write(bench, 12_000)
    assert told(bench) == []


def test_each_weekday_has_its_own_usual_size(bench) -> None:
    bench.make(task())
    for _ in range(9):
        for size in (900 * MB, 1 * MB):
            write(bench, size)
            bench.pass_time(days=1)
        bench.pass_time(days=5)
    assert told(bench) == []
    write(bench, 1 * MB)
    assert len(told(bench)) == 1


def test_lines_count_as_well(bench) -> None:
    bench.make(task())
    weeks(bench, *[48 * MB] * 8, lines=1000)
    write(bench, 48 * MB, 3)
    assert told(bench) == [
        "output file /h/dump.bak is unusual: 3 lines, usually 1,000 (by 8 successes of this weekday)"
    ]


def test_off_is_not_judged_and_not_kept(bench) -> None:
    bench.make(task(Unusual.OFF))
    weeks(bench, *[48 * MB] * 8, 12_000)
    assert told(bench) == []
    assert bench.database.read(lambda db: db.value("SELECT count(*) FROM output_sizes")) == 0


def test_what_has_no_known_size_is_not_judged(bench) -> None:
    bench.make(task())
    weeks(bench, *[48 * MB] * 8)
    assert bench.run(write(bench, None)).state == "succeeded"
    assert told(bench) == []


def test_a_fixed_ratio(bench) -> None:
    bench.make(task(min_ratio=0.9))
    weeks(bench, 100)
    write(bench, 89)
    assert told(bench) == ["output file /h/dump.bak is unusual: it has 89 bytes, usually 100 bytes (min_ratio 0.9)"]


def test_fail_fails_the_attempt_and_is_retried(bench) -> None:
    bench.make(task(Unusual.FAIL, retry=Retry(1)))
    weeks(bench, *[48 * MB] * 8)
    run_id = write(bench, 12_000)
    (first,) = bench.run(run_id).tasks[0].attempts[:1]
    assert first.state == "failed"
    assert first.exit_code == 0
    assert first.reason.startswith("output file /h/dump.bak is unusual: it has 12 KB")
    bench.step()
    write(bench, 48 * MB, number=2, run_id=run_id)
    assert bench.run(run_id).state == "succeeded"
    assert told(bench) == []  # the failure says it
    assert bench.database.read(lambda db: db.value("SELECT min(size) FROM output_sizes")) == 48 * MB


def test_accepting_makes_it_usual(bench) -> None:
    bench.make(task(Unusual.FAIL))
    weeks(bench, *[48 * MB] * 8)
    run_id = write(bench, 24_000)
    assert bench.run(run_id).state == "failed"
    (row,) = accept_outputs(bench.database, run_id, "ada", bench.now)
    assert (row.task, row.path) == ("a", "/h/dump.bak")
    assert bench.run(run_id).tasks[0].attempts[0].outputs[0]["accepted"] == f"ada, {bench.now:%Y-%m-%d %H:%M} UTC"
    bench.pass_time(seconds=1)
    assert bench.run(write(bench, 25_000)).state == "succeeded"
    bench.pass_time(days=7)
    assert bench.run(write(bench, 48 * MB)).state == "failed"


def test_each_is_accepted_once(bench) -> None:
    bench.make(task())
    weeks(bench, *[48 * MB] * 8)
    run_id = write(bench, 24_000)
    accept_outputs(bench.database, run_id, "ada", bench.now)
    with pytest.raises(Refused, match="no unusual output file that is not accepted"):
        accept_outputs(bench.database, run_id, "ada", bench.now)
    with pytest.raises(NotFound):
        accept_outputs(bench.database, "nothing", "ada", bench.now)


def test_sizes_are_bounded_and_go_with_their_workflow(bench, monkeypatch) -> None:
    monkeypatch.setattr(output_sizes, "_KEPT", 5)
    bench.make(task())
    weeks(bench, *range(1, 9))
    sizes = "SELECT size FROM output_sizes ORDER BY id"
    assert bench.database.read(lambda db: db.column(sizes)) == [4, 5, 6, 7, 8]
    bench.commands.rename_workflow("w", "v", bench.now)
    assert bench.database.read(lambda db: db.value("SELECT DISTINCT workflow_id FROM output_sizes")) == "v"
    bench.commands.delete_workflow("v", bench.now)
    assert bench.database.read(lambda db: db.column(sizes)) == []


def test_a_report_lists_what_is_unusual(bench, tmp_path) -> None:
    from workflow_scheduler.operations.reports.report import compose

    bench.make(task())
    weeks(bench, *[48 * MB] * 8)
    run_id = write(bench, 12_000)
    until = bench.now + timedelta(seconds=1)
    report = compose(bench.database, tmp_path, bench.now, until, free_bytes=lambda: 0, backups_kept=0, timezone="UTC")
    (row,) = report.unusual
    assert (row.run_id, row.task_id, row.workflow_id) == (run_id, "a", "w")
    assert not report.green
    later = compose(
        bench.database, tmp_path, until, until + timedelta(days=1), free_bytes=lambda: 0, backups_kept=0, timezone="UTC"
    )
    assert later.unusual == ()


def test_a_long_path_is_kept(bench) -> None:
    path = "".join(chr(0x4E00 + at * 7 % 20_000) for at in range(3000))
    bench.make(Task("a", "x", output_files=(OutputFile(path),)))
    weeks(bench, *[48 * MB] * 8)
    write(bench, 12_000)
    assert len(told(bench)) == 1
