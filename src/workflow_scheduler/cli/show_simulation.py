"""The answer of a simulation for people: a summary, a chart or a table by day, and what needs attention."""

from __future__ import annotations

import os
import shutil
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from workflow_scheduler.domain.durations import format_duration

from .gantt import Axis, Bar, Kind, axis_lines, legend, row_cells
from .plain_table import Styled
from .render import local_time, shows_unicode, table

if TYPE_CHECKING:
    from workflow_scheduler.operations.simulations.rows import SimulatedRun, Simulation, SkippedFire

__all__ = ["show_simulation", "summary_of"]

CHART = timedelta(days=4)
"""Longer simulations are a table by day."""
FEW = 15
"""Up to this many runs have a line each."""
FEW_NAMED = 40
LISTED = 10
_WIDTH = 100
"""Columns without a terminal."""
_COLOURS = {"cyan": "cyan", "yellow": "yellow", "bold red": "red", "bold": None}


def show_simulation(simulation: Simulation, *, tasks: bool) -> None:
    """`tasks`: show those of each run, unless there are many."""
    zone = simulation.timezone
    begin, end = (_time(moment, zone) for moment in (simulation.begin, simulation.until))
    click.echo(summary_of(simulation))
    click.echo(f"From {begin} to {end} ({zone}){', which starts with nothing in progress' if simulation.idle else ''}.")
    for note in _notes(simulation):
        click.echo(note)
    if simulation.runs or simulation.skipped:
        click.echo()
        if simulation.until - simulation.begin > CHART:
            _show_days(simulation)
        else:
            _show_chart(simulation, tasks=tasks)
    for heading, lines in _attention(simulation):
        click.echo(f"\n{click.style(heading, bold=_colours())}")
        for line in lines[:LISTED]:
            click.echo(f"  {line}")
        if len(lines) > LISTED:
            click.echo(f"  and {len(lines) - LISTED} more; --json has them all")


def summary_of(simulation: Simulation) -> str:
    """`48 runs of 6 workflows; 2 late (longest 12m, load waits for import); 1 skipped: a holiday.`"""
    counts = simulation.counts
    if not counts.runs and not counts.skipped:
        return "Nothing runs."
    parts = [f"{_number(counts.runs, 'run')} of {_number(counts.workflows, 'workflow')}"]
    if counts.late:
        longest = max((run for run in simulation.runs if run.late), key=lambda run: run.late or 0, default=None)
        parts.append(f"{counts.late} late" + (f" (longest {_late(longest)})" if longest else ""))
    if risky := counts.at_risk - counts.late:
        parts.append(f"{risky} not finished when due again")
    parts += [f"{counts.failed} failed"] if counts.failed else []
    if counts.skipped:
        reasons = {fire.reason for fire in simulation.skipped}
        parts.append(f"{counts.skipped} skipped" + (f": {reasons.pop()}" if len(reasons) == 1 else ""))
    parts += [f"{counts.moved} moved"] if counts.moved else []
    parts += [f"{counts.unfinished} not finished at the end"] if counts.unfinished else []
    parts.append(f"at most {_number(counts.most_at_once, 'run')} at once (MAX_THREADS {simulation.max_runs})")
    return f"{'; '.join(parts)}."


def _late(run: SimulatedRun) -> str:
    length = format_duration(run.late or 0)
    _, _, names = run.waits_for.partition("In progress: ")
    return f"{length}, {run.workflow_id} waits for {names.rstrip('.')}" if names else f"{length}, {run.workflow_id}"


def _notes(simulation: Simulation) -> Iterator[str]:
    yield from simulation.notes
    if names := simulation.assumed:
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        yield f"No history, 1m assumed: {_number(len(names), 'task')} ({', '.join(names[:3])}{more})."
    if simulation.left_out:
        yield f"{simulation.left_out} of the runs and skipped fires are only counted; raise --limit to see them."


