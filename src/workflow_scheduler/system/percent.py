r"""Windows variables in paths (`%TEMP%\x`): only cmd.exe replaces them, so they are refused elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping

from workflow_scheduler.domain.errors import InvalidInput

__all__ = ["check_no_variable", "variables_in"]

_VARIABLE = re.compile(r"%([A-Za-z_][A-Za-z0-9_()]*)%")


def variables_in(text: str) -> list[str]:
    """The parts that look like Windows variables, with their percent signs."""
    return [match[0] for match in _VARIABLE.finditer(text)]


def check_no_variable(path: str, environment: Mapping[str, str]) -> None:
    """InvalidInput for a path that contains a variable; it says what to write."""
    names = variables_in(path)
    if not names:
        return
    values = {name.upper(): value for name, value in environment.items()}
    advice = f"{names[0]} is not set here: write the path"
    if all(name.strip("%").upper() in values for name in names):
        advice = "write " + _VARIABLE.sub(lambda match: values[match[1].upper()], path)
    raise InvalidInput(f"The path {path!r} contains a variable, which is not replaced here; {advice}.")
