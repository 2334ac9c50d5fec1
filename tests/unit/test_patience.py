"""What tests ask over a network has the patience of tests, not that of a library: the machine may be busy."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
ASKING = {"Client", "delete", "get", "head", "options", "patch", "post", "put", "request", "stream"}


def hasty(source: str) -> list[int]:
    """The lines on which httpx is asked with a time limit of its own, which is five seconds."""
    return [
        call.lineno
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and (call.func.value.id, call.func.attr in ASKING) == ("httpx", True)
        and not {"timeout", "transport"} & {keyword.arg for keyword in call.keywords}
    ]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("httpx.get(a)", [1]),
        ("\nhttpx.Client()", [2]),
        ("httpx.get(a, timeout=240)", []),
        ("httpx.Client(transport=t)", []),
    ],
)
def test_a_hasty_question_is_found(source: str, found: list[int]) -> None:
    assert hasty(source) == found


def test_no_test_asks_hastily() -> None:
    found = {str(file): lines for file in TESTS.rglob("*.py") if (lines := hasty(file.read_text(encoding="utf-8")))}
    assert not found