def _show_chart(simulation: Simulation, *, tasks: bool) -> None:
    rows = list(_rows(simulation, tasks=tasks))
    width = _width()
    room = min(max(len(label) for label, _ in rows), max(12, width // 3))
    axis = Axis(simulation.begin, simulation.until, width - room - 2, simulation.timezone, shows_unicode())
    for line in axis_lines(axis):
        click.echo(f"{'':{room}}  {line}".rstrip())
    for label, bars in rows:
        cells = row_cells(axis, bars)
        click.echo(f"{_clipped(label, room):{room}}  {''.join(map(_painted, cells)).rstrip()}".rstrip())
    kinds = {bar.kind for _, bars in rows for bar in bars}
    click.echo(f"{'':{room}}  {legend(axis, sorted(kinds))}")


def _rows(simulation: Simulation, *, tasks: bool) -> Iterator[tuple[str, list[Bar]]]:
    """A line for each run, with its tasks, if there are few; otherwise one for each workflow."""
    runs, until, zone = simulation.runs, simulation.until, simulation.timezone
    skipped: defaultdict[str, list[Bar]] = defaultdict(list)
    for fire in simulation.skipped:
        skipped[fire.workflow_id].append(Bar(fire.due_utc, fire.until_utc or fire.due_utc, Kind.SKIPPED))
    if len(runs) <= (FEW_NAMED if tasks else FEW):
        for run in runs:
            shown = f"{(run.due_utc or run.queued_at).astimezone(ZoneInfo(zone)):%H:%M}"
            yield f"{run.workflow_id} {shown}", list(_bars(run, until))
            for task in run.tasks if tasks else ():
                if task.started_at is not None:
                    kind = Kind.FAILED if task.state == "failed" else Kind.RUNNING
                    yield f"  {task.id}", [Bar(task.started_at, task.finished_at or until, kind)]
        yield from skipped.items()
        return
    bars: defaultdict[str, list[Bar]] = defaultdict(list)
    for run in runs:
        bars[run.workflow_id] += _bars(run, until)
    for name, own in skipped.items():
        bars[name] += own
    yield from bars.items()


def _bars(run: SimulatedRun, until: datetime) -> Iterator[Bar]:
    since = run.due_utc or run.queued_at
    if run.started_at is None:
        yield Bar(since, run.finished_at or until, Kind.WAITING)
        return
    if run.started_at > since:
        yield Bar(since, run.started_at, Kind.WAITING)
    yield Bar(run.started_at, run.finished_at or until, Kind.FAILED if run.state == "failed" else Kind.RUNNING)


def _show_days(simulation: Simulation) -> None:
    zone = ZoneInfo(simulation.timezone)
    runs: defaultdict[str, list[SimulatedRun]] = defaultdict(list)
    skipped: defaultdict[str, int] = defaultdict(int)
    for run in simulation.runs:
        runs[f"{(run.due_utc or run.queued_at).astimezone(zone):%Y-%m-%d %a}"].append(run)
    for fire in simulation.skipped:
        skipped[f"{fire.due_utc.astimezone(zone):%Y-%m-%d %a}"] += fire.count
    table(
        ("day", "runs", "late", "failed", "skipped", "first start", "last end"),
        (_day(day, runs[day], skipped[day], zone) for day in sorted({*runs, *skipped})),
        "",
    )


def _day(day: str, runs: Sequence[SimulatedRun], skipped: int, zone: ZoneInfo) -> tuple[object, ...]:
    starts = [run.started_at for run in runs if run.started_at]
    ends = [run.finished_at for run in runs if run.finished_at]
    late, failed = sum(run.late is not None for run in runs), sum(run.state == "failed" for run in runs)
    return (
        day,
        len(runs),
        Styled(str(late), "yellow") if late else "",
        Styled(str(failed), "bold red") if failed else "",
        skipped or "",
        f"{min(starts).astimezone(zone):%H:%M}" if starts else "",
        f"{max(ends).astimezone(zone):%a %H:%M}" if ends else "",
    )


def _attention(simulation: Simulation) -> Iterator[tuple[str, list[str]]]:
    """Headings, each with its lines."""
    zone = simulation.timezone

    def lines(chosen: Callable[[SimulatedRun], bool], words: Callable[[SimulatedRun], str]) -> list[str]:
        return [f"{run.workflow_id}  {_time(_due(run), zone)}  {words(run)}" for run in simulation.runs if chosen(run)]

    found = {
        "Late": lines(lambda run: run.late is not None, lambda run: _why_late(run, zone)),
        "Deadlines missed": lines(lambda run: bool(run.missed), lambda run: " ".join(run.missed)),
        "Not finished when due again": lines(
            lambda run: run.overruns_utc is not None,
            lambda run: f"ends {_time(run.finished_at, zone)}, is due again {_time(run.overruns_utc, zone)}",
        ),
        "Failed": lines(lambda run: run.state == "failed", lambda run: run.reason),
        "Moved, or marked by a change of the clock": lines(
            lambda run: bool(run.note) and (run.late is None or run.moved),
            lambda run: f"{'for ' + _time(run.nominal_utc, zone) + ': ' if run.moved else ''}{run.note}",
        ),
        "Skipped": [_skipped(fire, zone) for fire in simulation.skipped],
    }
    return ((heading, shown) for heading, shown in found.items() if shown)


def _due(run: SimulatedRun) -> datetime:
    return run.due_utc or run.queued_at


def _why_late(run: SimulatedRun, zone: str) -> str:
    start = f"starts {_time(run.started_at, zone)}" if run.started_at else "does not start"
    return f"{start}, {format_duration(run.late or 0)} late: {run.waits_for or run.note or 'it waits.'}"


def _skipped(fire: SkippedFire, zone: str) -> str:
    times = f" to {_time(fire.until_utc, zone)} ({fire.count})" if fire.until_utc else ""
    return f"{fire.workflow_id}  {_time(fire.due_utc, zone)}{times}  {fire.reason}"


def _time(moment: datetime | None, zone: str) -> str:
    """Without the offset: the zone is named once. None is past the end of the simulation."""
    return "after the end" if moment is None else local_time(moment, zone, seconds=False)[:-7]


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _clipped(label: str, room: int) -> str:
    return label if len(label) <= room else label[: room - 1] + ("…" if shows_unicode() else "~")


def _painted(part: Styled) -> str:
    return click.style(part.text, fg=_COLOURS[part.style]) if part.style and _colours() else part.text


def _colours() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _width() -> int:
    columns = shutil.get_terminal_size().columns if sys.stdout.isatty() or "COLUMNS" in os.environ else _WIDTH
    return max(40, columns)
