"""Checks a workflow's definition as a whole: identifiers, unknown names and cycles, each with its position."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from .durations import format_duration
from .errors import InvalidInput
from .identifiers import check_identifier
from .notify_rules import parse_rule
from .pings import check_ping
from .placement import Spread, WhenUnreachable, least_wait
from .secrets_check import secret_mistakes
from .task import Guarantee, Task
from .workflow import Workflow

__all__ = ["check_workflow", "mistakes_in", "wrong_identifier"]


def check_workflow(workflow: Workflow) -> None:
    """Raise the first of the mistakes."""
    for mistake in mistakes_in(workflow):
        raise mistake


def mistakes_in(workflow: Workflow, *, all_named: bool = True) -> Iterator[InvalidInput]:
    """Invalid and duplicate identifiers, unknown names, cycles and wrong secrets, each with its place.

    Without `all_named` some tasks' IDs could not be read, so no name counts as unknown.
    """
    here = repr(workflow.id) if workflow.id else "this workflow"
    yield from wrong_identifier(("id",), "workflow", workflow.id)
    seen: dict[str, str] = {}
    for at, task in enumerate(workflow.tasks):
        place = ("tasks", at, "id")
        yield from wrong_identifier(place, "task", task.id)
        # Folders are named after tasks, and Windows does not distinguish 'A' from 'a'.
        if (other := seen.get(task.id.casefold())) is not None:
            yield InvalidInput(f"Two tasks of {here} have the ID {other!r}; give each its own.", place)
        seen.setdefault(task.id.casefold(), task.id)
    known = dict.fromkeys(task.id for task in workflow.tasks)
    for at, task in enumerate(workflow.tasks):
        for name in task.depends_on or ():
            if all_named and name not in known:
                yield InvalidInput(
                    f"Task {task.id!r} depends on {name!r}, which is not a task of {here}; "
                    f"there are: {', '.join(islice(known, 10))}.",
                    ("tasks", at, "depends_on"),
                )
    yield from secret_mistakes(workflow)
    yield from _wrong_pings(workflow)
    yield from _wrong_places(workflow)
    for at, written in enumerate(workflow.notify):
        try:
            parse_rule(written)
        except InvalidInput as error:
            yield InvalidInput(str(error), ("notify", at))
    if len(seen) < len(workflow.tasks):
        return  # which of the equal ones a name means is open
    graph = {task: [name for name in names if name in known] for task, names in workflow.predecessors.items()}
    if cycle := _cycle(graph):
        yield InvalidInput(
            f"Tasks depend on each other in a circle: {' -> '.join(cycle)}; remove one dependency.",
            ("tasks", list(known).index(cycle[0]), "depends_on"),
        )


def wrong_identifier(place: tuple[str | int, ...], kind: str, text: str) -> Iterator[InvalidInput]:
    """What `check_identifier` says against `text`, with the place."""
    try:
        check_identifier(kind, text)
    except InvalidInput as error:
        yield InvalidInput(str(error), place)


def _wrong_pings(workflow: Workflow) -> Iterator[InvalidInput]:
    places: list[tuple[str, tuple[str | int, ...]]] = [(workflow.ping, ("ping",))]
    places += [(task.ping, ("tasks", at, "ping")) for at, task in enumerate(workflow.tasks)]
    for written, place in places:
        try:
            if written:
                check_ping(written)
        except InvalidInput as error:
            yield InvalidInput(str(error), place)


def _wrong_places(workflow: Workflow) -> Iterator[InvalidInput]:
    things: list[tuple[tuple[str | int, ...], Workflow | Task]] = [((), workflow)]
    things += [(("tasks", at), task) for at, task in enumerate(workflow.tasks)]
    for path, thing in things:
        place = thing.place
        if place.worker and place.labels:
            words = "A place is either a `worker` or `labels` that the machine must have; leave out one of them."
            yield InvalidInput(words, (*path, "place"))
        elif place.worker:
            yield from wrong_identifier((*path, "place", "worker"), "worker", place.worker)
        elif place.spread is not Spread.LEAST_BUSY and not place.labels:
            words = "`spread` chooses among machines with the same `labels`; give these, or leave it out."
            yield InvalidInput(words, (*path, "place", "spread"))
        for label in place.labels:
            yield from wrong_identifier((*path, "place", "labels"), "label", label)
        if thing.when_unreachable != WhenUnreachable() and not (place.elsewhere or workflow.place.elsewhere):
            words = "`when_unreachable` is for commands on other machines; give a `place`, or leave it out."
            yield InvalidInput(words, (*path, "when_unreachable"))
        elif thing.when_unreachable.elsewhere and thing.when_unreachable.wait is None:
            words = "`elsewhere` starts a task on another machine after a `wait`; give one, such as 10m."
            yield InvalidInput(words, (*path, "when_unreachable", "elsewhere"))
    for at, task in enumerate(workflow.tasks):
        yield from _wrong_elsewhere(workflow, task, ("tasks", at))


def _wrong_elsewhere(workflow: Workflow, task: Task, path: tuple[str | int, ...]) -> Iterator[InvalidInput]:
    """What keeps the task from starting on another machine after its `wait`, wherever these are said."""
    own = task.when_unreachable != WhenUnreachable()
    unreachable = task.when_unreachable if own else workflow.when_unreachable
    place = task.place if task.place.elsewhere else workflow.place
    if not unreachable.elsewhere or unreachable.wait is None:
        return
    where = (*path, "when_unreachable") if own else path
    way_out = "leave `elsewhere` out" if own else "give it a `when_unreachable` of its own, such as `wait: 24h`"
    if place.worker:
        words = f"Only machine {place.worker} runs the task {task.id!r}, so it cannot start elsewhere; give `labels`, or {way_out}."
        yield InvalidInput(words, where)
    if task.guarantee is Guarantee.AT_MOST_ONCE:
        words = (
            f"The task {task.id!r} is at_most_once, and a machine that cannot be reached cannot prove that its command has "
            f"ended; {way_out}."
        )
        yield InvalidInput(words, where)
    if unreachable.wait < (least := least_wait(task.stop_grace)):
        words = (
            f"Before the task {task.id!r} starts elsewhere, its command is ended on the machine that is silent; give a `wait` "
            f"of at least {format_duration(math.ceil(least / 60) * 60)}."
        )
        yield InvalidInput(words, where)


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
