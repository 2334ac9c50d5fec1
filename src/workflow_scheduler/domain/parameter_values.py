"""The values of a workflow's parameters: read, checked, resolved for a run, and as scripts get them."""

from __future__ import annotations

import difflib
import math
import operator
import re
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from itertools import islice
from typing import Any

from .durations import parse_duration
from .errors import InvalidInput
from .parameters import FREE_TEXT, MOST_BYTES, Parameter, ParameterType
from .pattern_cost import LONGEST_MATCHED
from .placeholders import Moment, fill

__all__ = [
    "WrongParameters",
    "environment_of",
    "names_of",
    "read_as",
    "refuse_for_cmd",
    "resolve",
    "text_of",
    "value_of",
    "variable_of",
]

MOST_BYTES_IN_ALL = 32 * 1024
"""Of all variables together: what Windows has room for."""
MOST_ITEMS = 1000
MOST_MISTAKES = 20
"""Reported at once."""
CMD_ACTS_ON = '&|<>^"%!\r\n'
"""Characters that cmd.exe would act on: it replaces %PARAM_X% before it reads a line."""
_SHOWN = {"\r": "a line break", "\n": "a line break"}
_T = ParameterType


class WrongParameters(InvalidInput):
    """Values that do not fit. `fields` has a sentence for each parameter."""

    code = "wrong_parameters"

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(" ".join(fields.values()), ("params", next(iter(fields))))
        self.fields = dict(fields)


def resolve(
    declared: Mapping[str, Parameter], given: Mapping[str, Any], moment: Moment, *, for_cmd: bool = False
) -> dict[str, Any]:
    """The value of every parameter: as given, or its default at that moment. `for_cmd`: batch files will read them.
    WrongParameters has every mistake."""
    values: dict[str, Any] = {}
    wrong = {name: _unknown(name, declared) for name in given if name not in declared}
    for name, parameter in declared.items():
        try:
            values[name] = value_of(name, parameter, given.get(name), moment, for_cmd=for_cmd)
        except InvalidInput as error:
            wrong[name] = str(error)
    if wrong:
        raise WrongParameters(dict(islice(wrong.items(), MOST_MISTAKES)))
    size = sum(len(f"{name}={text}\0".encode()) for name, text in environment_of(values).items())
    if size > MOST_BYTES_IN_ALL:
        raise InvalidInput(
            f"The parameters have {size:,} bytes together; use at most {MOST_BYTES_IN_ALL:,}, and a file for more."
        )
    return values


def _unknown(name: str, declared: Mapping[str, Parameter]) -> str:
    if not declared:
        return f"There is no parameter {name[:60]!r}: this workflow has none."
    near = difflib.get_close_matches(name[:100], declared, 1)
    advice = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(islice(declared, 20))}."
    return f"There is no parameter {name[:60]!r}; {advice}"


def value_of(name: str, parameter: Parameter, given: Any, moment: Moment, *, for_cmd: bool = False) -> Any:
    """The value as JSON has it; a duration in seconds. None: its default. InvalidInput says what is wrong with it."""
    if given is None:
        if parameter.default is None:
            raise InvalidInput(f"The parameter {name!r} is required; give it a value.")
        given = _default(parameter.default, moment)
    try:
        value = _READ[parameter.type](given, parameter)
        _check_bounds(parameter, value, moment)
        for text in value if isinstance(value, list) else [value] if parameter.type in FREE_TEXT else ():
            _check_text(parameter, text, for_cmd=for_cmd)
    except InvalidInput as error:
        raise InvalidInput(f"The parameter {name!r} {error}") from None
    return value


def _default(default: str | tuple[str, ...], moment: Moment) -> str | list[str]:
    if isinstance(default, str):
        return fill(default, {}, moment)
    return [fill(item, {}, moment) for item in default]


def _shown(given: Any) -> str:
    text = repr(given)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _text(given: Any, _: Parameter) -> str:
    if isinstance(given, list | tuple | dict):
        raise InvalidInput("takes one value, not several.")
    text = text_of(given)
    if "\0" in text or not _encodable(text):
        raise InvalidInput("contains a NUL character or half a surrogate pair; remove it.")
    return text


def _encodable(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text)


def _integer(given: Any, parameter: Parameter) -> int:
    text = _text(given, parameter).strip()
    if isinstance(given, bool) or not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
        raise InvalidInput(f"is {_shown(given)}; write a whole number.")
    return int(text)


def _number(given: Any, parameter: Parameter) -> float | int:
    text = _text(given, parameter).strip()
    if not isinstance(given, bool) and re.fullmatch(r"[+-]?[0-9]{1,18}", text):
        return int(text)
    if not isinstance(given, bool) and re.fullmatch(r"[+-]?[0-9]{0,300}\.?[0-9]{0,300}(?:[eE][+-]?[0-9]{1,3})?", text):
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if math.isfinite(number):
            return number
    raise InvalidInput(f"is {_shown(given)}; write a number.")


_YES, _NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


def _boolean(given: Any, parameter: Parameter) -> bool:
    text = _text(given, parameter).strip().lower()
    if text not in _YES + _NO:
        raise InvalidInput(f"is {_shown(given)}; write true or false.")
    return text in _YES


def _calendar_date(given: Any, parameter: Parameter) -> str:
    try:
        return date.fromisoformat(_text(given, parameter).strip()).isoformat()
    except ValueError:
        raise InvalidInput(f"is {_shown(given)}; write a date as YYYY-MM-DD.") from None


