"""Replaces the placeholders in what an attempt runs with."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cached_property

from workflow_scheduler.domain.facts import moment_of
from workflow_scheduler.domain.parameter_values import names_of
from workflow_scheduler.domain.placeholders import Moment, fill, fill_items, needs_filling

from .base import AttemptSpec

__all__ = ["Filling"]


class Filling:
    """The facts and parameters of one attempt. Nothing is computed for texts without a placeholder."""

    def __init__(self, spec: AttemptSpec) -> None:
        self._spec = spec

    @cached_property
    def _names(self) -> dict[str, str | list[str]]:
        return {
            **{name.lower(): value for name, value in self._spec.values.items()},
            **names_of(self._spec.params or {}),
        }

    @cached_property
    def _moment(self) -> Moment:
        return moment_of(self._spec.values)

    def text(self, text: str, quoted: Callable[[str], str] = str) -> str:
        """The text, each value `quoted`."""
        return fill(text, self._names, self._moment, quoted) if needs_filling(text) else text

    def items(self, items: Collection[str]) -> list[str]:
        """The arguments."""
        if any(map(needs_filling, items)):
            return fill_items(items, self._names, self._moment)
        return list(items)
