"""Variables of Windows in paths (`%TEMP%\\x`): nothing replaces them outside of cmd.exe, so that they are refused."""

from __future__ import annotations

import re
from collections.abc import Mapping

from workflow_scheduler.domain.errors import InvalidInput

__all__ = ["check_no_variable", "variables_in"]

_VARIABLE = re.compile(r"%([A-Za-z_][A-Za-z0-9_()]*)%")


def variables_in(text: str) -> list[str]:
    """What looks like a variable of Windows, with its percent signs."""
    return [match[0] for match in _VARIABLE.finditer(text)]


def check_no_variable(path: str, environment: Mapping[str, str]) -> None:
    """InvalidInput for a path with a variable in it, which says what to write."""
    names = variables_in(path)
    if not names:
        return
    values = {name.upper(): value for name, value in environment.items()}
    advice = f"{names[0]} is not set here: write the path"
    if all(name.strip("%").upper() in values for name in names):
        advice = "write " + _VARIABLE.sub(lambda match: values[match[1].upper()], path)
    raise InvalidInput(f"The path {path!r} contains a variable, which is not replaced here; {advice}.")
