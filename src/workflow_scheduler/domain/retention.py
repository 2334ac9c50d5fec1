"""How much history stays."""

from __future__ import annotations

from .quick_dataclass import dataclass

__all__ = ["Keep"]


@dataclass(frozen=True, slots=True)
class Keep:
    """How much is kept: days of history, runs of each workflow, daily copies. 0: no limit; no copies."""

    days: int
    runs: int
    backups: int = 0

    def instead(self, days: int | None, runs: int | None) -> Keep:
        """The same, but for what is given."""
        return Keep(self.days if days is None else days, self.runs if runs is None else runs, self.backups)
