"""The names and types that a definition may use. Also the source of the published JSON Schema."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from workflow_scheduler.domain.durations import parse_duration
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.expected_codes import (
    CODE,
    CODES_PATTERN,
    HIGHEST,
    LOWEST,
    MOST_CODES,
    expected_codes,
)
from workflow_scheduler.domain.identifiers import MAX_LENGTH, PATTERN
from workflow_scheduler.domain.schedule import Catchup, Overlap, OverlapScope
from workflow_scheduler.domain.workflow import Guarantee

__all__ = ["OutputFileModel", "RetryModel", "ScheduleModel", "TaskModel", "WorkflowModel"]


def _duration(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return parse_duration(value)
    except InvalidInput as error:
        raise ValueError(str(error).rstrip(".")) from None


def _codes(value: Any) -> Any:
    """Each code as a number: pydantic would read `0-7` as -7, and `true` as 1."""
    parts = value if isinstance(value, list | tuple) else [value]
    codes: list[Any] = []
    for part in parts:
        try:
            codes += expected_codes(part) if isinstance(part, str) else [part]
        except InvalidInput as error:
            raise ValueError(str(error).rstrip(".")) from None
    return codes[: MOST_CODES + 1]  # one more than may be, for the sentence


def _whole(value: Any) -> Any:
    """Strictly: pydantic would read `0-7` as -7, and `true` as 1."""
    if isinstance(value, bool) or (isinstance(value, str) and not re.fullmatch(r"-?[0-9]{1,18}", value)):
        raise PydanticCustomError("int_parsing", "is not a whole number")
    return value


def _names(value: Any) -> Any:
    return [part for part in re.split(r"[\s,]+", value) if part] if isinstance(value, str) else value


def _paths(value: Any) -> Any:
    return [value] if isinstance(value, str | dict) else value


def _words(value: Any) -> Any:
    return [str(one) if isinstance(one, int | float) else one for one in value] if isinstance(value, list) else value


_DURATION_SCHEMA = {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": r"^[0-9.dhms ]+$"}]}
_ID_SCHEMA = {"pattern": PATTERN, "maxLength": MAX_LENGTH}
Identifier = Annotated[str, Field(json_schema_extra=_ID_SCHEMA)]
Duration = Annotated[float, BeforeValidator(_duration), Field(ge=0, le=366 * 86400, json_schema_extra=_DURATION_SCHEMA)]
# The bounds stand before the reading, or the JSON Schema would not have them.
Retries = Annotated[int, Field(ge=0, le=1000), BeforeValidator(_whole)]
Runs = Annotated[int, Field(ge=1, le=1000), BeforeValidator(_whole)]
Size = Annotated[int, Field(ge=0), BeforeValidator(_whole)]
ExitCode = Annotated[int, Field(ge=LOWEST, le=HIGHEST), BeforeValidator(_whole)]
_CODE_SCHEMA = {
    "anyOf": [{"type": "integer", "minimum": LOWEST, "maximum": HIGHEST}, {"type": "string", "pattern": f"^({CODE})$"}]
}
_CODES_SCHEMA = {
    "anyOf": [
        {"type": "array", "items": _CODE_SCHEMA, "minItems": 1, "maxItems": MOST_CODES},
        {"type": "integer", "minimum": LOWEST, "maximum": HIGHEST},
        {"type": "string", "pattern": CODES_PATTERN},
    ]
}
ExitCodes = Annotated[list[ExitCode], BeforeValidator(_codes), WithJsonSchema(_CODES_SCHEMA)]
Text = Annotated[str, Field(max_length=32_000)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=False, coerce_numbers_to_str=True)


class RetryModel(_Model):
    """Further attempts after a failure."""

    limit: Retries = Field(0, description="how many further attempts")
    delay: Duration = Field(0, description="seconds before the first of them")
    backoff: float = Field(1, ge=1, le=100, description="each further delay is so many times the one before")
    max_delay: Duration | None = Field(None, description="no delay is longer than this")


class OutputFileModel(_Model):
    """A file that must have been written, with what else it must satisfy."""

    path: Text
    minimum_size: Size = Field(0, description="bytes")


class TaskModel(_Model):
    """One step: a command and what counts as its success."""

    id: Identifier | None = Field(None, description="unique in the workflow; task_1, task_2, … if left out")
    command: Text = Field(min_length=1, description="program, script, batch file, or with `shell: true` a shell line")
    args: Annotated[list[Text] | Text, BeforeValidator(_words)] = Field(
        [], description="a list is passed as it is; one string is split by the operating system's rules"
    )
    shell: bool = Field(False, description="hand the command to the operating system's shell")
    working_dir: Text | None = Field(None, description="default: the home")
    env: dict[Annotated[str, Field(pattern=r"^[^=\x00]+$")], Text] = Field({}, description="environment variables")
    env_file: Text | None = Field(None, description="a file of NAME=value lines")
    expected_exit_codes: ExitCodes = Field(
        [0], min_length=1, max_length=MOST_CODES, description="codes that mean success: numbers, or ranges such as 0-7"
    )
    output_files: Annotated[list[Text | OutputFileModel], BeforeValidator(_paths)] = Field(
        [], description="files, or patterns such as out/*.csv, that the task must have written"
    )
    output_timeout: Duration = Field(60, description="seconds to wait for each file")
    retry: RetryModel | None = None
    retry_count: Retries | None = Field(None, description="the same as retry: {limit: …}")
    retry_delay: Duration | None = Field(None, description="the same as retry: {delay: …}")
    continue_on_failure: bool = False
    timeout: Duration | None = Field(None, description="seconds after which the command is stopped")
    stop_grace: Duration = Field(10, description="seconds between the polite signal and the end by force")
    guarantee: Guarantee = Field(
        Guarantee.AT_LEAST_ONCE, description="whether an attempt whose end nobody knows is made again"
    )
    depends_on: Annotated[list[str], BeforeValidator(_names)] | None = Field(
        None, description="tasks that must be over first; named in any task, it makes the workflow a graph"
    )

    @model_validator(mode="after")
    def _one_way_to_retry(self) -> TaskModel:
        if self.retry is not None and (self.retry_count is not None or self.retry_delay is not None):
            raise ValueError("give either `retry` or `retry_count` and `retry_delay`, not both")
        if self.timeout == 0:
            raise ValueError("`timeout` is 0; leave it out for no limit")
        return self


class ScheduleModel(_Model):
    """When the workflow is due: exactly one of cron, every, interval and at."""

    id: Identifier | None = None
    cron: str | None = Field(
        None,
        max_length=200,
        description='five fields, as in "0 1 * * mon-fri", with names, lists, ranges, steps, L, LW, L-3, 5L and fri#2; or @daily and friends',
    )
    every: str | None = Field(None, max_length=40, description="90s, 5m, 1h30m: a number with its unit")
    interval: float | None = Field(None, gt=0, description="minutes")
    at: str | None = Field(None, max_length=60, description="YYYY-MM-DD HH:MM:SS in the schedule's time zone")
    timezone: str | None = Field(
        None, max_length=100, description="an IANA name such as Europe/Berlin; default: TIMEZONE"
    )
    catchup: Catchup = Catchup.LATEST
    catchup_window: Duration | None = Field(None, description="older fires are not made up for")
    overlap: Overlap = Overlap.QUEUE
    overlap_scope: OverlapScope = Field(
        OverlapScope.WORKFLOW,
        description="whether overlap counts every run of the workflow, or the schedule's own only",
    )
    wake: bool = Field(False, description="whether Windows is woken from sleep for a fire")
    enabled: bool = True

    @model_validator(mode="after")
    def _one_trigger(self) -> ScheduleModel:
        if sum(one is not None for one in (self.cron, self.every, self.interval, self.at)) != 1:
            raise ValueError("give exactly one of cron, every, interval and at")
        return self


class WorkflowModel(_Model):
    """A workflow with its tasks and schedules."""

    id: Identifier
    description: Text = ""
    tasks: list[TaskModel] = []
    max_active_runs: Runs | None = Field(None, description="runs of this workflow in progress at once")
    enabled: bool = True
    keep_awake: bool | None = Field(
        None, description="whether Windows stays awake while a run is in progress; left out: for runs of schedules"
    )
    labels: Annotated[list[Annotated[str, Field(max_length=100)]], BeforeValidator(_names)] = []
    schedules: list[ScheduleModel] | None = Field(None, description="left out: the schedules stay as they are")
