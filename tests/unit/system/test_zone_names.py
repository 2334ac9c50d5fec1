"""Names that are no time zone's, and what to write instead."""

from __future__ import annotations

import importlib.resources
import sys
import zoneinfo
from pathlib import Path

import pytest

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.settings import read_settings
from workflow_scheduler.system.zone_names import find_zone
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


@pytest.mark.skipif(sys.platform == "win32", reason="no file can have these names there")
def test_the_name_of_a_windows_device_is_never_opened(tmp_path: Path) -> None:
    (tmp_path / "Europe").mkdir()
    for name in ("own", "CON", "Europe/nul"):
        (tmp_path / name).write_bytes(importlib.resources.files("tzdata.zoneinfo").joinpath("UTC").read_bytes())
    zoneinfo.reset_tzpath([str(tmp_path)])
    try:
        assert find_zone("own").key == "own"
        for name in ("CON", "Europe/nul"):
            assert zoneinfo.ZoneInfo(name)
            with pytest.raises(LookupError):
                find_zone(name)
    finally:
        zoneinfo.reset_tzpath()
        zoneinfo.ZoneInfo.clear_cache()


@pytest.mark.parametrize(
    "name", ["", "Europe", "Europe/", "/etc/passwd", "../UTC", "UTC\0", "C:\\x", "x" * 5000, "\udc80"]
)
def test_what_is_no_name_is_not_found(name: str) -> None:
    with pytest.raises(LookupError):
        find_zone(name)
