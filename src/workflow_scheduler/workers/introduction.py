"""Who speaks for a worker, with what part of its labels and slots, and what is said if that is more than it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, field
from typing import Any

from workflow_scheduler.domain.errors import Refused
from workflow_scheduler.domain.placement import Share
from workflow_scheduler.domain.quick_dataclass import dataclass

__all__ = ["Introduction"]


@dataclass(frozen=True, slots=True)
class Introduction:
    """Its host, its process with its place, its version, and what it takes of what the worker has."""

    host: str
    identity: Mapping[str, Any]
    version: str
    share: Share = field(default_factory=Share)

    def identity_with_share(self) -> Mapping[str, Any]:
        return {**self.identity, "share": asdict(self.share)}

    def more_than(self, allowed: Mapping[str, Any]) -> Refused:
        """The error for a share that is more than is `allowed`."""
        name, labels = allowed["name"], allowed["labels"]
        if unknown := [label for label in self.share.labels or () if label not in labels]:
            return Refused(
                f"The worker {name} has the labels {', '.join(labels) or '(none)'}, and not {', '.join(unknown)}.",
                hint=f"on the scheduler's machine: scheduler workers edit {name} --labels {','.join((*labels, *unknown))}",
            )
        return Refused(
            f"The worker {name} has {allowed['slots']} slots, and not {self.share.slots}.",
            hint=f"on the scheduler's machine: scheduler workers edit {name} --slots {self.share.slots}",
        )
