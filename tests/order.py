"""The order in which several processes of pytest-xdist run the tests: what takes minutes first, in each of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import pytest

__all__ = ["longest_first"]

MINUTES = 600
"""The time limit, in seconds, above which a test says by its own limit that it takes minutes."""


def longest_first(items: Sequence[pytest.Item], processes: int) -> list[pytest.Item]:
    """Those that take minutes first in the equal parts that worksteal gives to the processes: none of them is left for the end,
    when the other processes have nothing more to do."""
    long = [item for item in items if (mark := item.get_closest_marker("timeout")) and mark.args[0] > MINUTES]
    apart = set(long)
    short = (item for item in items if item not in apart)
    order: list[pytest.Item] = []
    for at in range(processes):
        size, mine = (len(items) - len(order)) // (processes - at), long[at::processes]
        order += [*mine, *islice(short, max(0, size - len(mine)))]
    return [*order, *short]
