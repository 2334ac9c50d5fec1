"""A field that is declared is in every face, and a definition comes back from each as it was."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow_scheduler.cli.field_options import changes_from
from workflow_scheduler.cli.main import cli
from workflow_scheduler.definitions.documents import (
    Document,
    changed_policies,
    changed_task,
    changed_workflow,
    json_schema,
    load,
    task_from,
    to_plain,
    to_yaml,
)
from workflow_scheduler.definitions.plain import plain_of
from workflow_scheduler.domain.deadlines import ScheduleDeadlines, TaskDeadlines, WorkflowDeadlines
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.fields import Declared, Kind, declared_fields
from workflow_scheduler.domain.output_file import OutputFile
from workflow_scheduler.domain.parameter_check import parameter_mistakes
from workflow_scheduler.domain.parameters import Parameter, ParameterType
from workflow_scheduler.domain.placement import Place, WhenUnreachable, least_wait
from workflow_scheduler.domain.policies import Policies
from workflow_scheduler.domain.schedule import ScheduleDefinition
from workflow_scheduler.domain.task import Guarantee, Retry, Task
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.storage.snapshot import from_snapshot, to_snapshot

ROOT = Path(__file__).resolve().parents[3]
TEXTS = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="{\x85\u2028\u2029\ufeff"),
    min_size=1,
    max_size=20,
).filter(lambda text: text.strip() == text)
TIMES = st.dates(date(2000, 1, 1), date(2100, 1, 1)).map(str) | st.datetimes(
    datetime(2027, 1, 1),  # noqa: DTZ001
    datetime(2028, 1, 1),  # noqa: DTZ001
).map(lambda moment: str(moment.replace(microsecond=0, fold=0)))
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
SECONDS = st.integers(1, 10**6).map(float) | st.floats(0.5, 1000.0).map(lambda number: round(number, 2))


def values(field: Declared) -> st.SearchStrategy[Any]:
    """Any value that a field may have, its default among them."""
    about = field.about
    found: st.SearchStrategy[Any] = {
        Kind.IDENTIFIER: NAMES,
        Kind.TEXT: TEXTS,
        Kind.PATH: TEXTS,
        Kind.FLAG: st.booleans(),
        Kind.COUNT: st.integers(int(about.lowest or 0), int(about.highest or 10**6)),
        Kind.FACTOR: st.integers(int(about.lowest or 0), int(about.highest or 100)).map(float),
        Kind.DURATION: SECONDS.filter(lambda seconds: seconds <= (about.highest or seconds)),
        Kind.TIME: TIMES,
        Kind.CHOICE: st.sampled_from(list(type(field.default))) if about.kind is Kind.CHOICE else st.none(),
        Kind.ARGUMENTS: st.lists(TEXTS, max_size=3).map(tuple) | TEXTS,
        Kind.CODES: st.lists(st.integers(-5, 255), min_size=1, max_size=4, unique=True).map(tuple),
        Kind.NAMES: st.lists(NAMES, max_size=3, unique=True).map(tuple),
        Kind.FILES: st.lists(st.deferred(lambda: things(OutputFile)), max_size=2).map(tuple),
        Kind.VARIABLES: st.dictionaries(NAMES, TEXTS, max_size=2),
        Kind.SOURCES: st.dictionaries(
            NAMES, NAMES.map("store:{}".format) | NAMES.map(lambda name: {"command": [name], "keep": "5m"}), max_size=2
        ),
        Kind.USES: st.just(()),  # their names must be among the sources: tests/unit/domain/test_secrets.py
        Kind.VALUE: TEXTS | st.lists(TEXTS, max_size=2).map(tuple),
        Kind.WORDS: st.lists(TEXTS, max_size=2).map(tuple),
        Kind.VALUES: st.just({}),
        Kind.PARAMETERS: st.dictionaries(NAMES, PARAMETERS, max_size=3).filter(are_right),
        Kind.FINISH_BY: st.sampled_from(["06:00", "23:59", "00:00 +0 c", "06:30 +31 bavaria"]),
        Kind.LENGTH: SECONDS | st.just("usual"),
        Kind.PART: st.deferred(lambda: things(type(field.default)).filter(can_be)),
    }[about.kind]
    if field.name == "worker":
        found = NAMES
    if field.name == "ping":
        found = st.sampled_from(["https://hc-ping.com/x?a=b", "store:ping"])  # any other text is refused
    return found if field.needed else st.just(field.default) | found


def can_be(part: Any) -> bool:
    """No duration is both too long and too short, and a place is one machine or any with these labels."""
    if (
        isinstance(part, Place)
        and (part.worker or part.spread is not Place().spread)
        and bool(part.worker) == bool(part.labels)
    ):
        return False
    bounds = [getattr(part, name, None) for name in ("shorter_than", "longer_than")]
    return not all(isinstance(bound, float) for bound in bounds) or bounds[0] <= bounds[1]


PARAMETERS = st.sampled_from(
    [
        Parameter(),
        Parameter(default="50 ä", description="x", pattern=".*", max_length=9, unsafe=True),
        Parameter(ParameterType.INTEGER, default="7", min="-1", max="1000"),
        Parameter(default="NaN"),
        Parameter(default="[" * 3000),
        Parameter(default="-0"),
        Parameter(ParameterType.LIST, default=("01", "1.50", "null", "True", "true", "1e5")),
        Parameter(ParameterType.NUMBER, default="1.5", min="0.25"),
        Parameter(ParameterType.BOOLEAN, default="true"),
        Parameter(ParameterType.DATE, default="{date-1d}", min="2026-01-01"),
        Parameter(ParameterType.DURATION, default="1h30m"),
        Parameter(ParameterType.PATH, must_exist=True),
        Parameter(ParameterType.CHOICE, options=("no", "7", "a b"), default="no"),
        Parameter(ParameterType.LIST, default=("a b", "1"), max="3"),
    ]
)


def are_right(params: Mapping[str, Parameter]) -> bool:
    return not list(parameter_mistakes(Workflow("w", params=params)))


def placed(thing: Any) -> Any:
    """Without what is said of other machines where there are none, or where a task cannot start on another one."""
    unreachable = thing.when_unreachable
    if not thing.place.elsewhere:
        return replace(thing, when_unreachable=WhenUnreachable())
    if unreachable.elsewhere and not can_move(thing):
        return replace(thing, when_unreachable=replace(unreachable, elsewhere=False))
    return thing


def can_move(thing: Any) -> bool:
    wait = thing.when_unreachable.wait
    return (
        isinstance(thing, Task)
        and not thing.place.worker
        and thing.guarantee is Guarantee.AT_LEAST_ONCE
        and wait is not None
        and wait >= least_wait(thing.stop_grace)
    )


def things(kind: type[Any], **given: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(kind, **{field.attribute: values(field) for field in declared_fields(kind)} | given)


PINGS = st.sampled_from(["", "https://hc-ping.com/your-uuid", "store:ping"])
TASKS = things(Task, depends_on=st.none(), ping=PINGS).map(placed)
WORKFLOWS = things(
    Workflow, ping=PINGS, tasks=st.lists(TASKS, max_size=3, unique_by=lambda task: task.id).map(tuple)
).map(placed)
SCHEDULES = st.lists(
    st.builds(
        ScheduleDefinition,
        NAMES,
        st.just({"cron": "0 1 * * *"}),
        st.none() | st.just("Europe/Berlin"),
        things(Policies),
    ),
    max_size=2,
    unique_by=lambda schedule: schedule.id,
).map(tuple)


@settings(deadline=None, max_examples=60)
@given(WORKFLOWS, SCHEDULES)
def test_a_definition_that_is_written_is_read_as_it_was(
    workflow: Workflow, schedules: tuple[ScheduleDefinition, ...]
) -> None:
    required = {name: "50" for name, parameter in workflow.params.items() if parameter.required}
    schedules = tuple(replace(schedule, policies=replace(schedule.policies, params=required)) for schedule in schedules)
    document = Document(workflow, schedules or None)
    assert load(to_yaml(document), "a") == [document]
    assert load(json.dumps(to_plain(document)), "a") == [document]
    assert from_snapshot(json.loads(json.dumps(to_snapshot(workflow)))) == workflow


@settings(deadline=None, max_examples=60)
@given(TASKS, st.data())
def test_an_edit_of_one_field_changes_that_field_alone(task: Task, data: st.DataObject) -> None:
    field = data.draw(
        st.sampled_from([field for field in declared_fields(Task) if field.name not in ("id", "retry", "deadlines")])
    )
    value = data.draw(values(field))
    wanted = replace(task, **{field.name: value})
    plain = plain_of(wanted).get(field.name)
    assert changed_task(task, {field.name: plain}) == wanted
    if not field.needed:
        assert changed_task(task, {field.name: None}) == replace(task, **{field.name: field.default})


@settings(deadline=None, max_examples=40)
@given(TASKS, st.data())
def test_an_edit_of_one_part_of_the_retry_changes_that_alone(task: Task, data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(declared_fields(Retry)))
    value = data.draw(values(field))
    changed = changed_task(task, {f"retry_{field.name}": value})
    assert changed == replace(
        task, retry=replace(task.retry, **{field.name: field.default if value is None else value})
    )


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from(
        [(changed_policies, Policies()), (changed_workflow, Workflow("w")), (changed_task, Task("a", "b"))]
    ),
    st.data(),
)
def test_an_edit_of_one_deadline_changes_that_alone(edited: Any, data: st.DataObject) -> None:
    change, thing = edited
    before = replace(thing, deadlines=replace(thing.deadlines, finish_by="07:00"))
    field = data.draw(st.sampled_from(declared_fields(type(thing.deadlines))))
    value = data.draw(values(field))
    wanted = replace(before, deadlines=replace(before.deadlines, **{field.name: value}))
    assert change(before, {field.name: value}) == wanted


@pytest.mark.parametrize(("change", "thing"), [(changed_policies, Policies()), (changed_workflow, Workflow("w"))])
def test_a_wrong_value_is_named_and_nothing_unknown_is_taken(change: Any, thing: Any) -> None:
    with pytest.raises(Exception, match="'nonsense' is not a known name here"):
        change(thing, {"nonsense": None})
    for field in declared_fields(type(thing)):
        if field.about.kind not in (Kind.TEXT, Kind.PATH, Kind.NAMES, Kind.USES, Kind.IDENTIFIER):
            with pytest.raises(Exception, match=f"{field.name}: "):
                change(thing, {field.name: "no such thing"})


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from([(changed_workflow, Workflow("w")), (changed_task, Task("a", "b"))]),
    st.sampled_from(["place", "when_unreachable"]),
    st.data(),
)
def test_an_edit_of_one_part_of_a_place_changes_that_alone(edited: Any, name: str, data: st.DataObject) -> None:
    change, thing = edited
    before = replace(thing, place=Place(labels=("x",)), when_unreachable=WhenUnreachable(60.0))
    part = getattr(before, name)
    field = data.draw(st.sampled_from(declared_fields(type(part))))
    value = data.draw(values(field))
    wanted = replace(before, **{name: replace(part, **{field.name: value})})
    assert change(before, {field.alone: value}) == wanted
    assert change(before, {field.alone: None}) == replace(
        before, **{name: replace(part, **{field.name: field.default})}
    )


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("place: {worker: w, labels: [x]}", "a.yaml:1:37: A place is either a `worker` or `labels`"),
        ("place: {worker: 'a b'}", "a.yaml:1:45: The worker ID 'a b' cannot be used"),
        ("place: {labels: ['a/b']}", "a.yaml:1:45: The label ID 'a/b' cannot be used"),
        ("place: {spread: sticky}", "a.yaml:1:45: `spread` chooses among machines with the same `labels`"),
        ("place: {spread: round}", "spread: 'round' is not allowed; write 'least_busy' or 'sticky'"),
        ("place: erp", "place: "),
        ("when_unreachable: {wait: 24h}", "a.yaml:1:37: `when_unreachable` is for commands on other machines"),
        ("place: {worker: w}, when_unreachable: {wait: soon}", "wait: "),
        ("place: {worker: w}, when_unreachable: {then: retry}", "then: "),
        (
            "place: {labels: l}, when_unreachable: {elsewhere: true}",
            "`elsewhere` starts a task on another machine after a `wait`",
        ),
        (
            "place: {labels: l}, when_unreachable: {wait: 119s, elsewhere: true}",
            "a.yaml:1:57: Before the task 'a' starts elsewhere, its command is ended on the machine that is silent; "
            "give a `wait` of at least 2m.",
        ),
        (
            "place: {labels: l}, stop_grace: 1h, when_unreachable: {wait: 1h, elsewhere: true}",
            "give a `wait` of at least 1h 2m.",
        ),
        (
            "place: {labels: l}, stop_grace: 24h, when_unreachable: {wait: 24h 2m, elsewhere: true}",
            "give a `wait` of at least 1d 4m.",
        ),
        (
            "place: {worker: w}, when_unreachable: {wait: 1h, elsewhere: true}",
            "Only machine w runs the task 'a', so it cannot start elsewhere; give `labels`, or leave `elsewhere` out.",
        ),
        (
            "place: {labels: l}, guarantee: at_most_once, when_unreachable: {wait: 1h, elsewhere: true}",
            "The task 'a' is at_most_once, and a machine that cannot be reached cannot prove that its command has ended; "
            "leave `elsewhere` out.",
        ),
    ],
)
def test_a_wrong_place_is_refused_where_it_is_written(written: str, words: str) -> None:
    with pytest.raises(InvalidInput) as error:
        load(f"{{id: w, tasks: [{{id: a, command: b, {written}}}]}}", "a.yaml")
    assert words in str(error.value)


def test_a_place_of_the_workflow_counts_for_what_its_tasks_say() -> None:
    text = "id: w\nplace: {labels: sap}\ntasks: [{id: a, command: b, when_unreachable: {wait: 1h}}]"
    (document,) = load(text, "a.yaml")
    assert document.workflow.place == Place(labels=("sap",))
    assert document.workflow.tasks[0].when_unreachable == WhenUnreachable(3600.0)


@pytest.mark.parametrize(
    ("tasks", "words"),
    [
        (
            "{id: a, command: b}, {id: c, command: d, guarantee: at_most_once}",
            "The task 'c' is at_most_once, and a machine that cannot be reached cannot prove that its command has ended; "
            "give it a `when_unreachable` of its own, such as `wait: 24h`.",
        ),
        (
            "{id: c, command: d, place: {worker: w}}",
            "Only machine w runs the task 'c', so it cannot start elsewhere; give `labels`, or give it a `when_unreachable` of "
            "its own, such as `wait: 24h`.",
        ),
        ("{id: c, command: d, stop_grace: 10m}", "of at least 12m."),
        ("{id: c, command: d, guarantee: at_most_once, when_unreachable: {wait: 1h}}", ""),
    ],
)
def test_a_task_that_its_workflow_lets_start_elsewhere_must_be_able_to(tasks: str, words: str) -> None:
    text = f"{{id: w, place: {{labels: l}}, when_unreachable: {{wait: 10m, elsewhere: true}}, tasks: [{tasks}]}}"
    if not words:
        assert load(text, "a.yaml")[0].workflow.when_unreachable == WhenUnreachable(600.0, elsewhere=True)
        return
    with pytest.raises(InvalidInput) as error:
        load(text, "a.yaml")
    assert words in str(error.value)


PARTS = (Retry, TaskDeadlines, WorkflowDeadlines, ScheduleDeadlines, Place, WhenUnreachable)
FACES = [(kind, field) for kind in (Task, Policies, Workflow, *PARTS) for field in declared_fields(kind)]


def options(*path: str) -> set[str]:
    command: Any = cli
    for name in path:
        command = command.get_command(click.Context(command), name)
    return {word for option in command.params for word in (*option.opts, *option.secondary_opts)}


@pytest.mark.parametrize(("kind", "field"), FACES, ids=[f"{kind.__name__}.{field.name}" for kind, field in FACES])
def test_a_declared_field_is_in_every_face(kind: type[Any], field: Declared) -> None:
    assert field.about.label
    assert field.about.help.endswith(".")
    schema = json_schema()
    parts = {Task: "TaskModel", Policies: "ScheduleModel"} | {part: f"{part.__name__}Model" for part in PARTS}
    properties = (schema["$defs"][parts[kind]] if kind in parts else schema)["properties"]
    assert properties[field.name]["description"].startswith(field.about.help) or field.about.kind is Kind.PART
    heading = "Schedule" if kind is Policies else kind.__name__
    reference = (ROOT / "docs/reference/definitions.md").read_text(encoding="utf-8").split(f"\n## {heading}\n")[1]
    assert f"| `{field.name}` |" in reference.split("\n## ")[0]
    form = (ROOT / "ui/src/api/fields.ts").read_text(encoding="utf-8")
    name = field.alone if kind in PARTS else field.name
    if field.about.kind is Kind.PART:
        return  # its fields are in the faces
    assert f'"name": "{name}", "kind": "{field.about.kind.value}", "label": {json.dumps(field.about.label)}' in form
    if field.name == "id" or (kind is Policies and field.name == "enabled"):
        return  # an argument, and commands of their own: pause and resume
    for path in {
        Task: (("task", "add"), ("task", "edit")),
        Retry: (("task", "add"), ("task", "edit")),
        TaskDeadlines: (("task", "add"), ("task", "edit")),
        ScheduleDeadlines: (("schedule", "add"), ("schedule", "edit")),
        WorkflowDeadlines: (("workflow", "edit"),),
        Place: (("task", "add"), ("task", "edit"), ("workflow", "edit")),
        WhenUnreachable: (("task", "add"), ("task", "edit"), ("workflow", "edit")),
        Policies: (("schedule", "add"), ("schedule", "edit")),
        Workflow: (("workflow", "edit"),),
    }[kind]:
        assert f"--{field.option}" in options(*path), path


def test_every_field_of_a_definition_is_declared() -> None:
    for kind, others in (
        (Task, set()),
        (Policies, set()),
        (OutputFile, set()),
        (Workflow, {"tasks", "bundle"}),
        *((part, set()) for part in PARTS),
    ):
        assert {field.name for field in fields(kind)} - others == {field.attribute for field in declared_fields(kind)}


def test_two_ways_to_say_a_retry_come_to_one() -> None:
    short = task_from({"id": "a", "command": "b", "retry_count": 2, "retry_delay": "5s"})
    assert short == task_from({"id": "a", "command": "b", "retry": {"limit": 2, "delay": 5}})
    assert plain_of(short)["retry"] == {"limit": 2, "delay": 5}


def test_what_an_option_says_is_what_changes() -> None:
    said = {"enabled": False, "labels": ("a", "b"), "max_active_runs": "-", "description": "", "keep_awake": "no"}
    assert changes_from(Workflow, said) == {
        "enabled": False,
        "labels": ["a", "b"],
        "max_active_runs": None,
        "description": None,
        "keep_awake": "no",
    }
    given = {
        "shell": False,
        "args": "-",
        "env": ("-",),
        "output_files": ("a", "b"),
        "timeout": "5m",
        "retry_count": "0",
    }
    assert changes_from(Task, given) == {
        "shell": False,
        "args": "-",
        "env": None,
        "output_files": ["a", "b"],
        "timeout": "5m",
        "retry_count": "0",
    }
    assert changes_from(Task, {"args": "", "arg_list": ()}) == {"args": None}
    assert changes_from(Task, {"args": None, "arg_list": ("-c", "x y")}) == {"args": ["-c", "x y"]}
