"""An output longer than its limit: which bytes are kept, in which order, whatever the sizes of the writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from workflow_scheduler.processes.capped import CappedFile

CAP = 20
DIGITS = b"".join(b"%04d" % n for n in range(25))


@pytest.mark.parametrize("length", [1, 19, 20, 21, 25, 29, 30, 31, 40, 47, 99, 100])
@pytest.mark.parametrize("size", [1, 3, 7, 10, 11, 64, 100])
def test_the_head_a_mark_and_the_newest_bytes_are_kept_in_order(tmp_path: Path, length: int, size: int) -> None:
    file = CappedFile(str(tmp_path / "f"), CAP)
    written = DIGITS[:length]
    for at in range(0, length, size):
        file.write(written[at : at + size])
    file.close()
    cut = length - CAP
    mark = b"\n[... %d bytes were cut here ...]\n" % cut
    wanted = written if cut <= 0 else written[: CAP // 2] + mark + written[-CAP // 2 :]
    assert (tmp_path / "f").read_bytes() == wanted
    assert (file.truncated, file.total, file.trouble) == (cut > 0, length, "")


@pytest.mark.parametrize("cap", [0, 1])
def test_a_limit_of_next_to_nothing_keeps_the_first_and_the_last_byte(tmp_path: Path, cap: int) -> None:
    file = CappedFile(str(tmp_path / "f"), cap)
    file.write(b"abcde")
    file.close()
    assert (tmp_path / "f").read_bytes() == b"a\n[... 3 bytes were cut here ...]\ne"
