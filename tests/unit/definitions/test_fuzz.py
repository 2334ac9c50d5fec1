"""Whatever is written, there is an answer or one sentence: no other error, and no hang."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from workflow_scheduler.definitions.documents import load, to_yaml
from workflow_scheduler.domain.durations import parse_duration
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.identifiers import check_identifier
from workflow_scheduler.processes.command_line import join, split
from workflow_scheduler.triggers.fire_times import build
from workflow_scheduler.triggers.spec import parse_spec

NOW = datetime(2026, 11, 23, tzinfo=UTC)
_FIELDS = st.text(alphabet="0123456789*/,-LW#?@ montuesunjafbx", max_size=25)
_YAML = st.text(alphabet="id: wtasks\ncomandxy-[]{}'\"&*!|>#%@`0123456789~?,", max_size=120)


@given(_FIELDS | st.text(max_size=30))
def test_cron_texts(text: str) -> None:
    with contextlib.suppress(InvalidInput):
        spec = parse_spec({"cron": text}, "Europe/Berlin")
        fire = build(spec, "Europe/Berlin").next_after(NOW)
        assert fire is None or fire > NOW


@given(st.text(max_size=30))
def test_dates_zones_and_intervals(text: str) -> None:
    for spec, zone in (
        ({"at": text}, "UTC"),
        ({"every": text}, "UTC"),
        ({"interval": text}, "UTC"),
        ({"cron": "@daily"}, text),
    ):
        with contextlib.suppress(InvalidInput):
            parse_spec(spec, zone)


@settings(max_examples=400)
@given(_YAML | st.text(max_size=60) | _YAML.map(lambda text: "id: w\ntasks:\n  - command: " + text))
def test_definitions(text: str) -> None:
    with contextlib.suppress(InvalidInput):
        for document in load(text, "f"):
            again = load(to_yaml(document), "g")[0]
            assert (again.workflow, again.schedules or None) == (document.workflow, document.schedules or None)


@given(st.text(max_size=40))
def test_identifiers_never_lead_out_of_a_folder(text: str) -> None:
    with contextlib.suppress(InvalidInput):
        assert check_identifier("workflow", text) == text
        assert not set("/\\:\0\n ") & set(text)
        assert not text.startswith(".")


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12), max_size=5))
def test_arguments_survive_joining_and_splitting(args: list[str]) -> None:
    for platform in ("posix", "windows"):
        if platform == "posix" or all("\n" not in arg for arg in args):
            assert split(join(args, platform), platform) == args


@given(st.text(max_size=20))
def test_durations(text: str) -> None:
    with contextlib.suppress(InvalidInput):
        assert parse_duration(text) >= 0
