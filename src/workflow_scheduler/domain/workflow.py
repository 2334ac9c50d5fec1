"""A workflow's definition: tasks, what counts as their success, and how they depend on each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property

from .errors import InvalidInput
from .identifiers import check_identifier

__all__ = ["Guarantee", "OutputFile", "Retry", "Task", "Workflow", "check_workflow"]


class Guarantee(StrEnum):
    """What happens when nobody can say whether an attempt's command finished."""

    AT_LEAST_ONCE = "at_least_once"  # try again
    AT_MOST_ONCE = "at_most_once"  # stop, and let a person look


@dataclass(frozen=True, slots=True)
class Retry:
    """Up to `limit` further attempts, `delay` seconds apart, times `backoff` after each, at most `max_delay`."""

    limit: int = 0
    delay: float = 0.0
    backoff: float = 1.0
    max_delay: float | None = None

    def delay_after(self, failures: int) -> float:
        """Seconds to wait after the given number of failures (1 or more)."""
        # The exponent is bounded: 1e308 is where a float ends.
        delay = self.delay * self.backoff ** min(failures - 1, 100)
        return min(delay, self.max_delay if self.max_delay is not None else 365 * 86400.0)


@dataclass(frozen=True, slots=True)
class OutputFile:
    """A file, or a pattern of files, that the task must have written."""

    path: str
    minimum_size: int = 0


@dataclass(frozen=True, slots=True)
class Task:
    """One step: a command and what counts as its success. Times are seconds."""

    id: str
    command: str
    args: tuple[str, ...] | str = ()
    """A list goes to the command as it is; one string is split by the operating system's rules."""
    shell: bool = False
    working_dir: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    env_file: str | None = None
    expected_exit_codes: tuple[int, ...] = (0,)
    output_files: tuple[OutputFile, ...] = ()
    output_timeout: float = 60.0
    retry: Retry = Retry()
    continue_on_failure: bool = False
    timeout: float | None = None
    stop_grace: float = 10.0
    guarantee: Guarantee = Guarantee.AT_LEAST_ONCE
    depends_on: tuple[str, ...] | None = None
    """None in every task: one after another. As soon as one task names its own, the graph is what they say."""


@dataclass(frozen=True)
class Workflow:
    """One version of a workflow. Immutable: each saved edit is a new version."""

    id: str
    description: str = ""
    tasks: tuple[Task, ...] = ()
    max_active_runs: int | None = None
    enabled: bool = True
    labels: tuple[str, ...] = ()
    keep_awake: bool | None = None
    """Whether Windows stays awake while a run is in progress; None: for runs of schedules."""

    @property
    def is_graph(self) -> bool:
        return any(task.depends_on is not None for task in self.tasks)

    @cached_property
    def predecessors(self) -> Mapping[str, tuple[str, ...]]:
        """For each task, in order, the tasks that must be over before it starts."""
        if self.is_graph:
            return {task.id: task.depends_on or () for task in self.tasks}
        ids = [task.id for task in self.tasks]
        return {task_id: tuple(ids[max(0, at - 1) : at]) for at, task_id in enumerate(ids)}

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The tasks so that each stands behind those it depends on: one walk along them skips a whole branch."""
        placed: dict[str, None] = {}
        stack = list(self.predecessors)[::-1]
        while stack:
            missing = [name for name in self.predecessors[stack[-1]] if name not in placed]
            if missing:
                stack += missing
            else:
                placed[stack.pop()] = None
        return tuple(placed)

    @cached_property
    def by_id(self) -> Mapping[str, Task]:
        return {task.id: task for task in self.tasks}

    def with_order_named(self) -> Workflow:
        """The same order, with every `depends_on` written out: what a task needs before it joins a graph."""
        named = self.predecessors
        return replace(self, tasks=tuple(replace(task, depends_on=named[task.id]) for task in self.tasks))

    def task(self, task_id: str) -> Task | None:
        return self.by_id.get(task_id)


def check_workflow(workflow: Workflow) -> None:
    """Raise InvalidInput, with the place, for duplicate identifiers, unknown names and cycles."""
    _check_at(("id",), "workflow", workflow.id)
    seen: dict[str, str] = {}
    for at, task in enumerate(workflow.tasks):
        place = ("tasks", at, "id")
        _check_at(place, "task", task.id)
        # Folders are named after tasks, and Windows does not tell 'A' from 'a'.
        if (other := seen.get(task.id.casefold())) is not None:
            raise InvalidInput(f"Two tasks of {workflow.id!r} are called {other!r}; give each its own ID.", place)
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
            f"Tasks wait for each other in a circle: {' -> '.join(cycle)}; remove one dependency.",
            ("tasks", known.index(cycle[0]), "depends_on"),
        )


def _check_at(place: tuple[str | int, ...], kind: str, text: str) -> None:
    try:
        check_identifier(kind, text)
    except InvalidInput as error:
        raise InvalidInput(str(error), place) from None


def _cycle(predecessors: Mapping[str, Iterable[str]]) -> list[str]:
    """A circle in the graph as a list of names, the first repeated at the end; empty if there is none."""
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
