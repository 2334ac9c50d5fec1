"""Names that are no time zone's, and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.settings import read_settings
from workflow_scheduler.triggers.spec import check_zone


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("W. Europe Standard Time", r"write Europe/Berlin\."),
        ("w. europe  standard time", r"write Europe/Berlin\."),
        ("Eastern Standard Time", r"write America/New_York\."),
        ("Eastern Standard Time_dstoff", r"write America/New_York\."),
        ("Europe/Berln", r"did you mean Europe/Berlin"),
        ("???", r"write one such as UTC"),
    ],
)
def test_what_to_write_is_said_for_a_schedule_and_for_a_home(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        check_zone(name)
    with pytest.raises(InvalidInput, match=words):
        read_settings(tmp_path, {"TIMEZONE": name})
