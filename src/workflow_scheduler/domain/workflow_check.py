"""Checks a workflow's definition as a whole: identifiers, unknown names and cycles, each with its position."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from .errors import InvalidInput
from .identifiers import check_identifier
from .workflow import Workflow

__all__ = ["check_workflow", "mistakes_in"]


def check_workflow(workflow: Workflow) -> None:
    """Raise the first of the mistakes."""
    for mistake in mistakes_in(workflow):
        raise mistake


def mistakes_in(workflow: Workflow) -> Iterator[InvalidInput]:
    """Invalid and duplicate identifiers, unknown names and cycles, each with its place."""
    yield from _wrong_identifier(("id",), "workflow", workflow.id)
    seen: dict[str, str] = {}
    for at, task in enumerate(workflow.tasks):
        place = ("tasks", at, "id")
        yield from _wrong_identifier(place, "task", task.id)
        # Folders are named after tasks, and Windows does not distinguish 'A' from 'a'.
        if (other := seen.get(task.id.casefold())) is not None:
            yield InvalidInput(f"Two tasks of {workflow.id!r} have the ID {other!r}; give each its own.", place)
        seen.setdefault(task.id.casefold(), task.id)
    known = [task.id for task in workflow.tasks]
    for at, task in enumerate(workflow.tasks):
        for name in task.depends_on or ():
            if name not in known:
                yield InvalidInput(
                    f"Task {task.id!r} depends on {name!r}, which is not a task of {workflow.id!r}; "
                    f"there are: {', '.join(known[:10])}.",
                    ("tasks", at, "depends_on"),
                )
    if len(seen) < len(known):
        return  # which of the equal ones a name means is open
    graph = {task: [name for name in names if name in known] for task, names in workflow.predecessors.items()}
    if cycle := _cycle(graph):
        yield InvalidInput(
            f"Tasks depend on each other in a circle: {' -> '.join(cycle)}; remove one dependency.",
            ("tasks", known.index(cycle[0]), "depends_on"),
        )


def _wrong_identifier(place: tuple[str | int, ...], kind: str, text: str) -> Iterator[InvalidInput]:
    try:
        check_identifier(kind, text)
    except InvalidInput as error:
        yield InvalidInput(str(error), place)


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
