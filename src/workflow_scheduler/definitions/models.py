"""The models of definitions, generated from the declared fields. Also the source of the published JSON Schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    create_model,
    field_validator,
    model_validator,
)

from workflow_scheduler.domain.deadlines import ScheduleDeadlines, TaskDeadlines, WorkflowDeadlines
from workflow_scheduler.domain.fields import Declared, Kind, declared_fields, find_field
from workflow_scheduler.domain.output_file import OutputFile
from workflow_scheduler.domain.parameters import Parameter
from workflow_scheduler.domain.placement import Place, WhenUnreachable
from workflow_scheduler.domain.policies import Policies
from workflow_scheduler.domain.spec_names import DETAILS, ONE_TRIGGER, TRIGGERS
from workflow_scheduler.domain.task import Retry, Task
from workflow_scheduler.domain.workflow import Workflow

from .kinds import KINDS, Identifier, Text

__all__ = [
    "PARTS",
    "RETRY_NAMES",
    "TRIGGERS",
    "BusinessDayModel",
    "DefinitionModel",
    "OutputFileModel",
    "ParameterModel",
    "Parameters",
    "RetryModel",
    "ScheduleModel",
    "TaskModel",
    "WorkflowModel",
    "fields_of",
    "values_of",
]


class DefinitionModel(BaseModel):
    """The base of them all: nothing unknown is accepted."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=False, coerce_numbers_to_str=True)

    if TYPE_CHECKING:  # the fields are those that are declared

        def __getattr__(self, name: str) -> Any: ...


def fields_of(kind: type, **types: Any) -> dict[str, Any]:
    """The fields of a model; `types`: of those that are made of other models."""
    return {field.name: _field(field, types.get(field.name)) for field in declared_fields(kind)}


def _field(field: Declared, given: Any) -> Any:
    about = field.about
    written = given or (PARTS[type(field.default)] if about.kind is Kind.PART else KINDS[about.kind].written(field))
    words = f"{about.help} Default: {about.unset}." if about.unset else about.help
    examples = list(about.examples) or None
    if field.needed:
        return written, Field(description=words, examples=examples)
    default = field.default
    if default is None:
        return written | None, Field(None, description=words, examples=examples)
    if about.kind is not Kind.PART:
        default = list(default) if isinstance(default, tuple) else default
        return written, Field(default, description=words, examples=examples)
    return written | None, Field(None, description=words, examples=examples)


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str | dict) else value


_Retry: Any = create_model("RetryModel", __base__=DefinitionModel, **fields_of(Retry))
_OutputFile: Any = create_model("OutputFileModel", __base__=DefinitionModel, **fields_of(OutputFile))


class RetryModel(_Retry):
    """Further attempts after a failure."""


class OutputFileModel(_OutputFile):
    """A file that the task must write, with what else it must satisfy."""


class DeadlinesModel(DefinitionModel):
    """The deadlines of a workflow, a task or a schedule: each has some of them."""

    @model_validator(mode="after")
    def _possible(self) -> DeadlinesModel:
        for name, value in self:
            if value == 0:
                raise ValueError(f"{name} 0 would always be missed; leave it out for no deadline")
        longer, shorter = (getattr(self, name, None) for name in ("longer_than", "shorter_than"))
        if isinstance(longer, float) and isinstance(shorter, float) and shorter > longer:
            raise ValueError("shorter_than is longer than longer_than, so that every duration is unusual")
        return self


_TaskDeadlines: Any = create_model("TaskDeadlinesModel", __base__=DeadlinesModel, **fields_of(TaskDeadlines))
_WorkflowDeadlines: Any = create_model(
    "WorkflowDeadlinesModel", __base__=DeadlinesModel, **fields_of(WorkflowDeadlines)
)
_ScheduleDeadlines: Any = create_model(
    "ScheduleDeadlinesModel", __base__=DeadlinesModel, **fields_of(ScheduleDeadlines)
)


class TaskDeadlinesModel(_TaskDeadlines):
    """When a task is late, or takes unusually long or short."""


class WorkflowDeadlinesModel(_WorkflowDeadlines):
    """When a workflow's runs are late, or take unusually long or short."""


class ScheduleDeadlinesModel(_ScheduleDeadlines):
    """When a schedule's fires are late. They take the place of the workflow's."""


_Place: Any = create_model("PlaceModel", __base__=DefinitionModel, **fields_of(Place))
_WhenUnreachable: Any = create_model("WhenUnreachableModel", __base__=DefinitionModel, **fields_of(WhenUnreachable))


class PlaceModel(_Place):
    """On which other machine: a worker by its name, or any that has all of the labels."""


class WhenUnreachableModel(_WhenUnreachable):
    """What becomes of an attempt whose machine is silent."""


PARTS: dict[type, type[DefinitionModel]] = {
    Retry: RetryModel,
    TaskDeadlines: TaskDeadlinesModel,
    WorkflowDeadlines: WorkflowDeadlinesModel,
    ScheduleDeadlines: ScheduleDeadlinesModel,
    Place: PlaceModel,
    WhenUnreachable: WhenUnreachableModel,
}
"""The model of each part."""
RETRY_NAMES = {f"retry_{name}": part for name, part in (("count", "limit"), ("delay", "delay"))}
"""Two shorthand fields of a task for its retry, each with the field there."""
_RETRY_ALIASES = {
    name: (KINDS[field.about.kind].written(field) | None, Field(None, description=f"The same as retry: {{{part}: …}}."))
    for name, part in RETRY_NAMES.items()
    for field in [find_field(Retry, part)]
}
_Files = Annotated[list[Text | OutputFileModel], BeforeValidator(_listed)]
_Task: Any = create_model(
    "TaskModel",
    __base__=DefinitionModel,
    **{
        **fields_of(Task, output_files=_Files),
        "id": (Identifier | None, Field(None, description=find_field(Task, "id").about.help)),
        "command": (Annotated[Text, Field(min_length=1)], Field(description=find_field(Task, "command").about.help)),
        **_RETRY_ALIASES,
    },
)


