"""Each type takes what it says, names what it does not take, and gives scripts the same value each time."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.output_file import OutputFile
from workflow_scheduler.domain.parameter_check import parameter_mistakes, placeholder_mistakes, value_mistakes
from workflow_scheduler.domain.parameter_values import WrongParameters, environment_of, resolve, text_of, value_of
from workflow_scheduler.domain.parameters import Parameter, ParameterType
from workflow_scheduler.domain.pattern_cost import check_pattern
from workflow_scheduler.domain.placeholders import Moment
from workflow_scheduler.domain.task import Task
from workflow_scheduler.domain.workflow import Workflow

NIGHT = Moment(datetime(2026, 11, 27, 0, 30, tzinfo=UTC), ZoneInfo("Europe/Berlin"))
T = ParameterType


@pytest.mark.parametrize(
    ("kind", "given", "value", "text"),
    [
        (T.STRING, "a b;$()", "a b;$()", "a b;$()"),
        (T.STRING, 7, "7", "7"),
        (T.STRING, "", "", ""),
        (T.INTEGER, "-12", -12, "-12"),
        (T.INTEGER, 12, 12, "12"),
        (T.NUMBER, "1.50", 1.5, "1.5"),
        (T.NUMBER, "3", 3, "3"),
        (T.BOOLEAN, "Yes", True, "true"),
        (T.BOOLEAN, False, False, "false"),
        (T.DATE, "2026-11-27", "2026-11-27", "2026-11-27"),
        (T.DATETIME, "2026-11-27 01:00", "2026-11-27T01:00:00", "2026-11-27T01:00:00"),
        (T.DURATION, "1h30m", 5400, "5400"),
        (T.DURATION, 0.5, 0.5, "0.5"),
        (T.PATH, "/tmp/a b", "/tmp/a b", "/tmp/a b"),
        (T.LIST, ["a b", "c"], ["a b", "c"], "a b\nc"),
        (T.LIST, "a b\nc", ["a b", "c"], "a b\nc"),
    ],
)
def test_a_value_is_read_by_its_type(kind: ParameterType, given: Any, value: Any, text: str) -> None:
    found = value_of("p", Parameter(kind), given, NIGHT)
    assert (found, type(found), text_of(found)) == (value, type(value), text)


@pytest.mark.parametrize(
    ("parameter", "given", "words"),
    [
        (Parameter(T.INTEGER), "1.5", "write a whole number"),
        (Parameter(T.INTEGER), True, "write a whole number"),
        (Parameter(T.INTEGER), "9" * 30, "write a whole number"),
        (Parameter(T.INTEGER), "٣", "write a whole number"),
        (Parameter(T.NUMBER), "nan", "write a number"),
        (Parameter(T.NUMBER), "1e999", "write a number"),
        (Parameter(T.NUMBER), "", "write a number"),
        (Parameter(T.BOOLEAN), "maybe", "write true or false"),
        (Parameter(T.DATE), "27.11.2026", "write a date as YYYY-MM-DD"),
        (Parameter(T.DATETIME), "tomorrow", "write a time"),
        (Parameter(T.DURATION), "soon", "write a duration"),
        (Parameter(T.CHOICE, options=("north", "south")), "nort", "did you mean 'north'?"),
        (Parameter(T.CHOICE, options=("north", "south")), "west", "north, south"),
        (Parameter(T.STRING), ["a"], "takes one value"),
        (Parameter(T.STRING), {"a": 1}, "takes one value"),
        (Parameter(T.STRING), "a\0b", "NUL"),
        (Parameter(T.STRING), "\ud800", "surrogate"),
        (Parameter(T.STRING), "ä" * 2049, "4,098 bytes; use at most 4,096"),
        (Parameter(T.STRING, max_length=3), "abcd", "4 characters; use at most 3"),
        (Parameter(T.STRING, pattern="[a-z]+"), "abc1", "does not match [a-z]+"),
        (Parameter(T.STRING, pattern="[a-z]+"), "a" * 257, "use at most 256"),
        (Parameter(T.LIST, max_length=1), ["a", "bb"], "2 characters"),
        (Parameter(T.LIST), ["a\nb"], "line break"),
        (Parameter(T.LIST), ["a"] * 1001, "1,001 items"),
        (Parameter(T.LIST, min="1"), [], "less than the minimum, 1"),
        (Parameter(T.INTEGER, min="1", max="5"), "0", "less than the minimum, 1"),
        (Parameter(T.INTEGER, min="1", max="5"), "6", "more than the maximum, 5"),
        (Parameter(T.DURATION, max="1h"), "61m", "more than the maximum, 1h"),
        (Parameter(T.DATE, min="2026-01-01"), "2025-12-31", "less than the minimum"),
        (Parameter(T.DATETIME, max="2026-01-01T00:00:00+00:00"), "2026-01-01 01:30", "more than the maximum"),
        (Parameter(T.PATH), "", "is empty"),
        (Parameter(T.STRING), None, "is required"),
    ],
)
def test_a_value_that_does_not_fit_is_named_with_its_remedy(parameter: Parameter, given: Any, words: str) -> None:
    with pytest.raises(InvalidInput) as error:
        value_of("p", parameter, given, NIGHT)
    assert words in str(error.value)
    assert str(error.value).startswith("The parameter 'p' ")


def test_defaults_are_computed_from_the_time_of_the_run_in_the_zone() -> None:
    declared = {
        "day": Parameter(T.DATE, default="{date-1d}"),
        "days": Parameter(T.LIST, default=("{date:%Y%m%d}", "x")),
        "limit": Parameter(T.INTEGER, default="1000"),
        "name": Parameter(default="{{date}}"),
    }
    assert resolve(declared, {}, NIGHT) == {
        "day": "2026-11-26",
        "days": ["20261127", "x"],
        "limit": 1000,
        "name": "{date}",
    }
    assert resolve(declared, {"name": "{date}"}, NIGHT)["name"] == "{date}"  # what is given is no template


def test_every_wrong_value_is_reported_at_its_parameter() -> None:
    declared = {"region": Parameter(T.CHOICE, options=("north",)), "limit": Parameter(T.INTEGER)}
    with pytest.raises(WrongParameters) as error:
        resolve(declared, {"regoin": "north", "limit": "x"}, NIGHT)
    assert error.value.fields.keys() == {"regoin", "region", "limit"}
    assert "did you mean 'region'?" in error.value.fields["regoin"]
    with pytest.raises(WrongParameters, match="this workflow has none"):
        resolve({}, {"a": 1}, NIGHT)


def test_hostile_names_are_answered_briefly() -> None:
    declared = {f"p{number}": Parameter(default="") for number in range(100)}
    with pytest.raises(WrongParameters) as error:
        resolve(declared, {f"{number}{'x' * 100_000}": 1 for number in range(100)}, NIGHT)
    assert len(error.value.fields) == 20
    assert len(str(error.value)) < 10_000


def test_all_values_together_are_bounded() -> None:
    declared = {f"p{number}": Parameter() for number in range(9)}
    with pytest.raises(InvalidInput, match="use at most 32,768"):
        resolve(declared, dict.fromkeys(declared, "x" * 4096), NIGHT)


@pytest.mark.parametrize("bad", '&|<>^"%!\n\r')
def test_cmd_gets_no_free_text_that_it_would_act_on(bad: str) -> None:
    for kind in (T.STRING, T.PATH):
        with pytest.raises(InvalidInput, match=r"which cmd\.exe would act on") as error:
            value_of("p", Parameter(kind), f"a{bad}b", NIGHT, for_cmd=True)
        assert ("a line break" if bad in "\r\n" else f"contains {bad},") in str(error.value)
        assert value_of("p", Parameter(kind), f"a{bad}b", NIGHT) == f"a{bad}b"
        assert value_of("p", Parameter(kind, unsafe=True), f"a{bad}b", NIGHT, for_cmd=True) == f"a{bad}b"
    assert value_of("p", Parameter(pattern="(?s)a.b"), f"a{bad}b", NIGHT, for_cmd=True) == f"a{bad}b"
    assert value_of("p", Parameter(T.CHOICE, options=(f"a{bad}b",)), f"a{bad}b", NIGHT, for_cmd=True)
    if bad not in "\r\n":
        with pytest.raises(InvalidInput, match=r"which cmd\.exe would act on"):
            value_of("p", Parameter(T.LIST), ["a", bad], NIGHT, for_cmd=True)


def test_variables_are_named_after_their_parameters() -> None:
    assert environment_of({"a-b": 1, "full": True}) == {"PARAM_A_B": "1", "PARAM_FULL": "true"}


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"a-b": Parameter(), "A_b": Parameter()}, "are both PARAM_A_B"),
        ({"1a": Parameter()}, "cannot be used"),
        ({"a b": Parameter()}, "cannot be used"),
        ({"x" * 65: Parameter()}, "cannot be used"),
        ({"date": Parameter()}, "name of a placeholder"),
        ({"Run_ID": Parameter()}, "name of a placeholder"),
        ({"date-1d": Parameter()}, "name of a placeholder"),
        ({"p": Parameter(T.CHOICE)}, "options are the values of a choice"),
        ({"p": Parameter(options=("a",))}, "options are the values of a choice"),
        ({"p": Parameter(T.CHOICE, options=("a",) * 1001)}, "too many or too long"),
        ({"p": Parameter(T.CHOICE, options=("a" * 4097,))}, "too many or too long"),
        ({"p": Parameter(min="1")}, "min does not apply to string"),
        ({"p": Parameter(T.INTEGER, min="x")}, "min is 'x'; write a whole number"),
        ({"p": Parameter(T.INTEGER, must_exist=True)}, "must_exist does not apply to integer"),
        ({"p": Parameter(T.INTEGER, pattern="1")}, "pattern does not apply to integer"),
        ({"p": Parameter(pattern="(")}, "is no regular expression"),
        ({"p": Parameter(pattern="(a+)+")}, "could take very long"),
        ({"p": Parameter(T.INTEGER, default="x")}, "The default does not fit"),
        ({"p": Parameter(T.INTEGER, default=("1",))}, "default is a list"),
        ({"p": Parameter(default="{region}")}, "default contains {region} is unknown"),
        ({"p": Parameter(T.DATE, default="{date:%d}")}, "The default does not fit"),
        ({f"p{number}": Parameter() for number in range(101)}, "use at most 100"),
    ],
)
def test_a_wrong_declaration_is_named(params: dict[str, Parameter], words: str) -> None:
    mistakes = list(parameter_mistakes(Workflow("w", params=params)))
    assert len(mistakes) == 1
    assert words in str(mistakes[0])
    assert mistakes[0].path[0] == "params"


def test_a_default_for_batch_files_is_checked_as_a_value() -> None:
    workflow = Workflow("w", params={"p": Parameter(default="50%")}, tasks=(Task("a", "load.BAT"),))
    assert workflow.read_by_cmd(windows=False)
    assert not list(parameter_mistakes(workflow))
    (mistake,) = parameter_mistakes(workflow, for_cmd=True)
    assert "contains %" in str(mistake)
    assert not Workflow("w", tasks=(Task("a", "x", shell=True),)).read_by_cmd(windows=False)
    assert Workflow("w", tasks=(Task("a", "x", shell=True),)).read_by_cmd(windows=True)
    assert Workflow("w", tasks=(Task("a", '"C:\\Windows\\System32\\cmd.exe"'),)).read_by_cmd(windows=False)
    assert Workflow("w", tasks=(Task("a", "call"),)).read_by_cmd(windows=True)
    assert not Workflow("w", tasks=(Task("a", "call"), Task("b", "dosomething"))).read_by_cmd(windows=False)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+",
        "(a|a)*",
        "(a*)*b",
        "(a?){50}",
        "a?" * 30 + "a" * 30,
        "a*a*a*a*b",
        "(.*)(.*)(.*)(.*)x",
        r"(a)\1",
        "(?=a)a",
    ],
)
def test_a_pattern_that_could_take_very_long_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidInput):
        check_pattern(pattern)


@pytest.mark.parametrize(
    "pattern",
    ["[A-Z]{3}[0-9]+", r"\d{4}-\d{2}(-\d{2})?", "(north|south)(-[0-9]+)?", "(ab)*", "[^/]*/.*", "x{1000}", ""],
)
def test_a_usual_pattern_is_allowed_and_quick(pattern: str) -> None:
    check_pattern(pattern)
    began = time.process_time()
    for text in ("a" * 256, "ab" * 128, "/" * 256):
        value_of("p", Parameter(T.STRING, pattern=f"(?:{pattern})|.*"), text, NIGHT)
    assert time.process_time() - began < 5


def test_placeholders_are_checked_where_they_stand() -> None:
    params = {"region": Parameter(), "files": Parameter(T.LIST)}
    task = Task(
        "t",
        "x",
        ("{region}", "{files...}", "{regoin}"),
        env={"A": "{files}"},
        working_dir="{date}/{region}",
        output_files=(OutputFile("{run_id}"), OutputFile("{nothing}")),
    )
    places = [mistake.path for mistake in placeholder_mistakes(Workflow("w", params=params, tasks=(task,)))]
    assert places == [("tasks", 0, "args", 2), ("tasks", 0, "env", "A"), ("tasks", 0, "output_files", 1)]


@pytest.mark.parametrize(
    "task",
    [
        Task("t", "run_{region}.sh"),
        Task("t", "echo {date}", shell=True),
        Task("t", "echo", ("{date}",), shell=True),
        Task("t", "x", env={"{region}": "1"}),
        Task("t", "x", env_file="{region}.env"),
        Task("t", "x", stdin="{date}"),
    ],
)
def test_a_placeholder_where_none_is_replaced_is_a_mistake(task: Task) -> None:
    (mistake,) = placeholder_mistakes(Workflow("w", params={"region": Parameter()}, tasks=(task,)))
    assert "would not be replaced here" in str(mistake)


def test_shell_lines_keep_their_own_braces() -> None:
    task = Task("t", "awk '{print}' ${date} {a,b} f() { echo x; }", shell=True)
    assert not list(placeholder_mistakes(Workflow("w", tasks=(task,))))


def test_arguments_in_one_text_are_checked_one_by_one() -> None:
    params = {"files": Parameter(T.LIST), "r": Parameter()}
    fine = Workflow("w", params=params, tasks=(Task("t", "x", '-a "{r} {date:%Y %m}" {files...}'),))
    assert not list(placeholder_mistakes(fine))
    (mistake,) = placeholder_mistakes(Workflow("w", params=params, tasks=(Task("t", "x", "-a {s}"),)))
    assert mistake.path == ("tasks", 0, "args")


def test_values_of_a_schedule_are_tried() -> None:
    workflow = Workflow("w", params={"region": Parameter(), "day": Parameter(T.DATE, default="{date}")})
    assert dict(value_mistakes(workflow, {"region": "x"})) == {}
    assert [name for name, _ in value_mistakes(workflow, {"day": "x"})] == ["region", "day"]
    assert dict(value_mistakes(Workflow("w"), {})) == {}
