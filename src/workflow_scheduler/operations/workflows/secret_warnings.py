"""Finds secrets of a workflow that cannot be read on this machine, or will not be masked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from workflow_scheduler.domain.secrets import SourceKind, parse_source
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.processes.masking import SHORTEST
from workflow_scheduler.secrets.sources import SecretUnavailable, read_secret

__all__ = ["secret_warnings"]

_LOCAL = (SourceKind.ENV, SourceKind.FILE, SourceKind.STORE)
"""What can be read at once; the others are of the account and the session that run the scheduler."""


def secret_warnings(workflow: Workflow, home: Path) -> Iterator[str]:
    for name, written in workflow.secrets.items():
        source = parse_source(written)
        if source.kind not in _LOCAL:
            continue
        try:
            value = read_secret(source, home)
        except SecretUnavailable as error:
            yield f"Secret {name}: {error}"
        else:
            if len(value) < SHORTEST:
                yield f"Secret {name} has fewer than {SHORTEST} bytes, so it will not be masked in output."
