"""How much of everything is measured: for the page, and the least that shows that each part works."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FULL", "SMOKE", "Sizes"]


@dataclass(frozen=True, slots=True)
class Sizes:
    """`rounds` of each figure, `long_rounds` of those that take the longest, `command_rounds` of whole commands; `idle`:
    seconds before and while idleness is measured; `turns` of two homes; `failures` in `flood` seconds, after `calm` ones."""

    rounds: int = 5
    long_rounds: int = 3
    command_rounds: int = 11
    chain: int = 50
    fan_out: int = 200
    burst: int = 200
    due: tuple[int, int] = (100, 1000)
    fires: int = 60
    outputs: int = 20
    workflows: int = 200
    many_workflows: int = 2000
    runs: int = 20_000
    idle: tuple[int, int] = (10, 60)
    schedules: int = 100_000
    past_runs: int = 1_000_000
    runs_of_a_day: int = 50_000
    seconds_at_page: int = 30
    output_mb: int = 100
    failures_apart: int = 100
    turns: int = 20
    failures: int = 10_000
    calm: int = 20
    workers: int = 4
    slots: int = 5
    wide: int = 1000
    picked: int = 50
    cancelled: int = 20
    printed_mb: int = 1000
    idle_workers: tuple[int, ...] = (10, 50)
    flood: int = 60


FULL = Sizes()
SMOKE = Sizes(
    rounds=1,
    long_rounds=1,
    command_rounds=1,
    chain=3,
    fan_out=20,
    burst=10,
    due=(5, 10),
    fires=2,
    outputs=1,
    workflows=5,
    many_workflows=20,
    runs=100,
    idle=(0, 1),
    schedules=100,
    past_runs=100,
    runs_of_a_day=20,
    seconds_at_page=6,
    output_mb=1,
    failures_apart=2,
    turns=1,
    failures=20,
    calm=3,
    workers=2,
    slots=2,
    wide=20,
    picked=3,
    printed_mb=1,
    cancelled=1,
    idle_workers=(2,),
    flood=4,
)
