"""Two schedulers are in the same place if they see the same processes and have the very same files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from workflow_scheduler.processes.place import HOME_ID, home_mark, own_place, same_files, same_processes

ELSEWHERE = "import json, sys; from pathlib import Path; from workflow_scheduler.processes.place import own_place; "
ELSEWHERE += "print(json.dumps(own_place(Path(sys.argv[1]))))"


def test_one_home_is_the_same_for_each_process(tmp_path: Path) -> None:
    mine, again = own_place(tmp_path), own_place(tmp_path)
    assert same_files(mine, again)
    assert same_processes(mine, again)
    if sys.platform != "win32":
        assert (tmp_path / HOME_ID).stat().st_mode & 0o077 == 0


def test_two_homes_and_a_copy_are_not_the_same(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    one, other = own_place(tmp_path / "a"), own_place(tmp_path / "b")
    assert not same_files(one, other)
    shutil.copy(tmp_path / "a" / HOME_ID, tmp_path / "copy")
    (tmp_path / "b" / HOME_ID).unlink()
    shutil.copy(tmp_path / "copy", tmp_path / "b" / HOME_ID)
    assert not same_files(one, own_place(tmp_path / "b"))


def test_what_has_no_place_is_never_the_same() -> None:
    assert not same_files({}, {})
    assert not same_processes({}, {})


@pytest.mark.skipif(sys.platform != "linux", reason="a pid namespace")
@pytest.mark.needs("root")
def test_other_processes_are_another_place(tmp_path: Path) -> None:
    import json

    mine = own_place(tmp_path)
    command = ["unshare", "-p", "-f", "--mount-proc", sys.executable, "-c", ELSEWHERE, str(tmp_path)]
    other = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    assert same_files(mine, other)
    assert not same_processes(mine, other)


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
def test_a_mark_that_is_no_file_hangs_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / HOME_ID)
    with pytest.raises(OSError, match="named pipe"):
        home_mark(tmp_path)
