"""Prints an explanation: the verdict, the gates from the top, and the next commands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from workflow_scheduler.domain.explanation import GATES, GateState, RemedyCode

from .context import own_command
from .plain_table import Styled
from .render import local_time, plain, say_parts, shows_unicode

if TYPE_CHECKING:
    from workflow_scheduler.domain.explanation import Explanation, Gate, Remedy

__all__ = ["COMMANDS", "show_explanation"]

_MARKS = {
    GateState.PASSED: ("✓", "+", "green"),
    GateState.STOPPED: ("✗", "x", "bold red"),
    GateState.NOT_REACHED: ("\u2013", "-", "dim"),
    GateState.NOT_RECORDED: ("?", "?", "bold magenta"),
    GateState.LATE: ("!", "!", "bold yellow"),
}
COMMANDS: Mapping[RemedyCode, str] = {
    RemedyCode.START_SCHEDULER: "start",
    RemedyCode.RESUME_PLANNER: "planner resume",
    RemedyCode.RESUME_SCHEDULE: "schedule resume {}",
    RemedyCode.ENABLE_WORKFLOW: "workflow edit {} --enable",
    RemedyCode.ADD_SCHEDULE: "schedule add {} --every 1h",
    RemedyCode.ADD_TASK: "task add {}",
    RemedyCode.LIST_FIRES: "fires list {}",
    RemedyCode.SHOW_SCHEDULE: "schedule show {}",
    RemedyCode.SHOW_WORKFLOW: "workflow show {}",
    RemedyCode.RUN_NOW: "run {}",
    RemedyCode.SHOW_RUN: "runs show {}",
    RemedyCode.READ_OUTPUT: "runs logs {}",
    RemedyCode.RETRY_RUN: "runs retry {}",
    RemedyCode.ACCEPT_OUTPUT: "runs accept {}",
    RemedyCode.LIST_RUNS: "runs list --workflow {}",
    RemedyCode.PRUNE: "prune",
    RemedyCode.READ_LOG: "log",
}


def show_explanation(found: Explanation, timezone: str) -> None:
    say_parts(Styled(plain(found.verdict), "bold"))
    reached = [gate for gate in found.gates if gate.state is not GateState.NOT_REACHED]
    width = max(len(GATES[gate.code]) for gate in found.gates)
    for gate in reached:
        _show(gate, GATES[gate.code].ljust(width), timezone)
    if rest := [GATES[gate.code] for gate in found.gates if gate.state is GateState.NOT_REACHED]:
        sign, ascii_sign, style = _MARKS[GateState.NOT_REACHED]
        say_parts(Styled(f" {sign if shows_unicode() else ascii_sign} {', '.join(rest)}: not reached", style))
    for at, remedy in enumerate(found.next):
        say_parts(f"{'Next: ' if not at else '      '}{_command(remedy)}")


def _show(gate: Gate, name: str, timezone: str) -> None:
    sign, ascii_sign, style = _MARKS[gate.state]
    when = f"  {local_time(gate.at, timezone)}" if gate.at else ""
    who = f"  {plain(gate.by)}" if gate.by else ""
    say_parts(
        Styled(f" {sign if shows_unicode() else ascii_sign} ", style),
        f"{name}  {plain(gate.fact)}",
        Styled(f"{when}{who}", "dim"),
    )


def _command(remedy: Remedy) -> str:
    return own_command(*(remedy.target if word == "{}" else word for word in COMMANDS[remedy.code].split()))
