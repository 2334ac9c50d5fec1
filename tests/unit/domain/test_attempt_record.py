"""Facts of attempts that somebody else wrote: what can be read is compared, and nothing fails."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from workflow_scheduler.domain.attempt_record import readable_facts
from workflow_scheduler.domain.difference import Known, compare

FACTS = {
    "scheduler": "1.0",
    "key": "k",
    "free": 40_000_000_000,
    "peak": 800_000_000,
    "program": {"path": "/usr/bin/python3", "version": "3.11.7"},
    "script": {"path": "/jobs/load.py", "hash": "a", "at": "2026-11-30T17:42:00+00:00"},
    "inputs": {"1": {"path": "/in/orders.csv", "size": 48, "at": "2026-11-30T17:00:00+00:00"}},
    "env": {"MODE": "1a"},
}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["path", "hash", "at", "size", "version", "1", "MODE"]), inner, max_size=4)
    ),
    max_leaves=12,
)


def test_what_has_its_form_is_kept_as_it_is() -> None:
    assert readable_facts(FACTS) == FACTS


def test_parts_without_their_form_are_left_out() -> None:
    broken = {
        **FACTS,
        "script": {"path": 1},
        "free": "much",
        "inputs": {"1": [], **FACTS["inputs"]},
        "env": 3,
        "more": 1,
    }
    kept = readable_facts(broken)
    assert kept == {name: FACTS[name] for name in ("scheduler", "key", "peak", "program")} | {"inputs": FACTS["inputs"]}
    assert readable_facts([]) == readable_facts(None) == {}


@given(
    st.dictionaries(st.sampled_from(sorted(FACTS)), ANYTHING), st.dictionaries(st.sampled_from(sorted(FACTS)), ANYTHING)
)
def test_whatever_is_recorded_can_be_compared(one: dict[str, Any], other: dict[str, Any]) -> None:
    failed, good = (Known(1, facts=readable_facts({**FACTS, **facts})) for facts in (one, other))
    for difference in compare(failed, good, [good] * 5, UTC):
        assert isinstance(difference.text, str)
