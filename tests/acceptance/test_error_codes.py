"""A program can tell errors apart without reading sentences."""

from __future__ import annotations

import json

import pytest


@pytest.mark.parametrize(
    ("words", "exit_code", "code"),
    [
        (("workflow", "show", "nope"), 3, "not_found"),
        (("workflow", "create", "w"), 4, "refused"),
        (("workflow", "edit", "w", "--max-active-runs", "0"), 2, "invalid_input"),
        (("workflow", "edit", "w", "--no-such-option"), 2, "usage"),
        (("stop",), 4, "refused"),
    ],
)
def test_an_error_of_a_command_that_answers_in_json(scheduler, words, exit_code: int, code: str) -> None:
    scheduler("workflow", "create", "w")
    failed = scheduler(*words, "--json", code=exit_code)
    assert failed.stdout == ""
    error = json.loads(failed.stderr)["error"]
    assert error["code"] == code
    assert error.get("about") == ({"workflow": "nope"} if "nope" in words else None)
    plain = scheduler(*words, code=exit_code)
    assert plain.stderr.strip() == f"Error: {error['message']}"
