"""What a command writes, as its keeper keeps it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from workflow_scheduler.processes.start_file import claim, read_start

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="signals and /proc")


def test_standard_input_is_at_its_end(keepers) -> None:
    order = keepers.python("import sys; print(repr(sys.stdin.read()))")
    assert keepers.run(order)["exit_code"] == 0
    assert keepers.output(order).split() == [b"''"]


def test_binary_output_is_kept_exactly(keepers) -> None:
    order = keepers.python("import os; os.write(1, bytes(range(256)) * 100)")
    keepers.run(order)
    assert keepers.output(order) == bytes(range(256)) * 100


def test_long_output_keeps_head_and_tail_and_marks_the_cut(keepers) -> None:
    code = "import sys\nfor n in range(300000): sys.stdout.write(f'{n:09}\\n')"
    order = keepers.python(code, cap=100_000)
    record = keepers.run(order)
    assert record["truncated"]
    text = keepers.output(order).replace(b"\r", b"")
    assert text.startswith(b"000000000\n")
    assert text.endswith(b"000299999\n")
    assert b"bytes were cut here" in text
    assert len(text) < 101_000


@posix_only
def test_endless_output_needs_little_memory(keepers) -> None:
    order = keepers.order("/bin/sh", "-c", "head -c 500000000 /dev/zero; sleep 0.2", cap=1 << 20)
    keepers.pool.launch(order)
    keepers.next("started")
    keeper = psutil.Process(read_start(order.folder)["keeper"]["pid"])
    most = 0
    while keepers.notices.empty():
        most = max(most, keeper.memory_info().rss)
        time.sleep(0.005)
    assert keepers.next("exited").facts["record"]["stdout_bytes"] == 500_000_000
    assert 0 < most < 50_000_000


def test_a_command_that_says_nothing_leaves_one_file(keepers) -> None:
    order = keepers.python("pass")
    assert keepers.run(order)["exit_code"] == 0
    assert [file.name for file in Path(order.folder).iterdir()] == ["start"]


@posix_only
def test_a_torn_line_is_left_out_and_written_again(tmp_path) -> None:
    import resource

    held = claim(str(tmp_path), {"n": 1})
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, ((tmp_path / "start").stat().st_size + 10, before[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            held.add({"exit": {"how": "exited"}})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert read_start(str(tmp_path)) == {"n": 1}
    held.add({"exit": {"how": "exited"}})
    assert read_start(str(tmp_path)) == {"n": 1, "exit": {"how": "exited"}}


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a small disk")
@pytest.mark.needs("root")
def test_a_disk_that_fills_up_while_the_output_is_put_in_order_does_not_cost_the_exit_code(keepers, tmp_path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(disk)], check=True)
    try:
        # The output is as long as the disk has room for; the mark of the cut is what does not fit any more.
        code = "import sys; sys.stdout.write('x' * 200_000); sys.exit(7)"
        order = keepers.python(code, folder=str(disk / "1"), cap=56 << 10)
        filler = disk / "filler"
        filler.write_bytes(b"x" * 4096)
        record = keepers.run(order)
        assert (record["exit_code"], "No space" in record["trouble"]) == (7, True)
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)
