"""Tables as the page has them: every figure with its ratio to the floor of the same round; a dash: not possible there, or not measured."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

__all__ = ["Rounds", "medians", "pair", "ratio", "table", "times"]

Rounds = Mapping[str, Sequence[Mapping[str, Any]]]
"""What everybody measured in each round, by name: `floor`, `this` and the peers."""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [_line(head), "|".join(["", *("---" for _ in head), ""]), *map(_line, rows), ""]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def medians(rounds: Rounds, name: str, figure: str, show: Callable[[float], str]) -> str:
    values = [measured[figure] for measured in rounds[name] if measured.get(figure) is not None]
    return show(statistics.median(values)) if values else "-"


def ratio(rounds: Rounds, figure: str, floor: str = "", of: str = "this", to: str = "floor") -> str:
    """The median of the ratio in each round."""
    ratios = [
        measured[figure] / least[floor or figure]
        for measured, least in zip(rounds[of], rounds[to], strict=False)
        if measured.get(figure) is not None and least.get(floor or figure) is not None
    ]
    return times(statistics.median(ratios)) if ratios else "-"


def times(ratio: float) -> str:
    """A ratio with two digits or more."""
    return f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.2g}"


def pair(rounds: Rounds, name: str, figure: str) -> str:
    """Medians of p50 and p99."""
    values = [measured[figure] for measured in rounds[name] if measured.get(figure) is not None]
    return " / ".join(f"{statistics.median(column):.1f}" for column in zip(*values, strict=True)) if values else "-"
