"""Judges the output files of what succeeded by those of earlier successes, and keeps their sizes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from datetime import datetime
from typing import Any

from workflow_scheduler.domain.events import Event
from workflow_scheduler.domain.output_file import OutputFile, Unusual
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.run import AttemptState, Run
from workflow_scheduler.domain.task import Task
from workflow_scheduler.domain.unusual import Finding, History, day_of, judge, size_words
from workflow_scheduler.executors.base import Outcome
from workflow_scheduler.storage.database import Connection
from workflow_scheduler.storage.output_sizes import OutputSize, add_sizes, sizes_before

__all__ = ["OutputGuard"]


@dataclass(slots=True)
class OutputGuard:
    """Of one pass."""

    db: Connection
    now: datetime
    events: list[Event] = field(default_factory=list)
    _sizes: list[OutputSize] = field(default_factory=list)

    def judge(self, run: Run, task: Task, outcome: Outcome) -> Outcome:
        """The outcome, failed if a file is so unusual that it was asked to fail."""
        measured = [
            (file, output)
            for file, output in zip(task.output_files, outcome.outputs, strict=False)
            if file.unusual is not Unusual.OFF and output.get("size") is not None
        ]
        if outcome.state is not AttemptState.SUCCEEDED or not measured:
            return outcome
        at = run.nominal or run.queued_at
        weekday, month_end = day_of(at, run.timezone or "UTC")
        outputs, failures, sizes = list(outcome.outputs), [], []
        for file, output in measured:
            findings = dict(self._findings(run, task, file, output, weekday, last=month_end))
            size, lines = float(output["size"]), output.get("lines")
            lines = None if lines is None else float(lines)
            sizes.append(OutputSize(run.workflow_id, task.id, file.path, at, weekday, int(month_end), size, lines))
            if findings:
                words = _sentence(str(output["path"]), findings)
                ratios = {measure: finding.ratio for measure, finding in findings.items()}
                outputs[outcome.outputs.index(output)] = {
                    **output,
                    "unusual": words,
                    "item": file.path,
                    "ratios": ratios,
                }
                if file.unusual is Unusual.FAIL:
                    failures.append(words)
                else:
                    self._tell(run, outcome, words)
        outcome = replace(outcome, outputs=tuple(outputs))
        if failures:
            return replace(outcome, state=AttemptState.FAILED, reason="; ".join(failures))
        self._sizes += sizes
        return outcome

    def keep(self) -> None:
        """Store the sizes of the successes of this pass."""
        add_sizes(self.db, self._sizes)

    def _findings(
        self, run: Run, task: Task, file: OutputFile, output: Mapping[str, Any], weekday: int, *, last: bool
    ) -> Iterator[tuple[str, Finding]]:
        same, ends = sizes_before(self.db, run.workflow_id, task.id, file.path, weekday)
        history = History([row.size for row in same], [row.size for row in ends])
        ratios = {"min_ratio": file.min_ratio, "max_ratio": file.max_ratio}
        if finding := judge(output["size"], history, last_of_month=last, **ratios):
            yield "size", finding
        if output.get("lines") is not None:
            history = History(*([row.lines for row in rows if row.lines is not None] for rows in (same, ends)))
            if finding := judge(output["lines"], history, last_of_month=last):
                yield "lines", finding

    def _tell(self, run: Run, outcome: Outcome, words: str) -> None:
        event = Event(self.now, "output.unusual", run.workflow_id, *outcome.key, run.schedule_id, words)
        self.events.append(event)


def _sentence(path: str, findings: Mapping[str, Finding]) -> str:
    parts = []
    for measure, finding in findings.items():
        if measure == "size":
            figures = f"it has {size_words(finding.value)}, usually {size_words(finding.median)}"
        else:
            figures = f"{finding.value:,.0f} lines, usually {finding.median:,.0f}"
        by = finding.rule or f"by {finding.samples} successes of this weekday"
        parts.append(f"{figures} ({by})")
    return f"output file {path} is unusual: {'; '.join(parts)}"
