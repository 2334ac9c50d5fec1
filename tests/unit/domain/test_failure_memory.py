"""By what failures are known again: written tables, and what always holds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow_scheduler.domain.failure_memory import (
    LONGEST_TOKEN,
    MOST_TOKENS,
    Memory,
    Note,
    are_alike,
    fingerprint,
    normalized,
    sentence,
)


def of(*lines: str, command: str = "load.py", code: int = 1, reason: str = "exit code 1 (expected 0)"):
    return fingerprint(command, code, "failed", reason, lines)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2026-11-29 03:12:44,123 ERROR pid 4711 lost", "2026-11-30T03:12:45.7+01:00 ERROR pid 99 lost"),
        ("cannot open /data/2026/11/29/orders.csv", "cannot open /data/2026/11/30/orders.csv"),
        ("cannot open C:\\data\\a\\orders.csv", "cannot open D:\\orders.csv"),
        (
            "request 550e8400-e29b-41d4-a716-446655440000 refused",
            "request 6ba7b810-9dad-11d1-80b4-00c04fd430c8 refused",
        ),
        ("object at 0x7f8fee7f9f90 is closed", "object at 0x55d0c0ffee00 is closed"),
        (
            "commit 9fceb02d0ae598e95dc970b74767f19372d61af8 not found",
            "commit a94a8fe5ccb19ba61c4c0873d391e987982fbbd3 not found",
        ),
        ("12,345 rows of 99.5 MB left", "7 rows of 1 MB left"),
        ("job 20261129 at 03:12 late", "job 20261130 at 4:12:01 late"),
    ],
)
def test_what_changes_is_left_out(one: str, other: str) -> None:
    assert normalized(one) == normalized(other)
    assert of(one).key == of(other).key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ORA-01017: invalid username", "ORA-12541: invalid username"),
        ("server answers HTTP 404 today", "server answers HTTP 503 today"),
        ("no route to host db1", "no such table: orders"),
        ("cannot open /data/orders.csv", "cannot open /data/customers.csv"),
    ],
)
def test_what_matters_stays(one: str, other: str) -> None:
    assert of(one).key != of(other).key


def test_command_exit_code_and_class_count() -> None:
    keys = {
        of("no route to host").key,
        of("no route to host", command="other.py").key,
        of("no route to host", code=2).key,
        fingerprint("load.py", 1, "timed_out", "", ["no route to host"]).key,
    }
    assert len(keys) == 4


TRACEBACK = """Traceback (most recent call last):
  File "/srv/{version}/load.py", line {line}, in main
    rows = parse(text)
  File "/srv/{version}/lib/parse.py", line {line}, in parse
    raise KeyError({name!r})
KeyError: {name!r}"""


def test_of_a_traceback_count_type_and_innermost_frame() -> None:
    one, other = (
        TRACEBACK.format(version=version, line=line, name=name).splitlines()
        for version, line, name in (("v1", 3, "a"), ("v2", 77, "b"))
    )
    assert of(*one).key == of(*other).key
    elsewhere = TRACEBACK.format(version="v1", line=3, name="a").replace("in parse", "in check").splitlines()
    assert of(*one).key != of(*elsewhere).key
    another = [*one[:-1], "ValueError: 'a'"]
    assert of(*one).key != of(*another).key


def test_only_the_last_lines_count() -> None:
    end = ["connecting to db1", "login refused by server", "giving up now", "rolled back", "cannot log in"]
    assert of("a thing", *end).key == of("quite another", *end).key


@pytest.mark.parametrize(
    "lines", [[], ["Error"], ["exit code 1"], ["failed: 42"], ["", " "], ["1 2 3"], ["Error: failed"]]
)
def test_what_says_nothing_in_particular_has_no_memory(lines: list[str]) -> None:
    assert of(*lines) is None


def test_a_reason_of_its_own_counts_where_nothing_was_written() -> None:
    assert (
        of(reason="output file orders_2026.csv is missing").key
        == of(reason="output file orders_2027.csv is missing").key
    )


@given(st.lists(st.text(max_size=600), max_size=12), st.text(max_size=50))
def test_anything_can_be_read_and_stays_small(lines: list[str], reason: str) -> None:
    found = fingerprint("x", None, "failed", reason, lines)
    if found is not None:
        assert len(found.key) == 64
        assert len(found.tokens) <= MOST_TOKENS
        assert all(len(token) <= LONGEST_TOKEN for token in found.tokens)
        assert found == fingerprint("x", None, "failed", reason, lines)
        assert are_alike(found.tokens, found.tokens)


def test_most_words_the_same_is_alike() -> None:
    words = [f"w{number}" for number in range(10)]
    assert are_alike(words, words[:8])
    assert not are_alike(words, words[:7])
    assert not are_alike([], [])


def day(month: int, number: int) -> datetime:
    return datetime(2026, month, number, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("memory", "expected"),
    [
        (Memory(0, None, None, 0, 0), ""),
        (Memory(1, day(10, 2), day(10, 2), 0, 0), "Seen once before, 2026-10-02."),
        (Memory(3, day(10, 2), day(10, 2), 0, 0), "Seen 3 times on 2026-10-02."),
        (
            Memory(4, day(3, 14), day(10, 2), 4, 3, Note("wait an hour", "ops1", day(10, 2))),
            "Seen 4 times since 2026-03-14; last 2026-10-02; usually passes on retry: 3 of 4; note by ops1: wait an hour.",
        ),
        (
            Memory(4, day(3, 14), day(10, 2), 4, 2),
            "Seen 4 times since 2026-03-14; last 2026-10-02; passed on retry: 2 of 4.",
        ),
        (Memory(0, None, None, 0, 0, Note("call Ann!", "ops1", day(10, 2))), "Note by ops1: call Ann!"),
    ],
)
def test_the_sentence(memory: Memory, expected: str) -> None:
    assert sentence(memory, "Europe/Berlin") == expected
