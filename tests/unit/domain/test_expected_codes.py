"""Exit codes that mean success, as people write them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow_scheduler.definitions.documents import json_schema, load, task_from
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.expected_codes import CODES_PATTERN, expected_codes, expected_words

GOOD = [
    ("0", [0]),
    ("0-7", [0, 1, 2, 3, 4, 5, 6, 7]),
    ("0,3", [0, 3]),
    (" 0-2, 16  -1 ", [0, 1, 2, 16, -1]),
    ("5-5", [5]),
    ("-2147483648 4294967295", [-(2**31), 2**32 - 1]),
]
BAD = [
    "00-1",
    "7-0",
    "1--2",
    "-3--1",
    "01",
    "+1",
    "-0-7",
    "0-",
    "-",
    "0-7-9",
    "0..7",
    "1_0",
    "٣",
    "1.0",
    "x",
    "0-9999999999",
]
BAD += ["4294967296", "-2147483649", "0-1000"]


@pytest.mark.parametrize(("text", "codes"), GOOD)
def test_codes_and_ranges(text: str, codes: list[int]) -> None:
    assert expected_codes(text) == codes
    assert list(task_from({"id": "t", "command": "x", "expected_exit_codes": text}).expected_exit_codes) == codes
    assert re.search(CODES_PATTERN, text)


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_code_is_refused_with_a_sentence(text: str) -> None:
    for value in (text, [text], [0, text]):
        with pytest.raises(InvalidInput, match=r"expected_exit_codes: .*(write|name|list) .*"):
            task_from({"id": "t", "command": "x", "expected_exit_codes": value})


@pytest.mark.parametrize(
    "value", [True, [True], 1.5, [0, 1.5], None, [None], [], "", {"a": 1}, list(range(1001)), 2**32]
)
def test_other_values_are_no_codes(value: object) -> None:
    with pytest.raises(InvalidInput, match="expected_exit_codes: "):
        task_from({"id": "t", "command": "x", "expected_exit_codes": value})


@given(st.lists(st.integers(-(2**31), 2**32 - 1) | st.integers(-3, 12), max_size=30))
def test_the_words_say_the_codes(codes: list[int]) -> None:
    assert expected_codes(expected_words(codes)) == codes


def test_three_in_a_row_are_a_range() -> None:
    assert expected_words([0, 1, 2, 3, 16, 17, -2, -1]) == "0-3 16 17 -2 -1"


@pytest.mark.parametrize("codes", ["0-7", "[0-7]", "'0-3, 4-7'", "[0-3, '4-7']", "\n  - 0-6\n  - 7"])
def test_ranges_in_a_definition(codes: str) -> None:
    (document,) = load(f"id: w\ntasks:\n- id: t\n  command: x\n  expected_exit_codes: {codes}\n", "w.yaml")
    assert document.workflow.tasks[0].expected_exit_codes == tuple(range(8))


@pytest.mark.parametrize("field", ["retry_count", "max_active_runs", "minimum_size", "limit"])
@pytest.mark.parametrize("value", ["0-7", "00-1", "true", "1_000"])
def test_other_whole_numbers_are_read_as_strictly(field: str, value: str) -> None:
    place = {
        "retry_count": "tasks: [{command: x, retry_count: %s}]",
        "limit": "tasks: [{command: x, retry: {limit: %s}}]",
        "minimum_size": "tasks: [{command: x, output_files: [{path: a, minimum_size: %s}]}]",
        "max_active_runs": "max_active_runs: %s",
    }[field]
    with pytest.raises(InvalidInput, match=f"{field}: .* is not a whole number"):
        load(f"id: w\n{place % value}\n", "w.yaml")


def test_the_schema_has_ranges() -> None:
    kinds = json_schema()["$defs"]["TaskModel"]["properties"]["expected_exit_codes"]["anyOf"]
    assert [kind["type"] for kind in kinds] == ["array", "integer", "string"]