def _date_and_time(given: Any, parameter: Parameter) -> str:
    try:
        return datetime.fromisoformat(_text(given, parameter).strip()).isoformat()
    except ValueError:
        raise InvalidInput(f"is {_shown(given)}; write a time as YYYY-MM-DD HH:MM:SS.") from None


def _duration(given: Any, parameter: Parameter) -> float | int:
    try:
        seconds = parse_duration(_text(given, parameter))
    except InvalidInput:
        raise InvalidInput(f"is {_shown(given)}; write a duration such as 90s, 5m, 1h30m or 2d.") from None
    return int(seconds) if seconds.is_integer() else seconds


def _choice(given: Any, parameter: Parameter) -> str:
    text = _text(given, parameter)
    if text not in parameter.options:
        near = difflib.get_close_matches(text[:100], parameter.options, 1)
        advice = f"did you mean {near[0]!r}?" if near else f"choose one of {', '.join(parameter.options[:20])}."
        raise InvalidInput(f"is {_shown(given)}; {advice}")
    return text


def _list(given: Any, parameter: Parameter) -> list[str]:
    """A list, or one text with a line for each item."""
    items = given if isinstance(given, list | tuple) else _text(given, parameter).splitlines()
    if len(items) > MOST_ITEMS:
        raise InvalidInput(f"has {len(items):,} items; use at most {MOST_ITEMS:,}.")
    texts = [_text(item, parameter) for item in items]
    if any("\n" in text or "\r" in text for text in texts):
        raise InvalidInput("has an item with a line break; remove it.")
    return texts


_READ: Mapping[ParameterType, Callable[[Any, Parameter], Any]] = {
    _T.STRING: _text,
    _T.INTEGER: _integer,
    _T.NUMBER: _number,
    _T.BOOLEAN: _boolean,
    _T.DATE: _calendar_date,
    _T.DATETIME: _date_and_time,
    _T.DURATION: _duration,
    _T.PATH: _text,
    _T.CHOICE: _choice,
    _T.LIST: _list,
}


def read_as(kind: ParameterType, given: Any) -> Any:
    """The value that a text is of this type; InvalidInput continues a sentence."""
    return _READ[kind](given, Parameter(kind))


def _check_bounds(parameter: Parameter, value: Any, moment: Moment) -> None:
    kind = _T.INTEGER if parameter.type is _T.LIST else parameter.type
    for bound, beyond, words in (
        (parameter.min, operator.lt, "less than the minimum"),
        (parameter.max, operator.gt, "more than the maximum"),
    ):
        if bound is not None and beyond(_comparable(value, moment), _comparable(_READ[kind](bound, parameter), moment)):
            raise InvalidInput(f"is {_shown(value)}, {words}, {bound}.")


def _comparable(value: Any, moment: Moment) -> Any:
    if isinstance(value, list):
        return len(value)
    if isinstance(value, str):
        time = datetime.fromisoformat(value)
        return time if time.tzinfo else time.replace(tzinfo=moment.zone)
    return value


def _check_text(parameter: Parameter, text: str, *, for_cmd: bool) -> None:
    if parameter.max_length is not None and len(text) > parameter.max_length:
        raise InvalidInput(f"has {len(text):,} characters; use at most {parameter.max_length:,}.")
    if len(text.encode()) > MOST_BYTES:
        raise InvalidInput(f"has {len(text.encode()):,} bytes; use at most {MOST_BYTES:,}, and a file for more.")
    if parameter.type is _T.PATH and not text:
        raise InvalidInput("is empty; give it a path.")
    if parameter.pattern is not None:
        if len(text) > LONGEST_MATCHED:
            raise InvalidInput(f"has {len(text):,} characters; with a pattern, use at most {LONGEST_MATCHED}.")
        if not re.fullmatch(parameter.pattern, text):
            raise InvalidInput(f"is {_shown(text)}, which does not match {parameter.pattern}.")
    if for_cmd and parameter.free_text:
        _check_for_cmd(text)


def _check_for_cmd(text: str) -> None:
    if bad := next((char for char in text if char in CMD_ACTS_ON), ""):
        raise InvalidInput(
            f"contains {_SHOWN.get(bad, bad)}, which cmd.exe would act on; remove it, or give the parameter a choice, "
            "a pattern or `unsafe: true`."
        )


def refuse_for_cmd(values: Mapping[str, Any], names: Collection[str]) -> None:
    """InvalidInput if one of these parameters, which may be any text, has a character that cmd.exe would act on."""
    for name in names:
        value = values.get(name)
        for text in value if isinstance(value, list) else [text_of(value)]:
            try:
                _check_for_cmd(text)
            except InvalidInput as error:
                raise InvalidInput(f"The parameter {name!r} {error}") from None


def text_of(value: Any) -> str:
    """A value as scripts and arguments get it; a list has a line for each item."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return "\n".join(map(str, value))
    return str(value)


def variable_of(name: str) -> str:
    """The environment variable of a parameter."""
    return f"PARAM_{name.upper().replace('-', '_')}"


def environment_of(values: Mapping[str, Any]) -> dict[str, str]:
    """The environment variables of these values."""
    return {variable_of(name): text_of(value) for name, value in values.items()}


def names_of(values: Mapping[str, Any]) -> dict[str, str | list[str]]:
    """What the placeholder of each value stands for."""
    return {name: value if isinstance(value, list) else text_of(value) for name, value in values.items()}