class TaskModel(_Task):
    """One step: a command and what counts as its success."""

    @model_validator(mode="after")
    def _consistent(self) -> TaskModel:
        if self.retry is not None and any(getattr(self, name) is not None for name in RETRY_NAMES):
            raise ValueError("give either `retry` or `retry_count` and `retry_delay`, not both")
        return self

    @field_validator("timeout")
    @classmethod
    def _not_zero(cls, timeout: float | None) -> float | None:
        if timeout == 0:
            raise ValueError("0 would end every attempt at once; leave it out for no limit")
        return timeout


def _spaced(value: Any) -> Any:
    return value.replace(",", " ").split() if isinstance(value, str) else value


class BusinessDayModel(DefinitionModel):
    """The nth open day of a period."""

    nth: int = Field(description="1 is the first, 2 the second, -1 the last, -2 the one before it.")
    of: Literal["week", "month", "quarter", "year"] = Field("month", description="The period.")
    time: str = Field("00:00", max_length=10, description="The time of the day, HH:MM.")


class _When(DefinitionModel):
    id: Identifier | None = None
    cron: str | None = Field(
        None,
        max_length=200,
        description='Five fields, as in "0 1 * * mon-fri", with names, lists, ranges, steps, L, LW, L-3, 5L and fri#2; or @daily and friends.',
    )
    every: str | None = Field(None, max_length=40, description="A fixed interval with its unit: 90s, 5m, 1h30m.")
    interval: float | None = Field(None, gt=0, description="Minutes.")
    times: Annotated[list[str], BeforeValidator(_spaced)] | None = Field(
        None, max_length=100, description='Times of the day: ["06:00", "12:30"].', examples=[["06:00", "12:30"]]
    )
    days: str | None = Field(
        None, max_length=100, description="With times: the days of the week, as in cron: mon-fri. Default: every day."
    )
    at_time: str | None = Field(
        None, max_length=10, description="With every, in whole days or weeks (3d, 2w): the time of the day, HH:MM."
    )
    starting: str | None = Field(
        None,
        max_length=10,
        description="With at_time: the date from which the days are counted. Default: the next one.",
    )
    business_day: BusinessDayModel | None = Field(
        None, description="The nth open day of a period by the schedule's calendar."
    )
    at: str | None = Field(None, max_length=60, description="YYYY-MM-DD HH:MM:SS in the schedule's time zone.")
    at_start: Literal["boot", "scheduler"] | None = Field(
        None, description="Once for each boot of the machine, or whenever the scheduler starts."
    )
    timezone: str | None = Field(
        None, max_length=100, description="An IANA name such as Europe/Berlin. Default: TIMEZONE."
    )


_Schedule: Any = create_model("ScheduleModel", __base__=_When, **fields_of(Policies))


class ScheduleModel(_Schedule):
    """When the workflow is due: exactly one of cron, times, every, interval, at, business_day and at_start."""

    @model_validator(mode="after")
    def _one_trigger(self) -> ScheduleModel:
        if sum(getattr(self, trigger) is not None for trigger in TRIGGERS) != 1:
            raise ValueError(ONE_TRIGGER[:1].lower() + ONE_TRIGGER[1:].rstrip("."))
        for name, needed in DETAILS.items():
            if getattr(self, name) is not None and getattr(self, needed) is None:
                raise ValueError(f"{name} belongs to {needed}; give both, or leave out {name}")
        if self.business_day is not None and self.calendar is None:
            raise ValueError("business_day counts the open days of a calendar; name it with `calendar`")
        if self.at_start is not None and (self.calendar is not None or self.jitter):
            raise ValueError("at_start fires when it happens; leave out calendar and jitter")
        return self


_Parameter: Any = create_model("ParameterModel", __base__=DefinitionModel, **fields_of(Parameter))


class ParameterModel(_Parameter):
    """What a parameter may be. Without a default it is required."""


Parameters = dict[str, Annotated[ParameterModel, BeforeValidator(lambda value: {} if value is None else value)]]
_Workflow: Any = create_model("WorkflowModel", __base__=DefinitionModel, **fields_of(Workflow, params=Parameters))


class WorkflowModel(_Workflow):
    """A workflow with its tasks and schedules."""

    tasks: list[TaskModel] = Field([], description="Its steps.")
    schedules: list[ScheduleModel] | None = Field(
        None, description="When it is due. Left out: its schedules stay as they are."
    )


def values_of(model: BaseModel, kind: type, names: set[str] | None = None) -> dict[str, Any]:
    """The declared fields (or these of them) as domain values."""
    values: dict[str, Any] = {}
    for field in declared_fields(kind):
        if names is None or field.name in names:
            values[field.attribute] = _value(getattr(model, field.name), field)
    return values


def _value(written: Any, field: Declared) -> Any:
    if field.about.kind is Kind.PART:
        part = type(field.default)
        return field.default if written is None else part(**values_of(written, part))
    if field.about.kind is Kind.PARAMETERS:
        return {name: Parameter(**values_of(model, Parameter)) for name, model in written.items()}
    if field.about.kind is Kind.FILES:
        files = (OutputFileModel.model_validate({"path": file}) if isinstance(file, str) else file for file in written)
        return tuple(OutputFile(**values_of(file, OutputFile)) for file in files)
    return None if written is None else KINDS[field.about.kind].value(written)
