"""Checks a workflow's definition as a whole: identifiers, unknown names and cycles, each with its position."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .errors import InvalidInput
from .identifiers import check_identifier
from .workflow import Workflow

__all__ = ["check_workflow"]


def check_workflow(workflow: Workflow) -> None:
    """Raise InvalidInput, with the place, for duplicate identifiers, unknown names and cycles."""
    _check_at(("id",), "workflow", workflow.id)
    seen: dict[str, str] = {}
    for at, task in enumerate(workflow.tasks):
        place = ("tasks", at, "id")
        _check_at(place, "task", task.id)
        # Folders are named after tasks, and Windows does not distinguish 'A' from 'a'.
        if (other := seen.get(task.id.casefold())) is not None:
            raise InvalidInput(f"Two tasks of {workflow.id!r} have the ID {other!r}; give each its own.", place)
        seen[task.id.casefold()] = task.id
    known = [task.id for task in workflow.tasks]
    for at, task in enumerate(workflow.tasks):
        for name in task.depends_on or ():
            if name not in known:
                raise InvalidInput(
                    f"Task {task.id!r} depends on {name!r}, which is not a task of {workflow.id!r}; "
                    f"there are: {', '.join(known[:10])}.",
                    ("tasks", at, "depends_on"),
                )
    if cycle := _cycle(workflow.predecessors):
        raise InvalidInput(
            f"Tasks depend on each other in a circle: {' -> '.join(cycle)}; remove one dependency.",
            ("tasks", known.index(cycle[0]), "depends_on"),
        )


def _check_at(place: tuple[str | int, ...], kind: str, text: str) -> None:
    try:
        check_identifier(kind, text)
    except InvalidInput as error:
        raise InvalidInput(str(error), place) from None


def _cycle(predecessors: Mapping[str, Iterable[str]]) -> list[str]:
    """A cycle in the graph as a list of names, the first repeated at the end; empty if there is none."""
    done: set[str] = set()
    for root in predecessors:
        if root in done:
            continue
        path, stack = [root], [(root, iter(predecessors[root]))]
        while stack:
            node, names = stack[-1]
            name = next(names, None)
            if name is None:
                done.add(node)
                stack.pop()
                path.pop()
            elif name in path:
                return [*path[path.index(name) :], name]
            elif name not in done:
                stack.append((name, iter(predecessors[name])))
                path.append(name)
    return []
