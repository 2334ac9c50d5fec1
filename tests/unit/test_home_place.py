"""Where a home of Windows is: how long its paths get, and on which drive it is."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from workflow_scheduler.bootstrap import open_app
from workflow_scheduler.cli.main import Where, cli
from workflow_scheduler.domain.errors import Refused
from workflow_scheduler.domain.identifiers import new_run_id
from workflow_scheduler.executors.folders import attempt_folder
from workflow_scheduler.operations.home.doctor_drive import Drive, drive_troubles
from workflow_scheduler.system import long_paths
from workflow_scheduler.system.long_paths import check_path_length, path_length_trouble

ENV = {"OneDrive": "C:\\Users\\me\\Cloud", "ONEDRIVECOMMERCIAL": "D:\\Firm"}


def test_the_length_is_that_of_an_attempts_output() -> None:
    home = Path("/h" * 10)
    folder = attempt_folder(home, (new_run_id(datetime(2026, 11, 28, tzinfo=UTC)), "t" * 40, 100))
    assert len(str(folder / "stdout.log")) == len(str(home)) + len(long_paths._LONGEST)


def test_a_home_that_is_too_long() -> None:
    most = 259 - len(long_paths._LONGEST)
    fits, longer = Path("x" * most), Path("x" * (most + 1))
    assert path_length_trouble(fits, long_paths=False) == ("", "")
    assert path_length_trouble(longer, long_paths=True) == ("", "")
    words, advice = path_length_trouble(longer, long_paths=False)
    assert "paths of up to 260 characters, and this Windows allows 259" in words
    assert f"at most {most} characters" in advice
    assert "LongPathsEnabled /t REG_DWORD /d 1" in advice


def test_it_is_refused_only_where_windows_would(monkeypatch) -> None:
    monkeypatch.setattr(long_paths, "_long_paths", lambda: True)
    check_path_length(Path("x" * 300))
    monkeypatch.setattr(long_paths, "_long_paths", lambda: False)
    with pytest.raises(Refused, match="LongPathsEnabled"):
        check_path_length(Path("x" * 300))


@pytest.mark.parametrize(
    ("home", "drive", "words"),
    [
        ("C:\\home", Drive("C:\\", 3, "NTFS"), []),
        ("C:\\home", Drive("C:\\", 3, ""), []),
        ("C:\\my onedrives\\x", Drive("C:\\", 3, "ReFS"), []),
        ("C:\\Users\\me\\cloud\\x", Drive("C:\\", 3, "NTFS"), ["OneDrive (C:\\Users\\me\\Cloud)"]),
        ("C:/Users/me/Cloud", Drive("C:\\", 3, "NTFS"), ["OneDrive (C:\\Users\\me\\Cloud)"]),
        ("C:\\Users\\me\\Clouds", Drive("C:\\", 3, "NTFS"), []),
        ("D:\\firm\\jobs", Drive("D:\\", 3, "NTFS"), ["OneDrive (D:\\Firm)"]),
        (
            "C:\\Users\\you\\OneDrive - Firm\\x",
            Drive("C:\\", 3, "NTFS"),
            ["OneDrive (C:\\Users\\you\\OneDrive - Firm)"],
        ),
        ("Z:\\home", Drive("Z:\\", 4, "NTFS"), ["Z:\\ is a mapped drive"]),
        ("\\\\server\\share\\home", Drive("\\\\server\\share\\", 4, "NTFS"), ["is on another machine"]),
        ("E:\\home", Drive("E:\\", 2, "exFAT"), ["E:\\ has exFAT"]),
        ("E:\\home", Drive("E:\\", 2, "FAT32"), ["E:\\ has FAT32"]),
        ("Z:\\OneDrive", Drive("Z:\\", 4, "FAT"), ["OneDrive (Z:\\OneDrive)", "mapped drive", "has FAT"]),
    ],
)
def test_what_is_wrong_with_a_drive(home: str, drive: Drive, words: list[str]) -> None:
    found = drive_troubles(home, drive, ENV)
    assert [part for (said, _), part in zip(found, words, strict=True) if part in said] == words
    assert all(advice for _, advice in found)


@pytest.mark.skipif(sys.platform == "win32", reason="there such a home cannot be made first")
def test_no_service_for_a_home_that_is_too_long(tmp_path: Path, monkeypatch) -> None:
    """One that is there already, from when long paths were on."""
    home = tmp_path / ("x" * 200)
    home.mkdir()
    open_app(str(home), create=True).close()
    monkeypatch.setattr(long_paths, "_long_paths", lambda: False)
    done = CliRunner().invoke(cli, ["--home", str(home), "service", "install", "--print"], obj=Where())
    assert isinstance(done.exception, Refused)
    assert "LongPathsEnabled" in str(done.exception)
    new = tmp_path / ("y" * 200)
    new.mkdir()
    with pytest.raises(Refused, match="LongPathsEnabled"):
        open_app(str(new), create=True)
    assert list(new.iterdir()) == []
